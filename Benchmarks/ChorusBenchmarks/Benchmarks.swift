// SPDX-License-Identifier: Apache-2.0

import Benchmark
import Chorus

/// The suites.
///
/// Names are module.operation.shape; each result is compared with a check value that
/// does not depend on the machine, so a fast wrong answer fails.
let benchmarks: @Sendable () -> Void = {
  unsafe Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock, .throughput, .peakMemoryResident],
    warmupIterations: 1,
    maxDuration: Corpus.isSmoke ? .milliseconds(50) : .seconds(5),
    maxIterations: Corpus.isSmoke ? 2 : 1000
  )
  sketchBenchmarks()
  scoreBenchmarks()
  indexBenchmarks()
  familyBenchmarks()
  campaignBenchmarks()
}

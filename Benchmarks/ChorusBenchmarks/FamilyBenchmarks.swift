// SPDX-License-Identifier: Apache-2.0

import Benchmark
import Chorus

func familyBenchmarks() {
  Benchmark("family.mine") { benchmark in
    let snapshot = Corpus.snapshot
    benchmark.startMeasurement()
    let families = try FamilyMiner().mine(snapshot).families.count
    benchmark.stopMeasurement()
    Corpus.check(families, smoke: 14, real: 14, "family.mine")
  }
}

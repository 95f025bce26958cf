// SPDX-License-Identifier: Apache-2.0

import Benchmark
import Chorus
import ChorusKernels

/// Every kernel of sketching on every instruction set of this machine, on the same numbers.
func kernelBenchmarks() {
  for isa in 0...3 as ClosedRange<UInt32> {
    guard let table = unsafe chorus_kernels_for(chorus_isa(isa)) else { continue }
    let kernels = unsafe table.pointee
    let name = unsafe String(cString: chorus_isa_name(chorus_isa(isa)))
    tokenBenchmark(kernels, name)
    laneBenchmarks(kernels, name)
    embeddingBenchmark(kernels, name)
  }
}

/// How often each kernel runs in one iteration.
private let repeatCount = Corpus.isSmoke ? 20 : 2000

private let numbers: [UInt64] = {
  var generator = SeededGenerator(seed: 3)
  return (0..<512).map { _ in generator.next() }
}()

private func tokenBenchmark(_ kernels: chorus_kernels, _ isa: String) {
  Benchmark("kernels.tokenise.1k-prompts.\(isa)") { benchmark in
    let texts = Corpus.asciiTexts.map { Normaliser().normalise($0).bytes }
    var tokens = [chorus_token](repeating: chorus_token(), count: Int(CHORUS_TOKEN_CAPACITY))
    var count = 0
    benchmark.startMeasurement()
    for text in texts {
      var state = chorus_tokeniser(
        offset: 0,
        readable: text.count,
        starts_line: true,
        takes_symbols: false
      )
      while state.offset < text.count {
        count += unsafe kernels.tokenise(text, text.count, &state, &tokens)
      }
    }
    benchmark.stopMeasurement()
    Corpus.check(count, smoke: 42_704, real: 40_793, "kernels.tokenise")
  }
}

private func laneBenchmarks(_ kernels: chorus_kernels, _ isa: String) {
  Benchmark("kernels.shingle.512tokens.\(isa)") { benchmark in
    var shingles = numbers
    for _ in 0..<repeatCount { unsafe kernels.shingle(numbers, 512, 3, 1, 0, &shingles) }
    Corpus.check(Int(shingles[509] >> 40), smoke: 1_699_323, real: 1_699_323, "kernels.shingle")
  }
  Benchmark("kernels.select.512anchors.window-4.\(isa)") { benchmark in
    let anchors = numbers.map { $0 >> 24 }
    var chosen = [UInt64](repeating: 0, count: 513)
    var count = 0
    for _ in 0..<repeatCount { count = unsafe kernels.select(anchors, 512, 4, &chosen) }
    Corpus.check(count, smoke: 198, real: 198, "kernels.select")
  }
  Benchmark("kernels.minimise.512shingles.128lanes.\(isa)") { benchmark in
    let factors = numbers.prefix(128).map { UInt32($0 >> 32) | 1 }
    var lanes = [UInt32](repeating: .max, count: 128)
    for _ in 0..<(repeatCount / 10) { unsafe kernels.minimise(numbers, 512, factors, &lanes) }
    Corpus.check(Int(lanes[0] >> 8), smoke: 108_508, real: 108_508, "kernels.minimise")
  }
  Benchmark("kernels.pack.128lanes.\(isa)") { benchmark in
    let lanes = numbers.prefix(128).map { UInt32($0 >> 32) }
    var signature = [UInt8](repeating: 0, count: 64)
    var keys = [UInt32](repeating: 0, count: 16)
    for _ in 0..<repeatCount { unsafe kernels.pack(lanes, 4, &signature, &keys) }
    Corpus.check(Int(keys[7]), smoke: 3_730_256_957, real: 3_730_256_957, "kernels.pack")
  }
  Benchmark("kernels.agreement.512rows.4-bits.\(isa)") { benchmark in
    let rows = (0..<(64 * 512)).map { UInt8(truncatingIfNeeded: numbers[$0 % 511] >> 9) }
    var counts = [UInt8](repeating: 0, count: 512)
    for _ in 0..<repeatCount { unsafe kernels.agreement_4_bits(rows, rows, 512, &counts) }
    Corpus.check(counts.reduce(0) { $0 + Int($1) }, smoke: 4313, real: 4313, "kernels.agreement")
  }
}

private func embeddingBenchmark(_ kernels: chorus_kernels, _ isa: String) {
  Benchmark("kernels.accumulate.512features.\(isa)") { benchmark in
    var sums = [Int32](repeating: 0, count: 128)
    for _ in 0..<repeatCount { unsafe kernels.accumulate(numbers, 512, 1, &sums, 128) }
    let value = sums.enumerated().reduce(0) { $0 + $1.offset * Int($1.element) }
    Corpus.check(value / repeatCount, smoke: -945, real: -945, "kernels.accumulate")
  }
  Benchmark("kernels.dot.512rows.128dimensions.\(isa)") { benchmark in
    let rows = (0..<(128 * 512)).map { Int8(truncatingIfNeeded: numbers[$0 % 511] >> 9) }
    var products = [Int32](repeating: 0, count: 512)
    for _ in 0..<repeatCount { unsafe kernels.dot(rows, rows, 512, 128, &products) }
    Corpus.check(Int(products[9]), smoke: -4989, real: -4989, "kernels.dot")
  }
}

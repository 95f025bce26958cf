// SPDX-License-Identifier: Apache-2.0

import Benchmark
import COpenBLAS
import Chorus
import ChorusKernels
import Glibc

/// Scoring out of cache, against what the memory gives, and blocks of products both ways.
func scoreBenchmarks() {
  memoryBenchmark()
  for isa in 0...3 as ClosedRange<UInt32> {
    guard let table = unsafe chorus_kernels_for(chorus_isa(isa)) else { continue }
    let kernels = unsafe table.pointee
    scanBenchmarks(kernels, unsafe String(cString: chorus_isa_name(chorus_isa(isa))))
  }
  for queryCount in [1, 4, 16, 64] { blockBenchmarks(queryCount) }
}

/// Far more than the caches hold.
private let scannedByteCount = Corpus.isSmoke ? 1 << 16 : 1 << 28

/// Aligned to lines of the cache, and never given back.
private nonisolated(unsafe) let scanned: UnsafeMutablePointer<Int8> = {
  var generator = SeededGenerator(seed: 5)
  var words = [UInt64](repeating: 0, count: 511)
  for place in words.indices { words[place] = generator.next() }
  // Below 127, which nothing is then.
  let memory = UnsafeMutableRawPointer.allocate(byteCount: scannedByteCount, alignment: 64)
  let bytes = unsafe memory.bindMemory(to: Int8.self, capacity: scannedByteCount)
  for place in 0..<scannedByteCount {
    unsafe bytes[place] = Int8(truncatingIfNeeded: words[place % 511] >> 8) & 0x3F
  }
  return unsafe bytes
}()

private func memoryBenchmark() {
  Benchmark("score.memory.read.256MiB") { benchmark in
    let bytes = unsafe scanned
    benchmark.startMeasurement()
    // Reads all of it, with the widest loads there are.
    let found = unsafe memchr(bytes, 127, scannedByteCount)
    benchmark.stopMeasurement()
    Corpus.check(unsafe found == nil ? 0 : 1, smoke: 0, real: 0, "score.memory.read")
  }
}

private func scanBenchmarks(_ kernels: chorus_kernels, _ isa: String) {
  Benchmark("score.agreement.256MiB.4-bits.\(isa)") { benchmark in
    let rowCount = scannedByteCount / 64
    var counts = [UInt8](repeating: 0, count: rowCount)
    let rows = unsafe UnsafeRawPointer(scanned).assumingMemoryBound(to: UInt8.self)
    benchmark.startMeasurement()
    unsafe kernels.agreement_4_bits(rows, rows, rowCount, &counts)
    benchmark.stopMeasurement()
    let sum = counts.prefix(1024).reduce(0) { $0 + Int($1) }
    Corpus.check(sum, smoke: 20_894, real: 20_894, "score.agreement")
  }
  Benchmark("score.dot.256MiB.128dimensions.\(isa)") { benchmark in
    let rowCount = scannedByteCount / 128
    var products = [Int32](repeating: 0, count: rowCount)
    let rows = unsafe scanned
    benchmark.startMeasurement()
    unsafe kernels.dot(rows, rows, rowCount, 128, &products)
    benchmark.stopMeasurement()
    Corpus.check(Int(products[9]), smoke: 113_347, real: 113_347, "score.dot")
  }
}

private let blockRowCount = 4096

/// How often each block is computed in one iteration.
private let blockRepeatCount = Corpus.isSmoke ? 1 : 20

private func blockBenchmarks(_ queryCount: Int) {
  let shape = "\(queryCount)x4096rows.128dimensions"
  for method in DotProducts.Method.allCases {
    Benchmark("score.block.\(method).\(shape)") { benchmark in
      let (queries, rows) = block(queryCount)
      var last: Int32 = 0
      benchmark.startMeasurement()
      for _ in 0..<blockRepeatCount {
        last = DotProducts.block(queries, rows, dimension: 128, method: method)[9]
      }
      benchmark.stopMeasurement()
      Corpus.check(Int(last), smoke: 50_812, real: 50_812, "score.block")
    }
  }
  Benchmark("score.sgemm.\(shape)") { benchmark in
    let (queries, rows) = block(queryCount)
    let (left, right) = (queries.map(Float.init), rows.map(Float.init))
    var products = [Float](repeating: 0, count: queryCount * blockRowCount)
    openblas_set_num_threads(1)
    benchmark.startMeasurement()
    for _ in 0..<blockRepeatCount {
      unsafe cblas_sgemm(
        CblasRowMajor,
        CblasNoTrans,
        CblasTrans,
        Int32(queryCount),
        Int32(blockRowCount),
        128,
        1,
        left,
        128,
        right,
        128,
        0,
        &products,
        Int32(blockRowCount)
      )
    }
    benchmark.stopMeasurement()
    Corpus.check(Int(products[9]), smoke: 50_812, real: 50_812, "score.sgemm")
  }
}

private func block(_ queryCount: Int) -> (queries: [Int8], rows: [Int8]) {
  var generator = SeededGenerator(seed: 6)
  let values = (0..<((queryCount + blockRowCount) * 128)).map { _ in
    Int8(truncatingIfNeeded: generator.next())
  }
  let rowByteCount = blockRowCount * 128
  return (Array(values[rowByteCount...]), Array(values[..<rowByteCount]))
}

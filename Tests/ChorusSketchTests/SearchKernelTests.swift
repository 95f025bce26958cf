// SPDX-License-Identifier: Apache-2.0

import ChorusCore
import ChorusKernels
import Testing

/// The portable kernels of queries against plain Swift.
struct SearchKernelTests {
  // MARK: Runs

  /// Ascending, distinct postings; most keys have one row, some have runs of rows.
  private static func postings(_ generator: inout SeededGenerator) -> [UInt64] {
    var all: Set<UInt64> = []
    for _ in 0..<200 {
      let key = generator.next() % 4000
      let first = generator.next() % 5000
      let length = generator.next() % 4 == 0 ? 1 + generator.next() % 40 : 1
      for row in first..<(first + length) { all.insert(key << 24 | row) }
    }
    return all.sorted()
  }

  private static func encoded(_ postings: [UInt64]) -> (bytes: [UInt8], taken: Int) {
    var bytes = [UInt8](repeating: 0, count: Int(CHORUS_POSTING_BLOCK_BYTES))
    var taken = 0
    let used = unsafe chorus_encode_postings(
      postings,
      postings.count,
      13,
      &bytes,
      bytes.count,
      &taken
    )
    return (Array(bytes.prefix(used)), taken)
  }

  private static func runs(
    _ block: [UInt8],
    byteCount: Int,
    firstKey: UInt64,
    _ keys: ClosedRange<UInt64>,
    capacity: Int = 4096
  ) -> [chorus_run]? {
    var runs = [chorus_run](repeating: chorus_run(), count: capacity + 1)
    let count = unsafe chorus_find_runs(
      block,
      byteCount,
      block.count,
      firstKey,
      keys.lowerBound,
      keys.upperBound,
      &runs,
      capacity
    )
    #expect(runs[capacity].count == 0, "wrote past its capacity")
    return count < 0 ? nil : Array(runs.prefix(count))
  }

  private static func spread(_ runs: [chorus_run]) -> [UInt64] {
    runs.flatMap { run in
      (0..<UInt64(run.count)).map { run.key << 24 | (UInt64(run.row) + $0) }
    }
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func `runs are the postings of the keys, with and without bytes behind the block`(
    _ seed: UInt64
  ) throws {
    var generator = SeededGenerator(seed: seed)
    let all = Self.postings(&generator)
    let (block, taken) = Self.encoded(all)
    let firstKey = all[0] >> 24
    for slack in [0, 8, 16, 200] {
      // What stands behind a block changes nothing.
      let bytes = block + (0..<slack).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
      for _ in 0..<50 {
        let least = generator.next() % 4100
        let most = least + generator.next() % 300
        let wanted = all.prefix(taken).filter { (least...most).contains($0 >> 24) }
        let found = try #require(
          Self.runs(bytes, byteCount: block.count, firstKey: firstKey, least...most)
        )
        #expect(Self.spread(found) == wanted)
      }
    }
  }

  @Test func `a search for runs ends when there are as many as asked for`() throws {
    var generator = SeededGenerator(seed: 9)
    let all = Self.postings(&generator)
    let (block, _) = Self.encoded(all)
    let whole = 0...(UInt64.max >> 24) as ClosedRange<UInt64>
    let every = try #require(
      Self.runs(block, byteCount: block.count, firstKey: all[0] >> 24, whole)
    )
    for capacity in [1, 2, 10, every.count - 1, every.count] {
      let some = try #require(
        Self.runs(
          block,
          byteCount: block.count,
          firstKey: all[0] >> 24,
          whole,
          capacity: capacity
        )
      )
      #expect(Self.spread(some) == Self.spread(Array(every.prefix(capacity))))
    }
  }

  // MARK: Collisions

  private static func collisions(_ runs: [UInt64], least: UInt32) -> [chorus_collision]? {
    var words = runs
    var scratch = [UInt64](repeating: 0, count: runs.count + 1)
    var output = [chorus_collision](repeating: chorus_collision(), count: 2 * runs.count + 1)
    let count = unsafe chorus_count_collisions(&words, &scratch, runs.count, least, &output)
    return count < 0 ? nil : Array(output.prefix(count))
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `collisions are the sums of an array of counters`(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: 100 + seed)
    let span = UInt64([4, 50, 3000][Int(seed % 3)])
    var runs: [UInt64] = []
    var sums = [UInt32](repeating: 0, count: Int(span) * 2 + 60)
    var depths = sums
    for _ in 0..<(40 + 100 * Int(seed % 4)) {
      let row = generator.next() % span
      let count = 1 + generator.next() % (generator.next() % 3 == 0 ? 50 : 2)
      let weight = 1 + generator.next() % 3
      let rows = Int(row)..<Int(row + count)
      // A row is in one run of each band at most.
      guard rows.allSatisfy({ depths[$0] < UInt32(CHORUS_OVERLAP_CAPACITY) }) else { continue }
      for row in rows {
        depths[row] += 1
        sums[row] += UInt32(weight)
      }
      runs.append(row << 32 | count << 8 | weight)
    }
    for least in [1, 2, 5, 40] as [UInt32] {
      let found = try #require(Self.collisions(runs, least: least))
      var weights: [Int: UInt32] = [:]
      for part in found {
        for row in part.row..<(part.row + part.count) {
          #expect(weights.updateValue(part.weight, forKey: Int(row)) == nil, "a row twice")
        }
      }
      let wanted = sums.enumerated().filter { $0.element >= least }
      #expect(weights == Dictionary(uniqueKeysWithValues: wanted.map { ($0.offset, $0.element) }))
      for (first, second) in zip(found, found.dropFirst()) {
        #expect(first.row + first.count <= second.row)
        #expect(first.row + first.count < second.row || first.weight != second.weight)
      }
    }
  }

  @Test func `a row in more runs than bands can give is refused`() {
    let run: UInt64 = 7 << 32 | 3 << 8 | 1
    let most = Int(CHORUS_OVERLAP_CAPACITY)
    #expect(Self.collisions(Array(repeating: run, count: most), least: 1)?.count == 1)
    #expect(Self.collisions(Array(repeating: run, count: most + 1), least: 1) == nil)
  }

  @Test func `no runs have no collisions`() {
    #expect(Self.collisions([], least: 1)?.isEmpty == true)
  }

  // MARK: Sets of shingles

  private static func elements(_ shingles: [UInt64]) -> [UInt32] {
    var scratch = [UInt64](repeating: 0, count: shingles.count + 1)
    var elements = [UInt32](repeating: 0, count: shingles.count + 1)
    let count = unsafe chorus_distinct_elements(
      shingles,
      shingles.count,
      &scratch,
      &elements
    )
    return Array(elements.prefix(count))
  }

  @Test(arguments: [0, 1, 2, 3, 24, 25, 100, 1023, 1024, 1025, 40_000])
  func `distinct elements are a sorted set, whatever the shingles are`(_ count: Int) {
    var generator = SeededGenerator(seed: UInt64(count))
    // Hashes; few different ones; all alike; all in one bucket; zeros in the high half.
    let kinds: [(UInt64) -> UInt64] = [
      { $0 }, { ($0 % 40) << 40 }, { _ in 5 << 32 }, { $0 & 0x000F_FFFF_FFFF_FFFF },
      { $0 % 3 == 0 ? $0 & 0xFFFF : $0 },
    ]
    for kind in kinds {
      let shingles = (0..<count).map { _ in kind(generator.next()) }
      let wanted = Set(shingles.map { max(1, UInt32(truncatingIfNeeded: $0 >> 32)) }).sorted()
      #expect(Self.elements(shingles) == wanted)
    }
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `shared elements are those of an intersection`(_ seed: UInt64) {
    var generator = SeededGenerator(seed: 50 + seed)
    func set() -> [UInt32] {
      let count = generator.next() % 80
      return Set((0..<count).map { _ in UInt32(generator.next() % 100) }).sorted()
    }
    for _ in 0..<50 {
      let (first, second) = (set(), set())
      let shared = unsafe chorus_count_shared(first, first.count, second, second.count)
      #expect(shared == Set(first).intersection(second).count)
    }
  }

  // MARK: Numbers

  @Test func `bytes become numbers and whole numbers become integers`() {
    let bytes = (Int8.min...Int8.max).map { $0 }
    var values = [Float](repeating: 0, count: bytes.count)
    unsafe chorus_bytes_to_floats(bytes, bytes.count, &values)
    #expect(values == bytes.map(Float.init))
    let whole: [Float] = [0, 1, -1, 16_777_216, -16_777_216, 255, -4097]
    var integers = [Int32](repeating: 0, count: whole.count)
    unsafe chorus_floats_to_integers(whole, whole.count, &integers)
    #expect(integers == whole.map { Int32($0) })
  }
}

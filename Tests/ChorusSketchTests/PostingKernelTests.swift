// SPDX-License-Identifier: Apache-2.0

import ChorusCore
import ChorusKernels
import Testing

/// Sorting, renumbering, encoding and decoding of postings.
struct PostingKernelTests {
  private static let rowBits: UInt64 = 24
  private static let rowMask: UInt64 = (1 << rowBits) - 1

  private static func sorted(_ values: [UInt64], lowBit: UInt32) -> [UInt64] {
    var values = values
    var scratch = [UInt64](repeating: 0, count: values.count)
    unsafe chorus_sort_postings(&values, &scratch, values.count, lowBit)
    return values
  }

  private static func encode(
    _ postings: [UInt64],
    capacity: Int,
    width: UInt32 = 24
  ) -> (bytes: [UInt8], taken: Int) {
    var bytes = [UInt8](repeating: 0xEE, count: capacity + 8)
    var taken = 0
    let used = unsafe chorus_encode_postings(
      postings,
      postings.count,
      width,
      &bytes,
      capacity,
      &taken
    )
    #expect(bytes[capacity...].allSatisfy { $0 == 0xEE }, "wrote past its capacity")
    return (Array(bytes.prefix(used)), taken)
  }

  /// Returns the postings of a block, or `nil` when the kernel says that it is malformed.
  private static func decode(_ bytes: [UInt8], firstKey: UInt64, capacity: Int = 4096) -> [UInt64]?
  {
    // A guard behind the capacity shows writing past it.
    var postings = [UInt64](repeating: 0xAAAA, count: capacity + 4)
    let count = unsafe chorus_decode_postings(bytes, bytes.count, firstKey, &postings, capacity)
    #expect(postings[capacity...].allSatisfy { $0 == 0xAAAA }, "wrote past its capacity")
    // SIZE_MAX, which size_t brings into Swift as -1.
    guard count >= 0 else { return nil }
    #expect(count <= capacity)
    return Array(postings.prefix(count))
  }

  /// Returns the postings of some keys of a block, or `nil`.
  private static func find(
    _ keys: ClosedRange<UInt64>,
    _ bytes: [UInt8],
    firstKey: UInt64,
    capacity: Int = 4096
  ) -> [UInt64]? {
    var postings = [UInt64](repeating: 0xAAAA, count: capacity + 4)
    let count = unsafe chorus_find_postings(
      bytes,
      bytes.count,
      bytes.count,
      firstKey,
      keys.lowerBound,
      keys.upperBound,
      &postings,
      capacity
    )
    #expect(postings[capacity...].allSatisfy { $0 == 0xAAAA }, "wrote past its capacity")
    guard count >= 0 else { return nil }
    return Array(postings.prefix(count))
  }

  /// Ascending, distinct postings, some keys of which have many rows.
  private static func postings(_ count: Int, _ generator: inout SeededGenerator) -> [UInt64] {
    var set = Set<UInt64>()
    while set.count < count {
      let key = generator.next() >> (24 + 8 * (generator.next() % 5))
      let rows = generator.next() % 4 == 0 ? 1 + generator.next() % 40 : 1
      for _ in 0..<rows where set.count < count {
        set.insert(key << rowBits | generator.next() >> (40 + generator.next() % 24))
      }
    }
    return set.sorted()
  }

  // MARK: Sorting

  @Test(arguments: [0, 1, 2, 47, 48, 49, 255, 1000, 5000])
  func `sorting is Swift's sort`(_ count: Int) {
    var generator = SeededGenerator(seed: UInt64(count))
    let values = (0..<count).map { _ in generator.next() }
    #expect(Self.sorted(values, lowBit: 0) == values.sorted())
  }

  @Test(arguments: [0, 8, 24, 40, 56, 63] as [UInt32], [10, 47, 48, 2000])
  func `sorting by the high bits keeps the order of equal ones`(_ lowBit: UInt32, _ count: Int) {
    var generator = SeededGenerator(seed: UInt64(lowBit))
    // Few different high parts, so that there are many equal ones.
    let values = (0..<count).map { _ in
      generator.next() & (0x7 << UInt64(min(lowBit, 61)) | 0xFFFF)
    }
    let wanted = values.enumerated().sorted {
      ($0.element >> UInt64(lowBit), $0.offset) < ($1.element >> UInt64(lowBit), $1.offset)
    }
    #expect(Self.sorted(values, lowBit: lowBit) == wanted.map(\.element))
  }

  @Test func `sorting equal values changes nothing`() {
    let values = [UInt64](repeating: .max, count: 100)
    #expect(Self.sorted(values, lowBit: 24) == values)
  }

  // MARK: Renumbering

  @Test(arguments: [0, 1, 10, 100, 3000])
  func `renumbering maps rows and restores their order`(_ count: Int) {
    var generator = SeededGenerator(seed: UInt64(count))
    let rows = (0..<200 as Range<UInt32>).shuffled(using: &generator)
    var postings = Set(
      (0..<count).map { _ in (generator.next() % 50) << 24 | generator.next() % 200 }
    )
    .sorted()
    let wanted = postings.map { $0 & ~Self.rowMask | UInt64(rows[Int($0 & Self.rowMask)]) }.sorted()
    var scratch = [UInt64](repeating: 0, count: postings.count)
    unsafe chorus_renumber_postings(&postings, &scratch, postings.count, rows)
    #expect(postings == wanted)
  }

  // MARK: Thinning

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `thinning drops repetitions and rare keys but for the marked`(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let kept: UInt64 = 1 << 23
    let rowCount = 50
    let weights = (0..<rowCount).map { _ in UInt32(1 + generator.next() % 3) }
    let common = 1 + generator.next() % 8
    var all: [UInt64] = []
    for _ in 0..<400 {
      let mark = generator.next() % 5 == 0 ? kept : 0
      all.append((generator.next() % 60) << 24 | mark | generator.next() % UInt64(rowCount))
    }
    // By key, then by row: what is marked stands before or behind what is not.
    all.sort { ($0 & ~kept, $0) < ($1 & ~kept, $1) }
    var wanted: [UInt64] = []
    var shared = [UInt64](repeating: .max, count: rowCount)
    for key in Set(all.map { $0 >> 24 }).sorted() {
      let group = all.filter { $0 >> 24 == key }
      let rows = Set(group.map { $0 & (kept - 1) }).sorted()
      let weight = rows.reduce(0) { $0 + UInt64(weights[Int($1)]) }
      for row in rows {
        if rows.count > 1 { shared[Int(row)] = min(shared[Int(row)], key) }
        let isMarked = group.contains(key << 24 | kept | row)
        if weight >= common || isMarked { wanted.append(key << 24 | row) }
      }
    }
    var found = [UInt64](repeating: .max, count: rowCount)
    let count = unsafe chorus_thin_postings(&all, all.count, weights, common, &found)
    #expect(Array(all.prefix(count)) == wanted)
    #expect(found == shared)
  }

  // MARK: The block form

  /// Encodes postings block after block and calls a closure for each.
  private static func forEachBlock(
    _ postings: [UInt64],
    capacity: Int,
    width: UInt32 = 24,
    _ body: (_ bytes: [UInt8], _ part: [UInt64]) -> Void
  ) {
    var start = 0
    while start < postings.count {
      let (bytes, taken) = encode(Array(postings[start...]), capacity: capacity, width: width)
      guard taken > 0 else {
        Issue.record("nothing fits into \(capacity) bytes")
        return
      }
      #expect(bytes.count <= capacity)
      body(bytes, Array(postings[start..<(start + taken)]))
      start += taken
    }
  }

  @Test(arguments: 0..<12 as Range<UInt64>, [24, 25, 40, 64, 300, 4096])
  func `blocks come back as they were encoded`(_ seed: UInt64, _ capacity: Int) {
    var generator = SeededGenerator(seed: seed)
    let postings = Self.postings(capacity / 2 + 50, &generator)
    Self.forEachBlock(postings, capacity: capacity) { bytes, part in
      #expect(Self.decode(bytes, firstKey: part[0] >> 24) == part)
    }
  }

  @Test(arguments: 0..<12 as Range<UInt64>)
  func `rows of fewer bits come back`(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for width in [0, 1, 7, 17] as [UInt32] {
      let postings = Set(
        (0..<500).map { _ in
          (generator.next() % 3000) << 24 | generator.next() % (1 << UInt64(width))
        }
      ).sorted()
      Self.forEachBlock(postings, capacity: 4096, width: width) { bytes, part in
        #expect(Self.decode(bytes, firstKey: part[0] >> 24) == part)
      }
    }
  }

  @Test(arguments: 0..<12 as Range<UInt64>)
  func `what is found in a block is what a filter finds`(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let postings = Self.postings(1500, &generator)
    Self.forEachBlock(postings, capacity: 4096) { bytes, part in
      let keys = part.map { $0 >> 24 }
      var ranges: [ClosedRange<UInt64>] = [0...0, 0...UInt64.max, keys[0]...keys[0]]
      for _ in 0..<60 {
        let key = keys[Int(generator.next() % UInt64(keys.count))]
        let other = keys[Int(generator.next() % UInt64(keys.count))]
        ranges += [key...key, min(key, other)...max(key, other), (key + 1)...(key + 1)]
        let random = generator.next() >> 24
        ranges.append(random...(random + (generator.next() >> 40)))
      }
      for range in ranges {
        let wanted = part.filter { range.contains($0 >> 24) }
        #expect(Self.find(range, bytes, firstKey: keys[0]) == wanted, "\(range)")
      }
    }
  }

  @Test func `a key with more rows than fit goes on in the next block`() {
    let postings = (0..<9000 as Range<UInt64>).map { 77 << 24 | $0 * 300 }
    var blockCount = 0
    Self.forEachBlock(postings, capacity: 4096) { bytes, part in
      #expect(Self.decode(bytes, firstKey: 77) == part)
      blockCount += 1
    }
    #expect(blockCount > 1)
  }

  @Test func `neighbouring rows take bits, not bytes`() {
    let postings = (0..<4096 as Range<UInt64>).map { 77 << 24 | $0 + 5 }
    let (bytes, taken) = Self.encode(postings, capacity: 4096)
    #expect(taken == 4096)
    #expect(bytes.count < 24)
    #expect(Self.decode(bytes, firstKey: 77) == postings)
  }

  @Test(
    arguments: [
      [0], [.max], [0, .max], [(1 << 24) - 1, 1 << 24], [.max - 1, .max], [0, 1, 2, 3],
      [0, 2, 4, 1 << 23], [5 << 24, .max - 9],
    ] as [[UInt64]]
  )
  func `extreme postings come back`(_ postings: [UInt64]) {
    let (bytes, taken) = Self.encode(postings, capacity: 4096)
    #expect(taken == postings.count)
    #expect(Self.decode(bytes, firstKey: postings[0] >> 24) == postings)
  }

  @Test func `no postings take no bytes`() {
    #expect(Self.encode([], capacity: 100).bytes.isEmpty)
    #expect(Self.decode([], firstKey: 0, capacity: 100) == nil)
  }

  @Test func `a block of as many postings as there is room for is taken`() {
    let postings = (0..<100 as Range<UInt64>).map { $0 << 24 }
    let bytes = Self.encode(postings, capacity: 4096).bytes
    #expect(Self.decode(bytes, firstKey: 0, capacity: 100) == postings)
    #expect(Self.decode(bytes, firstKey: 0, capacity: 99) == nil)
    #expect(Self.find(0...UInt64.max, bytes, firstKey: 0, capacity: 100) == postings)
    #expect(Self.find(0...UInt64.max, bytes, firstKey: 0, capacity: 99) == nil)
  }

  // MARK: Damage

  /// Whether a block is refused, or gives postings that could be.
  private static func isSound(_ bytes: [UInt8], firstKey: UInt64) -> Bool {
    // Looking up must stay inside its bounds whatever it finds.
    _ = find(firstKey...(firstKey + 1000), bytes, firstKey: firstKey, capacity: 30)
    _ = find(0...UInt64.max, bytes, firstKey: firstKey, capacity: 30)
    guard let postings = decode(bytes, firstKey: firstKey, capacity: 300) else { return true }
    return zip(postings, postings.dropFirst()).allSatisfy { $0 < $1 }
      && postings.first.map { $0 >> 24 == firstKey } ?? false
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `a block cut short is refused`(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let postings = Self.postings(120, &generator)
    let bytes = Self.encode(postings, capacity: 4096).bytes
    for count in bytes.indices {
      #expect(Self.decode(Array(bytes.prefix(count)), firstKey: postings[0] >> 24) == nil)
      #expect(Self.isSound(Array(bytes.prefix(count)), firstKey: postings[0] >> 24))
    }
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `a changed block is refused or gives ascending postings`(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let postings = Self.postings(60, &generator)
    let bytes = Self.encode(postings, capacity: 4096).bytes
    for place in bytes.indices {
      for mask in [0x01, 0x02, 0x10, 0x80, 0xFF, 0x7F] as [UInt8] {
        var changed = bytes
        changed[place] ^= mask
        #expect(Self.isSound(changed, firstKey: postings[0] >> 24), "byte \(place)")
      }
    }
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `random bytes are refused or give ascending postings`(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<3000 {
      let limit = 2 + generator.next() % 255
      var bytes = (0..<(generator.next() % 80)).map { _ in
        UInt8((generator.next() >> 20) % limit)
      }
      // A plausible head, so that what is behind it is looked at.
      if bytes.count > 10, generator.next() % 2 == 0 {
        bytes.replaceSubrange(0..<8, with: [UInt8(1 + limit % 20), 0, 40, 0, 4, 0, 3, 20 << 3])
      }
      #expect(Self.isSound(bytes, firstKey: generator.next() >> 30), "\(bytes)")
    }
  }
}

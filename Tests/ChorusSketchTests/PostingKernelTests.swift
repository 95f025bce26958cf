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

  private static func encode(_ postings: [UInt64], capacity: Int) -> (bytes: [UInt8], taken: Int) {
    var bytes = [UInt8](repeating: 0xEE, count: capacity)
    var taken = 0
    let used = unsafe chorus_encode_postings(postings, postings.count, &bytes, capacity, &taken)
    return (Array(bytes.prefix(used)), taken)
  }

  /// Returns the postings of a block, or `nil` when the kernel says that it is malformed.
  private static func decode(_ bytes: [UInt8], capacity: Int) -> [UInt64]? {
    // A guard behind the capacity shows writing past it.
    var postings = [UInt64](repeating: 0xAAAA, count: capacity + 4)
    let count = unsafe chorus_decode_postings(bytes, bytes.count, &postings, capacity)
    #expect(postings[capacity...].allSatisfy { $0 == 0xAAAA }, "wrote past its capacity")
    // SIZE_MAX, which size_t brings into Swift as -1.
    guard count >= 0 else { return nil }
    #expect(count <= capacity)
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

  // MARK: The block form

  @Test(arguments: 0..<8 as Range<UInt64>, [20, 21, 25, 64, 300, 4096])
  func `blocks come back as they were encoded`(_ seed: UInt64, _ capacity: Int) {
    var generator = SeededGenerator(seed: seed)
    let postings = Self.postings(capacity / 2 + 50, &generator)
    var found: [UInt64] = []
    while found.count < postings.count {
      let (bytes, taken) = Self.encode(Array(postings[found.count...]), capacity: capacity)
      guard taken > 0 else {
        Issue.record("nothing fits into \(capacity) bytes")
        return
      }
      #expect(bytes.count <= capacity)
      let block = Self.decode(bytes, capacity: 4096)
      #expect(block == Array(postings[found.count..<(found.count + taken)]))
      found += block ?? []
    }
    #expect(found == postings)
  }

  @Test func `a key with more rows than fit goes on in the next block`() {
    let postings = (0..<5000 as Range<UInt64>).map { 77 << 24 | $0 * 300 }
    var found: [UInt64] = []
    var blockCount = 0
    while found.count < postings.count {
      let (bytes, taken) = Self.encode(Array(postings[found.count...]), capacity: 4096)
      #expect(taken > 0)
      found += Self.decode(bytes, capacity: 4096) ?? [.max]
      blockCount += 1
    }
    #expect(blockCount > 1)
    #expect(found == postings)
  }

  @Test(
    arguments: [
      [0], [.max], [0, .max], [(1 << 24) - 1, 1 << 24], [.max - 1, .max], [0, 1, 2, 3],
    ] as [[UInt64]]
  )
  func `extreme postings come back`(_ postings: [UInt64]) {
    let (bytes, taken) = Self.encode(postings, capacity: 4096)
    #expect(taken == postings.count)
    #expect(Self.decode(bytes, capacity: 4096) == postings)
  }

  @Test func `no postings take no bytes`() {
    #expect(Self.encode([], capacity: 100).bytes.isEmpty)
    #expect(Self.decode([], capacity: 100) == [])
  }

  @Test func `a block of as many postings as there is room for is taken`() {
    let postings = (0..<100 as Range<UInt64>).map { $0 << 24 }
    let bytes = Self.encode(postings, capacity: 4096).bytes
    #expect(Self.decode(bytes, capacity: 100) == postings)
    #expect(Self.decode(bytes, capacity: 99) == nil)
  }

  // MARK: Damage

  private static func isAscending(_ postings: [UInt64]) -> Bool {
    zip(postings, postings.dropFirst()).allSatisfy { $0 < $1 }
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `a block cut short is refused or a front of its postings`(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let postings = Self.postings(120, &generator)
    let bytes = Self.encode(postings, capacity: 4096).bytes
    for count in bytes.indices {
      let found = Self.decode(Array(bytes.prefix(count)), capacity: 4096) ?? []
      #expect(found == Array(postings.prefix(found.count)), "\(count) bytes")
    }
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `a changed block is refused or gives ascending postings`(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let bytes = Self.encode(Self.postings(60, &generator), capacity: 4096).bytes
    for place in bytes.indices {
      for mask in [0x01, 0x80, 0xFF, 0x7F] as [UInt8] {
        var changed = bytes
        changed[place] ^= mask
        #expect(Self.isAscending(Self.decode(changed, capacity: 300) ?? []), "byte \(place)")
      }
    }
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `random bytes are refused or give ascending postings`(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<1500 {
      let limit = 2 + generator.next() % 255
      let bytes = (0..<(generator.next() % 60)).map { _ in
        UInt8((generator.next() >> 20) % limit)
      }
      #expect(Self.isAscending(Self.decode(bytes, capacity: 20) ?? []), "\(bytes)")
    }
  }

  @Test(
    arguments: [
      [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01, 0x00],  // key too long
      [0x00, 0x00, 0x00],  // no rows
      [0x03, 0x80, 0x80, 0x80, 0x08],  // row of 2^24
      [0x02, 0x02, 0x05, 0x00],  // the same row twice
      [0x03, 0x00, 0x01, 0x00],  // the same key twice
      [0x02, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x00],  // far more rows than bytes
      [0x02, 0x02, 0xFF, 0xFF, 0xFF, 0x07, 0x01],  // rows that run over
    ] as [[UInt8]]
  )
  func `a malformed block is refused`(_ bytes: [UInt8]) {
    #expect(Self.decode(bytes, capacity: 64) == nil)
  }
}

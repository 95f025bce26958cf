// SPDX-License-Identifier: Apache-2.0

import ChorusCore
import ChorusStore
import ChorusTestSupport
import Testing

struct BlockFileTests {
  /// Sections of every kind: empty, one byte, random, repetitive, longer than a block.
  private static func randomSections(
    _ generator: inout SeededGenerator
  ) -> [BlockFileFixture.Section] {
    let counts = [0, 1, 2, 100, 4096, (1 << 16) - 1, 1 << 16, (1 << 16) + 1, 200_000]
    return (1...UInt32(4)).map { tag in
      let count = counts[Int(generator.next() % UInt64(counts.count))]
      let alphabet = generator.next() % 2 == 0 ? 3 : 256 as UInt64
      var bytes: [UInt8] = []
      bytes.reserveCapacity(count)
      var word: UInt64 = 0
      for place in 0..<count {
        if place % 8 == 0 { word = generator.next() }
        bytes.append(UInt8((word >> (8 * UInt64(place % 8)) & 0xFF) % alphabet))
      }
      return .init(
        tag: tag,
        itemCount: Int(generator.next() >> 2),
        bytes: bytes,
        isCompressible: generator.next() % 2 == 0
      )
    }
  }

  @Test(arguments: 0..<6 as Range<UInt64>)
  func `sections come back as they were written`(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let fixture = try BlockFileFixture(Self.randomSections(&generator))
    #expect(try fixture.readAll() == fixture.sections)
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `a range of a section is that range of its bytes`(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let bytes = (0..<1000).map { _ in UInt8(truncatingIfNeeded: generator.next() % 5) }
    let fixture = try BlockFileFixture(
      [.init(tag: 1, itemCount: 1, bytes: bytes, isCompressible: true)],
      blockByteCount: 64
    )
    let file = try fixture.open()
    let section = try file.section(.init(1, "any"))
    for _ in 0..<200 {
      let start = Int(generator.next() % 1001)
      let end = start + Int(generator.next() % UInt64(1001 - start))
      #expect(try file.bytes(start..<end, of: section) == Array(bytes[start..<end]))
    }
  }

  @Test(arguments: [0..<1001, 1000..<1001, 5000..<5000, -1..<3])
  func `a range outside a section says corrupted`(_ range: Range<Int>) throws {
    let fixture = try BlockFileFixture([
      .init(tag: 1, itemCount: 1, bytes: .init(repeating: 1, count: 1000), isCompressible: false)
    ])
    let file = try fixture.open()
    let section = try file.section(.init(1, "any"))
    #expect(failure { _ = try file.bytes(range, of: section) }?.code == .corrupted)
  }

  @Test func `repetitive bytes take less room when they may be compressed`() throws {
    func byteCount(isCompressible: Bool) throws -> Int {
      try BlockFileFixture([
        .init(
          tag: 1,
          itemCount: 1,
          bytes: .init(repeating: 5, count: 10_000),
          isCompressible: isCompressible
        )
      ]).bytes.count
    }
    #expect(try byteCount(isCompressible: true) < byteCount(isCompressible: false) - 9000)
  }

  @Test func `random bytes are stored as they are`() throws {
    var generator = SeededGenerator(seed: 9)
    let bytes = (0..<1000).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    let fixture = try BlockFileFixture([
      .init(tag: 1, itemCount: 1, bytes: bytes, isCompressible: true)
    ])
    let section = try fixture.open().section(.init(1, "any"))
    #expect(section.storedByteCount == 1000)
  }

  @Test func `the envelope comes back as it was written`() throws {
    #expect(try BlockFileFixture.small().open().envelope == BlockFileFixture.envelope)
  }

  @Test func `finishing returns the bytes of the file`() throws {
    let storage = MemoryStorage()
    let writer = try BlockFileWriter(storage, name: "x", envelope: BlockFileFixture.envelope)
    try writer.writeSection(.init(1, "a"), itemCount: 1, bytes: [1, 2], isCompressible: false)
    #expect(try writer.finish() == UInt64(storage.bytes(of: "x")?.count ?? 0))
  }

  @Test func `stored bytes, envelope, directory and footer make up the file`() throws {
    let fixture = try BlockFileFixture.small()
    let file = try fixture.open()
    var sum = Envelope.byteCount + 4 + 32
    for section in fixture.sections {
      let found = try file.section(.init(section.tag, "any"))
      sum += 16 + 32 * found.blockCount + found.storedByteCount
    }
    #expect(sum == fixture.bytes.count)
  }

  @Test func `a section that the file lacks says corrupted and gives its name`() throws {
    let file = try BlockFileFixture.small().open()
    let error = failure { _ = try file.section(.init(5, "postings")) }
    #expect(error?.code == .corrupted)
    #expect(error?.message.contains("postings") == true)
  }

  // MARK: Looking up blocks by key

  private static func section(keys: [UInt64]) throws -> BlockFile.Section {
    let storage = MemoryStorage()
    let writer = try BlockFileWriter(storage, name: "x", envelope: BlockFileFixture.envelope)
    writer.beginSection(.init(1, "keys"), itemCount: keys.count)
    for key in keys { try writer.writeBlock([1], firstKey: key, isCompressible: false) }
    _ = try writer.finish()
    return try BlockFile(storage, name: "x", kind: .segment).section(.init(1, "keys"))
  }

  private static let keyLists: [[UInt64]] = [
    [], [0], [5], [0, 1, 2], [3, 3, 3], [1, 4, 4, 9, 9, 12], [0, .max], [.max],
  ]
  private static let wanted: [UInt64] = Array(0...13) + [.max - 1, .max]

  @Test(arguments: keyLists)
  func `the block holding a key is the last that starts at or before it`(
    _ keys: [UInt64]
  ) throws {
    let section = try Self.section(keys: keys)
    for key in Self.wanted {
      #expect(section.block(holding: key) == keys.lastIndex { $0 <= key } ?? 0, "key \(key)")
    }
  }

  @Test(arguments: keyLists)
  func `the first block from a key on is the first that starts at or after it`(
    _ keys: [UInt64]
  ) throws {
    let section = try Self.section(keys: keys)
    for key in Self.wanted {
      let naive = keys.firstIndex { $0 >= key } ?? keys.count
      #expect(section.firstBlock(from: key) == naive, "key \(key)")
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import ChorusCore
import ChorusStore
import ChorusTestSupport
import Testing

struct BlockFileCorruptionTests {
  @Test(arguments: [0x01, 0x80, 0xFF] as [UInt8])
  func `a flipped byte anywhere is noticed`(_ mask: UInt8) throws {
    let fixture = try BlockFileFixture.small()
    let bytes = fixture.bytes
    for place in bytes.indices {
      let error = failure { _ = try fixture.readAll(bytes.flipping(mask, at: place)) }
      #expect(error?.code.saysDamage == true, "byte \(place)")
    }
  }

  @Test func `a file cut short anywhere is noticed`() throws {
    let fixture = try BlockFileFixture.small()
    let bytes = fixture.bytes
    for count in bytes.indices {
      let error = failure { _ = try fixture.readAll(Array(bytes.prefix(count))) }
      #expect(error?.code == .corrupted, "\(count) bytes")
    }
  }

  @Test(arguments: [1, 31, 32, 64, 1000])
  func `a file with bytes too many is noticed`(_ count: Int) throws {
    let fixture = try BlockFileFixture.small()
    let error = failure {
      _ = try fixture.readAll(fixture.bytes + [UInt8](repeating: 0, count: count))
    }
    #expect(error?.code == .corrupted)
  }

  @Test func `a file whose front is missing is noticed`() throws {
    let fixture = try BlockFileFixture.small()
    for count in [1, 8, 64, 100] {
      let error = failure { _ = try fixture.readAll(Array(fixture.bytes.dropFirst(count))) }
      #expect(error?.code.saysDamage == true, "without \(count) bytes")
    }
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func `random bytes are no file`(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let fixture = try BlockFileFixture.small()
    let bytes = (0..<300).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    #expect(failure { _ = try fixture.readAll(bytes) }?.code == .foreign)
  }

  @Test func `a flipped byte in one block leaves the others readable`() throws {
    let fixture = try BlockFileFixture.small()
    // The first block starts after the envelope.
    let file = try fixture.open(fixture.bytes.flipping(1, at: Envelope.byteCount))
    let second = try file.section(.init(2, "any"))
    #expect(try file.allBytes(of: second) == fixture.sections[1].bytes)
  }

  @Test func `every error names the path of the file`() throws {
    let fixture = try BlockFileFixture.small()
    let bytes = fixture.bytes
    for place in bytes.indices {
      let error = failure { _ = try fixture.readAll(bytes.flipping(0x10, at: place)) }
      #expect(error?.message.contains("folder/file") == true, "byte \(place)")
    }
  }

  @Test func `damage to a block is given with its offset`() throws {
    let fixture = try BlockFileFixture.small()
    let error = failure { _ = try fixture.readAll(fixture.bytes.flipping(1, at: 70)) }
    #expect(error?.position == .init(file: "folder/file", offset: UInt64(Envelope.byteCount)))
  }

  // MARK: A hostile file, every checksum of which is right

  @Test func `blocks that overlap say corrupted and do not end the process`() async {
    await #expect(processExitsWith: .success) {
      let storage = MemoryStorage()
      let writer = try BlockFileWriter(storage, name: "x", envelope: BlockFileFixture.envelope)
      writer.beginSection(.init(1, "a"), itemCount: 1)
      let block = [UInt8](repeating: 1, count: 10)
      try writer.writeBlock(block, firstKey: 0, isCompressible: false)
      try writer.writeBlock(block, firstKey: 5, isCompressible: false)
      _ = try writer.finish()
      let file = try BlockFile(storage, name: "x", kind: .segment)
      let section = try file.section(.init(1, "a"))
      #expect(failure { _ = try file.bytes(0..<20, of: section) }?.code == .corrupted)
    }
  }

  @Test func `blocks with a gap between them say corrupted`() throws {
    let storage = MemoryStorage()
    let writer = try BlockFileWriter(storage, name: "x", envelope: BlockFileFixture.envelope)
    writer.beginSection(.init(1, "a"), itemCount: 1)
    let block = [UInt8](repeating: 1, count: 10)
    try writer.writeBlock(block, firstKey: 0, isCompressible: false)
    try writer.writeBlock(block, firstKey: 15, isCompressible: false)
    _ = try writer.finish()
    let file = try BlockFile(storage, name: "x", kind: .segment)
    let section = try file.section(.init(1, "a"))
    #expect(failure { _ = try file.bytes(0..<20, of: section) }?.code == .corrupted)
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `a forged directory never ends the process`(_ seed: UInt64) throws {
    let fixture = try BlockFileFixture.small()
    let bytes = fixture.bytes
    let footer = bytes.count - 32
    var reader = ByteReader(bytes[footer...])
    let start = Int(try reader.readUInt64())
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<400 {
      var forged = bytes
      for _ in 0...(generator.next() % 3) {
        let place = start + Int(generator.next() % UInt64(footer - start))
        forged[place] = UInt8(truncatingIfNeeded: generator.next())
      }
      var checksum = ByteWriter()
      checksum.write(Hashing.hash64(forged[start..<footer]))
      forged = forged.replacing(at: footer + 8, with: checksum.bytes)
      // Either the forgery is noticed, or what is read is what the forged directory says: opening,
      // reading and verifying must come back in any case.
      let error = failure { _ = try fixture.readAll(forged) }
      #expect(error == nil || error?.code == .corrupted)
    }
  }
}

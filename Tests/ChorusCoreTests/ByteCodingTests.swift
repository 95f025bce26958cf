// SPDX-License-Identifier: Apache-2.0

import ChorusCore
import ChorusTestSupport
import Testing

struct ByteCodingTests {
  /// A field of any kind, written and read alike.
  private enum Field: Equatable {
    case uInt8(UInt8)
    case uInt16(UInt16)
    case uInt32(UInt32)
    case uInt64(UInt64)
    case int64(Int64)
    case varint(UInt64)
    case signedVarint(Int64)
    case counted([UInt8])
    case string(String)

    static func random(_ generator: inout SeededGenerator) -> Field {
      // Magnitudes of all sizes come up.
      let value = generator.next() >> (generator.next() % 64)
      switch generator.next() % 9 {
      case 0: return .uInt8(UInt8(truncatingIfNeeded: value))
      case 1: return .uInt16(UInt16(truncatingIfNeeded: value))
      case 2: return .uInt32(UInt32(truncatingIfNeeded: value))
      case 3: return .uInt64(value)
      case 4: return .int64(Int64(bitPattern: value))
      case 5: return .varint(value)
      case 6: return .signedVarint(Int64(bitPattern: value) * (value % 2 == 0 ? 1 : -1))
      case 7: return .counted((0..<(value % 40)).map { UInt8(truncatingIfNeeded: $0 &* value) })
      default: return .string(String(repeating: "\u{E9}x", count: Int(value % 20)))
      }
    }

    func write(to writer: inout ByteWriter) {
      switch self {
      case .uInt8(let value): writer.write(value)
      case .uInt16(let value): writer.write(value)
      case .uInt32(let value): writer.write(value)
      case .uInt64(let value): writer.write(value)
      case .int64(let value): writer.write(value)
      case .varint(let value): writer.writeVarint(value)
      case .signedVarint(let value): writer.writeSignedVarint(value)
      case .counted(let bytes): writer.writeCounted(bytes)
      case .string(let text): writer.writeCounted(text)
      }
    }

    /// Reads a field of the same kind.
    func read(from reader: inout ByteReader) throws(ByteReader.Fault) -> Field {
      switch self {
      case .uInt8: .uInt8(try reader.readUInt8())
      case .uInt16: .uInt16(try reader.readUInt16())
      case .uInt32: .uInt32(try reader.readUInt32())
      case .uInt64: .uInt64(try reader.readUInt64())
      case .int64: .int64(try reader.readInt64())
      case .varint: .varint(try reader.readVarint())
      case .signedVarint: .signedVarint(try reader.readSignedVarint())
      case .counted: .counted(Array(try reader.readCounted()))
      case .string: .string(try reader.readString())
      }
    }
  }

  private static func fields(seed: UInt64) -> [Field] {
    var generator = SeededGenerator(seed: seed)
    return (0..<60).map { _ in .random(&generator) }
  }

  private static func written(_ fields: [Field]) -> [UInt8] {
    var writer = ByteWriter()
    for field in fields { field.write(to: &writer) }
    return writer.bytes
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `fields come back as they were written`(_ seed: UInt64) throws {
    let fields = Self.fields(seed: seed)
    var reader = ByteReader(Self.written(fields))
    for field in fields { #expect(try field.read(from: &reader) == field) }
    #expect(reader.isAtEnd)
  }

  @Test(arguments: 0..<6 as Range<UInt64>)
  func `every truncation is a fault at the field that it cuts`(_ seed: UInt64) {
    let fields = Self.fields(seed: seed)
    let bytes = Self.written(fields)
    for count in bytes.indices {
      var reader = ByteReader(bytes[..<count])
      var start = 0
      do throws(ByteReader.Fault) {
        for field in fields {
          start = reader.offset
          _ = try field.read(from: &reader)
        }
        Issue.record("\(count) bytes were enough")
      } catch {
        #expect(error.offset == start)
        #expect(reader.offset == start)
      }
    }
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `reading random bytes never goes past their end`(_ seed: UInt64) {
    var generator = SeededGenerator(seed: 50 + seed)
    for count in 0..<150 {
      let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
      var reader = ByteReader(bytes)
      for _ in 0..<20 {
        let before = reader.offset
        if (try? Field.random(&generator).read(from: &reader)) == nil {
          #expect(reader.offset == before)
        }
        #expect(reader.offset + reader.remainingCount == count)
      }
    }
  }

  // MARK: Integers

  @Test func `integers are little-endian`() {
    var writer = ByteWriter()
    writer.write(0x0102 as UInt16)
    writer.write(0x0304_0506 as UInt32)
    writer.write(-2 as Int64)
    #expect(
      writer.bytes == [2, 1, 6, 5, 4, 3, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]
    )
  }

  // MARK: Varints

  @Test(
    arguments: [
      (0, [0]),
      (1, [1]),
      (127, [0x7F]),
      (128, [0x80, 0x01]),
      (16_383, [0xFF, 0x7F]),
      (16_384, [0x80, 0x80, 0x01]),
      (.max, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]),
    ] as [(UInt64, [UInt8])]
  )
  func `a varint has seven bits a byte, least first`(_ value: UInt64, _ bytes: [UInt8]) throws {
    var writer = ByteWriter()
    writer.writeVarint(value)
    #expect(writer.bytes == bytes)
    var reader = ByteReader(bytes)
    #expect(try reader.readVarint() == value)
  }

  @Test(
    arguments: [
      [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02],
      [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
      [0x80],
      [],
    ] as [[UInt8]]
  )
  func `a varint that runs past 64 bits or the end is a fault`(_ bytes: [UInt8]) {
    var reader = ByteReader(bytes)
    #expect(throws: ByteReader.Fault.self) { try reader.readVarint() }
  }

  @Test(
    arguments: [
      (0, [0]), (-1, [1]), (1, [2]), (-2, [3]), (63, [126]), (-64, [127]), (64, [0x80, 0x01]),
    ] as [(Int64, [UInt8])]
  )
  func `a signed varint alternates between the signs`(_ value: Int64, _ bytes: [UInt8]) {
    var writer = ByteWriter()
    writer.writeSignedVarint(value)
    #expect(writer.bytes == bytes)
  }

  @Test(arguments: [.min, .min + 1, .max - 1, .max] as [Int64])
  func `a signed varint holds the ends of its range`(_ value: Int64) throws {
    var writer = ByteWriter()
    writer.writeSignedVarint(value)
    var reader = ByteReader(writer.bytes)
    #expect(try reader.readSignedVarint() == value)
  }

  @Test(arguments: [UInt64(Int64.max) + 1, .max])
  func `a count that no memory can hold is a fault`(_ value: UInt64) {
    var writer = ByteWriter()
    writer.writeVarint(value)
    var reader = ByteReader(writer.bytes)
    #expect(throws: ByteReader.Fault.self) { try reader.readCount() }
  }

  @Test func `a count greater than the bytes that follow is a fault`() {
    var writer = ByteWriter()
    writer.writeVarint(UInt64(Int64.max))
    writer.write(bytes: [1, 2, 3])
    var reader = ByteReader(writer.bytes)
    #expect(throws: ByteReader.Fault.self) { try reader.readCounted() }
  }

  @Test func `a string that is not UTF-8 is a fault`() {
    var writer = ByteWriter()
    writer.writeCounted([0xFF, 0x41])
    var reader = ByteReader(writer.bytes)
    #expect(throws: ByteReader.Fault.self) { try reader.readString() }
  }

  @Test(arguments: [-1, 4, Int.max, Int.min])
  func `a number of bytes that are not there is a fault`(_ count: Int) {
    var reader = ByteReader([1, 2, 3])
    #expect(throws: ByteReader.Fault.self) { try reader.readBytes(count) }
  }

  @Test func `a slice is read from its own start`() throws {
    let bytes: [UInt8] = [9, 9, 1, 2, 3]
    var reader = ByteReader(bytes[2...])
    #expect(try reader.readUInt16() == 0x0201)
    #expect(reader.offset == 2)
  }

  @Test func `a writer that was emptied starts again`() {
    var writer = ByteWriter(reserving: 8)
    writer.write(1 as UInt8)
    writer.removeAll()
    writer.write(2 as UInt8)
    #expect(writer.bytes == [2])
  }
}

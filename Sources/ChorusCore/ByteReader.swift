// SPDX-License-Identifier: Apache-2.0

/// Reads what ``ByteWriter`` wrote, never past the end.
///
/// Every read of hostile bytes is checked: a truncated or malformed field throws ``Fault`` and
/// leaves the reader where it was.
public struct ByteReader: Sendable {
  /// What a reader found wrong: the bytes ended early, or a varint ran past 64 bits.
  public struct Fault: Error, Hashable, Sendable {
    /// The offset at which the field began.
    public let offset: Int
  }

  private let bytes: ArraySlice<UInt8>
  /// The offset of the next byte, from the start of the bytes given.
  public private(set) var offset = 0

  /// Creates a reader of an array.
  public init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

  /// Creates a reader of a slice.
  public init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

  /// The number of bytes not yet read.
  public var remainingCount: Int { bytes.count - offset }

  /// A Boolean value that says whether everything was read.
  public var isAtEnd: Bool { remainingCount == 0 }

  /// Reads one byte.
  public mutating func readUInt8() throws(Fault) -> UInt8 { UInt8(try read(byteCount: 1)) }

  /// Reads two bytes.
  public mutating func readUInt16() throws(Fault) -> UInt16 { UInt16(try read(byteCount: 2)) }

  /// Reads four bytes.
  public mutating func readUInt32() throws(Fault) -> UInt32 { UInt32(try read(byteCount: 4)) }

  /// Reads eight bytes.
  public mutating func readUInt64() throws(Fault) -> UInt64 { try read(byteCount: 8) }

  /// Reads eight bytes, two's complement.
  public mutating func readInt64() throws(Fault) -> Int64 {
    Int64(bitPattern: try read(byteCount: 8))
  }

  /// Reads a varint.
  public mutating func readVarint() throws(Fault) -> UInt64 {
    let start = offset
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      guard offset < bytes.count, shift < 64 else { return try fail(at: start) }
      let byte = bytes[bytes.startIndex + offset]
      offset += 1
      if shift == 63, byte > 1 { return try fail(at: start) }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
  }

  /// Reads a varint that must fit a count or an offset in memory.
  public mutating func readCount() throws(Fault) -> Int {
    let start = offset
    guard let count = Int(exactly: try readVarint()) else { return try fail(at: start) }
    return count
  }

  /// Reads a zigzag varint.
  public mutating func readSignedVarint() throws(Fault) -> Int64 {
    let raw = try readVarint()
    return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
  }

  /// Reads a number of bytes as they are.
  public mutating func readBytes(_ count: Int) throws(Fault) -> ArraySlice<UInt8> {
    guard count >= 0, count <= remainingCount else { throw Fault(offset: offset) }
    let start = bytes.startIndex + offset
    offset += count
    return bytes[start..<(start + count)]
  }

  /// Reads a varint count and then that many bytes.
  public mutating func readCounted() throws(Fault) -> ArraySlice<UInt8> {
    let start = offset
    let count = try readCount()
    guard count <= remainingCount else { return try fail(at: start) }
    return try readBytes(count)
  }

  /// Reads a counted string of valid UTF-8.
  public mutating func readString() throws(Fault) -> String {
    let start = offset
    let slice = try readCounted()
    // Decoding ASCII is several times as fast as validating anything.
    if slice.allSatisfy({ $0 < 0x80 }) { return String(decoding: slice, as: UTF8.self) }
    guard let text = String(validating: slice, as: UTF8.self) else { return try fail(at: start) }
    return text
  }

  private mutating func fail<T>(at start: Int) throws(Fault) -> T {
    offset = start
    throw Fault(offset: start)
  }

  private mutating func read(byteCount: Int) throws(Fault) -> UInt64 {
    guard byteCount <= remainingCount else { throw Fault(offset: offset) }
    let start = bytes.startIndex + offset
    var value: UInt64 = 0
    for place in 0..<byteCount { value |= UInt64(bytes[start + place]) << UInt64(8 * place) }
    offset += byteCount
    return value
  }
}

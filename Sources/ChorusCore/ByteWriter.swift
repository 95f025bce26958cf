// SPDX-License-Identifier: Apache-2.0

/// Builds the byte form of a structure: little-endian integers, varints and counted bytes.
///
/// ``ByteReader`` reads what this writes. The encoding rules are in the format pages.
public struct ByteWriter: Sendable {
  /// The bytes written so far.
  public private(set) var bytes: [UInt8]

  /// Creates an empty writer.
  public init(reserving byteCount: Int = 0) {
    bytes = []
    bytes.reserveCapacity(byteCount)
  }

  /// Writes one byte.
  @inlinable
  public mutating func write(_ value: UInt8) { append(value) }

  /// Writes two bytes.
  public mutating func write(_ value: UInt16) { write(UInt64(value), byteCount: 2) }

  /// Writes four bytes.
  public mutating func write(_ value: UInt32) { write(UInt64(value), byteCount: 4) }

  /// Writes eight bytes.
  public mutating func write(_ value: UInt64) { write(value, byteCount: 8) }

  /// Writes eight bytes, two's complement.
  public mutating func write(_ value: Int64) { write(UInt64(bitPattern: value), byteCount: 8) }

  /// Writes a number in seven-bit groups, least first, with the top bit set on all but the last.
  public mutating func writeVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(truncatingIfNeeded: rest))
  }

  /// Writes a signed number as a varint, small magnitudes short (zigzag).
  public mutating func writeSignedVarint(_ value: Int64) {
    writeVarint(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
  }

  /// Writes bytes as they are.
  public mutating func write(bytes other: some Sequence<UInt8>) {
    bytes.append(contentsOf: other)
  }

  /// Writes a varint count and then the bytes.
  public mutating func writeCounted(_ other: some Collection<UInt8>) {
    writeVarint(UInt64(other.count))
    bytes.append(contentsOf: other)
  }

  /// Writes the UTF-8 of a string, counted.
  public mutating func writeCounted(_ text: String) { writeCounted(Array(text.utf8)) }

  /// Removes everything written, keeping the memory.
  public mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  @usableFromInline
  mutating func append(_ value: UInt8) { bytes.append(value) }

  private mutating func write(_ value: UInt64, byteCount: Int) {
    for place in 0..<byteCount {
      bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * place)))
    }
  }
}

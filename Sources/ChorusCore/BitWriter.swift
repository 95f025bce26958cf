// SPDX-License-Identifier: Apache-2.0

/// Builds a run of numbers of few bits each, least bit first.
///
/// ``BitReader`` reads what this writes.
public struct BitWriter: Sendable {
  /// The whole bytes written so far.
  public private(set) var bytes: [UInt8] = []
  private var pending: UInt64 = 0
  private var pendingCount: UInt64 = 0

  /// Creates an empty writer.
  public init() {}

  /// Writes the low bits of a value.
  ///
  /// - Precondition: `bitCount` is at most 64, and the value fits.
  public mutating func write(_ value: UInt64, bitCount: UInt64) {
    precondition(bitCount <= 64 && (bitCount == 64 || value >> bitCount == 0))
    if bitCount > 32 {
      write(value & 0xFFFF_FFFF, bitCount: 32)
      write(value >> 32, bitCount: bitCount - 32)
      return
    }
    // At most 7 bits are pending here.
    pending |= value << pendingCount
    pendingCount += bitCount
    while pendingCount >= 8 {
      bytes.append(UInt8(truncatingIfNeeded: pending))
      pending >>= 8
      pendingCount -= 8
    }
  }

  /// Fills the last byte with zeros and returns all bytes.
  public consuming func finish() -> [UInt8] {
    if pendingCount > 0 { bytes.append(UInt8(truncatingIfNeeded: pending)) }
    return bytes
  }
}

/// Reads what ``BitWriter`` wrote, never past the end.
public struct BitReader: Sendable {
  private let bytes: ArraySlice<UInt8>
  private var next: Int
  private var pending: UInt64 = 0
  private var pendingCount: UInt64 = 0

  /// Creates a reader of bytes.
  public init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    next = bytes.startIndex
  }

  /// Reads a number of so many bits, or returns `nil` at the end of the bytes.
  ///
  /// - Precondition: `bitCount` is at most 64.
  public mutating func read(bitCount: UInt64) -> UInt64? {
    precondition(bitCount <= 64)
    if bitCount > 32 {
      guard let low = read(bitCount: 32), let high = read(bitCount: bitCount - 32) else {
        return nil
      }
      return low | high << 32
    }
    while pendingCount < bitCount {
      guard next < bytes.endIndex else { return nil }
      pending |= UInt64(bytes[next]) << pendingCount
      next += 1
      pendingCount += 8
    }
    let value = pending & ((1 << bitCount) - 1)
    pending >>= bitCount
    pendingCount -= bitCount
    return value
  }

  /// A Boolean value that says whether all whole numbers were read: what is left is less than a
  /// byte, and zero.
  public var isAtEnd: Bool { next == bytes.endIndex && pendingCount < 8 && pending == 0 }
}

// SPDX-License-Identifier: Apache-2.0

/// A run of bytes inside a larger buffer: offset and count, eight bytes in all.
public struct ByteRange: Hashable, Sendable {
  /// The offset of the first byte.
  public var offset: UInt32
  /// The number of bytes.
  public var count: UInt32

  /// Creates a range.
  @inlinable
  public init(offset: Int, count: Int) {
    self.offset = UInt32(offset)
    self.count = UInt32(count)
  }

  /// The same range as a half-open range of positions.
  @inlinable
  public var bounds: Range<Int> { Int(offset)..<(Int(offset) + Int(count)) }

  /// A Boolean value that says whether the range has no bytes.
  @inlinable
  public var isEmpty: Bool { count == 0 }
}

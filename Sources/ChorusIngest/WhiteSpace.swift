// SPDX-License-Identifier: Apache-2.0

/// Tells text from white space: the scalars with the Unicode property `White_Space`.
enum WhiteSpace {
  /// Returns whether a range of valid UTF-8 has nothing but white space.
  ///
  /// - Complexity: O(*n*) in the length of the white space at the start.
  static func fills(_ bytes: [UInt8], in range: Range<Int>) -> Bool {
    var offset = range.lowerBound
    while offset < range.upperBound {
      let count = scalarByteCount(bytes, at: offset, upTo: range.upperBound)
      if count == 0 { return false }
      offset += count
    }
    return true
  }

  /// Returns the number of bytes of the white space at `offset`, or 0 when it is something else.
  private static func scalarByteCount(_ bytes: [UInt8], at offset: Int, upTo end: Int) -> Int {
    switch bytes[offset] {
    case 0x09...0x0D, 0x20: return 1
    case 0xC2 where offset + 1 < end: return [0x85, 0xA0].contains(bytes[offset + 1]) ? 2 : 0
    case 0xE1...0xE3 where offset + 2 < end:
      return isWhite(bytes[offset], bytes[offset + 1], bytes[offset + 2]) ? 3 : 0
    default: return 0
    }
  }

  /// Returns whether three bytes are U+1680, U+2000...200A, U+2028, U+2029, U+202F, U+205F or
  /// U+3000.
  private static func isWhite(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Bool {
    switch (first, second, third) {
    case (0xE1, 0x9A, 0x80), (0xE2, 0x80, 0x80...0x8A), (0xE2, 0x80, 0xA8...0xA9),
      (0xE2, 0x80, 0xAF), (0xE2, 0x81, 0x9F), (0xE3, 0x80, 0x80):
      true
    default: false
    }
  }
}

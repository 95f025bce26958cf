// SPDX-License-Identifier: Apache-2.0

/// The gzip format without compression: blocks that are stored as they are.
enum StoredGzip {
  /// Wraps bytes.
  static func bytes(_ content: [UInt8]) -> [UInt8] {
    var result: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
    var start = 0
    repeat {
      let block = content[start..<min(start + 65_535, content.count)]
      start = block.endIndex
      result.append(start == content.count ? 1 : 0)
      let length = UInt16(block.count)
      for number in [length, ~length] {
        result += [UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8)]
      }
      result += block
    } while start < content.count
    for number in [checksum(content), UInt32(truncatingIfNeeded: content.count)] {
      for shift in [0, 8, 16, 24] { result.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
    return result
  }

  /// The CRC-32 of bytes.
  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var value = ~UInt32(0)
    for byte in bytes {
      value ^= UInt32(byte)
      for _ in 0..<8 { value = value >> 1 ^ (value & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    return ~value
  }
}

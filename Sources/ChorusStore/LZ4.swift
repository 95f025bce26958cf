// SPDX-License-Identifier: Apache-2.0

internal import CLZ4

/// The module's only face onto the LZ4 library: its block format.
enum LZ4 {
  /// Returns the compressed form of bytes, or `nil` when it would not be shorter.
  static func compress(_ bytes: [UInt8]) -> [UInt8]? {
    guard bytes.count > 1, bytes.count <= Int(LZ4_MAX_INPUT_SIZE) else { return nil }
    // Sound: the target has `bytes.count - 1` bytes and the library writes no more than told.
    let compressed = unsafe [UInt8](unsafeUninitializedCapacity: bytes.count - 1) { target, count in
      count = unsafe bytes.withUnsafeBytes { source in
        Int(
          unsafe LZ4_compress_default(
            source.bindMemory(to: CChar.self).baseAddress,
            UnsafeMutableRawPointer(target.baseAddress)?.assumingMemoryBound(to: CChar.self),
            Int32(source.count),
            Int32(target.count)
          )
        )
      }
    }
    return compressed.isEmpty ? nil : compressed
  }

  /// Returns the bytes of a compressed form, or `nil` when it is damaged or has another length.
  static func decompress(_ bytes: Span<UInt8>, count: Int) -> [UInt8]? {
    var isWhole = false
    // Sound: the library never reads past the source nor writes past the target it is told of.
    let raw = unsafe [UInt8](unsafeUninitializedCapacity: count) { target, filled in
      let written = unsafe bytes.withUnsafeBytes { source in
        unsafe LZ4_decompress_safe(
          source.bindMemory(to: CChar.self).baseAddress,
          UnsafeMutableRawPointer(target.baseAddress)?.assumingMemoryBound(to: CChar.self),
          Int32(source.count),
          Int32(count)
        )
      }
      isWhole = Int(written) == count
      filled = max(0, Int(written))
    }
    return isWhole ? raw : nil
  }

  /// Returns the first bytes of what a compressed form holds, or `nil` when it is damaged or holds
  /// less.
  static func decompressPrefix(_ bytes: Span<UInt8>, count: Int) -> [UInt8]? {
    // Sound: the library never reads past the source nor writes past the target it is told of.
    let raw = unsafe [UInt8](unsafeUninitializedCapacity: count) { target, filled in
      let written = unsafe bytes.withUnsafeBytes { source in
        unsafe LZ4_decompress_safe_partial(
          source.bindMemory(to: CChar.self).baseAddress,
          UnsafeMutableRawPointer(target.baseAddress)?.assumingMemoryBound(to: CChar.self),
          Int32(source.count),
          Int32(count),
          Int32(count)
        )
      }
      filled = max(0, Int(written))
    }
    return raw.count == count ? raw : nil
  }
}

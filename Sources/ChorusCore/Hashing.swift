// SPDX-License-Identifier: Apache-2.0

internal import CXXHash

/// The hash of bytes that Chorus uses for checksums and identities: XXH3, by the xxHash library.
public enum Hashing {
  /// Returns the 64-bit XXH3 of some bytes.
  ///
  /// - Complexity: O(*n*), about 10 GB/s.
  public static func hash64(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    // Sound: the library reads exactly `count` bytes and accepts a null base with a count of zero.
    unsafe XXH3_64bits(bytes.baseAddress, bytes.count)
  }

  /// Returns the 64-bit XXH3 of a span.
  public static func hash64(_ bytes: Span<UInt8>) -> UInt64 {
    unsafe bytes.withUnsafeBytes { buffer in unsafe hash64(buffer) }
  }

  /// Returns the 64-bit XXH3 of an array.
  public static func hash64(_ bytes: [UInt8]) -> UInt64 {
    unsafe bytes.withUnsafeBytes { buffer in unsafe hash64(buffer) }
  }

  /// Returns the 64-bit XXH3 of a slice.
  public static func hash64(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    unsafe bytes.withUnsafeBytes { buffer in unsafe hash64(buffer) }
  }

  /// Returns the 128-bit XXH3 of a slice, as two halves.
  public static func hash128(_ bytes: ArraySlice<UInt8>) -> (low: UInt64, high: UInt64) {
    let hash = unsafe bytes.withUnsafeBytes { buffer in
      unsafe XXH3_128bits(buffer.baseAddress, buffer.count)
    }
    return (hash.low64, hash.high64)
  }

  /// Mixes 64 bits so that every input bit moves every output bit (the finaliser of SplitMix64,
  /// Steele, Lea and Flood, OOPSLA 2014).
  @inlinable
  public static func mix(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

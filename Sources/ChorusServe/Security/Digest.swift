// SPDX-License-Identifier: Apache-2.0

internal import CSodium

/// SHA-256, comparison in constant time and secrets, by libsodium.
struct Digest: Sendable {
  private let bytes: [UInt8]

  static let byteCount = 32

  /// Makes libsodium ready; harmless when it is.
  private static let isReady: Bool = sodium_init() >= 0

  /// Digests a text.
  ///
  /// - Complexity: O(*n*).
  init(of text: String) {
    precondition(Self.isReady, "libsodium cannot be used on this machine")
    let source = Array(text.utf8)
    var digest = [UInt8](repeating: 0, count: Self.byteCount)
    // Sound: the function reads `count` bytes and writes the digest's 32.
    unsafe digest.withUnsafeMutableBufferPointer { target in
      unsafe source.withUnsafeBufferPointer { source in
        guard let base = target.baseAddress else { return }
        _ = unsafe crypto_hash_sha256(base, source.baseAddress, UInt64(source.count))
      }
    }
    bytes = digest
  }

  /// Reads a digest from 64 hexadecimal digits.
  init?(hexadecimal text: some StringProtocol) {
    let digits = Array(text.utf8)
    guard digits.count == 2 * Self.byteCount else { return nil }
    var bytes: [UInt8] = []
    for place in stride(from: 0, to: digits.count, by: 2) {
      let pair = String(decoding: digits[place..<(place + 2)], as: UTF8.self)
      guard pair.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
        let byte = UInt8(pair, radix: 16)
      else { return nil }
      bytes.append(byte)
    }
    self.bytes = bytes
  }

  /// The digest in hexadecimal digits.
  var hexadecimal: String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// Whether two digests are the same, in a time that does not depend on them.
  func equals(_ other: Digest) -> Bool {
    // Sound: both have 32 bytes.
    unsafe bytes.withUnsafeBufferPointer { lhs in
      unsafe other.bytes.withUnsafeBufferPointer { rhs in
        guard let left = lhs.baseAddress, let right = rhs.baseAddress else { return false }
        return unsafe sodium_memcmp(left, right, Self.byteCount) == 0
      }
    }
  }

  /// A secret of 256 bits of chance, in hexadecimal digits.
  static func secret() -> String {
    precondition(isReady, "libsodium cannot be used on this machine")
    var bytes = [UInt8](repeating: 0, count: byteCount)
    // Sound: the function writes as many bytes as the array has.
    unsafe bytes.withUnsafeMutableBytes { target in
      guard let base = target.baseAddress else { return }
      unsafe randombytes_buf(base, target.count)
    }
    return bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

// SPDX-License-Identifier: Apache-2.0

public import ChorusCore

/// A secret that everything in a sketch is hashed with, so that sketches say nothing to those who
/// do not have it.
///
/// Shingles, anchors, the features of embeddings and the hash of the text go through SipHash-2-4
/// under the key. Whoever has sketches and no key can see which prompts share text, and not what
/// they say, nor test a guess.
public struct SketchKey: Hashable, Sendable {
  let low: UInt64
  let high: UInt64

  /// The fewest bytes of a secret.
  public static let leastByteCount = 16

  /// Makes a key of a secret, such as the contents of a key file.
  ///
  /// All bytes count, so the secret may be longer than it must be, or be written in hexadecimal;
  /// white space at its end is left out.
  ///
  /// - Throws: `invalidInput` when the secret is shorter than ``leastByteCount``.
  public init(secret: [UInt8]) throws(ChorusError) {
    var secret = secret[...]
    while let last = secret.last, [0x20, 0x09, 0x0A, 0x0D].contains(last) { secret.removeLast() }
    guard secret.count >= Self.leastByteCount else {
      throw ChorusError(
        .invalidInput,
        "Cannot use the key: it has fewer than 16 bytes. Make one with 'head -c 32 /dev/urandom'."
      )
    }
    // Each block of eight bytes is hashed under what the blocks before it gave, twice.
    var key = Self(low: 0x43_686F_7275_7331, high: UInt64(secret.count))
    for start in stride(from: secret.startIndex, to: secret.endIndex, by: 8) {
      var block: UInt64 = 0
      for byte in secret[start..<min(start + 8, secret.endIndex)] {
        block = block << 8 | UInt64(byte)
      }
      key = Self(
        low: SketchKernels.keyedHash(key, block),
        high: SketchKernels.keyedHash(Self(low: key.high, high: key.low), ~block)
      )
    }
    self = key
  }

  private init(low: UInt64, high: UInt64) {
    self.low = low
    self.high = high
  }

  /// A number that tells the key from others and does not give it away; never 0.
  public var check: UInt64 {
    max(1, SketchKernels.keyedHash(Self(low: ~low, high: ~high), 0x6368_6563_6B))
  }

  var words: [UInt64] { [low, high] }
}

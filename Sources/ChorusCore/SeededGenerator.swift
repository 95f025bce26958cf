// SPDX-License-Identifier: Apache-2.0

/// A small random generator whose whole stream is fixed by its seed (SplitMix64).
///
/// All randomness in Chorus is seeded, so that equal inputs give equal outputs on every machine.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Creates a generator.
  public init(seed: UInt64) { state = seed }

  /// Returns the next 64 random bits.
  public mutating func next() -> UInt64 {
    defer { state &+= 0x9E37_79B9_7F4A_7C15 }
    return Hashing.mix(state)
  }
}

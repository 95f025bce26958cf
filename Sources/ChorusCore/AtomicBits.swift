// SPDX-License-Identifier: Apache-2.0

internal import ChorusKernels

/// Bits, all zero at first, that any number of threads may set and test.
@safe
public final class AtomicBits: Sendable {
  /// The number of bits.
  public let count: Int
  private nonisolated(unsafe) let words: UnsafeMutablePointer<UInt64>

  /// Creates bits that are all zero.
  public init(count: Int) {
    self.count = count
    let wordCount = count / 64 + 1
    unsafe words = .allocate(capacity: wordCount)
    unsafe words.initialize(repeating: 0, count: wordCount)
  }

  deinit { unsafe words.deallocate() }

  /// The bit at a position; bits are set and never cleared.
  public subscript(position: Int) -> Bool {
    precondition(position >= 0 && position < count)
    return unsafe chorus_test_bit(words, position)
  }

  /// Sets a bit.
  public func insert(_ position: Int) {
    precondition(position >= 0 && position < count)
    unsafe chorus_set_bit(words, position)
  }
}

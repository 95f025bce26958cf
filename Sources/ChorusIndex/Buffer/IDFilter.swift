// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore

/// Says of most ids that they are new: a Bloom filter whose bits for one id lie in one block of 512
/// (Putze, Sanders and Singler, 2007), so that an id costs one access to memory.
///
/// Sixteen bits an id, of which eight are set: about one new id in a thousand seems known and is
/// looked up exactly. Grows by adding a filter of four times the size, so that nothing is read
/// again.
struct IDFilter {
  /// One filter of the chain.
  private struct Layer {
    var words: [UInt64]
    var count = 0

    init(capacity: Int) { words = [UInt64](repeating: 0, count: max(8, capacity / 4 / 8 * 8)) }

    /// The ids from which on a new layer is begun.
    var capacity: Int { 4 * words.count }

    /// Where the block of an id begins.
    private func block(_ hash: UInt64) -> Int {
      let blockCount = UInt64(words.count / 8)
      return Int((hash >> 32 &* blockCount) >> 32) * 8
    }

    /// Whether the bits of an id are all set: one in each of the eight words of its block.
    func contains(_ hash: UInt64) -> Bool {
      let start = block(hash)
      var rest = Hashing.mix(hash)
      var found: UInt64 = 1
      for word in 0..<8 {
        found &= words[start + word] >> (rest & 63)
        rest >>= 6
      }
      return found & 1 == 1
    }

    mutating func insert(_ hash: UInt64) {
      let start = block(hash)
      var rest = Hashing.mix(hash)
      for word in 0..<8 {
        words[start + word] |= 1 << (rest & 63)
        rest >>= 6
      }
      count += 1
    }
  }

  private var layers: [Layer]

  /// Creates an empty filter with room for a number of ids before it grows.
  init(capacity: Int = 1 << 16) { layers = [Layer(capacity: max(capacity, 1 << 16))] }

  /// Whether an id may be there; never false for one that is.
  func contains(_ hash: UInt64) -> Bool { layers.reversed().contains { $0.contains(hash) } }

  /// Adds an id.
  mutating func insert(_ hash: UInt64) {
    let last = layers.count - 1
    layers[last].insert(hash)
    if layers[last].count >= layers[last].capacity {
      layers.append(Layer(capacity: 4 * layers[last].capacity))
    }
  }
}

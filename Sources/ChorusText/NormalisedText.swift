// SPDX-License-Identifier: Apache-2.0

/// A text after the normaliser, as UTF-8, and where each part of it came from.
///
/// Offsets in the normalised text and in the text as received differ only where a code point was
/// changed; ``sourceOffset(of:)`` translates. The map is kept only when it was asked for.
public struct NormalisedText: Sendable {
  /// The normalised UTF-8.
  public internal(set) var bytes: [UInt8] = []

  /// The ill-formed sequences of the text as received that stand as U+FFFD here.
  public internal(set) var replacedCount = 0

  /// A place from which both texts run side by side, byte for byte, until the next place.
  struct Anchor: Sendable {
    var normalised: Int
    var source: Int
    /// Whether the bytes from here to the next place are the same in number in both texts.
    var isAligned: Bool
  }

  var map: [Anchor] = []
  var sourceCount = 0

  /// Creates an empty text.
  public init() {}

  /// Returns the offset in the text as received of an offset in the normalised text.
  ///
  /// Inside a stretch that normalisation changed, the stretch's first byte is meant.
  ///
  /// - Precondition: The text was normalised with its map.
  /// - Complexity: O(log *n*) in the number of changed stretches.
  public func sourceOffset(of offset: Int) -> Int {
    guard offset < bytes.count else { return sourceCount }
    var low = 0
    var high = map.count
    while low < high {
      let middle = low + (high - low) / 2
      if map[middle].normalised <= offset { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return 0 }
    let place = map[low - 1]
    return place.isAligned ? place.source + (offset - place.normalised) : place.source
  }

  /// Returns the offset in the text as received at which a run that ends here ends.
  ///
  /// Inside a stretch that normalisation changed, the stretch's last byte is included.
  public func sourceEnd(of end: Int) -> Int {
    guard end > 0, end < bytes.count else { return end <= 0 ? 0 : sourceCount }
    var low = 0
    var high = map.count
    while low < high {
      let middle = low + (high - low) / 2
      if map[middle].normalised < end { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return end }
    let place = map[low - 1]
    if place.isAligned { return place.source + (end - place.normalised) }
    return low < map.count ? map[low].source : sourceCount
  }
}

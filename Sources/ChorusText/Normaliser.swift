// SPDX-License-Identifier: Apache-2.0

/// Brings texts that a reader would call the same to the same bytes: Unicode NFKC_Casefold.
///
/// Differences of case, width, ligature and the like disappear, and invisible characters
/// (zero-width, bidirectional controls, soft hyphens, tags) are removed. ASCII, code points that
/// stay as they are, and those that become one other whatever stands around them pass by ICU: only
/// the stretches around the rest are given to it, which is exact because a stretch ends only where
/// normalisation cannot reach across.
public struct Normaliser: Sendable {
  /// The most bytes of a text: 128 MiB.
  ///
  /// Folding makes text up to eleven times as long, and offsets in normalised text have 31 bits.
  public static let largestByteCount = 128 << 20

  /// Creates a normaliser.
  public init() {}

  /// Normalises UTF-8.
  ///
  /// Each maximal subpart of an ill-formed sequence becomes one U+FFFD (Unicode Standard, section
  /// 3.9) and is counted.
  ///
  /// - Parameters:
  ///   - source: The text as received, of at most ``largestByteCount`` bytes.
  ///   - result: Receives the text; its memory is reused.
  ///   - keepingMap: Whether to keep the map back to the source.
  /// - Complexity: O(*n*).
  public func normalise(
    _ source: Span<UInt8>,
    into result: inout NormalisedText,
    keepingMap: Bool = false
  ) {
    precondition(source.count <= Self.largestByteCount, "a text has more than 128 MiB")
    result.sourceCount = source.count
    result.map.removeAll(keepingCapacity: true)
    if keepingMap {
      TextKernels.normaliseByClusters(source, into: &result)
    } else {
      let (count, replaced) = TextKernels.normalise(source, into: &result.bytes)
      result.bytes.removeLast(result.bytes.count - count)
      result.replacedCount = replaced
    }
  }

  /// Normalises UTF-8 into memory that is used again and again.
  package func normalise(_ source: Span<UInt8>, into buffer: inout NormaliserBuffer) {
    precondition(source.count <= Self.largestByteCount, "a text has more than 128 MiB")
    (buffer.count, buffer.replacedCount) = TextKernels.normalise(source, into: &buffer.storage)
    let missing = buffer.count + NormaliserBuffer.slack - buffer.storage.count
    if missing > 0 { buffer.storage.append(contentsOf: repeatElement(0, count: missing)) }
  }

  /// Normalises UTF-8 in an array.
  public func normalise(_ source: [UInt8], keepingMap: Bool = false) -> NormalisedText {
    var result = NormalisedText()
    normalise(source.span, into: &result, keepingMap: keepingMap)
    return result
  }
}

/// Memory for one normalised text after another, which grows to the longest.
package struct NormaliserBuffer {
  /// The bytes behind a text, at least, so that kernels can read a little too far.
  static let slack = 16

  /// The normalised UTF-8, and more bytes that mean nothing behind it.
  package fileprivate(set) var storage: [UInt8] = []
  /// The bytes of the normalised text.
  package fileprivate(set) var count = 0
  /// The ill-formed sequences that stand as U+FFFD in it.
  package fileprivate(set) var replacedCount = 0

  /// Creates an empty buffer.
  package init() {}
}

// SPDX-License-Identifier: Apache-2.0

internal import ChorusSketch
internal import ChorusText

/// Finds one run of tokens inside texts.
struct FragmentMatcher: Sendable {
  /// Anchors that every segment has postings of for all texts with the fragment in it; none when
  /// the fragment is too short for that.
  let sureAnchors: [UInt64]
  /// The number of tokens of the fragment.
  var tokenCount: Int { hashes.count }

  private let hashes: [UInt64]
  private let normaliser = Normaliser()
  private let tokeniser = Tokeniser()

  init(_ fragment: [UInt8], plan: SketchPlan, key: SketchKey?) {
    let tokens = tokeniser.tokenise(normaliser.normalise(fragment))
    hashes = tokens.map(\.hash)
    let selector = AnchorSelector(plan: plan, key: key)
    // A plan that takes only some anchors has postings of them all.
    let window = max(plan.anchorWindow, SegmentFormat.sampleWindow(of: plan))
    sureAnchors = selector.inner(tokens, window: window)
  }

  /// Returns where the fragment first stands in a text as received, in bytes, or `nil`.
  ///
  /// - Complexity: O(*n*) for natural text.
  func span(in text: [UInt8]) -> Range<Int>? {
    let tokens = tokeniser.tokenise(normaliser.normalise(text))
    guard tokens.count >= hashes.count else { return nil }
    for start in 0...(tokens.count - hashes.count) {
      var length = 0
      while length < hashes.count, tokens[start + length].hash == hashes[length] { length += 1 }
      guard length == hashes.count else { continue }
      let mapped = normaliser.normalise(text, keepingMap: true)
      let first = tokens[start].range.lowerBound
      let last = tokens[start + length - 1].range.upperBound
      return mapped.sourceOffset(of: first)..<mapped.sourceEnd(of: last)
    }
    return nil
  }
}

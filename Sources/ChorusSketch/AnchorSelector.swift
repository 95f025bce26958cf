// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
package import ChorusText

/// Chooses the shingles of a prompt that are posted, so that shared text can be found again.
///
/// An anchor is a 40-bit hash of a run of tokens, chosen by content and place alone, so that equal
/// text gives equal anchors in whatever prompt it stands.
package struct AnchorSelector {
  private let plan: SketchPlan

  /// Creates a selector.
  package init(plan: SketchPlan) { self.plan = plan }

  /// Replaces `anchors` by the anchors of a prompt, ascending and distinct.
  ///
  /// - Complexity: O(*n* log *n*) in the number of tokens.
  package func select(_ tokens: [Token], into anchors: inout [UInt64]) {
    SketchKernels.shingle(tokens, width: plan.anchorWidth, seed: ~plan.seed, into: &anchors)
    for place in anchors.indices { anchors[place] >>= 24 }
    anchors.sort()
    var kept = 0
    for place in anchors.indices where place == 0 || anchors[place] != anchors[kept - 1] {
      anchors[kept] = anchors[place]
      kept += 1
    }
    anchors.removeLast(anchors.count - kept)
  }

  /// Returns anchors that a text has whenever these tokens stand in it as a run, whatever stands
  /// around them; ascending and distinct, and none when the run is too short.
  package func inner(_ tokens: [Token]) -> [UInt64] {
    guard tokens.count >= plan.anchorWidth else { return [] }
    var anchors: [UInt64] = []
    select(tokens, into: &anchors)
    return anchors
  }

  /// The tokens from which on a run always has an anchor.
  package static func guaranteedTokenCount(_ plan: SketchPlan) -> Int { Int(plan.anchorWidth) }
}

// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
package import ChorusText

/// Chooses the runs of tokens of a prompt that are posted, so that shared text can be found again.
///
/// An anchor is a 40-bit hash of a run of tokens, chosen by content and place alone, so that equal
/// text gives equal anchors in whatever prompt it stands:
///
/// - every run of `anchorWidth` tokens, wherever it stands (a body anchor);
/// - the first and the last one, two, four and six tokens of the prompt, where templates begin and
///   end; and the first two and the first four tokens of each line. These carry their place in the
///   hash, and so are shared only by prompts that have the same tokens in the same place.
///
/// So two prompts that share a run of `anchorWidth` tokens always share an anchor, and a template
/// whose pieces are shorter than that still shares those at its ends and line beginnings.
package struct AnchorSelector {
  /// A run of tokens and its hash.
  package struct Run {
    /// The 40-bit hash.
    package var anchor: UInt64
    /// The first token.
    package var start: Int
    /// The number of tokens.
    package var count: Int
  }

  /// The lengths of the runs at both ends of a prompt.
  package static let endCounts = [1, 2, 4, 6]
  /// The lengths of the runs at the beginning of each line.
  package static let lineCounts = [2, 4]

  private enum Place: UInt64 {
    case body
    case head
    case tail
    case line
  }

  private let width: Int
  private let seed: UInt64

  /// Creates a selector.
  package init(plan: SketchPlan) {
    width = Int(plan.anchorWidth)
    seed = ~plan.seed
  }

  /// Replaces `anchors` by the anchors of a prompt, ascending and distinct.
  ///
  /// - Complexity: O(*n* log *n*) in the number of tokens.
  package func select(_ tokens: [Token], into anchors: inout [UInt64]) {
    anchors.removeAll(keepingCapacity: true)
    forEachRun(of: tokens) { anchors.append($0.anchor) }
    Self.sortDistinct(&anchors)
  }

  /// Calls a closure for each anchor of a prompt with the run of tokens it stands for.
  package func forEachRun(of tokens: [Token], _ body: (Run) -> Void) {
    var sums: [UInt64] = []
    SketchKernels.shingle(tokens, width: UInt32(width), seed: seed, into: &sums)
    let length = min(width, tokens.count)
    for (start, sum) in sums.enumerated() {
      body(Run(anchor: sum >> 24, start: start, count: length))
    }
    for count in Self.endCounts where count <= tokens.count {
      body(run(tokens, 0, count, .head))
      body(run(tokens, tokens.count - count, count, .tail))
    }
    for start in tokens.indices where tokens[start].startsLine {
      for count in Self.lineCounts where start + count <= tokens.count {
        body(run(tokens, start, count, .line))
      }
    }
  }

  /// Returns anchors that a text has whenever these tokens stand in it as a run, whatever stands
  /// around them; ascending and distinct, and none when the run is too short.
  package func inner(_ tokens: [Token]) -> [UInt64] {
    guard tokens.count >= width else { return [] }
    var sums: [UInt64] = []
    SketchKernels.shingle(tokens, width: UInt32(width), seed: seed, into: &sums)
    var anchors = sums.map { $0 >> 24 }
    Self.sortDistinct(&anchors)
    return anchors
  }

  /// The tokens from which on a run always has an anchor.
  package static func guaranteedTokenCount(_ plan: SketchPlan) -> Int { Int(plan.anchorWidth) }

  private func run(_ tokens: [Token], _ start: Int, _ count: Int, _ place: Place) -> Run {
    var sum = Hashing.mix(seed &+ place.rawValue &* 16 &+ UInt64(count))
    for token in tokens[start..<(start + count)] {
      sum = sum &* 0xD6E8_FEB8_6659_FD93 &+ token.hash
    }
    return Run(anchor: Hashing.mix(sum) >> 24, start: start, count: count)
  }

  private static func sortDistinct(_ anchors: inout [UInt64]) {
    anchors.sort()
    var kept = 0
    for place in anchors.indices where place == 0 || anchors[place] != anchors[kept - 1] {
      anchors[kept] = anchors[place]
      kept += 1
    }
    anchors.removeLast(anchors.count - kept)
  }
}

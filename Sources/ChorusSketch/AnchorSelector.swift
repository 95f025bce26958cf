// SPDX-License-Identifier: Apache-2.0

package import ChorusText

/// The anchors of a prompt with the runs of tokens they stand for, and those that a fragment gives
/// to every text it stands in.
///
/// An anchor is a 40-bit hash of a run of tokens, chosen by content and place alone, so that equal
/// text gives equal anchors in whatever prompt it stands:
///
/// - of the runs worth `anchorWidth` words, the least of each `anchorWindow` consecutive ones
///   (winnowing: Schleimer, Wilkerson and Aiken, 2003), the first and the last `anchorWindow` - 1
///   of the prompt, and those at line starts (body anchors);
/// - the first and the last one, two, four and six tokens of the prompt, where templates begin and
///   end; and the first two and the first four tokens of each line. These carry their place in the
///   hash, and so are shared only by prompts that have the same tokens in the same place.
///
/// So two prompts that share a run of ``SketchPlan/guaranteedTokenCount(ofCharacters:)`` tokens
/// always share an anchor, and a template whose pieces are shorter than that still shares those at
/// its ends and line beginnings. A nonce touches only the runs that it stands in.
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

  private enum Place: UInt32 {
    case head = 1
    case tail
    case line
  }

  private static let anchorShift: UInt32 = 25

  /// Whether an anchor carries its place, and so says nothing that body anchors of the same tokens
  /// do not say wherever they stand.
  package static func isPlaced(_ anchor: UInt64) -> Bool { anchor >> 39 & 1 == 1 }

  private let plan: SketchPlan

  /// Creates a selector.
  package init(plan: SketchPlan) { self.plan = plan }

  /// Calls a closure for each run of a prompt that can be an anchor: all body runs, whether they
  /// are chosen or not, and the placed ones.
  package func forEachRun(of tokens: [Token], _ body: (Run) -> Void) {
    let lengths = SketchKernels.runLengths(tokens, width: plan.anchorWidth)
    for (start, anchor) in bodyRuns(tokens, takingShort: true).enumerated() {
      let count = lengths.isEmpty ? tokens.count : lengths[start]
      body(Run(anchor: anchor, start: start, count: count))
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
    let runs = bodyRuns(tokens, takingShort: false)
    let chosen = SketchKernels.select(runs, window: plan.anchorWindow)
    var anchors: [UInt64] = []
    for anchor in chosen.sorted() where anchors.last != anchor { anchors.append(anchor) }
    return anchors
  }

  private func bodyRuns(_ tokens: [Token], takingShort: Bool) -> [UInt64] {
    SketchKernels.hashRuns(
      tokens,
      width: plan.anchorWidth,
      seed: ~plan.seed,
      takingShort: takingShort,
      shift: Self.anchorShift
    )
  }

  private func run(_ tokens: [Token], _ start: Int, _ count: Int, _ place: Place) -> Run {
    let anchor = SketchKernels.placedAnchor(
      tokens[start..<(start + count)],
      seed: plan.seed,
      place: place.rawValue
    )
    return Run(anchor: anchor, start: start, count: count)
  }
}

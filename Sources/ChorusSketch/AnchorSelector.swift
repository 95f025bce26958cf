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
  private let key: SketchKey?

  /// Creates a selector.
  package init(plan: SketchPlan, key: SketchKey? = nil) {
    self.plan = plan
    self.key = key
  }

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

  /// Returns anchors that a text has whenever these tokens stand in it as a run.
  ///
  /// Whatever stands around them; ascending and distinct, and none when the run is too short.
  /// `window` is the number of consecutive runs of which one at least is wanted.
  package func inner(_ tokens: [Token], window: UInt32) -> [UInt64] {
    let runs = bodyRuns(tokens, takingShort: false)
    let chosen = SketchKernels.select(runs, window: window)
    var anchors: [UInt64] = []
    for anchor in chosen.sorted() where anchors.last != anchor { anchors.append(anchor) }
    return anchors
  }

  /// The bit of an anchor that ``markSample(_:in:window:scratch:)`` sets.
  package static let sampleBit: UInt64 = 1 << 40

  /// Marks a sample of the body anchors of one text: the least of each window of consecutive ones.
  ///
  /// - Parameters:
  ///   - anchors: The anchors of a batch made with an `anchorWindow` of 1.
  ///   - range: Those of one text.
  ///   - window: The consecutive runs of which one at least is marked, at most 16.
  ///   - scratch: Memory to work in.
  package static func markSample(
    _ anchors: inout [UInt64],
    in range: Range<Int>,
    window: UInt32,
    scratch: inout [UInt64]
  ) {
    // Body anchors come first; the placed ones behind them are never in the sample.
    var end = range.upperBound
    while end > range.lowerBound, isPlaced(anchors[end - 1]) { end -= 1 }
    // A text that is sketched in parts has placed anchors between its runs.
    if anchors[range.lowerBound..<end].contains(where: isPlaced) {
      return markParts(&anchors, in: range, window: window, scratch: &scratch)
    }
    SketchKernels.mark(
      &anchors,
      in: range.lowerBound..<end,
      window: window,
      bit: sampleBit,
      scratch: &scratch
    )
  }

  /// Marks the sample of a text whose body anchors are not all in one run.
  private static func markParts(
    _ anchors: inout [UInt64],
    in range: Range<Int>,
    window: UInt32,
    scratch: inout [UInt64]
  ) {
    let places = range.filter { !isPlaced(anchors[$0]) }
    var body = places.map { anchors[$0] }
    SketchKernels.mark(
      &body,
      in: body.indices,
      window: window,
      bit: sampleBit,
      scratch: &scratch
    )
    for (place, anchor) in zip(places, body) { anchors[place] = anchor }
  }

  private func bodyRuns(_ tokens: [Token], takingShort: Bool) -> [UInt64] {
    SketchKernels.hashRuns(
      tokens,
      width: plan.anchorWidth,
      seed: ~plan.seed,
      key: key,
      takingShort: takingShort,
      shift: Self.anchorShift
    )
  }

  private func run(_ tokens: [Token], _ start: Int, _ count: Int, _ place: Place) -> Run {
    let anchor = SketchKernels.placedAnchor(
      tokens[start..<(start + count)],
      seed: plan.seed,
      key: key,
      place: place.rawValue
    )
    return Run(anchor: anchor, start: start, count: count)
  }
}

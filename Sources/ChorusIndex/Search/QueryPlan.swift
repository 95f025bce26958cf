// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusSketch
internal import ChorusText

/// A query, checked and sketched.
struct QueryPlan {
  let query: Query
  /// The sketch of the text.
  let sketch: SketchBatch
  /// Its shingles, ascending; for a template those of its pieces.
  let shingles: [UInt32]
  /// What is looked for, for `contains`.
  let pattern: FragmentPattern?
  /// What is looked up, for `similar`.
  let bandPlan: BandPlan
  /// The fewest agreeing lanes of a candidate, for `similar`: four standard deviations below what
  /// is expected of a pair on the threshold, of which one in 30,000 lies lower.
  let leastAgreement: Int
  /// What the plan reads of rows without anything in common with the query.
  let expected: (runs: Int, signatures: Int)
  /// The agreeing lanes from which on a candidate that is not compared makes an answer truncated:
  /// three standard deviations, below which one in 700 lies.
  let leastCommonAgreement: Int

  init(_ query: Query, _ snapshot: Snapshot, _ memory: SearchMemory) throws(ChorusError) {
    let sketcher = memory.sketcher
    try Self.check(query, hasText: snapshot.manifest.hasText)
    let plan = snapshot.manifest.plan
    let pattern =
      query.mode == .contains
      ? FragmentPattern(query.text, hasSlots: query.hasSlots, plan: plan, key: snapshot.key) : nil
    let shingles = Self.shingles(query, sketcher)
    guard !shingles.isEmpty, !(pattern?.pieces.isEmpty ?? false) else {
      throw ChorusError(
        .invalidInput,
        "Cannot search for a text without any visible character."
      )
    }
    var batch = SketchBatch()
    sketcher.sketch(query.text.span, into: &batch)
    self.query = query
    self.pattern = pattern
    self.shingles = shingles
    sketch = batch
    (bandPlan, expected) = memory.bandPlan(
      threshold: query.threshold,
      promptCount: snapshot.promptCount
    )
    let agreements = [4.0, 3.0].map { deviations in
      Signature.leastAgreement(
        jaccard: query.threshold,
        laneBitCount: Int(plan.laneBitCount),
        deviations: deviations
      )
    }
    (leastAgreement, leastCommonAgreement) = (agreements[0], agreements[1])
  }

  /// The runs that are read in one segment, at most: many, where a filter lets few of them through.
  func runLimit(segmentCount: Int) -> Int {
    let count = max(
      query.limits.runCount,
      query.filter.isOpen ? 0 : Self.filteredRunCount,
      64 * min(query.limit, .max / 64),
      4 * expected.runs
    )
    return max(Self.leastRunLimit, count / max(1, segmentCount))
  }

  private static let filteredRunCount = 1 << 20
  private static let leastRunLimit = 1 << 11

  /// Anchors of the text of which a segment has all postings, also where few texts have them.
  func sureAnchors(_ snapshot: Snapshot) -> [UInt64] {
    let pattern = FragmentPattern(
      query.text,
      hasSlots: false,
      plan: snapshot.manifest.plan,
      key: snapshot.key
    )
    return pattern.pieces.flatMap(\.sureAnchors)
  }

  /// The texts that are compared exactly, at most.
  var textLimit: Int { max(query.limits.textCount, 4 * min(query.limit, .max / 4)) }

  /// The signatures that are compared, at most.
  var signatureLimit: Int {
    max(query.limits.signatureCount, 4 * min(textLimit, .max / 4), 4 * expected.signatures)
  }

  private static func shingles(_ query: Query, _ sketcher: Sketcher) -> [UInt32] {
    guard query.mode == .contains, query.hasSlots else {
      return sketcher.shingleSet(query.text.span)
    }
    var all: Set<UInt32> = []
    for part in FragmentPattern.parts(of: query.text) {
      all.formUnion(sketcher.shingleSet(Array(part).span))
    }
    return all.sorted()
  }

  static func check(_ query: Query, hasText: Bool) throws(ChorusError) {
    guard (0...1).contains(query.threshold), query.limit >= 1 else {
      throw ChorusError(
        .invalidInput,
        "Cannot search with a threshold outside 0...1 or a limit below 1."
      )
    }
    guard query.limits.signatureCount >= 1, query.limits.textCount >= 1,
      query.limits.runCount >= 1
    else {
      throw ChorusError(.invalidInput, "Cannot search with limits below 1.")
    }
    guard query.text.count <= Normaliser.largestByteCount else {
      throw ChorusError(
        .invalidInput,
        "Cannot search for a text of more than 128 MiB. Give a part of it."
      )
    }
    guard query.mode == .contains || !query.hasSlots else {
      throw ChorusError(
        .invalidInput,
        "Cannot search for prompts that are similar to a template with slots: search for those "
          + "that contain it."
      )
    }
    guard hasText || query.mode == .similar else {
      throw ChorusError(
        .invalidInput,
        "Cannot search for a fragment: the index was made without texts (--no-text). Search with "
          + "--mode similar."
      )
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
public import ChorusScore
internal import ChorusSketch
internal import ChorusStore
internal import ChorusText

/// Why a prompt answers a query, in numbers that can be checked and in sentences.
public struct Explanation: Sendable {
  /// For each band of the signature, how many of its three ordered lanes are the same in the index,
  /// from the first on: where it is one or more, the prompt is in a bucket of the query.
  public var bandLaneCounts: [Int]
  /// The lanes of the stored signature that agree with the query's, of ``Signature/laneCount``.
  public var agreement: Int
  /// The similarity that the agreement says, and its standard deviation.
  public var estimate: (similarity: Double, deviation: Double)
  /// The two sets of shingles, exactly; `nil` where texts are not stored.
  public var overlap: ShingleOverlap?
  /// The cosine of the two embeddings; where texts are not stored, estimated from the stored code.
  public var cosine: Double
  /// Where the words of the query that the prompt shares stand in it, in bytes as received.
  public var sharedInQuery: [Range<Int>]
  /// Where the words of the prompt that the query shares stand in it, in bytes as received.
  public var sharedInPrompt: [Range<Int>]
  /// The other parts of the query, in bytes as received.
  public var differingInQuery: [Range<Int>]
  /// The other parts of the prompt, in bytes as received.
  public var differingInPrompt: [Range<Int>]
  /// Whether the numbers of the match are estimates.
  public var isEstimate: Bool

  /// The parts of a text of `count` bytes that are not shared.
  static func differing(_ shared: [Range<Int>], count: Int) -> [Range<Int>] {
    var parts: [Range<Int>] = []
    var start = 0
    for span in shared {
      if span.lowerBound > start { parts.append(start..<span.lowerBound) }
      start = max(start, span.upperBound)
    }
    if start < count { parts.append(start..<count) }
    return parts
  }

  /// What the numbers say, a sentence each, without any of the text.
  public var sentences: [String] {
    let inBands = bandLaneCounts.count { $0 > 0 }
    let inBuckets = bandLaneCounts.count { $0 == BandPlan.laneCount }
    var sentences = [
      "It shares the beginning of \(inBands) of \(bandLaneCounts.count) band keys with the query, "
        + "and \(inBuckets) of them whole.",
      "\(agreement) of \(Signature.laneCount) lanes of the signatures agree, which estimates a "
        + "similarity of \(Self.rounded(estimate.similarity)), give or take "
        + "\(Self.rounded(estimate.deviation)).",
    ]
    if let overlap {
      sentences.append(
        "Exactly, the two share \(overlap.sharedCount) runs of words: of "
          + "\(overlap.firstCount) in the query and \(overlap.secondCount) in the prompt. That is "
          + "a similarity of \(Self.rounded(overlap.jaccard)), and "
          + "\(Self.rounded(overlap.containment)) of the query is contained in the prompt."
      )
      sentences.append("The cosine of their embeddings is \(Self.rounded(cosine)).")
    } else {
      sentences.append(
        "The index keeps no texts, so all of this is estimated from stored sketches; the cosine of "
          + "the embeddings is about \(Self.rounded(cosine))."
      )
    }
    return sentences
  }

  private static func rounded(_ value: Double) -> String {
    let thousandths = Int((abs(value) * 1000).rounded())
    let digits = String(thousandths % 1000)
    let sign = value < 0 && thousandths > 0 ? "-" : ""
    return "\(sign)\(thousandths / 1000)." + String(repeating: "0", count: 3 - digits.count)
      + digits
  }
}

extension Snapshot {
  /// Explains a match of a query on this snapshot.
  ///
  /// - Throws: What ``answer(_:)`` throws.
  /// - Complexity: O(*n* + *m*) in the two texts, and sixteen look-ups.
  public func explanation(
    of match: Match,
    for query: Query
  ) throws(ChorusError) -> Explanation {
    try pool.with(self) { memory throws(ChorusError) -> Explanation in
      let session = SearchSession(self, memory)
      let plan = try session.plan(query)
      return try session.explanation(of: match, for: plan)
    }
  }
}

extension SearchSession {
  fileprivate func explanation(
    of match: Match,
    for plan: QueryPlan
  ) throws(ChorusError) -> Explanation {
    let place = match.location
    guard place.segment < snapshot.segments.count,
      place.row < snapshot.segments[place.segment].rowCount
    else { throw ChorusError(.invalidInput, "Cannot explain a match of another index.") }
    let reader = reader(place.segment)
    var isThere = false
    for number in try reader.row(place.row).occurrenceRange where !isThere {
      let occurrence = try reader.occurrence(number)
      let id = try reader.id(occurrence)
      isThere = occurrence.time == match.time && id == match.id
    }
    guard isThere else {
      throw ChorusError(.invalidInput, "Cannot explain a match of another index.")
    }
    var counts: [UInt8] = []
    try reader.appendAgreement(plan.sketch.signatures, [place.row..<(place.row + 1)], to: &counts)
    let laneBitCount = Int(snapshot.manifest.plan.laneBitCount)
    let agreement = Int(counts[0])
    let similarity = Signature.jaccard(agreement: agreement, laneBitCount: laneBitCount)
    let share = Double(agreement) / Double(Signature.laneCount)
    let chance = 1 / Double(1 << laneBitCount)
    let variance = share * (1 - share) / Double(Signature.laneCount)
    var explanation = Explanation(
      bandLaneCounts: try bandLaneCounts(plan, place),
      agreement: agreement,
      estimate: (similarity, variance.squareRoot() / (1 - chance)),
      cosine: 0,
      sharedInQuery: [],
      sharedInPrompt: [],
      differingInQuery: [],
      differingInPrompt: [],
      isEstimate: !snapshot.manifest.hasText
    )
    let embedding = plan.sketch.embeddings
    if snapshot.manifest.hasText {
      let text = try reader.text(ofRow: place.row)
      let sketcher = Sketcher(plan: snapshot.manifest.plan, key: snapshot.key, parts: .embedding)
      let shingles = sketcher.shingleSet(text.span)
      var batch = SketchBatch()
      sketcher.sketch(text.span, into: &batch)
      explanation.overlap = ShingleOverlap(plan.shingles, shingles)
      explanation.cosine = Cosine.similarities(embedding, batch.embeddings)[0]
      explanation.sharedInQuery = sketcher.spans(of: shingles, in: plan.query.text)
      explanation.sharedInPrompt = sketcher.spans(of: plan.shingles, in: text)
      explanation.differingInQuery = Explanation.differing(
        explanation.sharedInQuery,
        count: plan.query.text.count
      )
      explanation.differingInPrompt = Explanation.differing(
        explanation.sharedInPrompt,
        count: text.count
      )
    } else {
      let code = try reader.embeddingCode(
        ofRow: place.row,
        byteCount: EmbeddingCode.byteCount(dimension: embedding.count)
      )
      explanation.cosine = EmbeddingCode.cosine(embedding, code[...])
    }
    return explanation
  }

  /// The lanes that the index has in common with the query, band by band.
  private func bandLaneCounts(
    _ plan: QueryPlan,
    _ place: Match.RowLocation
  ) throws(ChorusError) -> [Int] {
    let reader = reader(place.segment)
    let widest = BandPlan(depth: 1, least: 1)
    var laneCounts: [Int] = []
    for band in 0..<Signature.bandCount {
      let key = plan.sketch.bandKeys[band]
      let exact = SegmentFormat.bandPostingKey(band: band, key: key)
      var words: [UInt64] = []
      try reader.findRuns(
        widest.keys(band: band, key: key),
        of: reader.segment.bandPostings,
        counter,
        into: &words
      ) { widest.weight($0, exact) }
      let collisions = counter.collisions(&words, least: 1)
      guard let collisions else {
        throw reader.segment.file.damaged("a row is in too many buckets", at: 0)
      }
      laneCounts.append(CollisionCounter.weight(ofRow: place.row, in: collisions))
    }
    return laneCounts
  }
}

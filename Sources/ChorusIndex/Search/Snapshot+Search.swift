// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
internal import ChorusScore
internal import ChorusSketch
internal import ChorusStore
internal import ChorusText

/// Answers queries over the segments of one snapshot.
///
/// `similar` takes candidates from the buckets that share three of the four bytes of a band key,
/// drops those whose signatures agree too little, and compares the rest exactly on their text, or,
/// where texts are not stored, goes by what the signatures say. A prompt of Jaccard similarity 0.5
/// is a candidate with probability 0.88, of 0.7 with 0.999 (16 bands of 3 values of 8 bits).
/// `contains` intersects the postings of the query's anchors and compares tokens; for a fragment of
/// less than a dozen words, which need not have one, it reads all texts.
extension Snapshot {
  /// The most candidates whose texts are compared exactly in one segment.
  static let verifiedLimit = 512

  /// Answers a query.
  ///
  /// - Throws: `invalidInput` when the query has no text, or a threshold or limit outside its
  ///   range, or asks for a fragment where texts are not stored; `corrupted` when a block that is
  ///   needed is damaged.
  /// - Complexity: O(*b* + *c* + *v* *n*): *b* postings in the buckets, *c* candidates, *v*
  ///   verified texts of *n* bytes.
  public func answer(_ query: Query) throws(ChorusError) -> Answer {
    guard (0...1).contains(query.threshold), query.limit >= 1 else {
      throw ChorusError(
        .invalidInput,
        "Cannot search with a threshold outside 0...1 or a limit below 1."
      )
    }
    guard query.text.count <= Normaliser.largestByteCount else {
      throw ChorusError(
        .invalidInput,
        "Cannot search for a text of more than 128 MiB. Give a part of it."
      )
    }
    let searcher = try Searcher(query, self)
    var answer = Answer()
    var best = TopK<Match>(limit: query.limit, by: Match.ranksBefore)
    for segment in segments {
      try searcher.search(segment, into: &best, answer: &answer)
    }
    answer.matches = best.sorted
    return answer
  }
}

extension Match {
  static func ranksBefore(_ lhs: Match, _ rhs: Match) -> Bool {
    if lhs.score != rhs.score { return lhs.score > rhs.score }
    if lhs.time != rhs.time { return lhs.time < rhs.time }
    return lhs.id < rhs.id
  }
}

/// One query, sketched, while it goes through the segments.
private final class Searcher {
  private let query: Query
  private let sketcher: Sketcher
  private let sketch: SketchBatch
  private let shingles: [UInt32]
  private let fragment: FragmentMatcher?
  private let hasText: Bool
  /// Sketches the texts that are compared exactly.
  private let comparer: Sketcher

  init(_ query: Query, _ snapshot: Snapshot) throws(ChorusError) {
    let plan = snapshot.manifest.plan
    self.query = query
    hasText = snapshot.manifest.hasText
    guard hasText || query.mode == .similar else {
      throw ChorusError(
        .invalidInput,
        "Cannot search for a fragment: the index was made without texts (--no-text). Search with "
          + "--mode similar."
      )
    }
    sketcher = Sketcher(plan: plan, key: snapshot.key)
    comparer = Sketcher(plan: plan, key: snapshot.key, parts: .embedding)
    var batch = SketchBatch()
    sketcher.sketch(query.text.span, into: &batch)
    sketch = batch
    shingles = sketcher.shingleSet(query.text.span)
    guard !shingles.isEmpty else {
      throw ChorusError(.invalidInput, "Cannot search for a text without any visible character.")
    }
    fragment =
      query.mode == .contains
      ? FragmentMatcher(query.text, plan: plan, key: snapshot.key) : nil
  }

  func search(
    _ segment: Segment,
    into best: inout TopK<Match>,
    answer: inout Answer
  ) throws(ChorusError) {
    let candidates =
      query.mode == .similar
      ? try similarRows(segment, answer: &answer) : try containingRows(segment, answer: &answer)
    guard !candidates.isEmpty else { return }
    answer.verifiedCount += candidates.count
    // In the order of the file, so that rows of one block are read together.
    for candidate in candidates.sorted(by: { $0.row < $1.row }) {
      guard let comparison = try compare(segment, candidate) else { continue }
      try insert(segment, candidate.row, comparison, into: &best)
    }
  }

  // MARK: Candidates

  private struct Candidate {
    var row: Int
    /// The agreeing lanes of the signatures, for `similar`.
    var agreement = 0
  }

  private func similarRows(
    _ segment: Segment,
    answer: inout Answer
  ) throws(ChorusError) -> [Candidate] {
    let shift = SegmentFormat.positionBitCount
    let mask: UInt64 = 1 << shift - 1
    var rows: [UInt32] = []
    for band in 0..<Signature.bandCount {
      let key = SegmentFormat.bandPostingKey(band: band, key: sketch.bandKeys[band])
      let postings = try segment.file.postings(
        key...key,
        of: segment.bandPostings,
        rowCount: segment.rowCount
      )
      for posting in postings { rows.append(UInt32(posting & mask)) }
    }
    rows.sort()
    var candidates: [Candidate] = []
    // Three standard deviations below the threshold, so that a row is lost once in 700.
    let least = Signature.leastAgreement(
      jaccard: query.threshold,
      laneBitCount: Int(sketcher.plan.laneBitCount),
      deviations: 3
    )
    var signatures: [UInt8] = []
    var distinct: [Int] = []
    for row in rows where distinct.last != Int(row) && !segment.isDead(row: Int(row)) {
      distinct.append(Int(row))
    }
    for row in distinct {
      let start = row * sketch.signatures.count
      signatures.append(
        contentsOf: try segment.file.bytes(
          start..<(start + sketch.signatures.count),
          of: segment.signatureSection
        )
      )
    }
    answer.candidateCount += distinct.count
    let counts = PostingKernels.agreement(sketch.signatures, signatures)
    for (row, count) in zip(distinct, counts) where Int(count) >= least {
      candidates.append(Candidate(row: row, agreement: Int(count)))
    }
    candidates.sort { ($1.agreement, $0.row) < ($0.agreement, $1.row) }
    if candidates.count > Snapshot.verifiedLimit { answer.isTruncated = true }
    return Array(candidates.prefix(Snapshot.verifiedLimit))
  }

  private func containingRows(
    _ segment: Segment,
    answer: inout Answer
  ) throws(ChorusError) -> [Candidate] {
    guard let fragment else { return [] }
    guard !fragment.sureAnchors.isEmpty else { return try scan(segment, fragment, &answer) }
    let shift = SegmentFormat.positionBitCount
    let mask: UInt64 = 1 << shift - 1
    var rows: Set<UInt64>?
    for anchor in fragment.sureAnchors {
      let found = Set(
        try segment.file.postings(
          anchor...anchor,
          of: segment.anchorPostings,
          rowCount: segment.rowCount
        ).map { $0 & mask }
      )
      rows = rows?.intersection(found) ?? found
      if rows?.isEmpty ?? false { break }
    }
    let candidates = (rows ?? []).map { Candidate(row: Int($0)) }
      .filter { !segment.isDead(row: $0.row) }
    answer.candidateCount += candidates.count
    return candidates
  }

  /// Reads every text for a fragment that is too short to be sure of an anchor.
  private func scan(
    _ segment: Segment,
    _ fragment: FragmentMatcher,
    _ answer: inout Answer
  ) throws(ChorusError) -> [Candidate] {
    let step = 1024
    let found = try Parallel.map(
      (segment.rowCount + step - 1) / step,
      throwing: { number throws(ChorusError) -> [Candidate] in
        let range = (number * step)..<min((number + 1) * step, segment.rowCount)
        var matching: [Candidate] = []
        for (row, text) in zip(range, try segment.texts(range))
        where !segment.isDead(row: row) && fragment.span(in: Array(text)) != nil {
          matching.append(Candidate(row: row))
        }
        return matching
      }
    )
    answer.candidateCount += segment.liveRowCount
    return Array(found.joined())
  }

  // MARK: Verification

  private struct Comparison {
    var similarity: Double
    var containment: Double
    var score: Double
    var span: Range<Int>?
    var text: [UInt8] = []
    var isEstimate = false
  }

  private func compare(
    _ segment: Segment,
    _ candidate: Candidate
  ) throws(ChorusError) -> Comparison? {
    guard hasText else { return try estimate(segment, candidate) }
    let text = try segment.text(ofRow: candidate.row)
    if let fragment {
      guard let span = fragment.span(in: text) else { return nil }
      let overlap = ShingleOverlap(shingles, sketcher.shingleSet(text.span))
      return Comparison(
        similarity: overlap.jaccard,
        containment: 1,
        score: 1,
        span: span,
        text: text
      )
    }
    let overlap = ShingleOverlap(shingles, sketcher.shingleSet(text.span))
    guard overlap.jaccard >= query.threshold else { return nil }
    var batch = SketchBatch()
    comparer.sketch(text.span, into: &batch)
    let cosine = Cosine.similarities(sketch.embeddings, batch.embeddings)[0]
    return Comparison(
      similarity: overlap.jaccard,
      containment: overlap.containment,
      score: Self.score(overlap.jaccard, cosine),
      text: text
    )
  }

  /// What the stored sketches say of a row whose text is not stored.
  private func estimate(
    _ segment: Segment,
    _ candidate: Candidate
  ) throws(ChorusError) -> Comparison? {
    let similarity = Signature.jaccard(
      agreement: candidate.agreement,
      laneBitCount: Int(sketcher.plan.laneBitCount)
    )
    guard similarity >= query.threshold else { return nil }
    let row = try segment.rows(candidate.row..<(candidate.row + 1))[0]
    // |A and B| = J / (1 + J) (|A| + |B|), with as many shingles as the tokens say.
    let counts = (Double(max(1, sketch.tokenCounts[0])), Double(max(1, row.tokenCount)))
    let shared = similarity / (1 + similarity) * (counts.0 + counts.1)
    let width = EmbeddingCode.byteCount(dimension: sketch.embeddings.count)
    let code = try segment.file.bytes(
      (candidate.row * width)..<((candidate.row + 1) * width),
      of: segment.embeddingSection
    )
    let cosine = EmbeddingCode.cosine(sketch.embeddings, code[...])
    return Comparison(
      similarity: similarity,
      containment: min(1, shared / counts.0),
      score: Self.score(similarity, cosine),
      isEstimate: true
    )
  }

  private static func score(_ similarity: Double, _ cosine: Double) -> Double {
    0.8 * similarity + 0.2 * max(0, cosine)
  }

  private func insert(
    _ segment: Segment,
    _ row: Int,
    _ comparison: Comparison,
    into best: inout TopK<Match>
  ) throws(ChorusError) {
    let range = try segment.occurrenceRange(ofRow: row)
    let occurrences = try segment.occurrences(range)
    for (place, occurrence) in zip(range, occurrences) where query.filter.admits(occurrence.time) {
      guard !segment.isDeleted(place) else { continue }
      let account = segment.accountNames[Int(occurrence.account)]
      if let wanted = query.filter.account, wanted != account { continue }
      guard try hasAttributes(segment, place) else { continue }
      let id = try segment.ids(place..<(place + 1))[0]
      if id == query.filter.excludedID { continue }
      best.insert(
        Match(
          id: id,
          account: account,
          time: occurrence.time,
          similarity: comparison.similarity,
          containment: comparison.containment,
          score: comparison.score,
          isEstimate: comparison.isEstimate,
          span: comparison.span,
          text: comparison.text
        )
      )
    }
  }

  private func hasAttributes(_ segment: Segment, _ place: Int) throws(ChorusError) -> Bool {
    guard !query.filter.attributes.isEmpty else { return true }
    let attributes = try segment.attributes(place..<(place + 1))[0]
    return query.filter.attributes.allSatisfy { wanted in
      attributes.contains { $0.name == wanted.name && $0.value == wanted.value }
    }
  }
}

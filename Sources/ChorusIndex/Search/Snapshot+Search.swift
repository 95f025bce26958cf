// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
internal import ChorusScore
internal import ChorusSketch
internal import ChorusStore
internal import ChorusText

/// Answers queries over the segments of one snapshot.
///
/// `similar` takes candidates from the buckets that share three of the four bytes of a band key,
/// drops those whose signatures agree too little, and compares the rest exactly on their text. A
/// prompt of Jaccard similarity 0.5 is a candidate with probability 0.88, of 0.7 with 0.999 (16
/// bands of 3 values of 8 bits). `contains` intersects the postings of the query's anchors and
/// compares tokens.
extension Snapshot {
  /// The most candidates whose texts are compared exactly in one segment.
  static let verifiedLimit = 512

  /// Answers a query.
  ///
  /// - Throws: `invalidInput` when the query has no text, or too little for `contains`, or a
  ///   threshold or limit outside its range;
  ///   `corrupted` when a block that is needed is damaged.
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
    let searcher = try Searcher(query, plan: manifest.plan)
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

  init(_ query: Query, plan: SketchPlan) throws(ChorusError) {
    self.query = query
    sketcher = Sketcher(plan: plan)
    var batch = SketchBatch()
    sketcher.sketch(query.text.span, into: &batch)
    sketch = batch
    shingles = sketcher.shingleSet(query.text.span)
    guard !shingles.isEmpty else {
      throw ChorusError(.invalidInput, "Cannot search for a text without any visible character.")
    }
    fragment = query.mode == .contains ? FragmentMatcher(query.text, plan: plan) : nil
    if let fragment, fragment.anchors.isEmpty {
      throw ChorusError(
        .invalidInput,
        "Cannot search for a fragment of \(fragment.tokenCount) tokens: it has no anchor. Give at "
          + "least \(plan.guaranteedTokenCount(ofCharacters: false)) words in one run, or "
          + "\(plan.guaranteedTokenCount(ofCharacters: true)) characters of a script without "
          + "spaces."
      )
    }
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
    for row in candidates.sorted() {
      let text = try segment.text(ofRow: row)
      guard let comparison = compare(text) else { continue }
      let cosine = try query.mode == .similar ? cosine(segment, row) : 0
      try insert(segment, row, text, comparison, cosine: cosine, into: &best)
    }
  }

  // MARK: Candidates

  private func similarRows(
    _ segment: Segment,
    answer: inout Answer
  ) throws(ChorusError) -> [Int] {
    let shift = SegmentFormat.positionBitCount
    let mask: UInt64 = 1 << shift - 1
    var rows: [UInt32] = []
    for band in 0..<Signature.bandCount {
      let key = SegmentFormat.bandPostingKey(band: band, key: sketch.bandKeys[band])
      let bucket = (key & ~0xFF)...(key | 0xFF)
      let postings = try segment.file.postings(
        bucket,
        of: segment.bandPostings,
        rowCount: segment.rowCount
      )
      for posting in postings { rows.append(UInt32(posting & mask)) }
    }
    rows.sort()
    var candidates: [(row: Int, agreement: Int)] = []
    // Three standard deviations below the threshold, so that a row is lost once in 700.
    let least = Signature.leastAgreement(
      jaccard: query.threshold,
      laneBitCount: Int(sketcher.plan.laneBitCount),
      deviations: 3
    )
    var signatures: [UInt8] = []
    var distinct: [Int] = []
    for row in rows where distinct.last != Int(row) { distinct.append(Int(row)) }
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
      candidates.append((row, Int(count)))
    }
    candidates.sort { ($1.agreement, $0.row) < ($0.agreement, $1.row) }
    if candidates.count > Snapshot.verifiedLimit { answer.isTruncated = true }
    return candidates.prefix(Snapshot.verifiedLimit).map(\.row)
  }

  private func containingRows(
    _ segment: Segment,
    answer: inout Answer
  ) throws(ChorusError) -> [Int] {
    guard let fragment else { return [] }
    let shift = SegmentFormat.positionBitCount
    let mask: UInt64 = 1 << shift - 1
    var rows: [UInt64]?
    for anchor in fragment.anchors {
      let postings = try segment.file.postings(
        anchor...anchor,
        of: segment.anchorPostings,
        rowCount: segment.rowCount
      )
      let found = Set(postings.map { $0 & mask })
      rows = rows.map { $0.filter(found.contains) } ?? postings.map { $0 & mask }
      if rows?.isEmpty ?? false { break }
    }
    answer.candidateCount += rows?.count ?? 0
    return (rows ?? []).map(Int.init)
  }

  // MARK: Verification

  private struct Comparison {
    var similarity: Double
    var containment: Double
    var span: Range<Int>?
  }

  private func compare(_ text: [UInt8]) -> Comparison? {
    if let fragment {
      guard let span = fragment.span(in: text) else { return nil }
      let overlap = ShingleOverlap(shingles, sketcher.shingleSet(text.span))
      return Comparison(similarity: overlap.jaccard, containment: 1, span: span)
    }
    let overlap = ShingleOverlap(shingles, sketcher.shingleSet(text.span))
    guard overlap.jaccard >= query.threshold else { return nil }
    return Comparison(similarity: overlap.jaccard, containment: overlap.containment, span: nil)
  }

  private func cosine(_ segment: Segment, _ row: Int) throws(ChorusError) -> Double {
    let width = sketch.embeddings.count
    let bytes = try segment.file.bytes(
      (row * width)..<((row + 1) * width),
      of: segment.embeddingSection
    )
    let embedding = bytes.map { Int8(bitPattern: $0) }
    return Cosine.similarities(sketch.embeddings, embedding)[0]
  }

  private func insert(
    _ segment: Segment,
    _ row: Int,
    _ text: [UInt8],
    _ comparison: Comparison,
    cosine: Double,
    into best: inout TopK<Match>
  ) throws(ChorusError) {
    let range = try segment.occurrenceRange(ofRow: row)
    let occurrences = try segment.occurrences(range)
    for (place, occurrence) in zip(range, occurrences) where query.filter.admits(occurrence.time) {
      let account = segment.accountNames[Int(occurrence.account)]
      if let wanted = query.filter.account, wanted != account { continue }
      guard try hasAttributes(segment, place) else { continue }
      let id = try segment.ids(place..<(place + 1))[0]
      if id == query.filter.excludedID { continue }
      let score =
        query.mode == .contains
        ? comparison.containment : 0.8 * comparison.similarity + 0.2 * max(0, cosine)
      best.insert(
        Match(
          id: id,
          account: account,
          time: occurrence.time,
          similarity: comparison.similarity,
          containment: comparison.containment,
          score: score,
          span: comparison.span,
          text: text
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

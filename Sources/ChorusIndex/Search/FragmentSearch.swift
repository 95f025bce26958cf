// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusStore

/// Finds the rows that contain a pattern: from the postings of its anchors where these are sure,
/// and from all texts elsewhere.
struct FragmentSearch {
  private let session: SearchSession
  private let plan: QueryPlan
  private let pattern: FragmentPattern

  /// The rows that one thread reads at a time.
  private static let step = 1024

  init(_ session: SearchSession, _ plan: QueryPlan, _ pattern: FragmentPattern) {
    self.session = session
    self.plan = plan
    self.pattern = pattern
  }

  /// Returns the matching rows of a segment that pass the filter, ascending.
  func rows(segment number: Int, _ answer: inout Answer) throws(ChorusError) -> [Int] {
    let reader = session.reader(number)
    let segment = reader.segment
    guard let filter = RowFilter(plan.query.filter, segment) else { return [] }
    guard let found = try candidates(reader) else {
      answer.candidateCount += segment.liveRowCount
      answer.verifiedCount += segment.liveRowCount
      answer.readByteCount += segment.textSection.storedByteCount
      return try scan(segment, filter)
    }
    answer.candidateCount += found.reduce(0) { $0 + $1.count }
    var admitted: [Int] = []
    for (count, row) in found.joined().enumerated() {
      if count % 256 == 255 { try session.check(plan) }
      if try filter.admits(row: row, reader) { admitted.append(row) }
    }
    answer.verifiedCount += admitted.count
    return try verified(admitted, segment, reader)
  }

  // MARK: Candidates

  /// The rows that have all anchors that they must have, or `nil` when nothing is known of them.
  private func candidates(_ reader: SegmentReader) throws(ChorusError) -> [Range<Int>]? {
    var known: [Range<Int>]?
    for piece in pattern.pieces {
      for anchor in piece.sureAnchors {
        try session.check(plan)
        known = Self.intersection(known, try rows(anchor, reader))
        if known?.isEmpty ?? false { return [] }
      }
    }
    // What is common in this segment has all its postings.
    let common = Int(SegmentFormat.commonPromptCount)
    for piece in pattern.pieces where piece.sureAnchors.isEmpty {
      for anchor in piece.anchors {
        try session.check(plan)
        let rows = try rows(anchor, reader)
        guard rows.reduce(0, { $0 + $1.count }) >= common else { continue }
        known = Self.intersection(known, rows)
        if known?.isEmpty ?? false { return [] }
      }
    }
    return known
  }

  private func rows(
    _ anchor: UInt64,
    _ reader: SegmentReader
  ) throws(ChorusError) -> [Range<Int>] {
    var words: [UInt64] = []
    try reader.findRuns(
      anchor...anchor,
      of: reader.segment.anchorPostings,
      session.counter,
      into: &words
    ) { _ in 1 }
    let runs = session.counter.collisions(&words, least: 1)
    guard let runs else { throw reader.segment.file.damaged("a posting is repeated", at: 0) }
    return runs.map(\.rows)
  }

  /// The numbers that are in both of two ascending lists of ranges; `nil` has them all.
  static func intersection(_ first: [Range<Int>]?, _ second: [Range<Int>]) -> [Range<Int>] {
    guard let first else { return second }
    var result: [Range<Int>] = []
    var i = 0
    var j = 0
    while i < first.count, j < second.count {
      let shared = first[i].clamped(to: second[j])
      if !shared.isEmpty { result.append(shared) }
      if first[i].upperBound < second[j].upperBound { i += 1 } else { j += 1 }
    }
    return result
  }

  // MARK: Verification

  private func verified(
    _ rows: [Int],
    _ segment: Segment,
    _ reader: SegmentReader
  ) throws(ChorusError) -> [Int] {
    guard rows.count > 2 * Self.step else { return try matching(rows[...], reader) }
    let step = Self.step
    let (plan, session) = (plan, session)
    let found = try Parallel.map(
      (rows.count + step - 1) / step,
      throwing: { number throws(ChorusError) -> [Int] in
        try session.check(plan)
        let part = rows[(number * step)..<min((number + 1) * step, rows.count)]
        return try matching(part, SegmentReader(segment))
      }
    )
    return Array(found.joined())
  }

  private func matching(
    _ rows: ArraySlice<Int>,
    _ reader: SegmentReader
  ) throws(ChorusError) -> [Int] {
    var workspace = FragmentPattern.Workspace()
    var found: [Int] = []
    for (count, row) in rows.enumerated() {
      if count % 64 == 63 { try session.check(plan) }
      let text = try reader.text(ofRow: row)
      if pattern.matches(text[...], &workspace) { found.append(row) }
    }
    return found
  }

  /// Reads every text of a segment.
  private func scan(_ segment: Segment, _ filter: RowFilter) throws(ChorusError) -> [Int] {
    let step = Self.step
    let (plan, session, pattern) = (plan, session, pattern)
    let found = try Parallel.map(
      (segment.rowCount + step - 1) / step,
      throwing: { number throws(ChorusError) -> [Int] in
        try session.check(plan)
        let range = (number * step)..<min((number + 1) * step, segment.rowCount)
        let reader = SegmentReader(segment)
        var workspace = FragmentPattern.Workspace()
        var matching: [Int] = []
        let texts = try segment.texts(range)
        for (row, text) in zip(range, texts) {
          guard pattern.matches(text, &workspace) else { continue }
          if try filter.admits(row: row, reader) { matching.append(row) }
        }
        return matching
      }
    )
    return Array(found.joined())
  }
}

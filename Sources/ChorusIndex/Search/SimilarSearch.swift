// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusKernels
internal import ChorusSketch
internal import ChorusStore

/// A row whose signature agrees with a query's as the threshold asks.
struct Candidate {
  var place: Match.RowLocation
  /// The agreeing lanes.
  var agreement: Int
}

/// The candidates of one query, and what is known of those that are not compared exactly.
struct CandidateList {
  /// The rows to compare, in the order in which they are stored.
  var candidates: [Candidate] = []
  /// The rows beside these of which the signatures say that they match.
  var likelyCount = 0
  /// Whether there are candidates that are not in the list.
  var isTruncated = false
}

/// Finds the candidates of `similar` queries: from the postings of their bands, by collisions, and
/// then by the agreement of signatures.
struct SimilarSearch {
  private let session: SearchSession
  private let laneBitCount: Int

  init(_ session: SearchSession) {
    self.session = session
    laneBitCount = Int(session.snapshot.manifest.plan.laneBitCount)
  }

  /// One band of one query.
  private struct LookUp {
    var keys: ClosedRange<UInt64>
    var exact: UInt64
    var query: Int
  }

  /// The rows of one segment that collide with a query.
  private struct SegmentCollisions {
    var segment: Int
    var collisions: [Collision]
  }

  /// Returns the candidates of each query; the look-ups of all in one segment go in the order of its
  /// postings.
  func candidates(
    _ plans: [QueryPlan],
    _ answers: inout [Answer]
  ) throws(ChorusError) -> [CandidateList] {
    var found = [[SegmentCollisions]](repeating: [], count: plans.count)
    for (number, segment) in session.snapshot.segments.enumerated() {
      for plan in plans { try session.check(plan) }
      var lookUps: [LookUp] = []
      for (query, plan) in plans.enumerated()
      where RowFilter(plan.query.filter, segment) != nil {
        for band in 0..<Signature.bandCount {
          let key = plan.sketch.bandKeys[band]
          lookUps.append(
            LookUp(
              keys: plan.bandPlan.keys(band: band, key: key),
              exact: SegmentFormat.bandPostingKey(band: band, key: key),
              query: query
            )
          )
        }
      }
      if plans.count > 1 { lookUps.sort { $0.keys.lowerBound < $1.keys.lowerBound } }
      var words = [[UInt64]](repeating: [], count: plans.count)
      let reader = session.reader(number)
      for lookUp in lookUps {
        let before = reader.readByteCount
        let bands = plans[lookUp.query].bandPlan
        try reader.findRuns(
          lookUp.keys,
          of: segment.bandPostings,
          session.counter,
          into: &words[lookUp.query]
        ) { bands.weight($0, lookUp.exact) }
        answers[lookUp.query].readByteCount += reader.readByteCount - before
      }
      for (query, plan) in plans.enumerated() where !words[query].isEmpty {
        let collisions = session.counter.collisions(&words[query], least: plan.bandPlan.least)
        guard let collisions else {
          throw segment.file.damaged("a row is in too many buckets", at: 0)
        }
        guard !collisions.isEmpty else { continue }
        found[query].append(SegmentCollisions(segment: number, collisions: collisions))
      }
    }
    var lists: [CandidateList] = []
    for (query, plan) in plans.enumerated() {
      try session.check(plan)
      let before = session.readByteCount
      answers[query].bandPlan = plan.bandPlan
      lists.append(try select(plan, found[query], &answers[query]))
      answers[query].readByteCount += session.readByteCount - before
    }
    return lists
  }

  // MARK: Selection

  private func select(
    _ plan: QueryPlan,
    _ found: [SegmentCollisions],
    _ answer: inout Answer
  ) throws(ChorusError) -> CandidateList {
    let total = found.reduce(0) { sum, part in
      sum + part.collisions.reduce(0) { $0 + Int($1.count) }
    }
    answer.candidateCount += total
    var list = CandidateList()
    var rows = found
    if total > plan.query.limits.signatureCount {
      rows = strongest(found, plan.query.limits.signatureCount)
      list.isTruncated = true
    }
    var candidates = try agreeing(plan, rows)
    if candidates.count > plan.textLimit {
      // Before the best are taken, so that a filter never costs a match.
      candidates = try admitted(plan, candidates)
    }
    if candidates.count > plan.textLimit {
      (list.candidates, list.likelyCount) = best(plan, candidates)
      list.isTruncated = true
    } else {
      list.candidates = candidates
    }
    if list.isTruncated, total > plan.query.limits.signatureCount {
      // Those that were not compared are taken to be like those that were.
      let compared = Double(plan.query.limits.signatureCount)
      let likely = Double(list.likelyCount + list.candidates.count)
      list.likelyCount += Int(likely / compared * (Double(total) - compared))
    }
    return list
  }

  /// The rows that collide most, of each segment, up to a number.
  private func strongest(_ found: [SegmentCollisions], _ limit: Int) -> [SegmentCollisions] {
    var rowCounts = [Int](repeating: 0, count: Signature.bandCount * BandPlan.laneCount + 1)
    for part in found {
      for collision in part.collisions { rowCounts[Int(collision.weight)] += Int(collision.count) }
    }
    var cut = rowCounts.count
    var taken = 0
    while cut > 1, taken + rowCounts[cut - 1] <= limit {
      cut -= 1
      taken += rowCounts[cut]
    }
    // Of the weight at which the limit is reached as many as there is room for.
    var room = limit - taken
    return found.map { part in
      var kept: [Collision] = []
      for var collision in part.collisions where Int(collision.weight) >= cut - 1 {
        if Int(collision.weight) == cut - 1 {
          collision.count = UInt32(min(room, Int(collision.count)))
          room -= Int(collision.count)
        }
        if collision.count > 0 { kept.append(collision) }
      }
      return SegmentCollisions(segment: part.segment, collisions: kept)
    }
  }

  /// The rows whose signatures agree as the threshold asks, in the order in which they are stored.
  private func agreeing(
    _ plan: QueryPlan,
    _ found: [SegmentCollisions]
  ) throws(ChorusError) -> [Candidate] {
    var candidates: [Candidate] = []
    var counts: [UInt8] = []
    for part in found {
      let reader = session.reader(part.segment)
      for collision in part.collisions {
        counts.removeAll(keepingCapacity: true)
        try reader.appendAgreement(plan.sketch.signatures, collision.rows, to: &counts)
        for (row, count) in zip(collision.rows, counts)
        where Int(count) >= plan.leastAgreement && !reader.segment.isDead(row: row) {
          candidates.append(
            Candidate(place: .init(segment: part.segment, row: row), agreement: Int(count))
          )
        }
      }
    }
    return candidates
  }

  private func admitted(
    _ plan: QueryPlan,
    _ candidates: [Candidate]
  ) throws(ChorusError) -> [Candidate] {
    guard !plan.query.filter.isOpen else { return candidates }
    var kept: [Candidate] = []
    var filter = SegmentFilter(plan.query.filter)
    for candidate in candidates {
      let reader = session.reader(candidate.place.segment)
      if try filter.admits(candidate.place, reader) { kept.append(candidate) }
    }
    return kept
  }

  /// The candidates that agree most, in the order in which they are stored, and the number of the
  /// others that match by their signatures.
  private func best(_ plan: QueryPlan, _ candidates: [Candidate]) -> ([Candidate], Int) {
    var counts = [Int](repeating: 0, count: Signature.laneCount + 1)
    for candidate in candidates { counts[candidate.agreement] += 1 }
    var cut = counts.count
    var taken = 0
    while cut > 0, taken + counts[cut - 1] <= plan.textLimit {
      cut -= 1
      taken += counts[cut]
    }
    var room = plan.textLimit - taken
    var kept: [Candidate] = []
    var likelyCount = 0
    for candidate in candidates {
      if candidate.agreement >= cut {
        kept.append(candidate)
      } else if candidate.agreement == cut - 1, room > 0 {
        room -= 1
        kept.append(candidate)
      } else {
        let similarity = Signature.unbiasedJaccard(
          agreement: candidate.agreement,
          laneBitCount: laneBitCount
        )
        if similarity >= plan.query.threshold { likelyCount += 1 }
      }
    }
    return (kept, likelyCount)
  }
}

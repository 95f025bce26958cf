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
  /// An even sample of the rows whose signatures agree and that are not compared, and their number.
  var sample: [Candidate] = []
  var restCount = 0
  /// The rows beyond those whose signatures were compared that match, as far as signatures say.
  var likelyCount = 0.0
  /// How many rows each row that was found stands for: itself, and those that do not collide with
  /// the query.
  var weight = 1.0
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
    var band: Int
    /// The first block that may have the keys.
    var block = 0
  }

  /// The look-ups whose blocks are loaded at the same time, so that one does not wait for another.
  private static let prefetchCount = 16

  /// The rows of one segment that collide with a query.
  private struct SegmentCollisions {
    var segment: Int
    var collisions: [Collision]
    /// The bands that were looked up, when these were not all.
    var bandCount: Double?
  }

  /// The rows of an anchor that is taken for rare.
  private static let rareRowCount = 64
  /// What a row weighs that shares a rare anchor: more than one that shares all bands.
  private static let rareWeight = UInt64(Signature.bandCount * BandPlan.laneCount + 1)
  /// The anchors of a query that are looked up to find rare ones.
  private static let rareAnchorCount = 64

  /// Returns the candidates of each query; the look-ups of all in one segment go in the order of
  /// its postings.
  func candidates(
    _ plans: [QueryPlan],
    _ answers: inout [Answer]
  ) throws(ChorusError) -> [CandidateList] {
    var found = [[SegmentCollisions]](repeating: [], count: plans.count)
    var sureAnchors = [[UInt64]?](repeating: nil, count: plans.count)
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
              query: query,
              band: band
            )
          )
        }
      }
      if plans.count > 1 { lookUps.sort { $0.keys.lowerBound < $1.keys.lowerBound } }
      var words = [[UInt64]](repeating: [], count: plans.count)
      // The bands that were looked up of those queries that collide with too many rows.
      var bandCounts = [Double?](repeating: nil, count: plans.count)
      let reader = session.reader(number)
      for place in lookUps.indices {
        if place % Self.prefetchCount == 0 { prefetch(&lookUps, from: place, reader) }
        let lookUp = lookUps[place]
        guard bandCounts[lookUp.query] == nil else { continue }
        let before = reader.readByteCount
        let plan = plans[lookUp.query]
        let bands = plan.bandPlan
        let limit = plan.runLimit(segmentCount: session.snapshot.segments.count)
        let share = try reader.findRuns(
          lookUp.keys,
          of: segment.bandPostings,
          from: lookUp.block,
          session.counter,
          into: &words[lookUp.query],
          limit: limit
        ) { bands.weight($0, lookUp.exact) }
        if words[lookUp.query].count >= limit {
          bandCounts[lookUp.query] = Double(lookUp.band) + share
        }
        answers[lookUp.query].readByteCount += reader.readByteCount - before
      }
      for (query, plan) in plans.enumerated() where !words[query].isEmpty {
        let isCut = bandCounts[query] != nil
        if isCut {
          let anchors = sureAnchors[query] ?? plan.sureAnchors(session.snapshot)
          sureAnchors[query] = anchors
          try addRareRows(anchors, reader, to: &words[query])
        }
        let least = isCut ? 1 : plan.bandPlan.least
        let collisions = session.counter.collisions(&words[query], least: least)
        guard let collisions else {
          throw segment.file.damaged("a row is in too many buckets", at: 0)
        }
        guard !collisions.isEmpty else { continue }
        found[query].append(
          SegmentCollisions(
            segment: number,
            collisions: collisions,
            bandCount: bandCounts[query]
          )
        )
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

  /// Adds the rows that share an anchor with the query that few others have: among the many that
  /// share its template, those that share what is not the template's.
  private func addRareRows(
    _ anchors: [UInt64],
    _ reader: SegmentReader,
    to words: inout [UInt64]
  ) throws(ChorusError) {
    var rows: Set<UInt64> = []
    for anchor in anchors.prefix(Self.rareAnchorCount) {
      var runs: [UInt64] = []
      try reader.findRuns(
        anchor...anchor,
        of: reader.segment.anchorPostings,
        session.counter,
        into: &runs,
        limit: Self.rareRowCount + 1
      ) { _ in 1 }
      guard runs.reduce(0, { $0 + Int($1 >> 8 & 0xFF_FFFF) }) <= Self.rareRowCount else { continue }
      for run in runs {
        for offset in 0..<(run >> 8 & 0xFF_FFFF) { rows.insert(run >> 32 + offset) }
      }
    }
    for row in rows { words.append(row << 32 | 1 << 8 | Self.rareWeight) }
  }

  /// Finds the blocks of the next look-ups and has them loaded: their beginnings, and then what
  /// these say that will be read.
  private func prefetch(_ lookUps: inout [LookUp], from start: Int, _ reader: SegmentReader) {
    let section = reader.segment.bandPostings
    guard section.blockCount > 0 else { return }
    let range = start..<min(start + Self.prefetchCount, lookUps.count)
    for place in range {
      lookUps[place].block = reader.firstBlock(lookUps[place].keys, of: section) ?? 0
      reader.prefetch(lookUps[place].block, of: section)
    }
    for place in range {
      reader.prefetch(
        lookUps[place].block,
        of: section,
        least: lookUps[place].keys.lowerBound
      )
    }
  }

  // MARK: Selection

  private func select(
    _ plan: QueryPlan,
    _ found: [SegmentCollisions],
    _ answer: inout Answer
  ) throws(ChorusError) -> CandidateList {
    // What was deleted is no candidate, and takes no other's place.
    var rows = try found.map { part throws(ChorusError) in
      session.reader(part.segment).segment.hasDeleted
        ? try admitted(plan, part, PromptFilter()) : part
    }
    var total = Self.rowCount(rows)
    answer.candidateCount += total
    let isCut = found.contains { $0.bandCount != nil }
    if total > plan.signatureLimit || isCut, !plan.query.filter.isOpen {
      // Before the strongest are taken, so that a filter never costs a match.
      rows = try rows.map { part throws(ChorusError) in
        try admitted(plan, part, plan.query.filter)
      }
      total = Self.rowCount(rows)
    }
    let passing = rows
    var list = CandidateList()
    if total > plan.signatureLimit {
      rows = strongest(passing, plan.signatureLimit)
      list.likelyCount = try likelyCount(plan, of: rest(of: passing, without: rows))
      list.isTruncated = true
    }
    // What was not looked up may have matches too.
    if isCut { list.isTruncated = true }
    var candidates = try agreeing(plan, rows)
    if candidates.count > plan.textLimit { candidates = try admitted(plan, candidates) }
    let agreements = Self.agreements(of: candidates, in: rows)
    if list.isTruncated {
      let likely = zip(rows, agreements).reduce((plain: 0.0, weighted: 0.0)) { sum, part in
        let counts = likelyCounts(plan, part.0, part.1)
        return (sum.plain + counts.plain, sum.weighted + counts.weighted)
      }
      if likely.plain > 0 { list.weight = likely.weighted / likely.plain }
    }
    if candidates.count > plan.textLimit {
      let likely = candidates.count { $0.agreement >= plan.leastCommonAgreement }
      if likely > plan.textLimit { list.isTruncated = true }
      let all = candidates
      candidates = best(plan, all)
      sample(all, without: candidates, &list)
    }
    list.candidates = candidates
    return list
  }

  private static func rowCount(_ found: [SegmentCollisions]) -> Int {
    found.reduce(0) { sum, part in sum + part.collisions.reduce(0) { $0 + Int($1.count) } }
  }

  /// The rows of some collisions that a filter lets through.
  private func admitted(
    _ plan: QueryPlan,
    _ part: SegmentCollisions,
    _ filter: PromptFilter
  ) throws(ChorusError) -> SegmentCollisions {
    let reader = session.reader(part.segment)
    var filter = SegmentFilter(filter)
    var kept: [Collision] = []
    for collision in part.collisions {
      try session.check(plan)
      for row in collision.rows {
        let place = Match.RowLocation(segment: part.segment, row: row)
        guard try filter.admits(place, reader) else { continue }
        if let last = kept.last, last.rows.upperBound == row, last.weight == collision.weight {
          kept[kept.count - 1].count += 1
        } else {
          kept.append(Collision(row: UInt32(row), count: 1, weight: collision.weight))
        }
      }
    }
    return SegmentCollisions(
      segment: part.segment,
      collisions: kept,
      bandCount: part.bandCount
    )
  }

  /// The texts that are compared exactly to tell how many of those that are not compared match.
  private static let comparedSampleCount = 64

  /// Takes an even sample of the candidates that are not compared.
  private func sample(
    _ all: [Candidate],
    without compared: [Candidate],
    _ list: inout CandidateList
  ) {
    let taken = Set(compared.map(\.place))
    let rest = all.filter { !taken.contains($0.place) }
    let step = max(1, rest.count / Self.comparedSampleCount)
    list.restCount = rest.count
    list.sample = stride(from: step / 2, to: rest.count, by: step).map { rest[$0] }
  }

  /// What is left of collisions without the strongest.
  private func rest(
    of found: [SegmentCollisions],
    without strongest: [SegmentCollisions]
  ) -> [SegmentCollisions] {
    zip(found, strongest).map { all, taken in
      var rest: [Collision] = []
      var next = 0
      for var collision in all.collisions {
        if next < taken.collisions.count, taken.collisions[next].row == collision.row {
          collision.row += taken.collisions[next].count
          collision.count -= taken.collisions[next].count
          next += 1
        }
        if collision.count > 0 { rest.append(collision) }
      }
      return SegmentCollisions(
        segment: all.segment,
        collisions: rest,
        bandCount: all.bandCount
      )
    }
  }

  /// The rows of a sample, at most, that says how many of those not compared match.
  private static let sampleCount = 512

  /// Estimates from an even sample how many texts match by their signatures.
  private func likelyCount(
    _ plan: QueryPlan,
    of found: [SegmentCollisions]
  ) throws(ChorusError) -> Double {
    let total = Self.rowCount(found)
    guard total > 0 else { return 0 }
    let step = max(1, total / Self.sampleCount)
    var sum = 0.0
    var sampled = 0
    var offset = step / 2
    var counts: [UInt8] = []
    for part in found {
      let reader = session.reader(part.segment)
      var runs: [Range<Int>] = []
      for collision in part.collisions {
        while offset < collision.count {
          let row = Int(collision.row) + offset
          runs.append(row..<(row + 1))
          offset += step
        }
        offset -= Int(collision.count)
      }
      counts.removeAll(keepingCapacity: true)
      try reader.appendAgreement(plan.sketch.signatures, runs, to: &counts)
      sampled += counts.count
      var rowCounts = [Int](repeating: 0, count: Signature.laneCount + 1)
      for count in counts { rowCounts[Int(count)] += 1 }
      sum += likelyCounts(plan, part, rowCounts).weighted
    }
    return sampled == 0 ? 0 : sum / Double(sampled) * Double(total)
  }

  /// How many texts match by their signatures, of which there are so many for each number of
  /// agreeing lanes: by themselves, and when each stands for those like it too that do not collide
  /// with the query (the estimator of Horvitz and Thompson, 1952).
  private func likelyCounts(
    _ plan: QueryPlan,
    _ part: SegmentCollisions,
    _ rowCounts: [Int]
  ) -> (plain: Double, weighted: Double) {
    var sums = (plain: 0.0, weighted: 0.0)
    for (agreement, count) in rowCounts.enumerated() where count > 0 {
      let similarity = Signature.unbiasedJaccard(
        agreement: agreement,
        laneBitCount: laneBitCount
      )
      guard similarity >= plan.query.threshold, similarity > 0 else { continue }
      let recall =
        part.bandCount.map { plan.bandPlan.recall(jaccard: similarity, bandCount: $0) }
        ?? plan.bandPlan.recall(jaccard: similarity)
      sums.plain += Double(count)
      sums.weighted += Double(count) / max(recall, 0.01)
    }
    return sums
  }

  /// The rows that collide most, of each segment, up to a number.
  private func strongest(_ found: [SegmentCollisions], _ limit: Int) -> [SegmentCollisions] {
    var rowCounts = [Int](repeating: 0, count: 2 * Int(Self.rareWeight) + 1)
    for part in found {
      for collision in part.collisions {
        rowCounts[min(Int(collision.weight), rowCounts.count - 1)] += Int(collision.count)
      }
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
      return SegmentCollisions(
        segment: part.segment,
        collisions: kept,
        bandCount: part.bandCount
      )
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
      try session.check(plan)
      counts.removeAll(keepingCapacity: true)
      let runs = part.collisions.map(\.rows)
      try reader.appendAgreement(plan.sketch.signatures, runs, to: &counts)
      for (row, count) in zip(runs.joined(), counts)
      where Int(count) >= plan.leastAgreement && !reader.segment.isDead(row: row) {
        candidates.append(
          Candidate(place: .init(segment: part.segment, row: row), agreement: Int(count))
        )
      }
    }
    return candidates
  }

  /// How many candidates of each part agree in each number of lanes.
  private static func agreements(
    of candidates: [Candidate],
    in found: [SegmentCollisions]
  ) -> [[Int]] {
    var agreements = found.map { _ in [Int](repeating: 0, count: Signature.laneCount + 1) }
    var part = 0
    for candidate in candidates {
      // Both are in the order of the segments.
      while found[part].segment != candidate.place.segment { part += 1 }
      agreements[part][candidate.agreement] += 1
    }
    return agreements
  }

  private func admitted(
    _ plan: QueryPlan,
    _ candidates: [Candidate]
  ) throws(ChorusError) -> [Candidate] {
    guard !plan.query.filter.isOpen else { return candidates }
    var kept: [Candidate] = []
    var filter = SegmentFilter(plan.query.filter)
    for (count, candidate) in candidates.enumerated() {
      if count % 256 == 255 { try session.check(plan) }
      let reader = session.reader(candidate.place.segment)
      if try filter.admits(candidate.place, reader) { kept.append(candidate) }
    }
    return kept
  }

  /// The candidates that agree most, in the order in which they are stored.
  private func best(_ plan: QueryPlan, _ candidates: [Candidate]) -> [Candidate] {
    var counts = [Int](repeating: 0, count: Signature.laneCount + 1)
    for candidate in candidates { counts[candidate.agreement] += 1 }
    var cut = counts.count
    var taken = 0
    while cut > 0, taken + counts[cut - 1] <= plan.textLimit {
      cut -= 1
      taken += counts[cut]
    }
    var room = plan.textLimit - taken
    return candidates.filter { candidate in
      if candidate.agreement >= cut { return true }
      guard candidate.agreement == cut - 1, room > 0 else { return false }
      room -= 1
      return true
    }
  }
}

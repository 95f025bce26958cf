// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusScore
internal import ChorusSketch
internal import Synchronization

/// What a thread works with while it answers queries, used for one query after another.
final class SearchMemory {
  /// Finds runs of rows in postings.
  let counter = CollisionCounter()
  /// Sketches the queries, and the texts that are compared exactly.
  let sketcher: Sketcher
  // Memory for one text after another.
  var shingles: [UInt32] = []
  var compared = SketchBatch()

  /// The plan that was last chosen, and for what.
  private var lastPlan: (threshold: Double, promptCount: Int, chosen: Chosen)?

  typealias Chosen = (plan: BandPlan, expected: (runs: Int, signatures: Int))

  /// Chooses a plan; many queries in a row want the same one.
  func bandPlan(threshold: Double, promptCount: Int) -> Chosen {
    if let lastPlan, lastPlan.threshold == threshold, lastPlan.promptCount == promptCount {
      return lastPlan.chosen
    }
    let plan = BandPlan(threshold: threshold, promptCount: promptCount)
    let chosen = (plan, plan.expectedCounts(promptCount: promptCount))
    lastPlan = (threshold, promptCount, chosen)
    return chosen
  }

  init(_ snapshot: Snapshot) {
    sketcher = Sketcher(plan: snapshot.manifest.plan, key: snapshot.key, parts: .embedding)
  }
}

/// Memory that no thread works with at the moment, for snapshots of one index.
final class SearchMemoryPool: Sendable {
  /// A pool gives each memory to one thread at a time.
  private struct Handed: @unchecked Sendable {
    var memory: SearchMemory
  }

  private let free = Mutex<[Handed]>([])
  private static let limit = 64

  /// Calls a closure with memory of its own.
  func with<Result>(
    _ snapshot: Snapshot,
    _ body: (SearchMemory) throws(ChorusError) -> Result
  ) throws(ChorusError) -> Result {
    let known = free.withLock { free in free.popLast() }?.memory
    // The folder of an index may hold another one by now.
    let isFitting = known?.sketcher.plan == snapshot.manifest.plan
    let memory = isFitting ? known ?? SearchMemory(snapshot) : SearchMemory(snapshot)
    let handed = Handed(memory: memory)
    defer {
      free.withLock { free in
        if free.count < Self.limit { free.append(handed) }
      }
    }
    return try body(memory)
  }
}

/// Answers queries over one snapshot, one or some dozens at a time.
///
/// For one thread; only ``check(_:)`` and ``snapshot`` are used from others.
final class SearchSession: @unchecked Sendable {
  let snapshot: Snapshot
  private let memory: SearchMemory
  /// Set when the task was found to be cancelled, for the threads that have no task.
  private let isStopped: AtomicBits
  private var readers: [SegmentReader?]

  init(
    _ snapshot: Snapshot,
    _ memory: SearchMemory,
    _ isStopped: AtomicBits = AtomicBits(count: 1)
  ) {
    self.snapshot = snapshot
    self.memory = memory
    self.isStopped = isStopped
    readers = Array(repeating: nil, count: snapshot.segments.count)
  }

  /// Finds runs of rows in postings.
  var counter: CollisionCounter { memory.counter }

  /// The reader of a segment.
  func reader(_ number: Int) -> SegmentReader {
    if let reader = readers[number] { return reader }
    let reader = SegmentReader(snapshot.segments[number])
    readers[number] = reader
    return reader
  }

  /// The bytes read so far.
  var readByteCount: Int { readers.reduce(0) { $0 + ($1?.readByteCount ?? 0) } }

  /// Stops when the task is cancelled.
  func check() throws(ChorusError) {
    if Task.isCancelled { isStopped.insert(0) }
    if isStopped[0] { throw ChorusError(.cancelled, "The search was cancelled.") }
  }

  /// Stops when the task is cancelled or the time of a query is over.
  func check(_ plan: QueryPlan) throws(ChorusError) {
    try check()
    guard let deadline = plan.query.limits.deadline, ContinuousClock.now >= deadline else { return }
    throw ChorusError(
      .limitExceeded,
      "The search took longer than it may. Ask for a higher threshold or a longer fragment."
    )
  }

  /// Checks and sketches a query.
  func plan(_ query: Query) throws(ChorusError) -> QueryPlan {
    try QueryPlan(query, snapshot, memory)
  }

  /// Answers queries.
  func answers(_ plans: [QueryPlan]) throws(ChorusError) -> [Answer] {
    var answers = [Answer](repeating: Answer(), count: plans.count)
    var hits = [[Hit]](repeating: [], count: plans.count)
    let similar = plans.indices.filter { plans[$0].query.mode == .similar }
    try findSimilar(similar, plans, &hits, &answers)
    for (query, plan) in plans.enumerated() {
      if let pattern = plan.pattern {
        hits[query] = try containing(plan, pattern, &answers[query])
      }
      let before = readByteCount
      let matches = try matches(plan, hits[query], &answers[query])
      answers[query].matches = matches
      answers[query].readByteCount += readByteCount - before
    }
    return answers
  }

  private func findSimilar(
    _ queries: [Int],
    _ plans: [QueryPlan],
    _ hits: inout [[Hit]],
    _ answers: inout [Answer]
  ) throws(ChorusError) {
    guard !queries.isEmpty else { return }
    var found = [Answer](repeating: Answer(), count: queries.count)
    let lists = try SimilarSearch(self).candidates(queries.map { plans[$0] }, &found)
    var texts = ComparedTexts()
    for (place, query) in queries.enumerated() {
      let before = readByteCount
      let isShared = queries.count > 1
      hits[query] = try compare(
        plans[query],
        lists[place],
        &texts,
        isShared: isShared,
        &found[place]
      )
      found[place].readByteCount += readByteCount - before
      answers[query] = found[place]
    }
    score(queries, plans, texts.embeddings, &hits)
  }

  private func containing(
    _ plan: QueryPlan,
    _ pattern: FragmentPattern,
    _ answer: inout Answer
  ) throws(ChorusError) -> [Hit] {
    let before = readByteCount
    let search = FragmentSearch(self, plan, pattern)
    var hits: [Hit] = []
    for number in snapshot.segments.indices {
      try check(plan)
      let rows = try search.rows(segment: number, &answer)
      for row in rows { hits.append(Hit(place: .init(segment: number, row: row))) }
    }
    answer.textCount = hits.count
    answer.readByteCount += readByteCount - before
    return hits
  }

  // MARK: Comparing

  /// A row that matches, before its prompts are looked at.
  struct Hit {
    var place: Match.RowLocation
    var similarity = 0.0
    var containment = 1.0
    var score = 1.0
    /// The number of its embedding, if the score needs it.
    var embedding: Int?
  }

  /// Compares candidates exactly on their texts, or goes by what is stored of them.
  private func compare(
    _ plan: QueryPlan,
    _ list: CandidateList,
    _ texts: inout ComparedTexts,
    isShared: Bool,
    _ answer: inout Answer
  ) throws(ChorusError) -> [Hit] {
    answer.isTruncated = list.isTruncated
    var found: [Hit] = []
    // The best similarities so far, which say whose embedding can still matter; one more than
    // wanted, because one prompt may be excluded.
    var best = TopK<Double>(limit: min(plan.query.limit, plan.textLimit) + 1, by: >)
    var filter = SegmentFilter(plan.query.filter)
    for (count, candidate) in list.candidates.enumerated() {
      if count % 64 == 63 { try check(plan) }
      let place = candidate.place
      let reader = reader(place.segment)
      guard try filter.admits(place, reader) else { continue }
      guard snapshot.manifest.hasText else {
        if let hit = try estimate(plan, candidate, reader) { found.append(hit) }
        continue
      }
      answer.verifiedCount += 1
      let overlap = try overlap(plan, place, reader, &texts, isShared: isShared)
      guard overlap.jaccard >= plan.query.threshold else { continue }
      var hit = Hit(
        place: place,
        similarity: overlap.jaccard,
        containment: overlap.containment,
        score: Self.score(overlap.jaccard, 0)
      )
      if best.worst.map({ Self.score(hit.similarity, 1) >= Self.score($0, 0) }) ?? true {
        hit.embedding = try embedding(place, reader, &texts)
      }
      best.insert(hit.similarity)
      found.append(hit)
    }
    answer.textCount = found.count
    if list.isTruncated {
      answer.textCount = try estimatedCount(plan, list, found.count, &texts)
    }
    return found
  }

  /// How many texts match a truncated answer's query, from those that were compared exactly.
  ///
  /// Texts of one template err together by their signatures, so that only texts can say how many of
  /// those that agree enough match.
  private func estimatedCount(
    _ plan: QueryPlan,
    _ list: CandidateList,
    _ foundCount: Int,
    _ texts: inout ComparedTexts
  ) throws(ChorusError) -> Int {
    var matching = 0
    var likely = 0
    for candidate in list.sample {
      let estimate = Signature.unbiasedJaccard(
        agreement: candidate.agreement,
        laneBitCount: Int(snapshot.manifest.plan.laneBitCount)
      )
      if estimate >= plan.query.threshold { likely += 1 }
      guard snapshot.manifest.hasText else { continue }
      let reader = reader(candidate.place.segment)
      let overlap = try overlap(plan, candidate.place, reader, &texts, isShared: false)
      if overlap.jaccard >= plan.query.threshold { matching += 1 }
    }
    if !snapshot.manifest.hasText { matching = likely }
    let share = Double(matching) / Double(max(1, list.sample.count))
    // What is likely by its signature, and was not compared, is so often right.
    let right = (Double(matching) + 1) / (Double(likely) + 1)
    let agreeing = Double(foundCount) + share * Double(list.restCount)
    return max(foundCount, Int((agreeing * list.weight + right * list.likelyCount).rounded()))
  }

  private func overlap(
    _ plan: QueryPlan,
    _ place: Match.RowLocation,
    _ reader: SegmentReader,
    _ texts: inout ComparedTexts,
    isShared: Bool
  ) throws(ChorusError) -> ShingleOverlap {
    if isShared, let known = texts.shingleSet(of: place) {
      return ShingleOverlap(plan.shingles[...], known)
    }
    let text = try reader.text(ofRow: place.row)
    memory.shingles.removeAll(keepingCapacity: true)
    memory.sketcher.appendShingleSet(text.span, to: &memory.shingles)
    if isShared { texts.insert(memory.shingles, of: place) }
    return ShingleOverlap(plan.shingles[...], memory.shingles[...])
  }

  private func embedding(
    _ place: Match.RowLocation,
    _ reader: SegmentReader,
    _ texts: inout ComparedTexts
  ) throws(ChorusError) -> Int {
    if let known = texts.embeddingNumber(of: place) { return known }
    let text = try reader.text(ofRow: place.row)
    memory.compared.removeAll()
    memory.sketcher.sketch(text.span, into: &memory.compared)
    return texts.insert(embedding: memory.compared.embeddings, of: place)
  }

  /// What the stored sketches say of a row whose text is not stored.
  private func estimate(
    _ plan: QueryPlan,
    _ candidate: Candidate,
    _ reader: SegmentReader
  ) throws(ChorusError) -> Hit? {
    let sketch = plan.sketch
    let similarity = Signature.jaccard(
      agreement: candidate.agreement,
      laneBitCount: Int(snapshot.manifest.plan.laneBitCount)
    )
    guard similarity >= plan.query.threshold else { return nil }
    let row = try reader.row(candidate.place.row)
    // |A and B| = J / (1 + J) (|A| + |B|), with as many shingles as the tokens say.
    let counts = (Double(max(1, sketch.tokenCounts[0])), Double(max(1, row.tokenCount)))
    let shared = similarity / (1 + similarity) * (counts.0 + counts.1)
    let code = try reader.embeddingCode(
      ofRow: candidate.place.row,
      byteCount: EmbeddingCode.byteCount(dimension: sketch.embeddings.count)
    )
    return Hit(
      place: candidate.place,
      similarity: similarity,
      containment: min(1, shared / counts.0),
      score: Self.score(similarity, EmbeddingCode.cosine(sketch.embeddings, code[...]))
    )
  }

  private static func score(_ similarity: Double, _ cosine: Double) -> Double {
    0.8 * similarity + 0.2 * max(0, cosine)
  }

  // MARK: Scoring

  /// Adds the cosines of embeddings to the scores of the hits of several queries.
  ///
  /// Queries that share most of their texts are multiplied with all of them as one block, others
  /// each with its own.
  private func score(
    _ queries: [Int],
    _ plans: [QueryPlan],
    _ rows: [Int8],
    _ hits: inout [[Hit]]
  ) {
    guard !rows.isEmpty else { return }
    let dimension = plans[queries[0]].sketch.embeddings.count
    let rowCount = rows.count / dimension
    let pairCount = queries.reduce(0) { sum, query in
      sum + hits[query].count { $0.embedding != nil }
    }
    let isBlock = queries.count > 1 && 2 * pairCount >= queries.count * rowCount
    var block: [Int32] = []
    if isBlock {
      let own = queries.flatMap { plans[$0].sketch.embeddings }
      block = DotProducts.block(own, rows, dimension: dimension)
    }
    for (place, query) in queries.enumerated() {
      let own = plans[query].sketch.embeddings
      let wanted = hits[query].indices.filter { hits[query][$0].embedding != nil }
      let numbers = wanted.compactMap { hits[query][$0].embedding }
      let vectors = numbers.map { rows[($0 * dimension)..<(($0 + 1) * dimension)] }
      let products =
        isBlock
        ? numbers.map { block[place * rowCount + $0] }
        : DotProducts.block(own, Array(vectors.joined()), dimension: dimension)
      let squares = Cosine.squares(own[...])
      for (number, hit) in wanted.enumerated() {
        let cosine = Cosine.value(
          product: products[number],
          squares: (squares, Cosine.squares(vectors[number]))
        )
        hits[query][hit].score = Self.score(hits[query][hit].similarity, cosine)
      }
    }
  }

  // MARK: Matches

  /// A prompt that matches.
  private struct Found {
    var hit: Int
    var occurrence: Segment.Occurrence
    var score: Double
    var id = ""

    static func ranksBefore(_ lhs: Self, _ rhs: Self) -> Bool {
      if lhs.score != rhs.score { return lhs.score > rhs.score }
      if lhs.occurrence.time != rhs.occurrence.time {
        return lhs.occurrence.time < rhs.occurrence.time
      }
      return lhs.id < rhs.id
    }
  }

  private func matches(
    _ plan: QueryPlan,
    _ hits: [Hit],
    _ answer: inout Answer
  ) throws(ChorusError) -> [Match] {
    var best = TopK<Found>(limit: plan.query.limit, by: Found.ranksBefore)
    var filter = SegmentFilter(plan.query.filter)
    for (number, hit) in hits.enumerated() {
      // A row of a lower score has no prompt of a higher one.
      if let worst = best.worst, worst.score > hit.score { continue }
      let reader = reader(hit.place.segment)
      if number % 64 == 63 { try check(plan) }
      let occurrences = try filter.occurrences(hit.place, reader)
      for occurrence in occurrences {
        var found = Found(hit: number, occurrence: occurrence, score: hit.score)
        if let worst = best.worst, worst.score == found.score,
          worst.occurrence.time < occurrence.time
        {
          continue
        }
        found.id = try reader.id(occurrence)
        guard found.id == plan.query.filter.excludedID else {
          best.insert(found)
          continue
        }
        if occurrences.count == 1 { answer.textCount -= 1 }
      }
    }
    var matches: [Match] = []
    for found in best.sorted {
      let match = try match(plan, hits[found.hit], found)
      matches.append(match)
    }
    return matches
  }

  private func match(
    _ plan: QueryPlan,
    _ hit: Hit,
    _ found: Found
  ) throws(ChorusError) -> Match {
    let reader = reader(hit.place.segment)
    var match = Match(
      id: found.id,
      account: reader.segment.accountNames[Int(found.occurrence.account)],
      time: found.occurrence.time,
      similarity: hit.similarity,
      containment: hit.containment,
      score: hit.score,
      isEstimate: !snapshot.manifest.hasText,
      text: [],
      location: hit.place
    )
    guard snapshot.manifest.hasText, plan.query.includesText || plan.pattern != nil else {
      return match
    }
    let text = try reader.text(ofRow: hit.place.row)
    if plan.query.includesText { match.text = text }
    if let pattern = plan.pattern {
      let place = pattern.place(in: text)
      match.span = place?.span
      match.fillers = place?.fillers ?? []
      let overlap = ShingleOverlap(plan.shingles, memory.sketcher.shingleSet(text.span))
      match.similarity = overlap.jaccard
    }
    return match
  }
}

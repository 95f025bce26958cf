// SPDX-License-Identifier: Apache-2.0

public import ChorusCore

/// Answers queries over the segments of one snapshot.
///
/// `similar` takes candidates from the buckets that its bands share with prompts, as the
/// ``BandPlan`` of the threshold says, drops those whose signatures agree too little, and compares
/// the rest exactly on their text, or, where texts are not stored, goes by what the signatures say.
/// `contains` intersects the postings of the query's anchors and compares tokens; for a fragment of
/// less than a dozen words, which need not have one, it reads the texts of the segments in which it
/// is rare.
///
/// Every call may be made from any task and thread. Cancelling the task ends it with the error
/// `cancelled`.
extension Snapshot {
  /// Answers a query.
  ///
  /// - Throws: `invalidInput` when the query has no text, or a threshold or limit outside its
  ///   range, or asks for a fragment where texts are not stored; `corrupted` when a block that is
  ///   needed is damaged; `cancelled`; `limitExceeded` when its deadline is over.
  /// - Complexity: O(*s* log *n* + *r* + *c* + *v* *m*) for *s* segments of *n* postings, *r* runs
  ///   of rows in the buckets, *c* signatures compared and *v* verified texts of *m* bytes.
  public func answer(_ query: Query) throws(ChorusError) -> Answer {
    try pool.with(self) { memory throws(ChorusError) -> Answer in
      let session = SearchSession(self, memory)
      let plan = try session.plan(query)
      return try session.answers([plan])[0]
    }
  }

  /// Checks whether a query can be asked, its text left aside.
  ///
  /// - Throws: `invalidInput`, as ``answer(_:)`` does.
  public func check(_ query: Query) throws(ChorusError) {
    try QueryPlan.check(query, hasText: manifest.hasText)
  }

  /// Returns the prompts that answer a query, best first; see ``answer(_:)``.
  ///
  ///     let matches = try index.snapshot().matches("Translate into French", threshold: 0.6)
  public func matches(
    _ text: String,
    mode: Query.Mode = .similar,
    threshold: Double = 0.5,
    limit: Int = 10,
    filter: PromptFilter = PromptFilter()
  ) throws(ChorusError) -> [Match] {
    let query = Query(
      text: Array(text.utf8),
      mode: mode,
      limit: limit,
      threshold: threshold,
      filter: filter
    )
    return try answer(query).matches
  }

  /// The queries that one thread answers at a time.
  static var batchCount: Int { 64 }

  /// Answers many queries, each as ``answer(_:)`` does, on all cores.
  ///
  /// - Returns: For each query its answer, or why it cannot be asked or took too long.
  /// - Throws: `corrupted` when a block that is needed is damaged; `cancelled`.
  public func answers(
    _ queries: [Query]
  ) throws(ChorusError) -> [Result<Answer, ChorusError>] {
    let width = max(1, min(Self.batchCount, queries.count / (2 * Parallel.workerCount)))
    // Threads that help have no task of their own: what stops one of them stops all.
    let isStopped = AtomicBits(count: 1)
    let parts = try Parallel.map(
      (queries.count + width - 1) / width,
      throwing: { number throws(ChorusError) -> [Result<Answer, ChorusError>] in
        let range = (number * width)..<min((number + 1) * width, queries.count)
        return try pool.with(self) { memory throws(ChorusError) -> [Result<Answer, ChorusError>] in
          try answers(queries[range], SearchSession(self, memory, isStopped))
        }
      }
    )
    return Array(parts.joined())
  }

  private func answers(
    _ queries: ArraySlice<Query>,
    _ session: SearchSession
  ) throws(ChorusError) -> [Result<Answer, ChorusError>] {
    var results: [Result<Answer, ChorusError>] = []
    var plans: [QueryPlan] = []
    var places: [Int] = []
    try session.check()
    for (place, query) in queries.enumerated() {
      results.append(.success(Answer()))
      do throws(ChorusError) {
        plans.append(try session.plan(query))
        places.append(place)
      } catch { results[place] = .failure(error) }
    }
    do throws(ChorusError) {
      let answers = try session.answers(plans)
      for (place, answer) in zip(places, answers) { results[place] = .success(answer) }
    } catch {
      guard error.code == .limitExceeded else { throw error }
      // The time of one of them is over, which is no reason for the others to fail.
      for (place, plan) in zip(places, plans) {
        results[place] = try alone(plan, session)
      }
    }
    return results
  }

  private func alone(
    _ plan: QueryPlan,
    _ session: SearchSession
  ) throws(ChorusError) -> Result<Answer, ChorusError> {
    do throws(ChorusError) {
      let answers = try session.answers([plan])
      return .success(answers[0])
    } catch {
      guard error.code == .limitExceeded else { throw error }
      return .failure(error)
    }
  }
}

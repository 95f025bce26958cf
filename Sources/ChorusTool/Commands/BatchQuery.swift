// SPDX-License-Identifier: Apache-2.0

import Chorus

/// Asks many texts of a file about one index.
struct BatchQuery {
  let snapshot: Snapshot
  /// What each text is asked like.
  let query: Query
  let path: String
  let rejects: String?
  let isTimed: Bool
  let printer: MatchPrinter

  private struct Counts {
    var queries = 0
    var matched = 0
    var truncated = 0
    var rejected = 0
    var seconds = 0.0
  }

  func run() throws {
    // What no text could mend fails at once.
    try snapshot.check(query)
    var ingest = IngestOptions()
    ingest.takesBareTexts = true
    ingest.generateIDs = true
    let source = try PromptSource(inputs: RecordOptions.inputs([path]), options: ingest)
    let parser = try RecordParser(options: ingest)
    let rejectFile = try rejects.map { path throws(ChorusError) in try LineFile(path) }
    var counts = Counts()
    var times = QueryTimes()
    while let block = try source.next() {
      let parsed = parser.parse(block)
      for reject in parsed.rejects { try rejectFile?.write(reject.jsonLine) }
      counts.rejected += parsed.rejects.count
      let batch = parsed.batch
      let queries = batch.records.map { record in
        var query = query
        query.text = Array(batch.bytes(record.text))
        return query
      }
      let answers = isTimed ? times.answers(queries, snapshot) : try timed(queries, &counts)
      for (place, answer) in answers.enumerated() {
        counts.queries += 1
        switch answer {
        case .success(let answer):
          counts.matched += answer.matches.isEmpty ? 0 : 1
          counts.truncated += answer.isTruncated ? 1 : 0
          let name = batch.string(batch.records[place].id)
          try printer.print(answer, of: queries[place], named: name)
        case .failure(let error) where error.code == .invalidInput:
          counts.rejected += 1
          let line = parsed.lines[place]
          let reject = Reject(
            source: block.sourceName,
            line: line,
            byteOffset: block.byteOffset(ofLine: line),
            reason: .emptyText
          )
          try rejectFile?.write(reject.jsonLine)
        case .failure(let error): throw error
        }
      }
    }
    try rejectFile?.flush()
    report(counts, times)
    if counts.rejected > 0 { throw ExitStatus.finishedWithRejects }
  }

  private func timed(
    _ queries: [Query],
    _ counts: inout Counts
  ) throws -> [Result<Answer, ChorusError>] {
    let clock = ContinuousClock()
    let start = clock.now
    let answers = try snapshot.answers(queries)
    counts.seconds += QueryTimes.seconds(clock.now - start)
    return answers
  }

  private func report(_ counts: Counts, _ times: QueryTimes) {
    guard !printer.output.quiet else { return }
    var line =
      "chorus: \(Format.count(counts.queries)) text\(counts.queries == 1 ? "" : "s"), "
      + "\(Format.count(counts.matched)) with matches"
    if counts.rejected > 0 {
      let place = rejects.map { " (listed in \($0))" } ?? " (see them with --rejects FILE)"
      line += ", \(Format.count(counts.rejected)) rejected\(place)"
    }
    if counts.seconds > 0 {
      let rate = Double(counts.queries) / counts.seconds
      line += "; \(Format.count(Int(rate))) texts/s"
    }
    Terminal.error.line(line + ".")
    if counts.truncated > 0 {
      Terminal.error.line(
        "chorus: for \(Format.count(counts.truncated)) of them more texts look alike than were "
          + "compared; a higher --limit takes more."
      )
    }
    if isTimed { Terminal.error.line(times.summary) }
  }
}

/// How long single queries take, and what they look at.
struct QueryTimes {
  private var firstTimes: [Double] = []
  private var times: [Double] = []
  private var candidates: [Int] = []
  private var verified: [Int] = []
  private var bytes: [Int] = []

  static func seconds(_ duration: Duration) -> Double {
    let parts = duration.components
    return Double(parts.seconds) + Double(parts.attoseconds) / 1e18
  }

  /// Answers queries one after the other, and all of them twice: the second time what they need of
  /// the index is in memory.
  mutating func answers(
    _ queries: [Query],
    _ snapshot: Snapshot
  ) -> [Result<Answer, ChorusError>] {
    let clock = ContinuousClock()
    for query in queries {
      let start = clock.now
      _ = try? snapshot.answer(query)
      firstTimes.append(Self.seconds(clock.now - start))
    }
    var results: [Result<Answer, ChorusError>] = []
    for query in queries {
      let start = clock.now
      do throws(ChorusError) {
        let answer = try snapshot.answer(query)
        times.append(Self.seconds(clock.now - start))
        candidates.append(answer.candidateCount)
        verified.append(answer.verifiedCount)
        bytes.append(answer.readByteCount)
        results.append(.success(answer))
      } catch { results.append(.failure(error)) }
    }
    return results
  }

  /// Medians and 99th percentiles.
  var summary: String {
    guard !times.isEmpty else { return "chorus: no text was asked about." }
    func place<Value: Comparable>(_ values: [Value], _ share: Double) -> Value {
      values.sorted()[min(values.count - 1, Int(Double(values.count) * share))]
    }
    func both(_ values: [Int]) -> String {
      "\(Format.count(place(values, 0.5))) / \(Format.count(place(values, 0.99)))"
    }
    func milliseconds(_ values: [Double]) -> String {
      let parts = [0.5, 0.99].map { Format.decimal(place(values, $0) * 1000, 3) }
      return "\(parts[0]) / \(parts[1]) ms"
    }
    return "chorus: one text, median / 99th percentile: \(milliseconds(times)); "
      + "the first time \(milliseconds(firstTimes)); "
      + "\(both(candidates)) candidates; \(both(verified)) texts compared; "
      + "\(both(bytes)) bytes read."
  }
}

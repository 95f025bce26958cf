// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusFamily
internal import ChorusIndex
internal import ChorusWire

extension Calls {
  private struct AnswerObject: Encodable {
    var query: String?
    var matches: [MatchObject]?
    var textCount: Int?
    var truncated: Bool?
    var error: ProblemObject?

    enum CodingKeys: String, CodingKey {
      case query, matches, truncated, error
      case textCount = "text_count"
    }
  }

  private struct BatchObject: Encodable {
    var answers: [AnswerObject]
  }

  /// A query of a batch, or what is wrong with it: the others are answered all the same.
  private struct BatchElement: Decodable, Sendable {
    var name: String?
    var result: Result<QueryRequest, Problem>

    private enum Key: String, CodingKey { case query }

    init(from decoder: any Decoder) throws {
      name = try? decoder.container(keyedBy: Key.self).decode(String.self, forKey: .query)
      result = RequestJSON.catching { try QueryRequest(from: decoder) }
    }

    /// Creates the element of what is not JSON.
    init(_ problem: Problem) { result = .failure(problem) }
  }

  private struct BatchRequest: Decodable, Sendable {
    var queries: [BatchElement]

    private enum Key: String, CodingKey { case queries }

    init(from decoder: any Decoder) throws {
      try decoder.refuseOtherKeys(than: [Key.queries.rawValue])
      queries = try decoder.container(keyedBy: Key.self).decode(
        [BatchElement].self,
        forKey: .queries
      )
    }
  }

  /// Answers `POST /v1/query`.
  func query(_ body: HeldBody?, _ parameters: inout Parameters) async throws -> Reply {
    try parameters.end()
    guard let body else { throw Problem.invalid("The call needs a body.") }
    guard body.mediaType == "application/json" else { throw Problem.unsupportedType }
    let deadline = ContinuousClock.now + limits.queryTime
    return try await engine.queries.run {
      let allowance = Allowance(byteCount: limits.pageByteCount, deadline: deadline)
      let request = try RequestJSON.decode(QueryRequest.self, body.bytes)
      guard request.query == nil else {
        throw Problem.invalid("'query' names the queries of a batch; leave it out.")
      }
      try request.check(limits)
      let findings = try findings(for: request)
      let current = engine.holder.snapshot()
      let snapshot = snapshot(for: request, findings, else: current)
      var query = try Self.query(request, current, findings)
      query.limits.deadline = deadline
      let answer = try snapshot.answer(query)
      return try .json(
        try Self.object(answer, query, request, snapshot, findings, allowance)
      )
    }
  }

  /// Answers `POST /v1/query/batch`.
  func queryBatch(_ body: HeldBody?, _ parameters: inout Parameters) async throws -> Reply {
    try parameters.end()
    guard let body else { throw Problem.invalid("The call needs a body.") }
    guard body.mediaType == "application/json" || body.isNDJSON else {
      throw Problem.unsupportedType
    }
    let deadline = ContinuousClock.now + limits.queryTime * 4
    return try await engine.queries.run {
      let requests = try requests(of: body)
      let findings = engine.passes.findings
      let current = engine.holder.snapshot()
      let answers = try answers(to: requests, current, findings, deadline: deadline)
      return try .json(BatchObject(answers: answers))
    }
  }

  private func requests(of body: HeldBody) throws(Problem) -> [BatchElement] {
    var requests: [BatchElement] = []
    if body.isNDJSON {
      // Lines are counted before they are taken apart, and some may be blank.
      let lineCount = body.bytes.reduce(0) { $0 + ($1 == 0x0A ? 1 : 0) }
      guard lineCount <= 2 * limits.batchCount else { throw tooManyQueries }
      for line in body.bytes.split(separator: 0x0A) where line.contains(where: { $0 > 0x20 }) {
        guard requests.count < limits.batchCount else { throw tooManyQueries }
        do throws(Problem) {
          requests.append(try RequestJSON.decode(BatchElement.self, line))
        } catch { requests.append(BatchElement(error)) }
      }
    } else {
      requests = try RequestJSON.decode(BatchRequest.self, body.bytes).queries
    }
    guard requests.count <= limits.batchCount, !requests.isEmpty else { throw tooManyQueries }
    return requests
  }

  private var tooManyQueries: Problem {
    .invalid("A batch has 1 to \(limits.batchCount) queries.")
  }

  /// Answers the queries of a batch; those that ask for a family are answered one by one, of the
  /// prompts that were mined.
  private func answers(
    to requests: [BatchElement],
    _ current: Snapshot,
    _ findings: Findings?,
    deadline: ContinuousClock.Instant
  ) throws -> [AnswerObject] {
    let allowance = Allowance(byteCount: limits.pageByteCount, deadline: deadline)
    var objects = [AnswerObject](repeating: AnswerObject(), count: requests.count)
    var queries: [(place: Int, request: QueryRequest, query: Query)] = []
    for (place, request) in requests.enumerated() {
      do {
        objects[place].query = request.name
        let request = try request.result.get()
        try request.check(limits)
        let own = try self.findings(for: request) ?? findings
        let snapshot = snapshot(for: request, own, else: current)
        var query = try Self.query(request, current, own)
        query.limits.deadline = deadline
        try snapshot.check(query)
        if request.family == nil {
          queries.append((place, request, query))
        } else {
          let answer = try snapshot.answer(query)
          objects[place] = try Self.object(answer, query, request, snapshot, own, allowance)
        }
      } catch {
        try Self.refuse(error)
        objects[place].error = ProblemObject(Problem(error), requestID: nil)
      }
    }
    let answers = try current.answers(queries.map(\.query))
    for ((place, request, query), answer) in zip(queries, answers) {
      do {
        objects[place] = try Self.object(
          try answer.get(),
          query,
          request,
          current,
          findings,
          allowance
        )
      } catch {
        try Self.refuse(error)
        objects[place].error = ProblemObject(Problem(error), requestID: nil)
      }
    }
    return objects
  }

  /// Lets an error through that is no fault of one query.
  private static func refuse(_ error: any Error) throws {
    if Problem(error).status >= 500, Problem(error).status != 503 { throw error }
  }

  /// What the last pass found: needed where a family is asked for.
  private func findings(for request: QueryRequest) throws(Problem) -> Findings? {
    request.family == nil ? engine.passes.findings : try engine.findings()
  }

  private func snapshot(
    for request: QueryRequest,
    _ findings: Findings?,
    else current: Snapshot
  ) -> Snapshot {
    if request.family != nil, let findings { return findings.catalogue.snapshot }
    return current
  }

  private static func query(
    _ request: QueryRequest,
    _ current: Snapshot,
    _ findings: Findings?
  ) throws -> Query {
    var query = request.engineQuery
    if let text = request.text {
      query.text = Array(text.utf8)
    } else if let id = request.id {
      do throws(ChorusError) {
        query.text = try current.text(ofID: id)
      } catch {
        guard error.code == .notFound else { throw error }
        throw current.manifest.hasText
          ? Problem.notFound("There is no prompt of that id.")
          : Problem.invalid("The index keeps no texts, so a prompt of it cannot be asked about.")
      }
    }
    if let family = request.family, let findings {
      query.filter.rows = findings.catalogue.rows(ofFamily: try findings.number(ofFamily: family))
    }
    return query
  }

  /// What the answers of a request may take beside the search itself.
  private final class Allowance {
    /// The bytes of texts and explanations that are left.
    private var byteCount: Int
    private let deadline: ContinuousClock.Instant

    init(byteCount: Int, deadline: ContinuousClock.Instant) {
      self.byteCount = byteCount
      self.deadline = deadline
    }

    /// Takes bytes, as long as there are any.
    func take(_ count: Int) -> Bool {
      guard byteCount > 0 else { return false }
      byteCount -= count
      return true
    }

    /// Stops when the time of the request is over.
    func check() throws(Problem) {
      guard ContinuousClock.now < deadline else {
        throw Problem(
          ChorusError(
            .limitExceeded,
            "The answer took longer than it may. Ask for fewer matches, or without explanations."
          )
        )
      }
    }
  }

  /// How many matches are looked at for their families at a time.
  private static let chunkCount = 32

  private static func object(
    _ answer: Answer,
    _ query: Query,
    _ request: QueryRequest,
    _ snapshot: Snapshot,
    _ findings: Findings?,
    _ allowance: Allowance
  ) throws -> AnswerObject {
    var objects: [MatchObject] = []
    for start in stride(from: 0, to: answer.matches.count, by: chunkCount) {
      try allowance.check()
      let matches = Array(answer.matches[start...].prefix(chunkCount))
      let families = try findings?.finder.families(of: matches, in: snapshot)
      for (place, match) in matches.enumerated() {
        var object = MatchObject(match)
        let family = families?[place].flatMap { findings?.catalogue.families[$0].name }
        object.family = OrNull(family)
        if query.mode == .contains, query.hasSlots { object.addSlots(of: match) }
        if request.hasText, snapshot.manifest.hasText {
          if allowance.take(match.text.count) {
            object.addText(of: match)
          } else {
            object.leftOut = true
          }
        }
        if request.explains {
          try allowance.check()
          if allowance.take(explanationByteCount) {
            let explanation = try snapshot.explanation(of: match, for: query)
            object.explanation = ExplanationObject(explanation)
          } else {
            object.leftOut = true
          }
        }
        objects.append(object)
      }
    }
    return AnswerObject(
      query: request.query,
      matches: objects,
      textCount: answer.textCount,
      truncated: answer.isTruncated
    )
  }

  /// What an explanation counts for, about.
  private static let explanationByteCount = 4096
}

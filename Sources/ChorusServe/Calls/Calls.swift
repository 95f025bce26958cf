// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusFamily
internal import ChorusIndex
internal import ChorusWire

/// The calls of the service: what each does with the engine and what it answers.
///
/// One file for each kind of call. What takes long is done on the engine's lanes.
struct Calls: Sendable {
  let engine: Engine

  var limits: ServiceOptions.Limits { engine.options.limits }

  /// A request whose client was let in.
  struct Request: Sendable {
    var route: Route
    var path: RequestPath
    var client: Gatekeeper.Client
    /// The body, for calls that have one.
    var body: HeldBody?
  }

  /// Answers a request.
  ///
  /// - Throws: A ``Problem`` or an error of the engine.
  func answer(_ request: Request) async throws -> Reply {
    var parameters = try Parameters(request.path)
    if let name = request.route.name, !name.isName {
      throw Problem.invalidName("A name in the path")
    }
    switch request.route {
    case .addPrompts: return try await addPrompts(request.body, &parameters)
    case .prompt(let id): return try await prompt(id, &parameters)
    case .deletePrompt(let id): return try await delete(.id(id), &parameters)
    case .account(let name): return try await account(name, &parameters)
    case .accountPrompts(let account): return try await prompts(ofAccount: account, &parameters)
    case .deleteAccount(let account): return try await delete(.account(account), &parameters)
    case .query: return try await query(request.body, &parameters)
    case .queryBatch: return try await queryBatch(request.body, &parameters)
    case .families: return try await families(&parameters)
    case .family(let name): return try await family(name, &parameters)
    case .members(let family): return try await members(family, &parameters)
    case .campaigns: return try await campaigns(&parameters)
    case .campaign(let name): return try await campaign(name, &parameters)
    case .campaignAccounts(let name): return try await accounts(ofCampaign: name, &parameters)
    case .giveVerdict(let name): return try await giveVerdict(name, request.body, &parameters)
    case .withdrawVerdict(let name): return try await withdrawVerdict(name, &parameters)
    case .statistics: return try await statistics(&parameters)
    case .session: return try session(request.client, &parameters)
    case .mine: return try await mine(&parameters)
    case .compact: return try await compact(&parameters)
    case .health: return try health(&parameters)
    case .readiness: return try readiness(&parameters)
    case .metrics: return try metrics(&parameters)
    case .page(let name): return try page(name, &parameters)
    }
  }

  /// What a pass was of, as answers have it.
  struct AsOf: Encodable {
    var generation: UInt64
    var prompts: Int
    var time: String

    init(_ findings: Findings) {
      generation = findings.catalogue.snapshot.manifest.generation
      prompts = findings.catalogue.snapshot.promptCount
      time = findings.time.description
    }
  }

  /// What a client wants to see of a list.
  struct PageRequest: Sendable {
    let limit: Int
    let cursor: String?

    /// Takes `limit` and `cursor` from the parameters, of which none may be left after.
    ///
    /// - Parameters:
    ///   - parameters: The parameters.
    ///   - most: The most items of a page.
    /// - Throws: A ``Problem`` when a parameter is out of its range or not known.
    init(_ parameters: inout Parameters, most: Int) throws(Problem) {
      limit = try parameters.count("limit", 1...most) ?? min(100, most)
      cursor = parameters.string("cursor")
      try parameters.end()
    }
  }

  /// A page of a list: which items, and where the next one begins.
  struct Page {
    let range: Range<Int>
    let next: String?

    /// Finds the page that is wanted of a list.
    ///
    /// - Parameters:
    ///   - request: What is wanted.
    ///   - count: The items of the whole list.
    ///   - parts: What names the list.
    /// - Throws: A ``Problem`` when the cursor is of another list.
    init(_ request: PageRequest, count: Int, of parts: [String]) throws(Problem) {
      var start = 0
      if let cursor = request.cursor { start = try Cursor(cursor, of: parts).place }
      self.init(start: min(start, count), limit: request.limit, count: count, of: parts)
    }

    init(start: Int, limit: Int, count: Int, of parts: [String]) {
      let end = min(start + limit, count)
      range = start..<end
      next = end < count ? Cursor(place: end, of: parts).text : nil
    }

    /// The page cut after some items.
    func cut(after itemCount: Int, of count: Int, _ parts: [String]) -> Page {
      Page(start: range.lowerBound, limit: max(itemCount, 1), count: count, of: parts)
    }
  }
}

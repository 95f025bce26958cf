// SPDX-License-Identifier: Apache-2.0

internal import ChorusPage

/// The calls of the service, and what each needs.
enum Route: Hashable, Sendable {
  case addPrompts
  case prompt(id: String)
  case deletePrompt(id: String)
  case account(String)
  case accountPrompts(account: String)
  case deleteAccount(String)
  case query
  case queryBatch
  case families
  case family(String)
  case members(family: String)
  case campaigns
  case campaign(String)
  case campaignAccounts(campaign: String)
  case giveVerdict(campaign: String)
  case withdrawVerdict(campaign: String)
  case statistics
  case session
  case mine
  case compact
  case health
  case readiness
  case metrics
  /// A file of the analyst's page, or the description of the service.
  case page(String)

  /// Finds the call of a method and a path.
  ///
  /// - Throws: A ``Problem`` when there is no such path, or it has no such method.
  init(method: String, segments: [String]) throws(Problem) {
    let known = Self.calls(at: segments)
    guard !known.isEmpty else {
      throw .notFound("There is nothing at this path; /openapi.json says what there is.")
    }
    // What can be fetched can be asked about.
    let wanted = method == "HEAD" ? "GET" : method
    guard let call = known.first(where: { $0.method == wanted }) else {
      var problem = Problem(
        405,
        "methodNotAllowed",
        "This path does not have that method; the header 'Allow' says which it has."
      )
      problem.allowed = known.flatMap { $0.method == "GET" ? ["GET", "HEAD"] : [$0.method] }
      throw problem
    }
    self = call.route
  }

  private static func calls(at segments: [String]) -> [(method: String, route: Route)] {
    switch segments.count {
    case 1:
      switch segments[0] {
      case "healthz": [("GET", .health)]
      case "readyz": [("GET", .readiness)]
      case "metrics": [("GET", .metrics)]
      default: PageFile.all[segments[0]] == nil ? [] : [("GET", .page(segments[0]))]
      }
    case 2...: segments[0] == "v1" ? versionedCalls(at: Array(segments.dropFirst())) : []
    default: []
    }
  }

  private static func versionedCalls(at segments: [String]) -> [(method: String, route: Route)] {
    let name = segments.count > 1 ? segments[1] : ""
    if segments.count > 1, name.isEmpty { return [] }
    return switch (segments.count, segments[0], segments.count > 2 ? segments[2] : "") {
    case (1, "prompts", _): [("POST", .addPrompts)]
    case (2, "prompts", _): [("GET", .prompt(id: name)), ("DELETE", .deletePrompt(id: name))]
    case (2, "accounts", _): [("GET", .account(name)), ("DELETE", .deleteAccount(name))]
    case (3, "accounts", "prompts"): [("GET", .accountPrompts(account: name))]
    case (1, "query", _): [("POST", .query)]
    case (2, "query", _): name == "batch" ? [("POST", .queryBatch)] : []
    case (1, "families", _): [("GET", .families)]
    case (2, "families", _): [("GET", .family(name))]
    case (3, "families", "members"): [("GET", .members(family: name))]
    case (1, "campaigns", _): [("GET", .campaigns)]
    case (2, "campaigns", _): [("GET", .campaign(name))]
    case (3, "campaigns", "accounts"): [("GET", .campaignAccounts(campaign: name))]
    case (3, "campaigns", "verdict"):
      [("PUT", .giveVerdict(campaign: name)), ("DELETE", .withdrawVerdict(campaign: name))]
    case (1, "stats", _): [("GET", .statistics)]
    case (1, "session", _): [("GET", .session)]
    case (1, "mine", _): [("POST", .mine)]
    case (1, "compact", _): [("POST", .compact)]
    default: []
    }
  }
}

extension Route {
  /// Who may make a call.
  enum Access: Sendable {
    /// Anyone.
    case open
    /// Whoever has a token, whatever its roles.
    case known
    /// Whoever has all of these roles.
    case roles(Roles)
  }

  /// Who may make the call.
  var access: Access {
    switch self {
    case .health, .readiness, .page: .open
    case .session, .metrics: .known
    case .addPrompts: .roles(.write)
    case .prompt, .account, .accountPrompts, .query, .queryBatch, .families, .family, .members,
      .campaigns, .campaign,
      .campaignAccounts, .statistics:
      .roles(.read)
    case .giveVerdict, .withdrawVerdict: .roles([.read, .write])
    case .deletePrompt, .deleteAccount, .mine, .compact: .roles(.admin)
    }
  }

  /// The name in the path, if there is one.
  var name: String? {
    switch self {
    case .prompt(let name), .deletePrompt(let name), .account(let name),
      .accountPrompts(let name), .deleteAccount(let name), .family(let name),
      .members(let name), .campaign(let name), .campaignAccounts(let name),
      .giveVerdict(let name), .withdrawVerdict(let name):
      name
    default: nil
    }
  }

  /// Whether the call has a body.
  var takesBody: Bool {
    switch self {
    case .addPrompts, .query, .queryBatch, .giveVerdict: true
    default: false
    }
  }

  /// The path with its names left out, for metrics and logs.
  var label: String {
    switch self {
    case .addPrompts: "/v1/prompts"
    case .prompt, .deletePrompt: "/v1/prompts/{id}"
    case .account, .deleteAccount: "/v1/accounts/{account}"
    case .accountPrompts: "/v1/accounts/{account}/prompts"
    case .query: "/v1/query"
    case .queryBatch: "/v1/query/batch"
    case .families: "/v1/families"
    case .family: "/v1/families/{name}"
    case .members: "/v1/families/{name}/members"
    case .campaigns: "/v1/campaigns"
    case .campaign: "/v1/campaigns/{name}"
    case .campaignAccounts: "/v1/campaigns/{name}/accounts"
    case .giveVerdict, .withdrawVerdict: "/v1/campaigns/{name}/verdict"
    case .statistics: "/v1/stats"
    case .session: "/v1/session"
    case .mine: "/v1/mine"
    case .compact: "/v1/compact"
    case .health: "/healthz"
    case .readiness: "/readyz"
    case .metrics: "/metrics"
    case .page: "/"
    }
  }
}

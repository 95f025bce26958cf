// SPDX-License-Identifier: Apache-2.0

/// A call of the contract.
struct APICall: Sendable {
  var method: String
  /// Its path, with names that nothing has.
  var path: String
  /// The path as logs and metrics name it.
  var route: String
  /// A body that it takes.
  var body: String?
  /// The roles that it needs, all of them; `nil` where no token is needed, empty where any will do.
  var roles: Set<String>?

  private init(_ method: String, _ route: String, _ roles: Set<String>?, _ body: String? = nil) {
    self.method = method
    self.route = route
    self.roles = roles
    self.body = body
    path = route.replacing("{id}", with: "none").replacing("{account}", with: "none")
      .replacing("{name}", with: "none")
  }

  /// All calls.
  static let all = [
    APICall("POST", "/v1/prompts", ["write"], "[]"),
    APICall("GET", "/v1/prompts/{id}", ["read"]),
    APICall("DELETE", "/v1/prompts/{id}", ["admin"]),
    APICall("GET", "/v1/accounts/{account}", ["read"]),
    APICall("GET", "/v1/accounts/{account}/prompts", ["read"]),
    APICall("DELETE", "/v1/accounts/{account}", ["admin"]),
    APICall("POST", "/v1/query", ["read"], #"{"text":"one two three"}"#),
    APICall("POST", "/v1/query/batch", ["read"], #"{"queries":[{"text":"one two three"}]}"#),
    APICall("GET", "/v1/families", ["read"]),
    APICall("GET", "/v1/families/{name}", ["read"]),
    APICall("GET", "/v1/families/{name}/members", ["read"]),
    APICall("GET", "/v1/campaigns", ["read"]),
    APICall("GET", "/v1/campaigns/{name}", ["read"]),
    APICall("GET", "/v1/campaigns/{name}/accounts", ["read"]),
    APICall("PUT", "/v1/campaigns/{name}/verdict", ["read", "write"], #"{"decision":"benign"}"#),
    APICall("DELETE", "/v1/campaigns/{name}/verdict", ["read", "write"]),
    APICall("GET", "/v1/stats", ["read"]),
    APICall("GET", "/v1/session", []),
    APICall("POST", "/v1/mine", ["admin"], ""),
    APICall("POST", "/v1/compact", ["admin"], ""),
    APICall("GET", "/healthz", nil),
    APICall("GET", "/readyz", nil),
    APICall("GET", "/metrics", []),
    APICall("GET", "/openapi.json", nil),
    APICall("GET", "/", nil),
  ]

  /// The methods of each path.
  static let methods = Dictionary(grouping: all, by: \.path).mapValues { Set($0.map(\.method)) }
}

extension Server {
  /// Makes a call.
  func make(_ call: APICall, headers: [String: String] = [:]) throws -> Answer {
    var headers = headers
    if call.body?.isEmpty == false { headers["Content-Type"] = "application/json" }
    return try send(
      call.method,
      call.path,
      body: call.body.map { Array($0.utf8) },
      headers: headers
    )
  }
}

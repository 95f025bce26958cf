// SPDX-License-Identifier: Apache-2.0
// An example of a client of the service of Chorus, with Foundation alone.
//
//   swiftc Client.swift -o client
//   CHORUS_URL=http://127.0.0.1:8080 CHORUS_TOKEN=... ./client
//
// The token needs the roles read and write. A service without tokens needs none.

import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// What the service answers when a call fails: a problem document, RFC 9457.
struct Problem: Error, Decodable {
  /// What to decide by.
  var code = "unknown"
  /// One sentence for a person: what failed, and what to do.
  var detail: String
  /// What the service calls the request in its log.
  var requestID = ""

  enum CodingKeys: String, CodingKey {
    case code, detail
    case requestID = "request_id"
  }
}

/// A prompt to add.
struct Record: Encodable {
  var id: String
  var account: String
  var time: String
  var text: String
}

/// A question: who else sent something like this?
struct Query: Encodable {
  var text: String
  var limit = 10
  var threshold = 0.5
}

// Answers, with the keys that are used here; others are passed over.

struct Added: Decodable {
  struct Outcome: Decodable {
    var record: Int
    var status: String
    var detail: String?
  }
  var records: [Outcome]
}

struct Answer: Decodable {
  struct Match: Decodable {
    var id: String
    var account: String
    var similarity: Double
    var family: String?
  }
  var matches: [Match]
}

struct FamilyList: Decodable {
  struct Family: Decodable {
    var family: String
    var accounts: Int
    var template: String
  }
  var families: [Family]
  var next: String?
}

struct CampaignList: Decodable {
  struct Campaign: Decodable {
    struct Signal: Decodable {
      var says: String
    }
    var campaign: String
    var accounts: Int
    var signals: [Signal]
  }
  var campaigns: [Campaign]
  var next: String?
}

/// A service at an address.
struct Chorus: Sendable {
  var url: URL
  var token: String?
  var attempts = 5

  /// Asks for something.
  func get<Result: Decodable>(
    _ path: String,
    _ query: [URLQueryItem] = [],
    as type: Result.Type = Result.self
  ) async throws -> Result {
    try await call(request("GET", path, query))
  }

  /// Sends something as JSON.
  func post<Result: Decodable>(
    _ path: String,
    _ body: some Encodable,
    as type: Result.Type = Result.self
  ) async throws -> Result {
    var request = request("POST", path)
    request.setValue("application/json", forHTTPHeaderField: "Content-Type")
    request.httpBody = try JSONEncoder().encode(body)
    return try await call(request)
  }

  private func request(
    _ method: String,
    _ path: String,
    _ query: [URLQueryItem] = []
  ) -> URLRequest {
    var address = url.appending(path: path)
    if !query.isEmpty { address.append(queryItems: query) }
    var request = URLRequest(url: address)
    request.httpMethod = method
    if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
    return request
  }

  /// Makes a call. After 429 and 503 it waits as long as the service asks for, and tries again.
  /// That is safe: a record that is there already is not added again.
  private func call<Result: Decodable>(_ request: URLRequest) async throws -> Result {
    var attempt = 1
    while true {
      let (body, response) = try await URLSession.shared.data(for: request)
      guard let response = response as? HTTPURLResponse else {
        throw Problem(detail: "The answer is not one of HTTP.")
      }
      if (200..<300).contains(response.statusCode) {
        return try JSONDecoder().decode(Result.self, from: body)
      }
      if attempt < attempts, [429, 503].contains(response.statusCode),
        let seconds = response.value(forHTTPHeaderField: "Retry-After").flatMap(Int.init)
      {
        attempt += 1
        try await Task.sleep(for: .seconds(seconds))
        continue
      }
      throw (try? JSONDecoder().decode(Problem.self, from: body))
        ?? Problem(detail: "The service answered \(response.statusCode).")
    }
  }
}

func run(_ chorus: Chorus) async throws {
  let essay = "Grade this essay from 1 to 10, and explain your grade: "

  print("Adding two prompts")
  let added: Added = try await chorus.post(
    "/v1/prompts",
    [
      Record(
        id: "example-1",
        account: "acct-7",
        time: "2026-05-01T10:00:00Z",
        text: essay + "The sea was calm."
      ),
      Record(
        id: "example-2",
        account: "acct-31",
        time: "2026-05-01T10:04:00Z",
        text: essay + "It was raining."
      ),
    ]
  )
  for outcome in added.records {
    print("  \(outcome.record): \(outcome.status) \(outcome.detail ?? "")")
  }

  print("Who else sent something like this?")
  let query = Query(text: essay + "We met at noon.", limit: 5)
  for match in try await chorus.post("/v1/query", query, as: Answer.self).matches {
    print("  \(match.similarity) \(match.account) \(match.id) \(match.family ?? "no family")")
  }

  print("Families, best evidence first")
  var cursor: [URLQueryItem] = []
  repeat {
    let page: FamilyList = try await chorus.get(
      "/v1/families",
      [URLQueryItem(name: "brief", value: "true")] + cursor
    )
    for family in page.families {
      print("  \(family.family): \(family.accounts) accounts, \(family.template.debugDescription)")
    }
    cursor = page.next.map { [URLQueryItem(name: "cursor", value: $0)] } ?? []
  } while !cursor.isEmpty

  print("Campaigns, best evidence first")
  let page: CampaignList = try await chorus.get("/v1/campaigns")
  for campaign in page.campaigns {
    print("  \(campaign.campaign): \(campaign.accounts) accounts")
    for signal in campaign.signals { print("    " + signal.says) }
  }
}

let environment = ProcessInfo.processInfo.environment
guard let url = URL(string: environment["CHORUS_URL"] ?? "http://127.0.0.1:8080") else {
  fatalError("CHORUS_URL is not an address.")
}
do {
  try await run(Chorus(url: url, token: environment["CHORUS_TOKEN"]))
} catch let problem as Problem {
  let line = "\(problem.code): \(problem.detail) (request \(problem.requestID))\n"
  FileHandle.standardError.write(Data(line.utf8))
  exit(1)
}

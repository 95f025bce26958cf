// SPDX-License-Identifier: Apache-2.0

import ChorusTestSupport
import Foundation
import Testing

/// What is deleted is gone.
struct DeleteCallTests {
  /// A name that has to be escaped in a path.
  private static let account = "team a/b c+d%2F\u{fc}?#"

  /// An index with a family; a prompt of each account in turn, one account with an odd name.
  private static func corpus() -> [SeededCorpus.Prompt] {
    var corpus = SeededCorpus(seed: 331)
    corpus.appendFamily(size: 60, accountCount: 20)
    corpus.appendNoise(count: 20)
    return corpus.prompts.map { prompt in
      var prompt = prompt
      if prompt.account == "family-0-account-7" { prompt.account = account }
      return prompt
    }
  }

  private static func delete(_ server: Server, _ path: String) throws -> Int? {
    let answer = try server.send("DELETE", path)
    #expect(answer.status == 200, "\(answer.text)")
    #expect(Set(answer.object.keys) == ["deleted"])
    return answer.object["deleted"] as? Int
  }

  /// Checks that no answer has any of some ids or an account.
  private static func expectGone(
    _ server: Server,
    ids: Set<String>,
    account: String?,
    text: String
  ) throws {
    for id in ids {
      try server.get("/v1/prompts/\(Server.escaped(id))").expectProblem(404, "notFound", id)
      try server.post("/v1/query", ["id": id]).expectProblem(404, "notFound", id)
    }
    let whole: [String: Any] = ["text": text, "threshold": 0, "limit": 1000]
    let words = text.split(separator: " ").prefix(6).joined(separator: " ")
    let part: [String: Any] = ["text": words, "mode": "contains", "limit": 1000]
    for query in [whole, part] {
      let answer = try server.post("/v1/query", query)
      #expect(answer.status == 200)
      for match in answer.list("matches") {
        #expect(!ids.contains(match["id"] as? String ?? ""))
        #expect(account == nil || match["account"] as? String != account)
      }
    }
    // Families may not be ready; where they are, nothing that is deleted is in them.
    let families = try server.get("/v1/families?limit=1000")
    #expect([200, 503].contains(families.status))
    for family in families.list("families") {
      let name = try #require(family["family"] as? String)
      let one = try server.get("/v1/families/\(name)?accounts=1000")
      let top = one.list("top_accounts").compactMap { $0["account"] as? String }
      #expect(account == nil || !top.contains(account ?? ""))
      let members = try server.get("/v1/families/\(name)/members?limit=1000")
      #expect([200, 404, 503].contains(members.status))
      #expect(!members.list("members").contains { ids.contains($0["id"] as? String ?? "") })
    }
  }

  // MARK: Accounts

  @Test func `an account is deleted with all it sent, and leaves no trace on the disk`() throws {
    let prompts = Self.corpus()
    let program = try Program()
    let server = try Server(program)
    try server.add(prompts)
    try server.mine()
    let mine = prompts.filter { $0.account == Self.account }
    let ids = Set(mine.map(\.id))
    try #require(ids.count == 3)
    let family = try #require(
      try server.get("/v1/prompts/\(mine[0].id)").object["family"] as? String
    )
    let path = "/v1/accounts/\(Server.escaped(Self.account))"
    #expect(try Self.delete(server, path) == 3)
    try Self.expectGone(server, ids: ids, account: Self.account, text: mine[0].text)
    #expect(try Self.delete(server, path) == 0)
    try server.mine()
    try Self.expectGone(server, ids: ids, account: Self.account, text: mine[0].text)
    let left = try server.get("/v1/families/\(family)").object
    #expect(left["accounts"] as? Int == 19)
    #expect(left["prompts"] as? Int == 57)

    let compacted = try server.send("POST", "/v1/compact?wait=true", body: [], headers: [:])
    #expect(compacted.status == 200)
    #expect(compacted.object["started"] as? Bool == true)
    #expect(compacted.object["seconds"] as? Double != nil)
    let stats = try server.get("/v1/stats").object
    #expect(stats["prompts"] as? Int == prompts.count - 3)
    #expect(stats["deleted"] as? Int == 0)
    try server.mine()
    try Self.expectGone(server, ids: ids, account: Self.account, text: mine[0].text)
    #expect(server.end().status == 0)

    var arguments = ["--deleted", "account=" + Self.account]
    for prompt in mine {
      arguments += ["--deleted", "id=" + prompt.id, "--deleted", "text=" + prompt.text]
    }
    let run = try program.run(all: ["verify", program.index] + arguments)
    #expect(run.status == 0, "\(run.output)")
    // The program does find what is there.
    let other = try program.run("verify", program.index, "--deleted", "id=\(prompts[0].id)")
    #expect(other.status == 4)
    #expect(try program.run("verify", program.index).status == 0)
  }

  @Test func `what an account sends after it was deleted is there`() throws {
    let prompts = Self.corpus()
    let server = try Server(Program())
    try server.add(prompts)
    let path = "/v1/accounts/\(Server.escaped(Self.account))"
    #expect(try Self.delete(server, path) == 3)
    let again = prompts.filter { $0.account == Self.account }.prefix(1)
    try server.add(again)
    let prompt = try server.get("/v1/prompts/\(again[again.startIndex].id)").object
    #expect(prompt["account"] as? String == Self.account)
    #expect(try Self.delete(server, path) == 1)
  }

  // MARK: Prompts

  @Test func `a prompt is deleted by its id, whatever is in it`() throws {
    let server = try Server(Program())
    let long = String(repeating: "i", count: 1024)
    let ids = ["plain", "a/b", "a b", "a%2Fb", "\u{fc}?x=1&y#z", "a+b", "/", long]
    let text = "Which of the seven ferries leaves before the mist has lifted?"
    for (place, id) in ids.enumerated() {
      let record: [String: Any] = [
        "id": id, "account": "a", "time": place, "text": "\(text) \(place)",
      ]
      #expect(try server.post("/v1/prompts", record).object["added"] as? Int == 1)
    }
    for id in ids {
      let path = "/v1/prompts/\(Server.escaped(id))"
      #expect(try server.get(path).object["id"] as? String == id)
      #expect(try Self.delete(server, path) == 1)
      try Self.expectGone(server, ids: [id], account: nil, text: text)
      #expect(try Self.delete(server, path) == 0)
    }
    #expect(try server.get("/v1/stats").object["prompts"] as? Int == 0)
  }

  @Test func `nothing that was not there is deleted`() throws {
    let prompts = Self.corpus()
    let server = try Server(Program())
    try server.add(prompts)
    #expect(try Self.delete(server, "/v1/prompts/none") == 0)
    #expect(try Self.delete(server, "/v1/accounts/none") == 0)
    // An id is no account, and an account no id.
    #expect(try Self.delete(server, "/v1/accounts/\(prompts[0].id)") == 0)
    #expect(try Self.delete(server, "/v1/prompts/\(prompts[0].account)") == 0)
    #expect(try server.get("/v1/stats").object["prompts"] as? Int == prompts.count)
  }

  @Test func `a prompt that shares its text with another is deleted alone`() throws {
    let server = try Server(Program())
    let text = "Which of the seven ferries leaves before the mist has lifted?"
    let records = (0..<2).map { place in
      #"{"id":"\#(place)","account":"a\#(place)","time":1,"text":"\#(text)"}"#
    }
    _ = try server.post("/v1/prompts", "[\(records.joined(separator: ","))]")
    #expect(try Self.delete(server, "/v1/prompts/0") == 1)
    #expect(try server.get("/v1/prompts/0").status == 404)
    #expect(try server.get("/v1/prompts/1").object["text"] as? String == text)
    let compacted = try server.send("POST", "/v1/compact?wait=true", body: [], headers: [:])
    #expect(compacted.status == 200)
    #expect(try server.get("/v1/prompts/1").object["text"] as? String == text)
    let matches = try server.post("/v1/query", ["text": text]).list("matches")
    #expect(matches.compactMap { $0["id"] as? String } == ["1"])
  }

  @Test func `a deletion holds after the service was killed`() throws {
    let prompts = Self.corpus()
    let program = try Program()
    let first = try Server(program)
    try first.add(prompts)
    #expect(try Self.delete(first, "/v1/accounts/\(Server.escaped(Self.account))") == 3)
    #expect(try Self.delete(first, "/v1/prompts/\(prompts[0].id)") == 1)
    #expect(first.end(SIGKILL).status == SIGKILL)
    let second = try Server(program)
    let mine = prompts.filter { $0.account == Self.account }
    try Self.expectGone(
      second,
      ids: Set(mine.map(\.id)).union([prompts[0].id]),
      account: Self.account,
      text: mine[0].text
    )
    #expect(try second.get("/v1/stats").object["prompts"] as? Int == prompts.count - 4)
  }

  // MARK: Campaigns

  @Test func `a deleted account is in no campaign`() throws {
    let server = try Traffic.server()
    let campaign = try #require(try server.get("/v1/campaigns").list("campaigns").first)
    let name = try #require(campaign["campaign"] as? String)
    let path = "/v1/campaigns/\(name)/accounts"
    let accounts = try server.walk(path, "accounts", limit: 1000)
    let account = try #require(accounts.first?["account"] as? String)
    let count = try Self.delete(server, "/v1/accounts/\(Server.escaped(account))")
    #expect((count ?? 0) >= (accounts.first?["prompts"] as? Int ?? 1))
    for isMined in [false, true] {
      if isMined { try server.mine() }
      let list = try server.get("/v1/campaigns")
      #expect(isMined ? list.status == 200 : [200, 503].contains(list.status))
      for campaign in list.list("campaigns") {
        let name = try #require(campaign["campaign"] as? String)
        let page = try server.get("/v1/campaigns/\(name)/accounts?limit=1000")
        #expect(!page.list("accounts").contains { $0["account"] as? String == account })
        let one = try server.get("/v1/campaigns/\(name)").object
        let columns = (one["matrix"] as? [String: Any])?["accounts"] as? [String]
        #expect(columns?.contains(account) != true)
      }
      if isMined { #expect(!list.list("campaigns").isEmpty) }
    }
  }
}

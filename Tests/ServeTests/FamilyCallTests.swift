// SPDX-License-Identifier: Apache-2.0

import ChorusTestSupport
import Foundation
import Testing

/// One family and its members.
struct FamilyCallTests {
  private static let shared = SharedServers.start { try Traffic.server() }

  private var server: Server { get throws { try Self.shared.get() } }

  private static func names(_ server: Server) throws -> [String] {
    try server.get("/v1/families?limit=1000").list("families").map { family in
      try #require(family["family"] as? String)
    }
  }

  private static func sum(_ objects: [[String: Any]], _ key: String) -> Int {
    objects.reduce(0) { $0 + ($1[key] as? Int ?? 0) }
  }

  // MARK: A family

  @Test func `a family is that of the program, and says more`() throws {
    let program = try Traffic.program()
    for name in try Self.names(server) {
      for (parameters, options) in [
        ("", []), ("?since=2026-05-10", ["--since", "2026-05-10"]),
        (
          "?since=2026-05-01T00:00:00Z&until=2026-05-20",
          ["--since", "2026-05-01T00:00:00Z", "--until", "2026-05-20"]
        ),
      ] {
        let answer = try server.get("/v1/families/\(name)\(parameters)")
        #expect(answer.status == 200, "\(answer.text)")
        let run = try program.run(all: ["family", program.index, name, "--json"] + options)
        let expected = try #require(try run.objects().first)
        let more = ["template_parts", "top_accounts", "as_of"]
        #expect(Set(answer.object.keys) == Set(expected.keys).union(more))
        #expect(
          try CanonicalJSON.lines([answer.object], without: Set(more))
            == CanonicalJSON.lines([expected]),
          "\(name) \(parameters)"
        )
      }
    }
  }

  @Test func `the parts of a template make it up`() throws {
    for name in try Self.names(server) {
      let family = try server.get("/v1/families/\(name)").object
      let parts = try #require(family["template_parts"] as? [[String: Any]])
      var text = ""
      var slots: [Int] = []
      for part in parts {
        try #require(part.count == 1)
        if let fixed = part["fixed"] as? String {
          #expect(!fixed.isEmpty)
          text += fixed
        } else {
          let slot = try #require(part["slot"] as? Int)
          slots.append(slot)
          text += "{\(slot)}"
        }
      }
      #expect(text == family["template"] as? String)
      #expect(slots == Array(1..<slots.count + 1))
      #expect(slots.count == (family["slots"] as? [Any])?.count)
    }
  }

  @Test func `days and accounts add up to the family`() throws {
    for name in try Self.names(server) {
      let family = try server.get("/v1/families/\(name)?accounts=1000").object
      let days = try #require(family["timeline"] as? [[String: Any]])
      #expect(Self.sum(days, "prompts") == family["prompts"] as? Int)
      #expect(Self.sum(days, "joining") == family["accounts"] as? Int)
      #expect(Self.sum(days, "leaving") == family["accounts"] as? Int)
      let names = days.compactMap { $0["day"] as? String }
      #expect(names == Set(names).sorted())
      let accounts = try #require(family["top_accounts"] as? [[String: Any]])
      #expect(accounts.count == family["accounts"] as? Int)
      #expect(Self.sum(accounts, "prompts") == family["prompts"] as? Int)
      let counts = accounts.compactMap { $0["prompts"] as? Int }
      #expect(counts == counts.sorted(by: >))
      let quantiles = try #require(family["per_account"] as? [String: Any])
      #expect(quantiles["most"] as? Int == counts.first)
    }
  }

  @Test func `as many of the busiest accounts are listed as are wanted`() throws {
    let name = try #require(try Self.names(server).first)
    func accounts(_ parameters: String) throws -> [String] {
      let family = try server.get("/v1/families/\(name)\(parameters)").object
      let accounts = try #require(family["top_accounts"] as? [[String: Any]])
      return accounts.compactMap { $0["account"] as? String }
    }
    let all = try accounts("?accounts=1000")
    #expect(all.count > 20)
    #expect(try accounts("") == Array(all.prefix(20)))
    #expect(try accounts("?accounts=3") == Array(all.prefix(3)))
    #expect(try accounts("?accounts=0").isEmpty)
    for wrong in ["-1", "1001", "few", ""] {
      let answer = try server.get("/v1/families/\(name)?accounts=\(wrong)")
      answer.expectProblem(400, "invalidInput", wrong)
    }
  }

  @Test func `a family that is not there is not found`() throws {
    for name in ["f-00000000", "none", "%20", "f-%C3%BC"] {
      try server.get("/v1/families/\(name)").expectProblem(404, "notFound", name)
      try server.get("/v1/families/\(name)/members").expectProblem(404, "notFound", name)
    }
  }

  // MARK: Members

  @Test(arguments: [1, 7, 100, 1000])
  func `pages of members are those of the program, each once`(_ limit: Int) throws {
    let names = try Self.names(server)
    // Of small pages there are many: one family will do.
    for name in limit == 1 ? Array(names.prefix(1)) : names {
      let members = try server.walk("/v1/families/\(name)/members", "members", limit: limit)
      let expected = try Traffic.objects("members", "--family", name)
      #expect(try CanonicalJSON.lines(members) == CanonicalJSON.lines(expected), "\(name)")
    }
  }

  @Test func `the texts of members come when they are asked for`() throws {
    let name = try #require(try Self.names(server).first)
    let path = "/v1/families/\(name)/members?limit=20"
    for member in try server.get(path).list("members") {
      #expect(member["text"] == nil)
    }
    for member in try server.get(path + "&with_text=true").list("members") {
      let id = try #require(member["id"] as? String)
      let prompt = try server.get("/v1/prompts/\(id)").object
      for key in ["text", "account", "time", "family"] {
        #expect(member[key] as? String == prompt[key] as? String)
        #expect(member[key] != nil)
      }
    }
    try server.get(path + "&with_text=maybe").expectProblem(400, "invalidInput")
  }

  @Test func `the fixed text of members is where it says`() throws {
    for name in try Self.names(server) {
      let path = "/v1/families/\(name)/members?limit=200&with_text=true"
      var fixed = Set<String>()
      for member in try server.get(path).list("members") {
        let text = Array(try #require(member["text"] as? String).utf8)
        let spans = try #require(member["spans"] as? [[Int]])
        #expect(!spans.isEmpty)
        var end = 0
        var pieces: [String] = []
        for span in spans {
          try #require(span.count == 2)
          try #require(span[0] >= end && span[0] < span[1] && span[1] <= text.count)
          end = span[1]
          // Spans do not cut characters.
          let piece = try #require(String(validating: text[span[0]..<span[1]], as: UTF8.self))
          pieces.append(piece.trimmingCharacters(in: .whitespacesAndNewlines).lowercased())
        }
        fixed.insert(pieces.joined(separator: "|"))
      }
      // The same fixed text stands in nearly all members, whatever stands between.
      #expect(fixed.count < 12, "\(name)")
    }
  }

  // MARK: Passes

  @Test func `the program finds what the service had mined`() throws {
    let program = try Program()
    var corpus = SeededCorpus(seed: 322)
    corpus.appendFamily(size: 60, accountCount: 20)
    corpus.appendFamily(size: 50, accountCount: 12)
    corpus.appendNoise(count: 40)
    let server = try Server(program)
    try server.add(corpus.prompts)
    try server.mine()
    let families = try server.get("/v1/families").list("families")
    #expect(families.count >= 2)
    #expect(server.end().status == 0)
    let expected = try program.run("families", program.index, "--json").objects()
    #expect(try CanonicalJSON.lines(families) == CanonicalJSON.lines(expected))
    // And it keeps the names over a restart.
    let again = try Server(program)
    try again.mine()
    #expect(try Self.names(again) == families.compactMap { $0["family"] as? String })
  }

  @Test func `the fewest accounts of a family can be chosen`() throws {
    var corpus = SeededCorpus(seed: 323)
    corpus.appendFamily(size: 60, accountCount: 20)
    corpus.appendFamily(size: 50, accountCount: 12)
    for (fewest, count) in [("16", 1), ("10", 2)] {
      let server = try Server(Program(), "--min-accounts", fewest)
      try server.add(corpus.prompts)
      try server.mine()
      let accounts = try server.get("/v1/families").list("families").compactMap {
        $0["accounts"] as? Int
      }
      #expect(accounts.count >= count)
      #expect(accounts.contains(12) == (count == 2))
    }
  }

  @Test func `after a deletion families are not ready until they are mined again`() throws {
    let server = try Traffic.server()
    let before = try server.get("/v1/families?limit=1").object
    let name = try #require(Self.names(server).first)
    let page = try server.get("/v1/families/\(name)/members?limit=1")
    let id = try #require(page.list("members").first?["id"] as? String)
    let cursor = Server.escaped(try #require(before["next"] as? String))
    let deleted = try server.send("DELETE", "/v1/prompts/\(id)")
    #expect(deleted.object["deleted"] as? Int == 1)
    for path in [
      "/v1/families", "/v1/families/\(name)", "/v1/families/\(name)/members", "/v1/campaigns",
    ] {
      let answer = try server.get(path)
      if answer.status == 200 {
        // It was mined already.
        let asOf = answer.object["as_of"] as? [String: Any]
        #expect(asOf?["prompts"] as? Int == Traffic.promptCount - 1)
      } else {
        answer.expectProblem(503, "notReady")
        #expect(answer.headers["retry-after"].flatMap { Int($0) } != nil)
      }
    }
    // What needs no families is answered meanwhile.
    let query = try server.post("/v1/query", #"{"text":"one two three","mode":"contains"}"#)
    #expect(query.status == 200)
    #expect(try server.get("/readyz").status == 200)
    #expect(try server.get("/v1/stats").status == 200)
    try server.mine()
    let after = try server.get("/v1/families?limit=1").object
    let asOf = try #require(after["as_of"] as? [String: Any])
    #expect(asOf["prompts"] as? Int == Traffic.promptCount - 1)
    let members = try server.walk("/v1/families/\(name)/members", "members", limit: 1000)
    #expect(!members.contains { $0["id"] as? String == id })
    // Cursors of the list before do not fit any more.
    let stale = try server.get("/v1/families?limit=1&cursor=\(cursor)")
    stale.expectProblem(400, "invalidInput")
  }
}

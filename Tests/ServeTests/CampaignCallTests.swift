// SPDX-License-Identifier: Apache-2.0

import ChorusTestSupport
import Foundation
import Testing

/// Campaigns, their accounts, and what people decide about them.
struct CampaignCallTests {
  private static let shared = SharedServers.start { try Traffic.server() }

  private var server: Server { get throws { try Self.shared.get() } }

  private static func names(_ server: Server, _ parameters: String = "") throws -> [String] {
    try server.get("/v1/campaigns\(parameters)").list("campaigns").map { campaign in
      try #require(campaign["campaign"] as? String)
    }
  }

  private static func sum(_ objects: [[String: Any]], _ key: String) -> Int {
    objects.reduce(0) { $0 + ($1[key] as? Int ?? 0) }
  }

  // MARK: Lists

  @Test func `the list is that of the program`() throws {
    let answer = try server.get("/v1/campaigns")
    #expect(answer.status == 200)
    #expect(
      Set(answer.object.keys) == [
        "campaigns", "total", "next", "examined", "expected_false", "benign", "as_of",
      ]
    )
    let expected = try Traffic.objects("campaigns")
    #expect(expected.count > 2)
    #expect(
      try CanonicalJSON.lines(answer.list("campaigns")) == CanonicalJSON.lines(expected)
    )
    #expect(answer.object["total"] as? Int == expected.count)
    #expect(answer.object["next"] is NSNull)
    #expect(answer.object["benign"] as? Int == 0)
    let examined = try Traffic.objects("campaigns", "--examined")
    #expect(answer.object["examined"] as? Int == examined.count)
    let chance = try #require(answer.object["expected_false"] as? Double)
    #expect(chance > 0 && chance < 0.1)
    for limit in [1, 2, 3, 1000] {
      let campaigns = try server.walk("/v1/campaigns", "campaigns", limit: limit)
      #expect(try CanonicalJSON.lines(campaigns) == CanonicalJSON.lines(expected))
    }
    try server.get("/v1/campaigns?all=maybe").expectProblem(400, "invalidInput")
  }

  @Test func `each family names the campaign that names it`() throws {
    for campaign in try server.get("/v1/campaigns").list("campaigns") {
      let name = try #require(campaign["campaign"] as? String)
      let families = try #require(campaign["families"] as? [String])
      let listed = try server.get("/v1/families?campaign=\(name)").list("families")
      #expect(Set(listed.compactMap { $0["family"] as? String }) == Set(families))
      for family in families {
        #expect(try server.get("/v1/families/\(family)").object["campaign"] as? String == name)
      }
    }
  }

  // MARK: A campaign

  @Test func `a campaign is that of the program, and says more`() throws {
    let more: Set<String> = ["timeline", "matrix", "templates", "as_of"]
    for name in try Self.names(server) {
      let answer = try server.get("/v1/campaigns/\(name)")
      #expect(answer.status == 200)
      let expected = try Traffic.objects("campaign", name)
      #expect(
        try CanonicalJSON.lines([answer.object], without: more) == CanonicalJSON.lines(expected)
      )
      #expect(more.isSubset(of: answer.object.keys))
      let days = try #require(answer.object["timeline"] as? [[String: Any]])
      #expect(Self.sum(days, "prompts") == answer.object["prompts"] as? Int)
      let dates = days.compactMap { $0["day"] as? String }
      #expect(dates == Set(dates).sorted())
      let firstSeen = try #require(answer.object["first_seen"] as? String)
      #expect(dates.first == String(firstSeen.prefix(10)))
    }
  }

  @Test func `its templates are those of its families`() throws {
    for name in try Self.names(server) {
      let campaign = try server.get("/v1/campaigns/\(name)").object
      let templates = try #require(campaign["templates"] as? [[String: Any]])
      #expect(templates.compactMap { $0["family"] as? String } == campaign["families"] as? [String])
      for template in templates {
        let family = try #require(template["family"] as? String)
        let whole = try server.get("/v1/families/\(family)").object["template"] as? String
        #expect(template["template"] as? String == String(try #require(whole).prefix(240)))
        #expect((template["prompts"] as? Int ?? 0) > 0)
      }
    }
  }

  @Test func `the accounts are those of the program, page by page`() throws {
    for name in try Self.names(server) {
      let expected = try Traffic.objects("campaign", name, "--accounts")
      for limit in [7, 1000] {
        let path = "/v1/campaigns/\(name)/accounts"
        let accounts = try server.walk(path, "accounts", limit: limit)
        #expect(try CanonicalJSON.lines(accounts) == CanonicalJSON.lines(expected))
      }
    }
  }

  @Test func `the matrix adds up to what the accounts have`() throws {
    for name in try Self.names(server) {
      let campaign = try server.get("/v1/campaigns/\(name)").object
      let matrix = try #require(campaign["matrix"] as? [String: Any])
      let families = try #require(matrix["families"] as? [String])
      let accounts = try #require(matrix["accounts"] as? [String])
      let counts = try #require(matrix["counts"] as? [[Int]])
      // So few that all of them are in it.
      let all = try #require(campaign["families"] as? [String])
      try #require(all.count <= 40)
      #expect(families == all)
      #expect(counts.count == families.count)
      #expect(counts.allSatisfy { $0.count == accounts.count })
      let path = "/v1/campaigns/\(name)/accounts"
      let listed = try server.walk(path, "accounts", limit: 1000)
      #expect(accounts.count == min(64, listed.count))
      let known = Dictionary(
        uniqueKeysWithValues: listed.compactMap { account in
          (account["account"] as? String).map { ($0, account) }
        }
      )
      for (column, account) in accounts.enumerated() {
        let object = try #require(known[account])
        let sent = counts.map { $0[column] }
        #expect(sent.reduce(0, +) == object["prompts"] as? Int)
        #expect(sent.count { $0 > 0 } == object["families"] as? Int)
      }
      // Nobody who is left out is busier than those who are in it.
      let sums = accounts.compactMap { known[$0]?["prompts"] as? Int }
      #expect(sums == sums.sorted(by: >))
      let others = listed.filter { !accounts.contains($0["account"] as? String ?? "") }
      #expect(others.allSatisfy { ($0["prompts"] as? Int ?? 0) <= sums.last ?? 0 })
      if others.isEmpty {
        #expect(counts.joined().reduce(0, +) == campaign["prompts"] as? Int)
      }
    }
  }

  @Test func `a campaign that is not there is not found`() throws {
    for name in ["c-00000000", "none", "%20"] {
      let path = "/v1/campaigns/\(name)"
      try server.get(path).expectProblem(404, "notFound", name)
      try server.get(path + "/accounts").expectProblem(404, "notFound", name)
      let verdict = #"{"decision":"benign"}"#
      let given = try server.send("PUT", path + "/verdict", json: verdict)
      given.expectProblem(404, "notFound", name)
      try server.send("DELETE", path + "/verdict").expectProblem(404, "notFound", name)
    }
  }

  // MARK: Verdicts

  private static func campaign(_ name: String, in list: [[String: Any]]) -> [String: Any]? {
    list.first { $0["campaign"] as? String == name }
  }

  @Test func `a verdict is given, seen everywhere, and taken back`() throws {
    let server = try Traffic.server()
    let names = try Self.names(server)
    let name = names[0]
    let path = "/v1/campaigns/\(name)"
    let family = try #require(
      (try server.get(path).object["families"] as? [String])?.first
    )
    func campaignOfFamily() throws -> String? {
      let listed = try server.get("/v1/families").list("families")
      let one = listed.first { $0["family"] as? String == family }
      let whole = try server.get("/v1/families/\(family)").object
      #expect(one?["campaign"] as? String == whole["campaign"] as? String)
      return whole["campaign"] as? String
    }
    #expect(try campaignOfFamily() == name)

    let body = #"{"decision":"benign","note":"ours, a \"load\" test"}"#
    let given = try server.send("PUT", path + "/verdict", json: body)
    #expect(given.status == 200)
    #expect(Set(given.object.keys) == ["decision", "note", "time"])
    #expect(given.object["decision"] as? String == "benign")
    #expect(given.object["note"] as? String == "ours, a \"load\" test")
    let list = try server.get("/v1/campaigns")
    #expect(list.object["benign"] as? Int == 1)
    #expect(list.object["total"] as? Int == names.count - 1)
    #expect(try Self.names(server) == Array(names.dropFirst()))
    #expect(try Self.names(server, "?all=true") == names)
    let all = try server.get("/v1/campaigns?all=true").list("campaigns")
    let verdict = try CanonicalJSON.text(given.object)
    for object in [Self.campaign(name, in: all), try server.get(path).object] {
      #expect(try CanonicalJSON.text(object?["verdict"] ?? "none") == verdict)
    }
    #expect(try campaignOfFamily() == nil)
    #expect(try server.get("/v1/families?campaign=\(name)").list("families").isEmpty)

    // Another verdict takes its place.
    let other = try server.send("PUT", path + "/verdict", json: #"{"decision":"confirmed"}"#)
    #expect(other.object["decision"] as? String == "confirmed")
    #expect(other.object["note"] as? String == "")
    #expect(try Self.names(server) == names)
    #expect(try campaignOfFamily() == name)
    #expect(try server.get("/v1/campaigns").object["benign"] as? Int == 0)

    for _ in 0..<2 {
      let gone = try server.send("DELETE", path + "/verdict")
      #expect(gone.status == 204)
      #expect(gone.body.isEmpty)
    }
    #expect(try server.get(path).object["verdict"] == nil)
    #expect(try Self.names(server) == names)
  }

  @Test func `the program sees a verdict of the service, and the service one of the program`()
    throws
  {
    let program = try Traffic.program()
    let names = try program.run("campaigns", program.index, "--json").objects().compactMap {
      $0["campaign"] as? String
    }
    try #require(names.count > 2)
    let marked = try program.run(
      "campaign",
      program.index,
      names[0],
      "--mark",
      "confirmed",
      "--note",
      "by the program"
    )
    #expect(marked.status == 0)
    let server = try Server(program)
    try server.mine()
    let seen = try server.get("/v1/campaigns/\(names[0])").object["verdict"] as? [String: Any]
    #expect(seen?["decision"] as? String == "confirmed")
    #expect(seen?["note"] as? String == "by the program")
    let given = try server.send(
      "PUT",
      "/v1/campaigns/\(names[1])/verdict",
      json: #"{"decision":"benign","note":"by the service"}"#
    )
    #expect(given.status == 200)
    // What was answered is kept, however the service ends.
    #expect(server.end(SIGKILL).status == SIGKILL)
    let all = try program.run("campaigns", program.index, "--json", "--all").objects()
    let kept = Self.campaign(names[1], in: all)?["verdict"] as? [String: Any]
    #expect(try CanonicalJSON.text(kept ?? [:]) == CanonicalJSON.text(given.object))
    let listed = try program.run("campaigns", program.index, "--json").objects()
    #expect(Self.campaign(names[1], in: listed) == nil)
    #expect(Self.campaign(names[0], in: listed) != nil)

    let again = try Server(program)
    try again.mine()
    #expect(try !Self.names(again).contains(names[1]))
    #expect(try again.send("DELETE", "/v1/campaigns/\(names[1])/verdict").status == 204)
    #expect(again.end().status == 0)
    let after = try program.run("campaigns", program.index, "--json").objects()
    #expect(Self.campaign(names[1], in: after) != nil)
  }

  @Test func `what is no verdict is refused and changes nothing`() throws {
    let server = try Traffic.server()
    let name = try #require(Self.names(server).last)
    let path = "/v1/campaigns/\(name)/verdict"
    let long = String(repeating: "n", count: 65_537)
    for body in [
      "{}", #"{"note":"Xylograph"}"#, #"{"decision":"guilty"}"#, #"{"decision":"Benign"}"#,
      #"{"decision":"none"}"#, #"{"decision":1}"#, #"{"decision":null}"#,
      #"{"decision":"benign","note":7}"#, #"{"decision":"benign","by":"Xylograph"}"#,
      #"{"decision":"benign","note":"\#(long)"}"#, "[]", #""benign""#, "benign", "", "{",
    ] {
      let answer = try server.send("PUT", path, json: body)
      answer.expectProblem(400, "invalidInput", String(body.prefix(60)))
      #expect(!answer.text.contains("Xylograph"))
    }
    let body = Array(#"{"decision":"benign"}"#.utf8)
    let answer = try server.send("PUT", path, body: body, headers: ["Content-Type": "text/plain"])
    answer.expectProblem(415, "unsupportedMediaType")
    #expect(try server.get("/v1/campaigns/\(name)").object["verdict"] == nil)
  }

  @Test func `a note may have 64 KiB`() throws {
    let server = try Traffic.server()
    let name = try #require(try Self.names(server).first)
    let note = String(repeating: "n", count: 65_536)
    let body = try CanonicalJSON.text(["decision": "confirmed", "note": note])
    let answer = try server.send("PUT", "/v1/campaigns/\(name)/verdict", json: body)
    #expect(answer.status == 200)
    let kept = try server.get("/v1/campaigns/\(name)").object["verdict"] as? [String: Any]
    #expect(kept?["note"] as? String == note)
  }

  // MARK: Known templates

  @Test func `known templates make no campaign`() throws {
    let program = try Traffic.program()
    let campaigns = try program.run("campaigns", program.index, "--json").objects()
    let families = try #require(campaigns.first?["families"] as? [String])
    let name = try #require(campaigns.first?["campaign"] as? String)
    let list = try program.folder.write("known.txt", families.joined(separator: "\n") + "\n")
    let expected = try program.run("campaigns", program.index, "--json", "--allow", list)
    let server = try Server(program, "--allow", list)
    try server.mine()
    let left = try server.get("/v1/campaigns").list("campaigns")
    #expect(try CanonicalJSON.lines(left) == CanonicalJSON.lines(expected.objects()))
    #expect(Self.campaign(name, in: left) == nil)
    #expect(try server.get("/v1/campaigns/\(name)").status == 404)
  }
}

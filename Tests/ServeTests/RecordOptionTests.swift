// SPDX-License-Identifier: Apache-2.0

import ChorusTestSupport
import Foundation
import Testing

/// What becomes of records where the service was told how they look, and where families are known.
struct RecordOptionTests {
  private static func added(_ answer: Server.Answer) -> Int? { answer.object["added"] as? Int }

  // MARK: Options

  @Test func `attributes that were asked for are kept and can be filtered by`() throws {
    let server = try Server(Program(), "--attribute", "model", "--attribute", "meta.tier")
    let text = "Compare the two lighthouses of the northern bay with each other."
    let records = #"""
      [{"id":"r1","account":"a","time":1,"text":"\#(text)","model":"small","meta":{"tier":3}},
       {"id":"r2","account":"a","time":2,"text":"\#(text)","model":"large","other":"x"},
       {"id":"r3","account":"a","time":3,"text":"\#(text)","meta":{"tier":true},"model":["x"]}]
      """#
    #expect(try Self.added(server.post("/v1/prompts", records)) == 3)
    func attributes(_ id: String) throws -> [String: String]? {
      try server.get("/v1/prompts/\(id)").object["attributes"] as? [String: String]
    }
    #expect(try attributes("r1") == ["model": "small", "meta.tier": "3"])
    #expect(try attributes("r2") == ["model": "large"])
    #expect(try attributes("r3") == ["meta.tier": "true"])
    func matches(_ attributes: [String: String]) throws -> Set<String> {
      let answer = try server.post("/v1/query", ["text": text, "attributes": attributes])
      return Set(answer.list("matches").compactMap { $0["id"] as? String })
    }
    #expect(try matches([:]) == ["r1", "r2", "r3"])
    #expect(try matches(["model": "small"]) == ["r1"])
    #expect(try matches(["model": "small", "meta.tier": "3"]) == ["r1"])
    #expect(try matches(["model": "large", "meta.tier": "3"]).isEmpty)
    #expect(try matches(["unheard": "of"]).isEmpty)
  }

  @Test func `fields are where the service was told that they are`() throws {
    let server = try Server(
      Program(),
      "--id-field",
      "meta.id",
      "--account-field",
      "user.name",
      "--time-field",
      "when",
      "--text-field",
      "body.turns",
      "--roles",
      "user,assistant"
    )
    let record = #"""
      {"meta":{"id":"r1"},"user":{"name":"a"},"when":60,"id":"no","account":"no","text":"no",
       "body":{"turns":[{"role":"system","content":"S"},{"role":"user","content":"U"},
       {"role":"assistant","content":"A"}]}}
      """#
    #expect(try Self.added(server.post("/v1/prompts", record)) == 1)
    #expect(
      try CanonicalJSON.text(server.get("/v1/prompts/r1").object)
        == #"{"account":"a","attributes":{},"family":null,"id":"r1","text":"U\n\nA","#
        + #""time":"1970-01-01T00:01:00.000Z"}"#
    )
    let usual = #"{"id":"r2","account":"a","time":1,"text":"x"}"#
    try server.post("/v1/prompts", usual).expectProblem(422, "invalidInput")
  }

  @Test func `an index without texts gives none`() throws {
    let server = try Server(Program(), "--no-text")
    let record = #"{"id":"r1","account":"a","time":1,"text":"The tide is out by noon."}"#
    #expect(try Self.added(server.post("/v1/prompts", record)) == 1)
    let prompt = try server.get("/v1/prompts/r1").object
    #expect(Set(prompt.keys) == ["id", "account", "time", "attributes", "family"])
    #expect(try server.get("/v1/session").object["has_text"] as? Bool == false)
    let stats = try server.get("/v1/stats").object
    #expect(stats["prompts"] as? Int == 1)
  }

  // MARK: Families

  @Test func `a prompt that arrives is of the family whose text it has`() throws {
    let server = try Traffic.server()
    let families = try server.get("/v1/families?limit=1000").list("families")
    let known = try families.filter { $0["kind"] as? String == "template" }.prefix(4).map {
      try #require($0["family"] as? String)
    }
    try #require(known.count == 4)
    var lines = ""
    for name in known {
      let family = try server.get("/v1/families/\(name)").object
      let parts = try #require(family["template_parts"] as? [[String: Any]])
      let text = parts.map { $0["fixed"] as? String ?? "a lantern that nobody lit in \(name)" }
      let record: [String: Any] = [
        "id": "new-\(name)", "account": "newcomer", "time": "2026-06-01T00:00:00Z",
        "text": text.joined(),
      ]
      lines += try CanonicalJSON.text(record) + "\n"
    }
    lines += #"{"id":"new-none","account":"newcomer","time":1,"text":"Owls rarely file taxes."}"#
    let records = try server.postLines("/v1/prompts", lines).list("records")
    #expect(records.map { $0["family"] as? String } == known + [nil])
    #expect(records.last?["family"] is NSNull)
    for name in known {
      #expect(try server.get("/v1/prompts/new-\(name)").object["family"] as? String == name)
    }
    // And so it is when all is mined again.
    try server.mine()
    for name in known {
      let members = try server.walk("/v1/families/\(name)/members", "members", limit: 1000)
      #expect(members.contains { $0["id"] as? String == "new-\(name)" })
      #expect(try server.get("/v1/prompts/new-\(name)").object["family"] as? String == name)
    }
    #expect(try server.get("/v1/prompts/new-none").object["family"] is NSNull)
  }

  // MARK: Counts

  @Test func `the counts follow what is added, and nothing that is refused`() throws {
    let server = try Server(Program())
    func stats() throws -> [String: Any] { try server.get("/v1/stats").object }
    let empty = try stats()
    for key in ["prompts", "distinct", "accounts", "deleted", "text_bytes"] {
      #expect(empty[key] as? Int == 0, "\(key)")
    }
    #expect(empty["first_seen"] == nil && empty["last_seen"] == nil)
    let records = #"""
      [{"id":"1","account":"a","time":60,"text":"Who mends the nets?"},
       {"id":"2","account":"b","time":120,"text":"Who mends the nets?"},
       {"id":"3","account":"b","time":180,"text":"Who mends the sails?"},
       {"id":"3","account":"c","time":240,"text":"Who mends the oars?"},{"id":"4"}]
      """#
    _ = try server.post("/v1/prompts", records)
    let full = try stats()
    #expect(full["prompts"] as? Int == 3)
    #expect(full["distinct"] as? Int == 2)
    #expect(full["accounts"] as? Int == 2)
    #expect(full["first_seen"] as? String == "1970-01-01T00:01:00.000Z")
    #expect(full["last_seen"] as? String == "1970-01-01T00:03:00.000Z")
  }

  @Test func `the statistics are those of the program`() throws {
    let server = try Traffic.server()
    var stats = try server.get("/v1/stats").object
    let asOf = try #require(stats.removeValue(forKey: "as_of") as? [String: Any])
    #expect(Set(asOf.keys) == ["generation", "prompts", "time"])
    #expect(asOf["prompts"] as? Int == Traffic.promptCount)
    let families = try server.get("/v1/families?limit=1").object["total"] as? Int
    #expect(stats.removeValue(forKey: "families") as? Int == families)
    let campaigns = try server.get("/v1/campaigns?all=true&limit=1").object["total"] as? Int
    #expect(stats.removeValue(forKey: "campaigns") as? Int == campaigns)
    #expect(server.end().status == 0)
    let run = try server.program.run("stats", server.program.index, "--json")
    let expected = try #require(try run.objects().first)
    #expect(try CanonicalJSON.text(stats) == CanonicalJSON.text(expected))
  }
}

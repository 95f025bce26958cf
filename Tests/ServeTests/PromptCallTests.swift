// SPDX-License-Identifier: Apache-2.0

import ChorusTestSupport
import Dispatch
import Foundation
import Synchronization
import Testing

/// Adding prompts and getting them back.
struct PromptCallTests {
  /// A service on an empty index; each test has ids of its own.
  private static let shared = SharedServers.start { try Server(Program()) }

  private var server: Server { get throws { try Self.shared.get() } }

  private static let time = "2026-05-01T10:00:00Z"

  /// A record that can be taken.
  private static func record(_ id: String, text: String = "What is the tide today?") -> String {
    #"{"id":"\#(id)","account":"a","time":"\#(time)","text":"\#(text)"}"#
  }

  /// What became of each record of a body, as one line each.
  private static func outcomes(_ answer: Server.Answer) -> [String] {
    answer.list("records").map { record in
      let parts: [String?] = [
        (record["record"] as? Int).map(String.init), record["status"] as? String,
        record["id"] as? String, record["reason"] as? String,
      ]
      return parts.compactMap { $0 }.joined(separator: " ")
    }
  }

  private static func counts(_ answer: Server.Answer) -> [Int?] {
    ["added", "duplicate_ids", "rejected"].map { answer.object[$0] as? Int }
  }

  // MARK: Bodies

  @Test func `one record is added and can be got back`() throws {
    let answer = try server.post("/v1/prompts", Self.record("one"))
    #expect(answer.status == 200)
    #expect(
      try CanonicalJSON.text(answer.object)
        == #"{"added":1,"duplicate_ids":0,"records":[{"family":null,"id":"one","record":1,"#
        + #""status":"added"}],"rejected":0}"#
    )
    let prompt = try server.get("/v1/prompts/one")
    #expect(prompt.status == 200)
    #expect(
      try CanonicalJSON.text(prompt.object)
        == #"{"account":"a","attributes":{},"family":null,"id":"one","#
        + #""text":"What is the tide today?","time":"2026-05-01T10:00:00.000Z"}"#
    )
    try server.get("/v1/prompts/none").expectProblem(404, "notFound")
  }

  @Test func `an array says of each record what became of it, by its place`() throws {
    let first = Self.record("array-1")
    let body = "[\(first),\n\(Self.record("array-2")),\(first),{\"id\":\"array-3\"},7]"
    let answer = try server.post("/v1/prompts", body)
    #expect(answer.status == 200)
    #expect(Self.counts(answer) == [2, 1, 2])
    let outcomes = Self.outcomes(answer)
    try #require(outcomes.count == 5)
    #expect(
      Array(outcomes.prefix(3)) == ["1 added array-1", "2 added array-2", "3 duplicate array-1"]
    )
    #expect(outcomes[3].hasPrefix("4 rejected"))
    #expect(outcomes[4] == "5 rejected not_an_object")
    for record in answer.list("records").suffix(2) {
      #expect((record["detail"] as? String)?.isEmpty == false)
    }
    #expect(try Self.counts(server.post("/v1/prompts", "[]")) == [0, 0, 0])
  }

  @Test func `lines are counted as they are, empty ones included`() throws {
    let lines =
      Self.record("line-1") + "\n\n" + Self.record("line-2") + "\r\n{\"id\":\n"
      + Self.record("line-1") + "\n" + Self.record("line-3")
    let answer = try server.postLines("/v1/prompts", lines)
    #expect(answer.status == 200)
    #expect(Self.counts(answer) == [3, 1, 1])
    #expect(
      Self.outcomes(answer) == [
        "1 added line-1", "3 added line-2", "4 rejected not_json", "5 duplicate line-1",
        "6 added line-3",
      ]
    )
  }

  @Test func `JSON may stand on many lines`() throws {
    let record = """
      {
        "id" : "pretty-1",
        "account" : "a",
        "time" : "\(Self.time)",
        "text" : "Line one\\nline two"
      }
      """
    #expect(try Self.counts(server.post("/v1/prompts", record)) == [1, 0, 0])
    #expect(
      try server.get("/v1/prompts/pretty-1").object["text"] as? String == "Line one\nline two"
    )
    let other = record.replacing("pretty-1", with: "pretty-2")
    let answer = try server.post("/v1/prompts", "\n[\n\(record),\n\n\(other)\n]\n")
    #expect(Self.outcomes(answer) == ["1 duplicate pretty-1", "2 added pretty-2"])
  }

  @Test func `a line break within a string is no JSON, in an array or alone`() throws {
    let record = "{\"id\":\"broken-1\",\"account\":\"a\",\"time\":1,\"text\":\"one\ntwo\"}"
    #expect(try server.post("/v1/prompts", record).status == 400)
    let answer = try server.post("/v1/prompts", "[\(record),\(Self.record("broken-2"))]")
    #expect(answer.object["rejected"] as? Int == 1)
    #expect(answer.object["added"] as? Int == 1)
    #expect(answer.list("records").first?["reason"] as? String == "not_json")
  }

  @Test func `of a chat the turns of system and user are taken`() throws {
    let chat = #"""
      {"id":"chat","account":"a","time":1,"text":[{"role":"system","content":"Be brief."},
      {"role":"assistant","content":"Certainly."},{"role":"user","content":"What is ebb?"}]}
      """#
    #expect(try Self.counts(server.post("/v1/prompts", chat)) == [1, 0, 0])
    let text = try server.get("/v1/prompts/chat").object["text"] as? String
    #expect(text == "Be brief.\n\nWhat is ebb?")
  }

  @Test func `times come in several forms and leave in one`() throws {
    let forms = [
      ("\"2026-05-01T10:00:00Z\"", "10:00:00.000"), ("1777629600", "10:00:00.000"),
      ("1777629600.5", "10:00:00.500"), ("1777629600250", "10:00:00.250"),
      ("\"2026-05-01T15:30:00.125+05:30\"", "10:00:00.125"),
      ("\"2026-05-01T10:00:00.123999Z\"", "10:00:00.123"),
    ]
    for (place, (time, expected)) in forms.enumerated() {
      let record = #"{"id":"time-\#(place)","account":7,"time":\#(time),"text":"When?"}"#
      #expect(try Self.counts(server.post("/v1/prompts", record)) == [1, 0, 0], "\(time)")
      let prompt = try server.get("/v1/prompts/time-\(place)").object
      #expect(prompt["time"] as? String == "2026-05-01T\(expected)Z", "\(time)")
      #expect(prompt["account"] as? String == "7")
    }
  }

  @Test func `without records only the counts are given`() throws {
    let record = Self.record("silent")
    let answer = try server.post("/v1/prompts?records=false", "[\(record),\(record),0]")
    #expect(
      try CanonicalJSON.text(answer.object) == #"{"added":1,"duplicate_ids":1,"rejected":1}"#
    )
    try server.post("/v1/prompts?records=maybe", "[]").expectProblem(400, "invalidInput")
    #expect(try Self.outcomes(server.post("/v1/prompts?records=true", "[0]")).count == 1)
  }

  @Test func `a compressed body is taken, a damaged one is not`() throws {
    let headers = ["Content-Type": "application/json", "Content-Encoding": "gzip"]
    // So long that it takes several blocks.
    let long = String(repeating: "Tide after tide. ", count: 9000)
    let body = "[\(Self.record("gzip-1", text: long)),\(Self.record("gzip-2"))]"
    let packed = StoredGzip.bytes(Array(body.utf8))
    let answer = try server.send("POST", "/v1/prompts", body: packed, headers: headers)
    #expect(Self.counts(answer) == [2, 0, 0])
    #expect(try server.get("/v1/prompts/gzip-1").object["text"] as? String == long)
    let lines = StoredGzip.bytes(Array(Self.record("gzip-3").utf8))
    let ndjson = headers.merging(["Content-Type": "application/x-ndjson"]) { $1 }
    let third = try server.send("POST", "/v1/prompts", body: lines, headers: ndjson)
    #expect(Self.outcomes(third) == ["1 added gzip-3"])
    let fourth = StoredGzip.bytes(Array(Self.record("gzip-4").utf8))
    for damaged in [Array(fourth.dropLast(20)), Array("no gzip".utf8)] {
      let refused = try server.send("POST", "/v1/prompts", body: damaged, headers: headers)
      refused.expectProblem(400, "invalidInput")
    }
    #expect(try server.get("/v1/prompts/gzip-4").status == 404)
  }

  // MARK: Rejects

  /// Records that cannot be taken, and why.
  private static let bad: [(record: String, reason: String)] = [
    (#"{"account":"a","time":1,"text":"x"}"#, "missing_id"),
    (#"{"id":"x","account":null,"time":1,"text":"x"}"#, "missing_account"),
    (#"{"id":"x","account":"a","text":"x"}"#, "missing_time"),
    (#"{"id":"x","account":"a","time":1}"#, "missing_text"),
    (#"{"id":"x","account":"a","time":"yesterday","text":"x"}"#, "invalid_time"),
    (#"{"id":"x","account":"a","time":-5,"text":"x"}"#, "invalid_time"),
    (#"{"id":"x","account":"a","time":"2026-02-30T00:00:00Z","text":"x"}"#, "invalid_time"),
    (#"{"id":"","account":"a","time":1,"text":"x"}"#, "invalid_id"),
    (#"{"id":[],"account":"a","time":1,"text":"x"}"#, "invalid_id"),
    (
      #"{"id":"\#(String(repeating: "i", count: 1025))","account":"a","time":1,"text":"x"}"#,
      "invalid_id"
    ),
    (#"{"id":"x","account":{},"time":1,"text":"x"}"#, "invalid_account"),
    (#"{"id":"x","account":"a","time":1,"text":7}"#, "invalid_text"),
    (#"{"id":"x","account":"a","time":1,"text":" \n\t"}"#, "empty_text"),
    (
      #"{"id":"x","account":"a","time":1,"text":[{"role":"assistant","content":"x"}]}"#,
      "empty_text"
    ),
    (#"{"id":"x","account":"a","time":1,"text":"\ud800"}"#, "lone_surrogate"),
  ]

  @Test func `a record that cannot be taken does not keep back the others`() throws {
    for (place, (record, reason)) in Self.bad.enumerated() {
      let good = ["before", "after"].map { "reject-\(place)-\($0)" }
      let body = "[\(Self.record(good[0])),\(record),\(Self.record(good[1]))]"
      let answer = try server.post("/v1/prompts", body)
      #expect(answer.status == 200)
      #expect(Self.counts(answer) == [2, 0, 1])
      let outcomes = Self.outcomes(answer)
      try #require(outcomes.count == 3)
      #expect(outcomes[0] == "1 added \(good[0])")
      #expect(outcomes[1].hasPrefix("2 rejected") && outcomes[1].hasSuffix(reason), "\(record)")
      #expect(outcomes[2] == "3 added \(good[1])")
    }
  }

  @Test func `a single record that cannot be taken is a problem with the reason`() throws {
    for (record, reason) in Self.bad {
      let answer = try server.post("/v1/prompts", record)
      answer.expectProblem(422, "invalidInput", record)
      #expect(answer.object["reason"] as? String == reason, "\(record)")
    }
    #expect(try server.get("/v1/prompts/x").status == 404)
  }

  @Test func `bytes that are not UTF-8 spoil their line alone`() throws {
    var bytes = Array(Self.record("utf8-1").utf8) + [0x0A]
    bytes += Array(Self.record("utf8-2").utf8).dropLast(2) + [0xFF, 0x22, 0x7D, 0x0A]
    bytes += Array(Self.record("utf8-3").utf8)
    let headers = ["Content-Type": "application/x-ndjson"]
    let answer = try server.send("POST", "/v1/prompts", body: bytes, headers: headers)
    let outcomes = Self.outcomes(answer)
    try #require(outcomes.count == 3)
    #expect(outcomes[0] == "1 added utf8-1")
    #expect(outcomes[1].hasPrefix("2 rejected") && outcomes[1].hasSuffix("invalid_utf8"))
    #expect(outcomes[2] == "3 added utf8-3")
  }

  @Test func `a body that is no object and no array is refused whole`() throws {
    let record = Self.record("whole")
    for body in [
      "", " ", "no json", "3", "\"text\"", "null", "true", "{\"id\":", "[\(record),", "[\(record)",
      "[\(record)]]", "\(record) \(record)",
    ] {
      try server.post("/v1/prompts", body).expectProblem(400, "invalidInput", body)
    }
    #expect(try server.get("/v1/prompts/whole").status == 404)
  }

  @Test func `a body of another type is refused`() throws {
    let body = Array(Self.record("type").utf8)
    for headers in [
      [:], ["Content-Type": "text/plain"], ["Content-Type": "application/x-www-form-urlencoded"],
      ["Content-Type": "application/json", "Content-Encoding": "br"],
    ] {
      let answer = try server.send("POST", "/v1/prompts", body: body, headers: headers)
      answer.expectProblem(415, "unsupportedMediaType", "\(headers)")
    }
    #expect(try server.get("/v1/prompts/type").status == 404)
    let headers = ["Content-Type": "application/json; charset=utf-8"]
    let answer = try server.send("POST", "/v1/prompts", body: body, headers: headers)
    #expect(Self.counts(answer) == [1, 0, 0])
  }

  // MARK: Durability

  @Test func `what was acknowledged is there after the service was killed`() throws {
    let program = try Program()
    let first = try Server(program)
    let added = Mutex<[String]>([])
    // Eight clients at once, so that what they add is made durable together.
    DispatchQueue.concurrentPerform(iterations: 8) { client in
      for call in 0..<5 {
        let ids = (0..<10).map { "kill-\(client)-\(call)-\($0)" }
        let lines = ids.map { Self.record($0, text: "Text of \($0)") }.joined(separator: "\n")
        guard let answer = try? first.postLines("/v1/prompts", lines), answer.status == 200 else {
          continue
        }
        added.withLock { $0 += ids }
      }
    }
    #expect(first.end(SIGKILL).status == SIGKILL)
    let ids = added.withLock { $0 }
    #expect(ids.count == 400)

    let second = try Server(program)
    for id in ids {
      let prompt = try second.get("/v1/prompts/\(id)").object
      #expect(prompt["text"] as? String == "Text of \(id)", "\(id)")
    }
    // And they are known, so that a client may send again what it does not know to be there.
    let records = ids.map { Self.record($0) }.joined(separator: ",")
    let again = try second.post("/v1/prompts", "[\(records)]")
    #expect(Self.counts(again) == [0, 400, 0])
    #expect(try second.get("/v1/stats").object["prompts"] as? Int == 400)
    #expect(second.end().status == 0)
    #expect(try program.run("verify", program.index).status == 0)
    let third = try Server(program)
    #expect(try Self.counts(third.post("/v1/prompts", Self.record(ids[0]))) == [0, 1, 0])
    let kept = try third.get("/v1/prompts/\(ids[0])").object["text"] as? String
    #expect(kept == "Text of \(ids[0])")
  }
}

// SPDX-License-Identifier: Apache-2.0

import ChorusTestSupport
import Foundation
import Testing

/// Many queries at once, and queries that cannot be asked.
struct QueryInputTests {
  /// A word that is in texts that are asked about, and must be in no error.
  private static let mark = "Xylograph"

  private static let shared = SharedServers.start {
    let server = try Server(Program())
    var corpus = SeededCorpus(seed: 312)
    corpus.appendFamily(size: 24, accountCount: 12)
    try server.add(corpus.prompts)
    try server.mine()
    return server
  }

  private var server: Server { get throws { try Self.shared.get() } }

  // MARK: Batches

  /// Queries that can be asked, and some that cannot, with the status of each.
  private func queries() throws -> [(query: [String: Any], status: Int)] {
    let text = try #require(try server.get("/v1/prompts/prompt-3").object["text"] as? String)
    return [
      (["text": text, "threshold": 0.2], 200),
      (["id": "prompt-1", "limit": 3], 200),
      (["limit": 3], 400),
      (["id": "none"], 404),
      (["text": text, "mode": "contains", "with_text": true], 200),
      (["text": "\(Self.mark) 1", "nothing": true], 400),
      (["text": "\(Self.mark) 2", "limit": 0], 400),
      (["text": "\(Self.mark) 3", "limit": "three"], 400),
      (["text": "\(Self.mark) 4", "family": "f-00000000"], 404),
      (["text": ""], 400),
      (["text": text, "explain": true, "limit": 2], 200),
      (["text": "nothing is like this"], 200),
    ]
  }

  /// Checks the answers of a batch against those of single queries.
  private func check(
    _ batch: Server.Answer,
    _ queries: [(query: [String: Any], status: Int)]
  ) throws {
    #expect(batch.status == 200, "\(batch.text)")
    let answers = batch.list("answers")
    try #require(answers.count == queries.count)
    for (place, (query, status)) in queries.enumerated() {
      let single = try server.post("/v1/query", query)
      #expect(single.status == status, "\(place): \(single.text)")
      let answer = answers[place]
      #expect(answer["query"] as? String == "q\(place)")
      if status == 200 {
        #expect(
          try CanonicalJSON.lines([answer], without: ["query"])
            == CanonicalJSON.lines([single.object])
        )
      } else {
        let error = try #require(answer["error"] as? [String: Any], "\(place)")
        #expect(answer["matches"] == nil)
        #expect((error["detail"] as? String)?.isEmpty == false, "\(place)")
        for key in ["type", "title", "status", "code"] {
          #expect(
            try CanonicalJSON.text(error[key] ?? NSNull())
              == CanonicalJSON.text(single.object[key] ?? NSNull()),
            "\(place): \(key)"
          )
        }
      }
    }
    #expect(!batch.text.contains(Self.mark))
  }

  private func named(_ queries: [(query: [String: Any], status: Int)]) -> [[String: Any]] {
    queries.enumerated().map { place, pair in pair.query.merging(["query": "q\(place)"]) { $1 } }
  }

  @Test func `a batch has the answers of its queries in order, errors in their place`() throws {
    let queries = try queries()
    try check(server.post("/v1/query/batch", ["queries": named(queries)]), queries)
  }

  @Test func `a batch may be lines`() throws {
    let queries = try queries()
    let lines = try named(queries).map { try CanonicalJSON.text($0) + "\n" }
    try check(server.postLines("/v1/query/batch", lines.joined()), queries)
  }

  @Test func `a line that is no JSON has an error in its place`() throws {
    let lines = "{\"query\":\"a\",\"text\":\"one two\"}\n{\"text\":\"\(Self.mark)\n"
    let batch = try server.postLines("/v1/query/batch", lines + "{\"text\":\"one two\"}")
    let answers = batch.list("answers")
    try #require(answers.count == 3)
    #expect(answers[0]["matches"] != nil)
    #expect((answers[1]["error"] as? [String: Any])?["code"] as? String == "invalidInput")
    #expect(answers[2]["matches"] != nil)
    #expect(answers[2]["query"] == nil || answers[2]["query"] is NSNull)
    #expect(!batch.text.contains(Self.mark))
  }

  @Test func `a batch has from one to a thousand queries`() throws {
    func batch(_ count: Int) throws -> Server.Answer {
      let query = #"{"text":"one two three"}"#
      let list = Array(repeating: query, count: count).joined(separator: ",")
      return try server.post("/v1/query/batch", #"{"queries":[\#(list)]}"#)
    }
    try batch(0).expectProblem(400, "invalidInput")
    #expect(try batch(1000).list("answers").count == 1000)
    try batch(1001).expectProblem(400, "invalidInput")
    let unknown = #"{"queries":[{"text":"one two three"}],"nothing":1}"#
    for body in ["{}", "[]", #"{"queries":{}}"#, unknown, "", "{"] {
      try server.post("/v1/query/batch", body).expectProblem(400, "invalidInput", body)
    }
  }

  // MARK: Wrong input

  /// Bodies that are no query; the mark is in each.
  private static let wrong: [String] = {
    let text = #""text":"\#(mark)""#
    return [
      // Neither text nor id, or both.
      "{}", #"{"mode":"similar"}"#, #"{\#(text),"id":"\#(mark)"}"#,
      // Unknown keys.
      #"{\#(text),"\#(mark)":1}"#, #"{\#(text),"query":"\#(mark)"}"#, #"{\#(text),"Limit":1}"#,
      // Wrong types.
      #"{"text":7}"#, #"{"text":["\#(mark)"]}"#, #"{"text":{"role":"\#(mark)"}}"#, #"{"id":7}"#,
      #"{\#(text),"mode":1}"#, #"{\#(text),"slots":"yes","mode":"contains"}"#,
      #"{\#(text),"limit":"3"}"#, #"{\#(text),"limit":1.5}"#, #"{\#(text),"limit":true}"#,
      #"{\#(text),"threshold":"0.5"}"#, #"{\#(text),"account":1}"#, #"{\#(text),"family":1}"#,
      #"{\#(text),"attributes":["\#(mark)"]}"#, #"{\#(text),"attributes":{"a":1}}"#,
      #"{\#(text),"since":true}"#, #"{\#(text),"until":["2026-01-01"]}"#,
      #"{\#(text),"with_text":1}"#, #"{\#(text),"explain":"\#(mark)"}"#,
      // Out of range.
      #"{\#(text),"limit":0}"#, #"{\#(text),"limit":1001}"#, #"{\#(text),"limit":-1}"#,
      #"{\#(text),"limit":99999999999999999999}"#, #"{\#(text),"threshold":-0.1}"#,
      #"{\#(text),"threshold":1.1}"#, #"{\#(text),"threshold":1e999}"#,
      #"{\#(text),"mode":"\#(mark)"}"#, #"{\#(text),"since":"\#(mark)"}"#,
      #"{\#(text),"until":"2026-02-30"}"#, #"{\#(text),"since":-1}"#,
      // Slots of what has none.
      #"{\#(text),"slots":true}"#, #"{\#(text),"slots":true,"mode":"similar"}"#,
      // No text in the text.
      #"{"text":""}"#, #"{"text":" \n\t "}"#, #"{"text":"\u200b"}"#,
      // No object, or no JSON.
      "[]", #"["\#(mark)"]"#, "3", #""\#(mark)""#, "null", "", " ", mark, "{\(text)", "{\(text)}}",
      "{\(text)},", #"{"text":"\#(mark)}"#, #"{'text':'\#(mark)'}"#, #"{"text":"\ud800"}"#,
      String(repeating: "[", count: 100_000),
      #"{\#(text),"since":\#(String(repeating: "[", count: 2000))"#
        + String(repeating: "]", count: 2000) + "}",
    ]
  }()

  @Test func `what is no query is refused without a word of it`() throws {
    for body in Self.wrong {
      let answer = try server.post("/v1/query", body)
      answer.expectProblem(400, "invalidInput", String(body.prefix(80)))
      #expect(!answer.text.contains(Self.mark), "\(body.prefix(80))")
    }
    // And the service goes on.
    #expect(try server.post("/v1/query", #"{"text":"one two three"}"#).status == 200)
  }

  @Test func `bytes that are not UTF-8 are no query`() throws {
    let body = Array(#"{"text":""#.utf8) + [0xFF, 0xFE] + Array(#""}"#.utf8)
    let headers = ["Content-Type": "application/json"]
    let answer = try server.send("POST", "/v1/query", body: body, headers: headers)
    answer.expectProblem(400, "invalidInput")
  }

  @Test func `a query of another type is refused`() throws {
    let body = Array(#"{"text":"one two three"}"#.utf8)
    for type in [nil, "text/plain", "application/x-ndjson"] {
      let headers = type.map { ["Content-Type": $0] } ?? [:]
      let answer = try server.send("POST", "/v1/query", body: body, headers: headers)
      answer.expectProblem(415, "unsupportedMediaType", type ?? "none")
    }
  }

  @Test func `a compressed query is understood`() throws {
    let text = try #require(try server.get("/v1/prompts/prompt-3").object["text"] as? String)
    let body = try StoredGzip.bytes(Array(CanonicalJSON.text(["text": text]).utf8))
    let headers = ["Content-Type": "application/json", "Content-Encoding": "gzip"]
    let answer = try server.send("POST", "/v1/query", body: body, headers: headers)
    #expect(answer.list("matches").first?["id"] as? String == "prompt-3")
  }
}

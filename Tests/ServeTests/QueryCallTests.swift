// SPDX-License-Identifier: Apache-2.0

import ChorusTestSupport
import Foundation
import Testing

/// Asking who else sent something like a text.
struct QueryCallTests {
  /// A family of 40 prompts, unrelated ones, and a few that are written out here.
  private static let corpus = {
    var corpus = SeededCorpus(seed: 311)
    corpus.appendFamily(size: 40, accountCount: 20)
    corpus.appendNoise(count: 30)
    for (place, name) in ["Paris", "the small town of Bath", "Oslo"].enumerated() {
      corpus.append(
        "Tell me about \(name) in two lines, please, and not in three.",
        account: "tourist/\(place % 2)",
        attributes: [(name: "model", value: place == 0 ? "small" : "large")]
      )
    }
    return corpus
  }()

  /// A service on an index of these prompts, with the family known.
  private static func start() throws -> Server {
    let server = try Server(Program(), "--attribute", "model")
    try server.add(corpus.prompts)
    try server.mine()
    return server
  }

  private static let shared = SharedServers.start(start)

  private var server: Server { get throws { try Self.shared.get() } }

  private static let tourists = ["prompt-70", "prompt-71", "prompt-72"]

  private static func ids(_ answer: Server.Answer) -> [String] {
    answer.list("matches").compactMap { $0["id"] as? String }
  }

  private func ask(_ query: [String: Any]) throws -> Server.Answer {
    let answer = try server.post("/v1/query", query)
    #expect(answer.status == 200, "\(answer.text)")
    return answer
  }

  private func familyName() throws -> String {
    let families = try server.get("/v1/families").list("families")
    return try #require(families.first?["family"] as? String)
  }

  // MARK: Answers

  @Test func `a match says who sent it, when, and how alike it is, and no text`() throws {
    let prompt = Self.corpus.prompts[70]
    let answer = try ask(["text": prompt.text, "threshold": 0.9])
    #expect(Set(answer.object.keys) == ["matches", "text_count", "truncated"])
    #expect(answer.object["text_count"] as? Int == 1)
    #expect(answer.object["truncated"] as? Bool == false)
    let match = try #require(answer.list("matches").first)
    #expect(
      Set(match.keys)
        == ["id", "account", "time", "similarity", "containment", "score", "family"]
    )
    #expect(match["id"] as? String == prompt.id)
    #expect(match["account"] as? String == "tourist/0")
    #expect(match["time"] as? String == prompt.time.description)
    #expect(match["similarity"] as? Double == 1)
  }

  @Test func `limit and threshold bound what is given`() throws {
    let text = Self.corpus.prompts[0].text
    let wide = try ask(["text": text, "threshold": 0.2, "limit": 1000]).list("matches")
    #expect(wide.count >= 40)
    let scores = wide.compactMap { $0["score"] as? Double }
    #expect(scores == scores.sorted(by: >))
    let few = try ask(["text": text, "threshold": 0.2, "limit": 3])
    #expect(Self.ids(few) == wide.prefix(3).compactMap { $0["id"] as? String })
    #expect((few.object["text_count"] as? Int ?? 0) > 3)
    #expect(try ask(["text": text, "threshold": 0]).list("matches").count == 10)
    for match in try ask(["text": text, "threshold": 0.9, "limit": 1000]).list("matches") {
      #expect((match["similarity"] as? Double ?? 0) >= 0.9)
    }
    #expect(try Self.ids(ask(["text": "zugzwang quixotic"])) == [])
  }

  @Test func `contains finds the run of words and says where it stands`() throws {
    let query: [String: Any] = ["text": "in TWO lines", "mode": "contains", "with_text": true]
    let matches = try ask(query).list("matches")
    #expect(Set(matches.compactMap { $0["id"] as? String }) == Set(Self.tourists))
    for match in matches {
      let text = Array(try #require(match["text"] as? String).utf8)
      let span = try #require(match["span"] as? [Int])
      #expect(String(decoding: text[span[0]..<span[1]], as: UTF8.self) == "in two lines")
      #expect(match["slots"] == nil)
      #expect(match["containment"] as? Double == 1)
    }
  }

  @Test func `slots stand for any text, and what fills them is told`() throws {
    let template = "tell me about {1} in {2} lines"
    let query: [String: Any] = [
      "text": template, "mode": "contains", "slots": true, "with_text": true,
    ]
    let matches = try ask(query).list("matches")
    #expect(Set(matches.compactMap { $0["id"] as? String }) == Set(Self.tourists))
    for match in matches {
      let text = Array(try #require(match["text"] as? String).utf8)
      let slots = try #require(match["slots"] as? [[Int]])
      let fillers = slots.map { slot in
        String(decoding: text[slot[0]..<slot[1]], as: UTF8.self)
          .trimmingCharacters(in: .whitespaces)
      }
      try #require(fillers.count == 2)
      #expect(["Paris", "the small town of Bath", "Oslo"].contains(fillers[0]))
      #expect(fillers[1] == "two")
    }
    // Without the flag the braces are text like any other.
    #expect(try Self.ids(ask(["text": template, "mode": "contains"])).isEmpty)
  }

  @Test func `a prompt of the index can be asked about, and is not in its own answer`() throws {
    let ids = try Self.ids(ask(["id": "prompt-70", "threshold": 0.3]))
    #expect(!ids.contains("prompt-70"))
    #expect(Set(ids).isSuperset(of: ["prompt-71", "prompt-72"]))
    try server.post("/v1/query", ["id": "none"]).expectProblem(404, "notFound")
  }

  @Test func `filters by time, account and attribute leave out the others`() throws {
    let base: [String: Any] = ["text": "in two lines", "mode": "contains"]
    func found(_ filter: [String: Any]) throws -> Set<String> {
      Set(try Self.ids(ask(base.merging(filter) { $1 })))
    }
    let all = Set(Self.tourists)
    let second = Self.corpus.prompts[71].time
    let seconds = Double(second.milliseconds) / 1000
    #expect(try found(["since": second.description]) == ["prompt-71", "prompt-72"])
    #expect(try found(["until": second.description]) == ["prompt-70"])
    #expect(try found(["since": seconds]) == ["prompt-71", "prompt-72"])
    #expect(try found(["until": second.milliseconds]) == ["prompt-70"])
    #expect(try found(["since": "2026-01-01", "until": "2026-01-02"]) == all)
    #expect(try found(["since": "2026-01-02"]).isEmpty)
    #expect(try found(["account": "tourist/0"]) == ["prompt-70", "prompt-72"])
    #expect(try found(["account": "nobody"]).isEmpty)
    #expect(try found(["attributes": ["model": "large"]]) == ["prompt-71", "prompt-72"])
    let both: [String: Any] = ["account": "tourist/0", "attributes": ["model": "large"]]
    #expect(try found(both) == ["prompt-72"])
  }

  @Test func `matches name their family, and a query can ask within one`() throws {
    let name = try familyName()
    let query: [String: Any] = [
      "text": Self.corpus.prompts[0].text, "threshold": 0, "limit": 1000,
    ]
    let matches = try ask(query).list("matches")
    let named = matches.filter { $0["family"] as? String == name }
    #expect(named.count == 40)
    #expect(matches.allSatisfy { !($0["family"] is NSNull) })
    let within = try ask(query.merging(["family": name]) { $1 }).list("matches")
    #expect(within.count == 40)
    #expect(within.allSatisfy { $0["family"] as? String == name })
    let unknown = query.merging(["family": "f-00000000"]) { $1 }
    try server.post("/v1/query", unknown).expectProblem(404, "notFound")
  }

  @Test func `an explanation has numbers, places and sentences`() throws {
    let text = Self.corpus.prompts[0].text
    let match = try #require(try ask(["text": text, "explain": true]).list("matches").first)
    let explanation = try #require(match["explanation"] as? [String: Any])
    #expect(
      Set(explanation.keys) == [
        "agreement", "lanes", "estimate", "estimate_deviation", "shared_shingles",
        "query_shingles", "prompt_shingles", "cosine", "band_lanes", "shared_in_query",
        "shared_in_prompt", "differing_in_query", "differing_in_prompt", "says",
      ]
    )
    #expect(explanation["agreement"] as? Int == explanation["lanes"] as? Int)
    #expect((explanation["says"] as? [String])?.isEmpty == false)
    #expect(!(explanation["says"] as? [String] ?? []).joined().contains(text.prefix(20)))
  }

  // MARK: The program

  /// Queries, and the arguments with which the program asks the same.
  private static func pairs(family: String) -> [(query: [String: Any], arguments: [String])] {
    let text = corpus.prompts[3].text
    let run = text.split(separator: " ").prefix(9).joined(separator: " ")
    let time = corpus.prompts[20].time.description
    let wide: [String: Any] = ["text": text, "threshold": 0.2, "limit": 100]
    let wideArguments = [text, "--threshold", "0.2", "--limit", "100"]
    func more(_ key: String, _ value: Any) -> [String: Any] { wide.merging([key: value]) { $1 } }
    return [
      (["text": text], [text]),
      (wide, wideArguments),
      (more("limit", 5), [text, "--threshold", "0.2", "--limit", "5"]),
      (["id": "prompt-5", "threshold": 0.3], ["--id", "prompt-5", "--threshold", "0.3"]),
      (more("since", time), wideArguments + ["--since", time]),
      (more("until", time), wideArguments + ["--until", time]),
      (more("account", "family-0-account-3"), wideArguments + ["--account", "family-0-account-3"]),
      (more("family", family), wideArguments + ["--family", family]),
      (more("with_text", true), wideArguments + ["--text"]),
      (more("explain", true), wideArguments + ["--explain"]),
      (
        ["text": run, "mode": "contains", "limit": 50],
        [run, "--mode", "contains", "--limit", "50"]
      ),
      (
        ["text": "about {*} in two lines", "mode": "contains", "slots": true],
        ["about {*} in two lines", "--mode", "contains", "--slots"]
      ),
      (
        ["text": "in two lines", "mode": "contains", "attributes": ["model": "large"]],
        ["in two lines", "--mode", "contains", "--attribute", "model=large"]
      ),
    ]
  }

  @Test func `answers are those of the program on the same index`() throws {
    let server = try Self.start()
    let families = try server.get("/v1/families").list("families")
    let family = try #require(families.first?["family"] as? String)
    let pairs = Self.pairs(family: family)
    let answers = try pairs.map { try server.post("/v1/query", $0.query) }
    #expect(server.end().status == 0)
    for (pair, answer) in zip(pairs, answers) {
      #expect(answer.status == 200, "\(pair.arguments)")
      let run = try server.program.run(
        all: ["query", server.program.index, "--json", "--families"] + pair.arguments
      )
      let expected = try run.objects()
      #expect(!expected.isEmpty, "\(pair.arguments)")
      #expect(
        try CanonicalJSON.lines(answer.list("matches"))
          == CanonicalJSON.lines(expected, without: ["truncated"]),
        "\(pair.arguments)"
      )
      let isTruncated = expected.contains { $0["truncated"] as? Bool == true }
      #expect(answer.object["truncated"] as? Bool == isTruncated, "\(pair.arguments)")
    }
  }

  // MARK: Indexes without texts

  @Test func `without texts similarity is estimated, and fragments cannot be asked about`() throws {
    let server = try Server(Program(), "--no-text")
    try server.add(Self.corpus.prompts)
    let text = Self.corpus.prompts[70].text
    let answer = try server.post("/v1/query", ["text": text, "with_text": true])
    let match = try #require(answer.list("matches").first)
    #expect(match["id"] as? String == "prompt-70")
    #expect(match["estimated"] as? Bool == true)
    #expect(match["text"] == nil)
    let refused = try server.post("/v1/query", ["text": text, "mode": "contains"])
    // The contract has both statuses for this.
    #expect([400, 422].contains(refused.status))
    refused.expectProblem(refused.status, "invalidInput")
    #expect(!refused.text.contains("Paris"))
  }
}

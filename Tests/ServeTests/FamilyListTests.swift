// SPDX-License-Identifier: Apache-2.0

import ChorusTestSupport
import Foundation
import Testing

/// The list of families, whole, filtered, sorted and page by page.
struct FamilyListTests {
  private static let shared = SharedServers.start { try Traffic.server() }

  private var server: Server { get throws { try Self.shared.get() } }

  private static func names(_ families: [[String: Any]]) -> [String] {
    families.compactMap { $0["family"] as? String }
  }

  /// All families, as the service lists them.
  private func all() throws -> [[String: Any]] {
    try server.get("/v1/families?limit=1000").list("families")
  }

  /// The names of all families that a list with some parameters has.
  private func listed(_ parameters: String) throws -> [String] {
    Self.names(try server.walk("/v1/families?\(parameters)", "families", limit: 1000))
  }

  // MARK: The program

  @Test func `the list is that of the program, key by key and in its order`() throws {
    let answer = try server.get("/v1/families?limit=1000")
    #expect(answer.status == 200)
    #expect(Set(answer.object.keys) == ["families", "total", "next", "as_of"])
    #expect(answer.object["next"] is NSNull)
    let asOf = try #require(answer.object["as_of"] as? [String: Any])
    #expect(Set(asOf.keys) == ["generation", "prompts", "time"])
    #expect(asOf["prompts"] as? Int == Traffic.promptCount)
    let families = answer.list("families")
    #expect(families.count > 8)
    #expect(answer.object["total"] as? Int == families.count)
    let expected = try Traffic.objects("families")
    #expect(try CanonicalJSON.lines(families) == CanonicalJSON.lines(expected))
  }

  @Test(
    arguments: [
      [], ["sort=spread"], ["sort=accounts"], ["sort=prompts"], ["sort=recent"],
      ["since=2026-05-01"], ["until=2026-05-01"], ["since=2026-05-01", "until=2026-05-10"],
      ["since=2026-05-20T10:00:00Z", "sort=recent"], ["until=1777629600", "sort=prompts"],
      ["since=2026-04-22", "until=2026-04-23", "min_prompts=4"], ["min_prompts=300"],
    ]
  )
  func `sorted or of a time it is that of the program, too`(_ parameters: [String]) throws {
    let target = "/v1/families?" + (parameters + ["limit=1000"]).joined(separator: "&")
    let answer = try server.get(target)
    #expect(answer.status == 200, "\(answer.text)")
    let program = try Traffic.program()
    let options = parameters.flatMap { parameter -> [String] in
      let parts = parameter.split(separator: "=", maxSplits: 1).map(String.init)
      return ["--" + parts[0].replacing("_", with: "-"), parts[1]]
    }
    let run = try program.run(all: ["families", program.index, "--json"] + options)
    let expected = try run.objects()
    #expect(!expected.isEmpty)
    let families = answer.list("families")
    #expect(try CanonicalJSON.lines(families) == CanonicalJSON.lines(expected))
    #expect(answer.object["total"] as? Int == expected.count)
  }

  // MARK: Filters

  @Test func `filters leave out what does not fit, and keep the order`() throws {
    let all = try all()
    func expected(_ isIn: ([String: Any]) -> Bool) -> [String] { Self.names(all.filter(isIn)) }
    let accounts = all.compactMap { $0["accounts"] as? Int }.sorted()
    let middle = accounts[accounts.count / 2]
    #expect(
      try listed("min_accounts=\(middle)") == expected { ($0["accounts"] as? Int ?? 0) >= middle }
    )
    #expect(try listed("min_accounts=\(middle)").count < all.count)
    for kind in ["template", "fragment"] {
      let names = expected { $0["kind"] as? String == kind }
      #expect(!names.isEmpty)
      #expect(try listed("kind=\(kind)") == names)
    }
    for campaign in Set(all.compactMap { $0["campaign"] as? String }) {
      let names = expected { $0["campaign"] as? String == campaign }
      #expect(try listed("campaign=\(campaign)") == names)
    }
    let both = expected {
      $0["kind"] as? String == "template" && ($0["accounts"] as? Int ?? 0) >= middle
    }
    #expect(try listed("kind=template&min_accounts=\(middle)") == both)
    #expect(try listed("min_accounts=1000000").isEmpty)
  }

  @Test func `search looks into templates and names, without regard to case`() throws {
    let all = try all()
    let first = try #require(all.first?["template"] as? String)
    let words: [Substring] = first.split { !$0.isLetter }
    let word = try #require(words.max { $0.count < $1.count })
    for wanted in [String(word), word.uppercased(), word.lowercased()] {
      let expected = Self.names(
        all.filter { family in
          (family["template"] as? String ?? "").lowercased().contains(wanted.lowercased())
        }
      )
      #expect(try listed("search=\(Server.escaped(wanted))") == expected)
      #expect(expected.count < all.count)
    }
    let name = try #require(all.last?["family"] as? String)
    #expect(try listed("search=\(name)") == [name])
    #expect(try listed("search=\(name.uppercased())") == [name])
    #expect(try listed("search=\(name.dropFirst(2).prefix(6))") == [name])
    #expect(try listed("search=no-template-has-this").isEmpty)
    // It is text, not a pattern.
    #expect(try listed("search=\(Server.escaped(".*"))").isEmpty)
  }

  @Test func `brief cuts long templates and leaves out what fills slots`() throws {
    var corpus = SeededCorpus(seed: 321)
    corpus.appendFamily(
      size: 40,
      accountCount: 20,
      template: corpus.template(wordCount: 160, slotCount: 2)
    )
    corpus.appendFamily(
      size: 40,
      accountCount: 20,
      template: corpus.template(wordCount: 24, slotCount: 2)
    )
    let server = try Server(Program())
    try server.add(corpus.prompts)
    try server.mine()
    let full = try server.get("/v1/families").list("families")
    let brief = try server.get("/v1/families?brief=true").list("families")
    #expect(Self.names(full) == Self.names(brief))
    var cutCount = 0
    for (family, short) in zip(full, brief) {
      let template = try #require(family["template"] as? String)
      let isCut = template.unicodeScalars.count > 240
      cutCount += isCut ? 1 : 0
      #expect(short["template"] as? String == String(template.prefix(240)))
      #expect(short["template_cut"] as? Bool == (isCut ? true : nil))
      #expect(family["template_cut"] == nil)
      let slots = try #require(family["slots"] as? [[String: Any]])
      let shortSlots = try #require(short["slots"] as? [[String: Any]])
      #expect(!slots.isEmpty)
      #expect(slots.allSatisfy { $0["examples"] != nil })
      #expect(
        try CanonicalJSON.lines(shortSlots) == CanonicalJSON.lines(slots, without: ["examples"])
      )
      let keys: Set<String> = ["template", "template_cut", "slots"]
      #expect(
        try CanonicalJSON.lines([family], without: keys)
          == CanonicalJSON.lines([short], without: keys)
      )
    }
    #expect(cutCount > 0 && cutCount < full.count)
    let other = try server.get("/v1/families?brief=false").list("families")
    #expect(try CanonicalJSON.lines(other) == CanonicalJSON.lines(full))
  }

  // MARK: Pages

  @Test(arguments: [1, 2, 3, 5, 7, 13, 14, 15, 1000])
  func `pages of any size have each family once`(_ limit: Int) throws {
    let whole = try all()
    for parameters in ["", "?sort=recent", "?kind=template&sort=accounts&brief=true"] {
      let families = try server.walk("/v1/families" + parameters, "families", limit: limit)
      let names = Self.names(families)
      #expect(Set(names).count == names.count)
      if parameters.isEmpty {
        #expect(try CanonicalJSON.lines(families) == CanonicalJSON.lines(whole))
      }
    }
  }

  @Test func `a cursor of another list is refused`() throws {
    func next(_ target: String) throws -> String {
      Server.escaped(try #require(try server.get(target).object["next"] as? String))
    }
    let cursor = try next("/v1/families?limit=2")
    #expect(try server.get("/v1/families?limit=2&cursor=\(cursor)").status == 200)
    let name = try #require(all().first?["family"] as? String)
    let other = try #require(all().last?["family"] as? String)
    let members = try next("/v1/families/\(name)/members?limit=2")
    #expect(try server.get("/v1/families/\(name)/members?cursor=\(members)").status == 200)
    let campaigns = try next("/v1/campaigns?limit=1")
    for target in [
      "/v1/families?sort=recent&limit=2&cursor=\(cursor)",
      "/v1/families?kind=template&limit=2&cursor=\(cursor)",
      "/v1/families?search=a&limit=2&cursor=\(cursor)",
      "/v1/families?since=2026-05-01&limit=2&cursor=\(cursor)",
      "/v1/families?limit=2&cursor=\(members)",
      "/v1/families?limit=2&cursor=\(campaigns)",
      "/v1/families?limit=2&cursor=made-up",
      "/v1/families?limit=2&cursor=",
      "/v1/families?limit=2&cursor=\(String(repeating: "9", count: 2000))",
      "/v1/families/\(other)/members?cursor=\(members)",
      "/v1/families/\(name)/members?cursor=\(cursor)",
      "/v1/campaigns?cursor=\(cursor)",
    ] {
      try server.get(target).expectProblem(400, "invalidInput", target)
    }
  }

  @Test func `parameters out of range are refused`() throws {
    for parameters in [
      "limit=0", "limit=1001", "limit=-1", "limit=ten", "limit=1.5", "limit=", "limit=%2B1",
      "min_accounts=-1", "min_accounts=many", "min_prompts=x", "sort=size", "sort=SPREAD",
      "kind=other", "brief=yes", "brief=1", "since=yesterday", "until=2026-13-01",
      "since=2026-05-02&until=2026-05-01", "since=2026-05-01&until=2026-05-01",
    ] {
      let answer = try server.get("/v1/families?\(parameters)")
      answer.expectProblem(400, "invalidInput", parameters)
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import ChorusTestSupport
import Foundation
import Testing

/// What one account sent.
struct AccountCallTests {
  /// Prompts of one template from twenty accounts, and unrelated ones of the same and of others.
  private static let corpus: SeededCorpus = {
    var corpus = SeededCorpus(seed: 311)
    corpus.appendFamily(size: 60, accountCount: 20)
    corpus.appendNoise(count: 50, accountCount: 10)
    for (place, account) in corpus.prompts.prefix(20).map(\.account).enumerated() {
      corpus.append(corpus.text(wordCount: 20), account: place == 0 ? "a/b c" : account)
    }
    return corpus
  }()

  private static let shared = SharedServers.start {
    let server = try Server(Program())
    try server.add(corpus.prompts)
    try server.mine()
    return server
  }

  private var server: Server { get throws { try Self.shared.get() } }

  private static let accounts = Set(corpus.prompts.map(\.account)).sorted()

  @Test func `an account has the prompts that it sent, in families and outside`() throws {
    let family = try server.get("/v1/families").list("families").first?["family"] as? String
    let path = "/v1/families/\(try #require(family))/members"
    let members = try server.walk(path, "members", limit: 25)
    #expect(members.count >= 60)
    for account in Self.accounts {
      let own = Self.corpus.prompts.filter { $0.account == account }
      let answer = try server.get("/v1/accounts/" + Server.escaped(account))
      #expect(answer.status == 200)
      #expect(answer.object["account"] as? String == account)
      #expect(answer.object["prompts"] as? Int == own.count)
      #expect(answer.object["first_seen"] as? String == own.map(\.time).min()?.description)
      #expect(answer.object["last_seen"] as? String == own.map(\.time).max()?.description)
      let inFamily = members.filter { $0["account"] as? String == account }.count
      #expect(answer.object["in_no_family"] as? Int == own.count - inFamily)
      let families = answer.list("families")
      #expect(families.count == (inFamily == 0 ? 0 : 1))
      #expect(families.first?["prompts"] as? Int == (inFamily == 0 ? nil : inFamily))
    }
  }

  @Test(arguments: [1, 3, 1000])
  func `its prompts are listed page by page, with texts where they are wanted`(limit: Int) throws {
    for account in Self.accounts {
      let path = "/v1/accounts/\(Server.escaped(account))/prompts?with_text=true"
      let listed = try server.walk(path, "prompts", limit: limit)
      let own = Self.corpus.prompts.filter { $0.account == account }
      #expect(Set(listed.map { $0["id"] as? String }) == Set(own.map(\.id)))
      #expect(Set(listed.map { $0["text"] as? String }) == Set(own.map(\.text)))
      #expect(listed.allSatisfy { $0["account"] as? String == account })
    }
    let bare = try server.walk("/v1/accounts/a%2Fb%20c/prompts", "prompts", limit: limit)
    #expect(bare.allSatisfy { $0["text"] == nil && $0["family"] is NSNull })
  }

  @Test func `an account without a prompt is not found`() throws {
    #expect(try server.get("/v1/accounts/nobody").status == 404)
    #expect(try server.get("/v1/accounts/nobody/prompts").status == 404)
  }
}

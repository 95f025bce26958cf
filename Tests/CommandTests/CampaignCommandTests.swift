// SPDX-License-Identifier: Apache-2.0

import Chorus
import ChorusTestSupport
import Foundation
import Testing

struct CampaignCommandTests {
  private static let truth = "truth.jsonl"

  /// An index of simulated traffic, and the accounts of each campaign in it.
  private static func program() throws -> (Program, Set<Set<String>>) {
    let program = try Program()
    let truth = program.folder.path(of: Self.truth)
    let traffic = program.folder.path(of: "traffic.jsonl")
    let run = try program.run("simulate", "--prompts", "15000", "--seed", "3", "--truth", truth)
    try run.output.write(toFile: traffic, atomically: true, encoding: .utf8)
    #expect(try program.run("index", program.index, traffic, "--quiet").status == 0)
    var accounts: [String: Set<String>] = [:]
    for line in try String(contentsOfFile: truth, encoding: .utf8).split(separator: "\n") {
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      guard let campaign = object?["campaign"] as? String else { continue }
      accounts[campaign, default: []].insert(try #require(object?["account"] as? String))
    }
    return (program, Set(accounts.values))
  }

  @Test func `campaigns are found, shown and listed`() throws {
    let (program, truth) = try Self.program()
    let campaigns = try program.run("campaigns", program.index, "--json").objects()
    #expect(campaigns.count == truth.count)
    let first = try #require(campaigns.first)
    #expect(
      Set(first.keys) == [
        "campaign", "score", "accounts", "prompts", "families", "first_seen", "last_seen",
        "signals",
      ]
    )
    let signal = try #require((first["signals"] as? [[String: Any]])?.first)
    #expect(Set(signal.keys) == ["name", "value", "bits", "p_value", "says"])

    var found: [String: Set<String>] = [:]
    for row in try program.run("campaigns", program.index, "--accounts", "--json").objects() {
      #expect(
        Set(row.keys) == [
          "campaign", "account", "prompts", "share_of_account", "families", "first_seen",
          "last_seen",
        ]
      )
      let name = try #require(row["campaign"] as? String)
      found[name, default: []].insert(try #require(row["account"] as? String))
    }
    // No one else is accused, and nearly all are found: a stray prompt of a pool is left out.
    for accounts in found.values {
      #expect(truth.contains { $0.isSuperset(of: accounts) && 10 * accounts.count >= 9 * $0.count })
    }

    // Each family names the campaign that names it.
    var families: [String: Set<String>] = [:]
    for family in try program.run("families", program.index, "--json").objects() {
      guard let campaign = family["campaign"] as? String else { continue }
      families[campaign, default: []].insert(try #require(family["family"] as? String))
    }
    for campaign in campaigns {
      let name = try #require(campaign["campaign"] as? String)
      #expect(families[name] == Set(try #require(campaign["families"] as? [String])))
    }

    let name = try #require(first["campaign"] as? String)
    let page = try program.run("campaign", program.index, name)
    #expect(page.status == 0)
    #expect(page.output.contains("Evidence"))
    let accounts = try program.run("campaign", program.index, name, "--accounts", "--json")
    #expect(try accounts.objects().count == found[name]?.count)
    let list = try program.run("campaigns", program.index)
    #expect(list.output.contains("by chance"))
  }

  @Test func `a campaign that is not there is an error that says where to look`() throws {
    let program = try Program()
    _ = try program.makeIndex()
    let run = try program.run("campaign", program.index, "c-nothing")
    #expect(run.status == 1)
    #expect(run.errors.contains("chorus campaigns"))
    #expect(try program.run("campaigns", program.index, "--limit", "0").status == 2)
  }
}

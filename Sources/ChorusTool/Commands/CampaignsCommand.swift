// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chorus

struct CampaignsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "campaigns",
    abstract: "Lists the sets of accounts that act together, with the evidence for each.",
    discussion: """
      Accounts are named when two independent signals speak against chance: the same accounts in \
      several families, a load shared as a balancer shares it, activity round the clock. Public \
      templates, wrappers and one customer's batches show no two of these.
      """
  )

  @OptionGroup var options: IndexOptions

  @OptionGroup var mining: FamilyOptions

  @Option(help: "The most campaigns to list.")
  var limit: Int?

  @Flag(help: "List the accounts of all campaigns instead.")
  var accounts = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit must be at least 1.") }
  }

  func run() throws {
    let list = try mining.campaigns(of: options)
    let shown = list.campaigns.prefix(limit ?? list.campaigns.count)
    if accounts {
      for campaign in shown { try CampaignPrinter(output: output).printAccounts(campaign) }
      return
    }
    if output.json {
      let lines = JSONLines()
      for campaign in shown { try lines.write(CampaignObject(campaign)) }
      return
    }
    if !shown.isEmpty { printTable(Array(shown)) }
    guard !output.quiet else { return }
    let out = Terminal.output
    out.line(
      "\(Format.count(list.campaigns.count)) campaigns among "
        + "\(Format.count(list.examinedCount)) groups of families looked at; by chance "
        + "\(Format.decimal(list.expectedFalseCount, 6)) would be named."
    )
  }

  private func printTable(_ campaigns: [Campaign]) {
    var table = Table([
      ("campaign", .left), ("score", .right), ("accounts", .right), ("prompts", .right),
      ("families", .right), ("first seen", .left), ("last seen", .left), ("signals", .left),
    ])
    for campaign in campaigns {
      let signals = campaign.signals.filter(\.speaks).map(\.kind.rawValue)
      table.add([
        campaign.name, Format.decimal(campaign.score, 0), Format.count(campaign.accounts.count),
        Format.count(campaign.promptCount), Format.count(campaign.families.count),
        String(campaign.firstSeen.description.prefix(10)),
        String(campaign.lastSeen.description.prefix(10)), signals.joined(separator: ", "),
      ])
    }
    table.print()
  }
}

// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chorus
import ChorusWire

struct CampaignsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "campaigns",
    abstract: "Lists the sets of accounts that act together, with the evidence for each.",
    discussion: """
      Accounts are named when two independent signals speak against chance: that they are active \
      round the clock, and that the same accounts are in several families or share their load as a \
      balancer does. Public templates, wrappers, one customer's batches and people who were given \
      the same task do not show both.
      """
  )

  @OptionGroup var search: CampaignOptions

  @Option(help: "The most campaigns to list.")
  var limit: Int?

  @Flag(help: "List the accounts of all campaigns instead.")
  var accounts = false

  @Flag(help: "List campaigns that were marked as benign, too.")
  var all = false

  @Flag(help: "Print all groups of families that were looked at, named or not, as JSON Lines.")
  var examined = false

  @Flag(help: "Print comma-separated values with a header.")
  var csv = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit must be at least 1.") }
    guard !(csv && output.json) else { throw ValidationError("Give --csv or --json, not both.") }
    guard !(examined && (csv || accounts || all)) else {
      throw ValidationError("--examined goes with none of --csv, --accounts and --all.")
    }
  }

  func run() throws {
    let found = try search.find()
    if examined {
      let lines = JSONLines()
      for group in found.list.examined { try lines.write(ExaminedObject(group)) }
      return
    }
    let listed = all ? found.list.campaigns : found.suspected
    let shown = Array(listed.prefix(limit ?? listed.count))
    if accounts {
      return try CampaignPrinter(output: output, usesCSV: csv).printAccounts(shown)
    }
    if output.json {
      let lines = JSONLines()
      for campaign in shown {
        try lines.write(CampaignObject(campaign, found.verdict(about: campaign)))
      }
      return
    }
    if csv { return printCSV(shown, found) }
    if !shown.isEmpty { printTable(shown, found) }
    guard !output.quiet else { return }
    let out = Terminal.output
    out.line(
      "\(Format.count(listed.count)) campaigns among "
        + "\(Format.count(found.list.examinedCount)) groups of families looked at; by chance "
        + "\(Format.decimal(found.list.expectedFalseCount, 6)) would be named."
    )
    let benign = found.list.campaigns.count - listed.count
    if benign > 0 { out.line("\(Format.count(benign)) marked as benign are left out; see --all.") }
    if found.knownCount > 0 {
      out.line("\(Format.count(found.knownCount)) families are known templates.")
    }
  }

  private func printTable(_ campaigns: [Campaign], _ found: FoundCampaigns) {
    var table = Table([
      ("campaign", .left), ("score", .right), ("accounts", .right), ("prompts", .right),
      ("families", .right), ("first seen", .left), ("last seen", .left), ("verdict", .left),
      ("signals", .left),
    ])
    for campaign in campaigns {
      let signals = campaign.signals.filter(\.speaks).map(\.kind.rawValue)
      table.add([
        campaign.name, Format.decimal(campaign.score, 0), Format.count(campaign.accounts.count),
        Format.count(campaign.promptCount), Format.count(campaign.families.count),
        String(campaign.firstSeen.description.prefix(10)),
        String(campaign.lastSeen.description.prefix(10)),
        found.verdict(about: campaign)?.decision.rawValue ?? "",
        signals.joined(separator: ", "),
      ])
    }
    table.print()
  }

  private func printCSV(_ campaigns: [Campaign], _ found: FoundCampaigns) {
    Terminal.output.line(
      "campaign,score,accounts,prompts,families,first_seen,last_seen,verdict,signals"
    )
    for campaign in campaigns {
      Terminal.output.line(
        CSV.line([
          campaign.name, Format.decimal(campaign.score, 3), String(campaign.accounts.count),
          String(campaign.promptCount), campaign.families.joined(separator: " "),
          campaign.firstSeen.description, campaign.lastSeen.description,
          found.verdict(about: campaign)?.decision.rawValue ?? "",
          campaign.signals.filter(\.speaks).map(\.kind.rawValue).joined(separator: " "),
        ])
      )
    }
  }
}

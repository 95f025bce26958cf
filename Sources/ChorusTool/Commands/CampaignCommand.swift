// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chorus

struct CampaignCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "campaign",
    abstract: "Shows one campaign: the evidence in sentences, its families and accounts."
  )

  @OptionGroup var options: IndexOptions

  @Argument(help: "The name of the campaign, as 'chorus campaigns' prints it.")
  var name: String

  @OptionGroup var mining: FamilyOptions

  @Flag(help: "List its accounts.")
  var accounts = false

  @OptionGroup var output: OutputOptions

  func run() throws {
    let campaign = try mining.campaigns(of: options).campaign(named: name)
    if accounts { return try CampaignPrinter(output: output).printAccounts(campaign) }
    if output.json { return try JSONLines().write(CampaignObject(campaign)) }
    let out = Terminal.output
    out.line(out.bold("Campaign \(campaign.name)"))
    out.line(
      "\(Format.count(campaign.promptCount)) prompts of "
        + "\(Format.count(campaign.families.count)) families from "
        + "\(Format.count(campaign.accounts.count)) accounts, "
        + "\(campaign.firstSeen) to \(campaign.lastSeen)."
    )
    out.line()
    out.line(out.bold("Evidence"))
    for signal in campaign.signals {
      out.line("  \(signal.kind.rawValue) (\(Format.decimal(signal.bits, 0)) bits)")
      out.line("    \(signal.sentence)")
    }
    out.line()
    out.line(out.bold("Families"))
    for family in campaign.families { out.line("  \(family)") }
    out.line()
    out.line("Its accounts: add --accounts. A family: chorus family INDEX NAME.")
  }
}

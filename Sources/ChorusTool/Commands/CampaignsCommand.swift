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

/// Prints the accounts of a campaign.
struct CampaignPrinter {
  let output: OutputOptions

  private struct Row: Encodable {
    var campaign: String
    var account: String
    var prompts: Int
    var shareOfAccount: Double
    var families: Int
    var firstSeen: String
    var lastSeen: String

    enum CodingKeys: String, CodingKey {
      case campaign, account, prompts, families
      case shareOfAccount = "share_of_account"
      case firstSeen = "first_seen"
      case lastSeen = "last_seen"
    }
  }

  func printAccounts(_ campaign: Campaign) throws {
    guard output.json else {
      var table = Table([
        ("campaign", .left), ("account", .left), ("prompts", .right), ("share", .right),
        ("families", .right), ("first seen", .left), ("last seen", .left),
      ])
      for account in campaign.accounts {
        table.add([
          campaign.name, account.name, Format.count(account.promptCount),
          Format.decimal(100 * account.share, 0) + " %", Format.count(account.familyCount),
          account.firstSeen.description, account.lastSeen.description,
        ])
      }
      return table.print()
    }
    let lines = JSONLines()
    for account in campaign.accounts {
      try lines.write(
        Row(
          campaign: campaign.name,
          account: account.name,
          prompts: account.promptCount,
          shareOfAccount: account.share,
          families: account.familyCount,
          firstSeen: account.firstSeen.description,
          lastSeen: account.lastSeen.description
        )
      )
    }
  }
}

/// A campaign as JSON.
struct CampaignObject: Encodable {
  struct SignalObject: Encodable {
    var name: String
    var value: Double
    var pValue: Double
    var says: String

    enum CodingKeys: String, CodingKey {
      case name, value, says
      case pValue = "p_value"
    }
  }

  var campaign: String
  var score: Double
  var accounts: Int
  var prompts: Int
  var families: [String]
  var firstSeen: String
  var lastSeen: String
  var signals: [SignalObject]

  enum CodingKeys: String, CodingKey {
    case campaign, score, accounts, prompts, families, signals
    case firstSeen = "first_seen"
    case lastSeen = "last_seen"
  }

  init(_ campaign: Campaign) {
    self.campaign = campaign.name
    score = campaign.score
    accounts = campaign.accounts.count
    prompts = campaign.promptCount
    families = campaign.families
    firstSeen = campaign.firstSeen.description
    lastSeen = campaign.lastSeen.description
    signals = campaign.signals.map { signal in
      SignalObject(
        name: signal.kind.rawValue,
        value: signal.value,
        pValue: signal.pValue,
        says: signal.sentence
      )
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import Chorus

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

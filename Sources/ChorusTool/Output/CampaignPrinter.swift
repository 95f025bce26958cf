// SPDX-License-Identifier: Apache-2.0

import Chorus

/// Prints the accounts of campaigns.
struct CampaignPrinter {
  let output: OutputOptions
  var usesCSV = false

  func printAccounts(_ campaigns: [Campaign]) throws {
    if usesCSV {
      Terminal.output.line(
        "campaign,account,prompts,share_of_account,families,first_seen,last_seen"
      )
    }
    for campaign in campaigns { try printAccounts(campaign) }
  }

  private func printAccounts(_ campaign: Campaign) throws {
    if usesCSV {
      for account in campaign.accounts {
        Terminal.output.line(
          CSV.line([
            campaign.name, account.name, String(account.promptCount),
            Format.decimal(account.share, 4), String(account.familyCount),
            account.firstSeen.description, account.lastSeen.description,
          ])
        )
      }
      return
    }
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
    for account in campaign.accounts { try lines.write(AccountObject(campaign.name, account)) }
  }
}

/// An account of a campaign as JSON.
struct AccountObject: Encodable {
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

  init(_ campaign: String, _ account: Campaign.Account) {
    self.campaign = campaign
    self.account = account.name
    prompts = account.promptCount
    shareOfAccount = account.share
    families = account.familyCount
    firstSeen = account.firstSeen.description
    lastSeen = account.lastSeen.description
  }
}

/// A signal as JSON.
struct SignalObject: Encodable {
  var name: String
  var value: Double
  var bits: Double
  var pValue: Double
  var says: String

  enum CodingKeys: String, CodingKey {
    case name, value, bits, says
    case pValue = "p_value"
  }

  init(_ signal: Signal) {
    name = signal.kind.rawValue
    value = signal.value
    bits = signal.bits
    pValue = signal.pValue
    says = signal.sentence
  }
}

/// A group of families that was looked at as JSON.
struct ExaminedObject: Encodable {
  var families: [String]
  var accounts: Int
  var named: Bool
  var signals: [SignalObject]

  init(_ group: ExaminedGroup) {
    families = group.families
    accounts = group.accountCount
    named = group.isNamed
    signals = group.signals.map(SignalObject.init)
  }
}

/// A campaign as JSON.
struct CampaignObject: Encodable {
  var campaign: String
  var score: Double
  var accounts: Int
  var prompts: Int
  var families: [String]
  var firstSeen: String
  var lastSeen: String
  var signals: [SignalObject]
  var verdict: VerdictObject?

  struct VerdictObject: Encodable {
    var decision: String
    var note: String
    var time: String
  }

  enum CodingKeys: String, CodingKey {
    case campaign, score, accounts, prompts, families, signals, verdict
    case firstSeen = "first_seen"
    case lastSeen = "last_seen"
  }

  init(_ campaign: Campaign, _ verdict: Verdict?) {
    self.campaign = campaign.name
    score = campaign.score
    accounts = campaign.accounts.count
    prompts = campaign.promptCount
    families = campaign.families
    firstSeen = campaign.firstSeen.description
    lastSeen = campaign.lastSeen.description
    signals = campaign.signals.map(SignalObject.init)
    self.verdict = verdict.map { verdict in
      VerdictObject(
        decision: verdict.decision.rawValue,
        note: verdict.note,
        time: verdict.time.description
      )
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import Chorus
import ChorusWire

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

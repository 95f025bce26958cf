// SPDX-License-Identifier: Apache-2.0

package import ChorusCampaign
internal import ChorusCore

/// An account of a campaign as JSON.
package struct AccountObject: Encodable, Sendable {
  package var campaign: String
  package var account: String
  package var prompts: Int
  package var shareOfAccount: Double
  package var families: Int
  package var firstSeen: String
  package var lastSeen: String

  enum CodingKeys: String, CodingKey {
    case campaign, account, prompts, families
    case shareOfAccount = "share_of_account"
    case firstSeen = "first_seen"
    case lastSeen = "last_seen"
  }

  /// Creates the object of an account of a campaign.
  package init(_ campaign: String, _ account: Campaign.Account) {
    self.campaign = campaign
    self.account = account.name
    prompts = account.promptCount
    shareOfAccount = account.share
    families = account.familyCount
    firstSeen = account.firstSeen.description
    lastSeen = account.lastSeen.description
  }
}

// SPDX-License-Identifier: Apache-2.0

package import ChorusCampaign
internal import ChorusCore

/// A campaign as JSON.
package struct CampaignObject: Encodable, Sendable {
  package var campaign: String
  package var score: Double
  package var accounts: Int
  package var prompts: Int
  package var families: [String]
  package var firstSeen: String
  package var lastSeen: String
  package var signals: [SignalObject]
  package var verdict: VerdictObject?

  enum CodingKeys: String, CodingKey {
    case campaign, score, accounts, prompts, families, signals, verdict
    case firstSeen = "first_seen"
    case lastSeen = "last_seen"
  }

  /// Creates the object of a campaign and what was decided about it.
  package init(_ campaign: Campaign, _ verdict: Verdict?) {
    self.campaign = campaign.name
    score = campaign.score
    accounts = campaign.accounts.count
    prompts = campaign.promptCount
    families = campaign.families
    firstSeen = campaign.firstSeen.description
    lastSeen = campaign.lastSeen.description
    signals = campaign.signals.map(SignalObject.init)
    self.verdict = verdict.map(VerdictObject.init)
  }
}

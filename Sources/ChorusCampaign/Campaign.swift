// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
internal import Glibc

/// Accounts that act together, and what says so.
public struct Campaign: Sendable {
  /// An account of a campaign.
  public struct Account: Hashable, Sendable {
    /// The account's name.
    public var name: String
    /// Its prompts in the campaign's families.
    public var promptCount: Int
    /// The share of all its prompts that these are, in `0...1`.
    public var share: Double
    /// The number of the campaign's families that it sent.
    public var familyCount: Int
    /// When it sent the first of them.
    public var firstSeen: Timestamp
    /// When it sent the last of them.
    public var lastSeen: Timestamp
  }

  /// A name made of the campaign's families, so that finding it again gives it again.
  public var name: String
  /// The bits of all signals together; ranks campaigns.
  public var score: Double
  /// The names of its families.
  public var families: [String]
  /// Its accounts, busiest first.
  public var accounts: [Account]
  /// The prompts of its accounts in its families.
  public var promptCount: Int
  /// When the first of them was sent.
  public var firstSeen: Timestamp
  /// When the last of them was sent.
  public var lastSeen: Timestamp
  /// What was measured, the most telling first.
  public var signals: [Signal]
}

/// One thing that was measured about a group of accounts.
public struct Signal: Hashable, Sendable {
  /// What was measured.
  public enum Kind: String, CaseIterable, Sendable {
    /// The same accounts in several families.
    case portfolio
    /// How evenly the accounts share the load.
    case load
    /// Activity round the clock.
    case clock
  }

  /// What was measured.
  public var kind: Kind
  /// The value: see the page *Campaigns*.
  public var value: Double
  /// The bits of evidence: chance does this once in 2 to this power.
  public var bits: Double
  /// A sentence for a person.
  public var sentence: String

  /// The probability that innocent accounts look like this.
  public var pValue: Double { Self.power(-bits) }

  /// Whether it counts for a campaign.
  public var speaks: Bool { bits >= CampaignFinder.signalBits }

  static func power(_ exponent: Double) -> Double { exponent < -1000 ? 0 : exp2(exponent) }
}

/// The campaigns that were found, and how far to trust the list.
public struct CampaignList: Sendable {
  /// The campaigns, most telling first.
  public var campaigns: [Campaign]
  /// How many groups of accounts were looked at.
  public var examinedCount: Int
  /// How many innocent groups would be named by chance.
  public var expectedFalseCount: Double

  /// The campaign with a name.
  ///
  /// - Throws: `notFound` when there is none.
  public func campaign(named name: String) throws(ChorusError) -> Campaign {
    guard let campaign = campaigns.first(where: { $0.name == name }) else {
      throw ChorusError(
        .notFound,
        "Cannot find a campaign named '\(name)'; 'chorus campaigns' lists the names."
      )
    }
    return campaign
  }
}

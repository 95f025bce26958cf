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

  /// Creates a campaign.
  package init(
    name: String,
    score: Double,
    families: [String],
    accounts: [Account],
    promptCount: Int,
    firstSeen: Timestamp,
    lastSeen: Timestamp,
    signals: [Signal]
  ) {
    self.name = name
    self.score = score
    self.families = families
    self.accounts = accounts
    self.promptCount = promptCount
    self.firstSeen = firstSeen
    self.lastSeen = lastSeen
    self.signals = signals
  }
}

/// One thing that was measured about a group of accounts.
public struct Signal: Hashable, Sendable {
  /// What was measured.
  public enum Kind: String, CaseIterable, Sendable {
    /// The same accounts in several families.
    case portfolio
    /// How evenly the accounts share the load.
    case load
    /// Activity round the clock, of the group as a whole.
    case clock
    /// Activity round the clock, of each account by itself.
    case rest
    /// Accounts that start when others stop.
    case succession
    /// Accounts that start together, or stop together.
    case onset
    /// Accounts that are new and send at full rate at once.
    case newness
    /// A value of an attribute that the accounts have in common.
    case attribute
    /// How much of what its accounts send is the campaign's.
    case focus

    /// Whether it can count for a campaign; the others explain one, for innocents have them too.
    public var canSpeak: Bool {
      switch self {
      case .portfolio, .load, .clock, .rest: true
      case .succession, .onset, .newness, .attribute, .focus: false
      }
    }

    /// Whether it is about hours, which people given the same task do not share with machines.
    var isOfHours: Bool { self == .clock || self == .rest }
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
  public var speaks: Bool { kind.canSpeak && bits >= CampaignFinder.signalBits }

  static func power(_ exponent: Double) -> Double { exponent < -1000 ? 0 : exp2(exponent) }
}

/// A group of families that was looked at, named or not.
public struct ExaminedGroup: Sendable {
  /// The names of its families.
  public var families: [String]
  /// The accounts that belong to it.
  public var accountCount: Int
  /// What was measured that can count for a campaign, the most telling first.
  public var signals: [Signal]
  /// Whether it was named as a campaign.
  public var isNamed: Bool
}

/// The campaigns that were found, and how far to trust the list.
public struct CampaignList: Sendable {
  /// The campaigns, most telling first.
  public var campaigns: [Campaign]
  /// All groups of families that were looked at, for judging how the signals do.
  public var examined: [ExaminedGroup]
  /// How many groups of accounts were looked at.
  public var examinedCount: Int { examined.count }
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

// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
public import ChorusFamily
internal import Glibc

/// Finds the accounts that act together, by families that the same accounts send and by how they
/// send them.
///
/// A family by itself is no accusation: public templates have many accounts too. A group of
/// accounts is named when two independent signals speak against chance; see the page *Campaigns*.
public struct CampaignFinder: Sendable {
  /// What makes a campaign.
  public struct Options: Hashable, Sendable {
    /// The fewest accounts of a campaign.
    public var minimumAccountCount = 10

    /// Creates the default options.
    public init() {}
  }

  /// The bits from which on a signal speaks: once in 256 by chance.
  static let signalBits = 8.0
  /// The bits that all signals which speak need together, after correction for the groups looked
  /// at.
  static let neededBits = 20.0
  /// The most bits that one signal adds to a score.
  static let bitLimit = 100.0

  private let options: Options

  /// Creates a finder.
  public init(options: Options = Options()) { self.options = options }

  /// Finds the campaigns among the families of a catalogue.
  ///
  /// - Parameters:
  ///   - catalogue: The families.
  ///   - known: The numbers of families that are known to be innocent; their prompts count as
  ///     ordinary ones.
  /// - Returns: The campaigns.
  /// - Throws: `corrupted` when a segment is damaged.
  /// - Complexity: O(*n*) in the prompts of the snapshot, plus the pairs of families that one
  ///   account sends.
  public func find(
    _ catalogue: FamilyCatalogue,
    known: Set<Int> = []
  ) throws(ChorusError) -> CampaignList {
    var list = find(
      try catalogue.activity(without: known),
      families: catalogue.families.map(\.name)
    )
    try AttributeGathering(catalogue.snapshot).explain(&list.campaigns)
    return list
  }

  /// Finds the campaigns in some activity.
  package func find(_ activity: FamilyActivity, families: [String]) -> CampaignList {
    let portfolio = Portfolio(activity, familyCount: families.count)
    var groupOfFamily = [Int](repeating: 0, count: families.count)
    for (number, group) in portfolio.groups.enumerated() {
      for family in group { groupOfFamily[family] = number }
    }
    var events = [[FamilyActivity.Event]](repeating: [], count: portfolio.groups.count)
    for event in activity.events { events[groupOfFamily[Int(event.family)]].append(event) }
    var linkBits = [Double](repeating: 0, count: portfolio.groups.count)
    for link in portfolio.links where groupOfFamily[link.first] == groupOfFamily[link.second] {
      let group = groupOfFamily[link.first]
      linkBits[group] = max(linkBits[group], link.bits)
    }
    let groupCount = events.reduce(0) { $0 + ($1.isEmpty ? 0 : 1) }
    let correction = log2(Double(max(groupCount, 1)))
    let judge = GroupJudge(activity: activity)
    var campaigns: [Campaign] = []
    var examined: [ExaminedGroup] = []
    // Made when there is something to explain.
    var explaining: GroupExplainer?
    // A family that is known to be innocent has no prompts here, and is not looked at.
    for (number, group) in portfolio.groups.enumerated() where !events[number].isEmpty {
      let evidence = judge.judge(events[number], linkBits: linkBits[number])
      let isNamed =
        evidence.accounts.count >= options.minimumAccountCount
        && evidence.isEnough(correction: correction)
      examined.append(
        ExaminedGroup(
          families: group.map { families[$0] },
          accountCount: evidence.accounts.count,
          signals: evidence.signals,
          isNamed: isNamed
        )
      )
      guard isNamed else { continue }
      let explainer = explaining ?? GroupExplainer(activity)
      explaining = explainer
      var campaign = campaign(evidence, activity, group.map { families[$0] })
      campaign.signals += explainer.signals(events: evidence.events, accounts: evidence.accounts)
      campaigns.append(campaign)
    }
    campaigns.sort { ($1.score, $0.name) < ($0.score, $1.name) }
    // The product of p-values that are uniform (Fisher, 1925), for three signals at most: chance
    // reaches the needed sum in each group less often than that, since two must speak.
    let sum = (Self.neededBits + correction) * M_LN2
    let chance = exp(-sum) * (1 + sum + sum * sum / 2)
    return CampaignList(
      campaigns: campaigns,
      examined: examined,
      expectedFalseCount: chance * Double(groupCount)
    )
  }

  private func campaign(
    _ evidence: GroupEvidence,
    _ activity: FamilyActivity,
    _ families: [String]
  ) -> Campaign {
    var accounts: [UInt32: (account: Campaign.Account, families: Set<Int32>)] = [:]
    var first = Timestamp.end
    var last = Timestamp.earliest
    for event in evidence.events {
      first = min(first, event.time)
      last = max(last, event.time)
      var entry =
        accounts[event.account]
        ?? (
          Campaign.Account(
            name: activity.accountNames[Int(event.account)],
            promptCount: 0,
            share: 0,
            familyCount: 0,
            firstSeen: event.time,
            lastSeen: event.time
          ), []
        )
      entry.account.promptCount += 1
      entry.account.firstSeen = min(entry.account.firstSeen, event.time)
      entry.account.lastSeen = max(entry.account.lastSeen, event.time)
      entry.families.insert(event.family)
      accounts[event.account] = entry
    }
    let all = accounts.map { number, entry in
      var account = entry.account
      account.familyCount = entry.families.count
      account.share =
        Double(account.promptCount) / Double(max(activity.promptCounts[Int(number)], 1))
      return account
    }
    .sorted { ($1.promptCount, $0.name) < ($0.promptCount, $1.name) }
    let key = families.map { (Hashing.hash64(Array($0.utf8)), $0) }.min { $0 < $1 }
    return Campaign(
      name: "c-" + (key?.1.dropFirst(2) ?? ""),
      score: evidence.score,
      families: families,
      accounts: all,
      promptCount: evidence.events.count,
      firstSeen: first,
      lastSeen: last,
      signals: evidence.signals
    )
  }
}

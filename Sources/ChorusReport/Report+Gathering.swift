// SPDX-License-Identifier: Apache-2.0

public import ChorusCampaign
internal import ChorusCore
public import ChorusFamily

extension Report {
  /// How many accounts of a campaign are listed.
  static let listedAccountCount = 25
  /// How many families in no campaign are listed.
  static let listedFamilyCount = 100

  /// Gathers what a page shows about the campaigns and families of a snapshot.
  ///
  /// - Parameters:
  ///   - head: What was looked at, and when.
  ///   - catalogue: The families.
  ///   - list: The campaigns among them.
  ///   - verdicts: What a person decided, by the name of the campaign.
  ///   - examples: Prompts to show, by the name of the family; with them go the fillers of its
  ///     slots. Without them no text of a prompt is taken but templates.
  /// - Throws: `corrupted` when a segment is damaged.
  /// - Complexity: O(*n*) in the prompts of the snapshot. Memory goes by the accounts and families
  ///   of campaigns.
  public init(
    _ head: Head,
    catalogue: FamilyCatalogue,
    list: CampaignList,
    verdicts: [String: String] = [:],
    examples: [String: [String]] = [:]
  ) throws {
    self.init(head)
    familyCount = catalogue.families.count
    examinedCount = list.examinedCount
    expectedFalseCount = list.expectedFalseCount
    var tally = MemberTally(catalogue, list, examples)
    try catalogue.forEachMember { tally.add($0) }
    campaigns = zip(list.campaigns, tally.campaigns).map { found, counted in
      Campaign(found, counted, verdict: verdicts[found.name])
    }
    otherFamilies = tally.others
    otherFamilyCount = tally.otherCount
  }
}

extension Report.Campaign {
  fileprivate init(_ found: ChorusCampaign.Campaign, _ counted: CampaignTally, verdict: String?) {
    self.init(name: found.name, firstSeen: found.firstSeen, lastSeen: found.lastSeen)
    score = found.score
    accountCount = found.accounts.count
    promptCount = found.promptCount
    self.verdict = verdict
    signals = found.signals.map(Report.Signal.init)
    families = counted.families
    accounts = found.accounts.prefix(Report.listedAccountCount).map(Report.Account.init)
    timeline = counted.timeline
    matrix = counted.matrix
  }
}

extension Report.Signal {
  fileprivate init(_ signal: ChorusCampaign.Signal) {
    self.init(name: signal.kind.rawValue, sentence: signal.sentence)
    value = signal.value
    bits = signal.bits
    speaks = signal.speaks
  }
}

extension Report.Account {
  fileprivate init(_ account: ChorusCampaign.Campaign.Account) {
    self.init(name: account.name, firstSeen: account.firstSeen, lastSeen: account.lastSeen)
    promptCount = account.promptCount
    share = account.share
    familyCount = account.familyCount
  }
}

/// What is counted about one campaign.
private struct CampaignTally {
  /// The places of its accounts, busiest first.
  var ranks: [String: Int] = [:]
  var families: [Report.Family] = []
  var timeline: Report.Timeline
  var matrix: [[Int]] = []

  init(_ campaign: ChorusCampaign.Campaign) {
    timeline = Report.Timeline(from: campaign.firstSeen, through: campaign.lastSeen)
    for (rank, account) in campaign.accounts.enumerated() { ranks[account.name] = rank }
  }

  /// Adds a family, without prompts yet.
  mutating func add(_ family: Report.Family) {
    var family = family
    family.campaignPromptCount = 0
    family.timeline = timeline
    families.append(family)
    if matrix.count < AccountMatrix.rowLimit {
      matrix.append([Int](repeating: 0, count: min(ranks.count, AccountMatrix.columnLimit)))
    }
  }

  /// Counts a prompt of one of its families, if one of its accounts sent it.
  mutating func add(_ member: FamilyCatalogue.Member, family: Int) {
    guard let rank = ranks[member.account] else { return }
    timeline.add(member.time)
    families[family].timeline.add(member.time)
    families[family].campaignPromptCount = (families[family].campaignPromptCount ?? 0) + 1
    if family < matrix.count, rank < matrix[family].count { matrix[family][rank] += 1 }
  }
}

/// Counts the prompts of families as they go by.
private struct MemberTally {
  /// Where a family is shown.
  private enum Place {
    case campaign(Int, family: Int)
    case other(Int)
    case nowhere
  }

  var campaigns: [CampaignTally]
  var others: [Report.Family] = []
  var otherCount = 0
  private var places: [Place]

  init(_ catalogue: FamilyCatalogue, _ list: CampaignList, _ examples: [String: [String]]) {
    campaigns = list.campaigns.map { CampaignTally($0) }
    places = [Place](repeating: .nowhere, count: catalogue.families.count)
    var campaignOfFamily: [String: Int] = [:]
    for (number, campaign) in list.campaigns.enumerated() {
      for name in campaign.families { campaignOfFamily[name] = number }
    }
    for (number, family) in catalogue.families.enumerated() {
      var entry = Report.Family(family)
      if let prompts = examples[family.name], !prompts.isEmpty {
        entry.examples = prompts
        entry.template = family.template
      }
      if let campaign = campaignOfFamily[family.name] {
        places[number] = .campaign(campaign, family: campaigns[campaign].families.count)
        campaigns[campaign].add(entry)
      } else {
        otherCount += 1
        guard others.count < Report.listedFamilyCount else { continue }
        places[number] = .other(others.count)
        others.append(entry)
      }
    }
    // One axis for all of them, so that they can be compared.
    let first = others.map(\.spread.firstSeen).min() ?? .earliest
    let last = others.map(\.spread.lastSeen).max() ?? .earliest
    for number in others.indices {
      others[number].timeline = Report.Timeline(from: first, through: last)
    }
  }

  mutating func add(_ member: FamilyCatalogue.Member) {
    switch places[member.family] {
    case .campaign(let campaign, let family): campaigns[campaign].add(member, family: family)
    case .other(let number): others[number].timeline.add(member.time)
    case .nowhere: break
    }
  }
}

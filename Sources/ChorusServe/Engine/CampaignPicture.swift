// SPDX-License-Identifier: Apache-2.0

internal import ChorusCampaign
internal import ChorusCore
internal import ChorusFamily

/// What can be drawn of a campaign: its prompts day by day, and those of each account and family.
struct CampaignPicture: Sendable {
  /// The most families that are drawn.
  static let familyLimit = 40
  /// The most accounts that are drawn.
  static let accountLimit = 64

  /// The names of the families drawn.
  private(set) var families: [String]
  /// The names of the accounts drawn, busiest first.
  private(set) var accounts: [String]
  /// For each family drawn, the prompts of each account drawn.
  private(set) var counts: [[Int]]
  /// The prompts of each day that has any, by its midnight.
  private(set) var days: [(start: Timestamp, promptCount: Int)] = []

  private static let dayLength: Int64 = 86_400_000

  /// Counts the prompts of a campaign.
  ///
  /// - Complexity: O(*n*) in the prompts of the snapshot.
  init(
    _ campaign: Campaign,
    families numbers: [Int],
    in catalogue: FamilyCatalogue
  ) throws(ChorusError) {
    families = numbers.prefix(Self.familyLimit).map { catalogue.families[$0].name }
    accounts = campaign.accounts.prefix(Self.accountLimit).map(\.name)
    var counts = [[Int]](
      repeating: [Int](repeating: 0, count: accounts.count),
      count: families.count
    )
    var rows: [Int: Int] = [:]
    for (row, number) in numbers.prefix(Self.familyLimit).enumerated() { rows[number] = row }
    var ranks: [String: Int] = [:]
    for (rank, account) in campaign.accounts.enumerated() { ranks[account.name] = rank }
    var byDay: [Int64: Int] = [:]
    try catalogue.forEachSending(ofFamilies: Set(numbers)) { sending in
      guard let rank = ranks[sending.account] else { return }
      // Times are from 1970 on.
      byDay[sending.time.milliseconds / Self.dayLength, default: 0] += 1
      if let row = rows[sending.family], rank < Self.accountLimit { counts[row][rank] += 1 }
    }
    self.counts = counts
    days = byDay.sorted { $0.key < $1.key }.map { day, count in
      (Timestamp(milliseconds: day * Self.dayLength), count)
    }
  }
}

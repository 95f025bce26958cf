// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
package import ChorusFamily

/// Measures what explains a campaign to a person but never makes one.
///
/// Classes, launches and tenants are innocent and break these null models: the accounts of a class
/// are all new on one day.
package struct GroupExplainer {
  private static let day: Int64 = 86_400_000

  private let activity: FamilyActivity
  /// The days of the index, the first one counted from 1970.
  private let firstDay: Int
  /// The time of the last prompt.
  private let last: Timestamp
  /// The times between which accounts are seen to start: not within a day of the first prompt.
  private let starts: ClosedRange<Timestamp>
  /// The times between which accounts are seen to stop: not within a day of the last prompt.
  private let ends: ClosedRange<Timestamp>
  /// The accounts that are seen to start, in that order.
  private let starting: [Int]
  /// The accounts that are seen to stop, in that order.
  private let ending: [Int]
  private let lives: Succession.Reference
  private let newness: Newness.Reference

  /// Sorts all accounts, once for all groups.
  ///
  /// - Parameter activity: Who sent what, with the life of each account.
  /// - Complexity: O(*n* log *n* + *l* *d*) for *n* accounts with lives of *l* lengths on *d* days.
  package init(_ activity: FamilyActivity) {
    self.activity = activity
    let known = activity.lives.indices.filter { Self.isKnown($0, activity) }
    let first = known.map { activity.lives[$0].firstSeen }.min() ?? .earliest
    let last = known.map { activity.lives[$0].lastSeen }.max() ?? .earliest
    let firstDay = Self.day(first)
    self.firstDay = firstDay
    self.last = last
    let starts = min(.end, Timestamp(milliseconds: first.milliseconds + Self.day))...(.end)
    let ends = .earliest...Timestamp(milliseconds: max(0, last.milliseconds - Self.day))
    self.starts = starts
    self.ends = ends
    starting = known.filter { starts.contains(activity.lives[$0].firstSeen) }
      .sorted { activity.lives[$0].firstSeen < activity.lives[$1].firstSeen }
    ending = known.filter { ends.contains(activity.lives[$0].lastSeen) }
      .sorted { activity.lives[$0].lastSeen < activity.lives[$1].lastSeen }
    lives = Succession.Reference(
      known.map { Self.life(activity.lives[$0], firstDay) },
      dayCount: Self.day(last) - firstDay + 1
    )
    newness = Newness.Reference(starting.map { Self.newness($0, activity, last) })
  }

  /// Measures a group.
  ///
  /// - Parameters:
  ///   - events: The prompts of the group's families by its accounts; others are ignored.
  ///   - accounts: Its accounts.
  /// - Returns: What could be measured, the most telling first.
  /// - Complexity: O(*n* + *A*^2 + *l* *d*) for *n* accounts in all and *A*, at most 2,048, of the
  ///   group, with lives of *l* lengths on *d* days.
  package func signals(
    events: [FamilyActivity.Event],
    accounts: Set<UInt32>
  ) -> [Signal] {
    let members = accounts.map { Int($0) }.sorted()
      .filter { activity.lives.indices.contains($0) && Self.isKnown($0, activity) }
    guard !members.isEmpty else { return [] }
    var counts: [Int: Int] = [:]
    for event in events { counts[Int(event.account), default: 0] += 1 }
    let shares = members.map { Double(counts[$0] ?? 0) / Double(activity.promptCounts[$0]) }
    return [
      succession(members), onset(members), newness(members), Focus.signal(shares),
    ].compactMap(\.self)
      .sorted { ($1.bits, $0.kind.rawValue) < ($0.bits, $1.kind.rawValue) }
  }

  // MARK: Succession

  private func succession(_ members: [Int]) -> Signal? {
    let found = Succession.find(
      members.map { Self.life(activity.lives[$0], firstDay) },
      among: lives
    )
    guard let found else { return nil }
    let count = found.beforeCount + found.afterCount + found.spanningCount
    let day = Timestamp(milliseconds: Int64(firstDay + found.cut) * Self.day)
    return Signal(
      kind: .succession,
      value: Double(found.spanningCount) / Double(count),
      bits: found.bits,
      sentence: "Of \(count) accounts \(found.beforeCount) stopped before "
        + "\(day.description.prefix(10)) and \(found.afterCount) started later; on both sides are "
        + "\(found.spanningCount), where chance gives \(Self.rounded(found.expectedCount))."
    )
  }

  // MARK: Onset

  /// The better one of a common start and a common end, for a bit.
  private func onset(_ members: [Int]) -> Signal? {
    // Accounts that send little are seen late and not for long; so others send as much.
    let least = members.map { activity.promptCounts[$0] }.min() ?? 0
    let own = Set(members)
    func others(_ sorted: [Int]) -> [Int] {
      sorted.filter { activity.promptCounts[$0] >= least && !own.contains($0) }
    }
    let onset = Onset.find(
      members.map { activity.lives[$0].firstSeen }.filter { starts.contains($0) },
      among: others(starting).map { activity.lives[$0].firstSeen }
    )
    let end = Onset.find(
      members.map { activity.lives[$0].lastSeen }.filter { ends.contains($0) },
      among: others(ending).map { activity.lives[$0].lastSeen }
    )
    let isEnd = end?.bits ?? -1 > onset?.bits ?? -1
    guard let found = isEnd ? end : onset else { return nil }
    let hours = Double(found.last.milliseconds - found.first.milliseconds) / 3_600_000
    return Signal(
      kind: .onset,
      value: Double(found.count) / Double(found.accountCount),
      bits: max(0, found.bits - 1),
      sentence: "\(found.count) of \(found.accountCount) accounts were \(isEnd ? "last" : "first") "
        + "seen within \(Self.rounded(hours)) hours, in which "
        + "\(Self.rounded(found.otherShare * 100)) % of others were."
    )
  }

  // MARK: Newness

  private func newness(_ members: [Int]) -> Signal? {
    let some = members.filter { starts.contains(activity.lives[$0].firstSeen) }
    let found = Newness.find(some.map { Self.newness($0, activity, last) }, among: newness)
    guard let found else { return nil }
    return Signal(
      kind: .newness,
      value: found.median,
      bits: found.bits,
      sentence: "Half of \(found.accountCount) new accounts sent at least "
        + "\(Int(found.median * 100 + 1e-9)) % of all their prompts within a day of the first; of "
        + "others like them \(Self.rounded(found.otherShare * 100)) % did."
    )
  }

  private static func newness(
    _ account: Int,
    _ activity: FamilyActivity,
    _ last: Timestamp
  ) -> Newness.Account {
    let life = activity.lives[account]
    return Newness.Account(
      promptCount: activity.promptCounts[account],
      firstDayCount: life.firstDayCount,
      daysLeft: Int((last.milliseconds - life.firstSeen.milliseconds) / day)
    )
  }

  // MARK: Accounts

  /// Whether an account has prompts and a life.
  private static func isKnown(_ account: Int, _ activity: FamilyActivity) -> Bool {
    let life = activity.lives[account]
    return life.firstSeen <= life.lastSeen && activity.promptCounts[account] > 0
  }

  private static func day(_ time: Timestamp) -> Int { Int(time.milliseconds / day) }

  private static func life(_ life: FamilyActivity.Life, _ firstDay: Int) -> Succession.Life {
    Succession.Life(first: day(life.firstSeen) - firstDay, last: day(life.lastSeen) - firstDay)
  }

  private static func rounded(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusFamily
internal import Glibc

/// What the prompts of one group of families say about its accounts.
struct GroupEvidence {
  /// The prompts of the accounts that belong to the group.
  var events: [FamilyActivity.Event]
  /// These accounts.
  var accounts: Set<UInt32>
  /// What was measured, the most telling first.
  var signals: [Signal]

  /// The bits of all signals that can speak, at most so many of each; of the two of hours the
  /// better one.
  var score: Double {
    var hours = 0.0
    var others = 0.0
    for signal in signals where signal.kind.canSpeak {
      let bits = min(signal.bits, CampaignFinder.bitLimit)
      if signal.kind.isOfHours { hours = max(hours, bits) } else { others += bits }
    }
    return hours + others
  }

  /// Whether two signals at least speak against chance, one of hours and one other, and all that
  /// do are together more than chance gives among all the groups looked at, at a cost of so many
  /// bits.
  ///
  /// People who are given the same task share families and send alike, but they sleep. The two
  /// signals of hours see the same thing, so the better one counts, less a bit for the choice.
  func isEnough(correction: Double) -> Bool {
    let telling = signals.filter(\.speaks)
    let hours = (telling.filter(\.kind.isOfHours).map(\.bits).max() ?? 1) - 1
    let others = telling.filter { !$0.kind.isOfHours }.reduce(0) { $0 + $1.bits }
    return hours > 0 && others > 0 && hours + others - correction >= CampaignFinder.neededBits
  }
}

/// Measures the signals of groups of families.
struct GroupJudge {
  let activity: FamilyActivity
  private let restlessness: Restlessness

  init(activity: FamilyActivity) {
    self.activity = activity
    restlessness = Restlessness(activity.otherEvents)
  }

  /// Measures a group.
  ///
  /// - Parameters:
  ///   - events: The prompts of the group's families.
  ///   - linkBits: The bits of the strongest link between two of its families, already corrected.
  /// - Returns: The evidence.
  func judge(_ events: [FamilyActivity.Event], linkBits: Double) -> GroupEvidence {
    let kept = accounts(of: events)
    // The load is that of all accounts: to take those of several families would take the busy ones.
    var allCounts: [UInt32: Int] = [:]
    for event in events { allCounts[event.account, default: 0] += 1 }
    let allLoads = allCounts.sorted { $0.key < $1.key }.map(\.value)
    let events = events.filter { kept.contains($0.account) }
    var families: [UInt32: Set<Int32>] = [:]
    var times: [UInt32: [Timestamp]] = [:]
    var rhythm = DailyRhythm()
    for event in events {
      families[event.account, default: []].insert(event.family)
      times[event.account, default: []].append(event.time)
      rhythm.add(event.time)
    }
    // In one order whatever the tables' is, so that sums come out alike.
    let hours = times.sorted { $0.key < $1.key }.map { $0.value.sorted() }
    let accountCount = hours.count
    let familyCount = Set(events.map(\.family)).count
    let several = families.values.filter { $0.count > 1 }.count
    let severalShare = Double(several) / Double(max(accountCount, 1))
    let dispersion = LoadEvenness.dispersion(hours.map(\.count))
    let mean = Double(events.count) / Double(max(accountCount, 1))
    let rest = restlessness.bits(events)
    let signals = [
      Signal(
        kind: .portfolio,
        value: severalShare,
        bits: linkBits,
        sentence: familyCount < 2
          ? "Its prompts are all of one family."
          : "\(several) of \(accountCount) accounts sent two or more of \(familyCount) families "
            + "that chance does not bring together."
      ),
      Signal(
        kind: .load,
        value: dispersion,
        bits: LoadEvenness.bits(allLoads),
        sentence: "Accounts sent \(Self.rounded(mean)) prompts each, with a variance "
          + "\(Self.rounded(dispersion)) times the mean: a load balancer gives 1, people give more."
      ),
      Signal(
        kind: .clock,
        value: rhythm.concentration,
        bits: ClockFlatness.bits(hours, among: activity.otherRhythm),
        sentence: "Concentration on hours of the day is \(Self.rounded(rhythm.concentration)), "
          + "where other traffic has \(Self.rounded(activity.otherRhythm.concentration))."
      ),
      Signal(
        kind: .rest,
        value: rest.flatShare,
        bits: rest.bits,
        sentence: "\(Self.rounded(100 * rest.flatShare)) % of its accounts keep fewer hours of "
          + "their own than half of all other accounts do."
      ),
    ].sorted { ($1.bits, $0.kind.rawValue) < ($0.bits, $1.kind.rawValue) }
    return GroupEvidence(events: events, accounts: kept, signals: signals)
  }

  /// The accounts of a group.
  ///
  /// They are those that send several of its families, and the others of a family most of whose
  /// accounts do, unless it has more of these others than the rest of the group explains: then they
  /// are the users of a public template. One prompt among accounts that send many is a stray.
  private func accounts(of events: [FamilyActivity.Event]) -> Set<UInt32> {
    var families: [UInt32: Set<Int32>] = [:]
    var counts: [UInt32: Int] = [:]
    for event in events {
      families[event.account, default: []].insert(event.family)
      counts[event.account, default: 0] += 1
    }
    var all: [Int32: Int] = [:]
    var shared: [Int32: Int] = [:]
    for list in families.values {
      for family in list {
        all[family, default: 0] += 1
        if list.count > 1 { shared[family, default: 0] += 1 }
      }
    }
    let isSingle = all.count == 1
    let allSum = all.values.reduce(0, +)
    let loneSum = allSum - shared.values.reduce(0, +)
    let trusted = Set(
      all.filter { family, count in
        let lone = count - (shared[family] ?? 0)
        guard lone <= count / 2 else { return false }
        let rest = Double(max(allSum - count, 1))
        let expected = Double(loneSum - lone) / rest * Double(count)
        return PoissonTail.bits(lone, 2 * expected) < CampaignFinder.signalBits
          || lone < 3
      }.keys
    )
    let mean = Double(events.count) / Double(max(counts.count, 1))
    // The chance that an account of the group sends no more than one prompt.
    let chanceOfOne = exp(-mean) * (1 + mean)
    return Set(
      families.filter { account, list in
        if counts[account] == 1, chanceOfOne < 0.01 { return false }
        return isSingle || list.count > 1
          || list.contains { trusted.contains($0) }
      }.keys
    )
  }

  private static func rounded(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
  }
}

// SPDX-License-Identifier: Apache-2.0

import ChorusCampaign
import ChorusCore
import ChorusFamily
import Foundation
import Testing

/// What explains a campaign must not be likelier by chance than it claims, and be found when there.
@Suite struct ExplainingSignalTests {
  /// Random accounts of people.
  private struct People {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func number(_ bound: Int) -> Int { Int(generator.next() % UInt64(bound)) }

    mutating func fraction() -> Double { Double(generator.next() >> 11) / 9_007_199_254_740_992 }

    /// The days of an account that comes at any time, stays for eight days on average and is seldom
    /// there at weekends, as far as they are among the 45 days of the index.
    mutating func life() -> Succession.Life {
      while true {
        var day = number(85) - 40
        var first: Int?
        var last = 0
        repeat {
          let isThere = fraction() < ((day + 42) % 7 < 5 ? 0.6 : 0.06)
          if isThere, day >= 0 {
            first = first ?? day
            last = day
          }
          day += 1
        } while day < 45 && fraction() >= 0.125
        if let first { return Succession.Life(first: first, last: last) }
      }
    }

    mutating func lives(_ count: Int) -> [Succession.Life] { (0..<count).map { _ in life() } }

    /// Times by day, earlier ones oftener, in whole minutes or hours.
    mutating func times(_ count: Int, seconds: Int) -> [Timestamp] {
      (0..<count).map { _ in
        let day = min(number(45), number(45))
        let second = (8 * 3600 + number(8 * 3600)) / seconds * seconds
        return Timestamp(milliseconds: Int64(day * 86_400 + second) * 1000)
      }
    }

    /// An account with 8 to 15 prompts, 16 to 31 days before the end.
    mutating func account() -> Newness.Account {
      let count = 8 + number(8)
      let habit = fraction()
      let firstDay = (1..<count).reduce(1) { sum, _ in fraction() < habit * habit ? sum + 1 : sum }
      return Newness.Account(
        promptCount: count,
        firstDayCount: firstDay,
        daysLeft: 16 + number(16)
      )
    }

    mutating func accounts(_ count: Int) -> [Newness.Account] {
      (0..<count).map { _ in account() }
    }
  }

  /// Expects no more findings in some trials than are claimed, but for one run in ten thousand.
  private static func expectHonest(_ bits: [Double]) {
    for level in [1.0, 2, 3, 4, 6, 8] {
      let mean = Double(bits.count) * exp2(-level)
      let found = bits.filter { $0 >= level }.count
      #expect(Double(found) <= mean + 4 * mean.squareRoot() + 1, "\(level) bits")
    }
  }

  // MARK: Succession

  @Test(arguments: [(40, 500), (40, 2000), (200, 2000)])
  func `people's lives look like a hand-over no oftener than is claimed`(
    count: Int,
    otherCount: Int
  ) {
    var people = People(seed: UInt64(count + otherCount))
    let others = people.lives(otherCount)
    Self.expectHonest(
      (0..<100).map { _ in
        let group = people.lives(count)
        let all = Succession.Reference(others + group, dayCount: 45)
        return Succession.find(group, among: all)?.bits ?? 0
      }
    )
  }

  @Test func `a pool that is replaced is found, on the day when it is`() throws {
    var people = People(seed: 2)
    let others = people.lives(3000)
    let group = (0..<40).map { place in
      let base = place < 20 ? 8 : 21
      return Succession.Life(first: base + people.number(3), last: base + 12 - people.number(3))
    }
    let found = try #require(
      Succession.find(group, among: Succession.Reference(others + group, dayCount: 45))
    )
    #expect(found.bits > 5)
    #expect(found.cut >= 19 && found.cut <= 23)
    #expect(found.beforeCount == 20)
    #expect(found.afterCount == 20)
    #expect(found.spanningCount == 0)
    #expect(found.expectedCount > 5)
  }

  @Test func `lives that say nothing about a hand-over are left out`() {
    var people = People(seed: 3)
    let others = people.lives(3000)
    func find(_ group: [Succession.Life]) -> Succession.Finding? {
      Succession.find(group, among: Succession.Reference(others + group, dayCount: 45))
    }
    #expect(find([]) == nil)
    // Two on one side.
    let five = [(8, 19), (8, 19), (8, 19), (20, 30), (20, 30)]
    #expect(find(five.map { Succession.Life(first: $0.0, last: $0.1) }) == nil)
    // Of one day.
    #expect(find((1..<44).map { Succession.Life(first: $0, last: $0) }) == nil)
    // Cut by the ends of the index.
    let halves = (0..<40).map { $0 < 20 ? (0, 21) : (22, 44) }
    #expect(find(halves.map { Succession.Life(first: $0.0, last: $0.1) }) == nil)
    // All at one time.
    #expect(find([Succession.Life](repeating: .init(first: 9, last: 20), count: 40)) == nil)
    // Nobody to compare with.
    let alone = (0..<40).map { Succession.Life(first: $0 < 20 ? 8 : 22, last: $0 < 20 ? 20 : 34) }
    let none = Succession.find(alone, among: Succession.Reference(alone, dayCount: 45))
    #expect(none?.bits == 0)
    #expect(Succession.find(alone, among: Succession.Reference([], dayCount: 1)) == nil)
  }

  @Test func `the tail of independent events is their law's`() {
    let half = Succession.lowerTailBits(2, [Double](repeating: 0.5, count: 10))
    #expect(abs(half + log2(56.0 / 1024)) < 1e-9)
    let mixed = Succession.lowerTailBits(1, [0.2, 0.5, 0.9])
    let none = 0.8 * 0.5 * 0.1
    let one = 0.2 * 0.5 * 0.1 + 0.8 * 0.5 * 0.1 + 0.8 * 0.5 * 0.9
    #expect(abs(mixed + log2(none + one)) < 1e-9)
    let rare = Succession.lowerTailBits(0, [Double](repeating: 0.9, count: 2000))
    #expect(abs(rare - 2000 * log2(10)) < 1e-6)
    #expect(Succession.lowerTailBits(3, [0.5, 0.5, 0.5]) == 0)
    #expect(Succession.lowerTailBits(0, []) == 0)
  }

  // MARK: Onset

  @Test(arguments: [(5, 100, 60), (20, 100, 60), (20, 1000, 3600), (60, 400, 1)])
  func `people crowd no oftener than is claimed`(count: Int, otherCount: Int, seconds: Int) {
    var people = People(seed: UInt64(count + otherCount + seconds))
    Self.expectHonest(
      (0..<400).map { _ in
        let others = people.times(otherCount, seconds: seconds).sorted()
        return Onset.find(people.times(count, seconds: seconds), among: others)?.bits ?? 0
      }
    )
  }

  @Test func `accounts that start together are found among those that do not`() throws {
    var people = People(seed: 4)
    let others = people.times(2000, seconds: 60).sorted()
    let start: Int64 = 20 * 86_400_000 + 10 * 3_600_000
    let crowd = (0..<30).map { _ in
      Timestamp(milliseconds: start + Int64(people.number(3_600_000)))
    }
    let found = try #require(Onset.find(crowd + people.times(10, seconds: 60), among: others))
    #expect(found.bits > 60)
    #expect(found.count >= 30)
    #expect(found.accountCount == 40)
    #expect(found.otherShare < 0.02)
    #expect(found.first.milliseconds >= start - 86_400_000)
    #expect(found.last.milliseconds <= start + 86_400_000)
    // From their ends it is the same.
    func mirrored(_ times: [Timestamp]) -> [Timestamp] {
      times.map { Timestamp(milliseconds: 90 * 86_400_000 - $0.milliseconds) }
    }
    let mirror = try #require(Onset.find(mirrored(crowd), among: mirrored(others).sorted()))
    let plain = try #require(Onset.find(crowd, among: others))
    #expect(abs(mirror.bits - plain.bits) < 1e-9)
  }

  @Test func `crowds of few, of many and of all are measured`() throws {
    var people = People(seed: 5)
    let others = people.times(100, seconds: 60).sorted()
    #expect(Onset.find(people.times(4, seconds: 60), among: others) == nil)
    #expect(Onset.find(people.times(5, seconds: 60), among: Array(others.dropLast())) == nil)
    #expect(Onset.find([], among: []) == nil)
    let noon = Timestamp(milliseconds: 20 * 86_400_000 + 3_600_000)
    let same = [Timestamp](repeating: noon, count: 50)
    let found = try #require(Onset.find(same, among: others))
    #expect(found.count == 50)
    #expect(found.bits > 60 && found.bits.isFinite)
    #expect(found.otherShare == 0)
    // Where all others are at that time too, nothing is odd.
    let crowded = Onset.find(same, among: [Timestamp](repeating: noon, count: 100))
    #expect(crowded?.bits == 0)
    // A sample is enough.
    let many = [Timestamp](repeating: noon, count: 3000)
    let sampled = try #require(Onset.find(many, among: others))
    #expect(sampled.count == 3000)
    #expect(sampled.bits > found.bits)
  }

  // MARK: Newness

  @Test(arguments: [(5, 60), (40, 60), (40, 1000), (200, 1000)])
  func `people are new no oftener than is claimed`(count: Int, otherCount: Int) {
    var people = People(seed: UInt64(count + otherCount))
    Self.expectHonest(
      (0..<400).map { _ in
        let group = people.accounts(count)
        let all = Newness.Reference(group + people.accounts(otherCount))
        return Newness.find(group, among: all)?.bits ?? 0
      }
    )
  }

  @Test func `new accounts at full rate are found`() throws {
    var people = People(seed: 6)
    let others = people.accounts(1000)
    let group = (0..<40).map { _ in
      Newness.Account(promptCount: 10, firstDayCount: 8 + people.number(3), daysLeft: 20)
    }
    let found = try #require(Newness.find(group, among: Newness.Reference(others + group)))
    #expect(found.bits > 20)
    #expect(found.accountCount == 40)
    #expect(found.median >= 0.8)
    #expect(found.otherShare < 0.3)
    // Those that have no others like them, few prompts or no time are left out.
    func isMeasured(_ account: Newness.Account) -> Bool {
      let group = [Newness.Account](repeating: account, count: 40)
      return Newness.find(group, among: Newness.Reference(others + group)) != nil
    }
    #expect(isMeasured(.init(promptCount: 10, firstDayCount: 9, daysLeft: 20)))
    #expect(!isMeasured(.init(promptCount: 40, firstDayCount: 9, daysLeft: 20)))
    #expect(!isMeasured(.init(promptCount: 10, firstDayCount: 9, daysLeft: 3)))
    #expect(!isMeasured(.init(promptCount: 10, firstDayCount: 9, daysLeft: 0)))
    #expect(!isMeasured(.init(promptCount: 4, firstDayCount: 4, daysLeft: 20)))
    #expect(!isMeasured(.init(promptCount: 0, firstDayCount: 0, daysLeft: 20)))
    #expect(Newness.find([], among: Newness.Reference([])) == nil)
    let four = Array(group.prefix(4))
    #expect(Newness.find(four, among: Newness.Reference(others + four)) == nil)
    // All alike, in the group and out of it.
    let alike = [Newness.Account](
      repeating: .init(promptCount: 8, firstDayCount: 8, daysLeft: 20),
      count: 140
    )
    let none = Newness.find(Array(alike.prefix(40)), among: Newness.Reference(alike))
    #expect(none?.bits == 0)
    #expect(none?.otherShare == 1)
  }

  @Test func `the tail of a gamma variable is its sum`() {
    // Shape 1 is exponential; shape 3 has (1 + x + x^2 / 2) / e^x.
    #expect(abs(GammaTail.bits(10, shape: 1) - 10 * log2(M_E)) < 1e-9)
    let three = exp(-9.0) * (1 + 9 + 40.5)
    #expect(abs(GammaTail.bits(9, shape: 3) + log2(three)) < 1e-9)
    #expect(GammaTail.bits(2, shape: 3) == 0)
    #expect(GammaTail.bits(5000, shape: 1000).isFinite)
  }

  // MARK: Attributes

  /// The bits of one value, among some.
  private static func bits(_ m: Int, _ a: Int, _ holders: Int, _ all: Int, _ v: Int) -> Double {
    SharedAttributes.bits(
      sharedCount: m,
      groupCount: a,
      holderCount: holders,
      accountCount: all,
      valueCount: v
    )
  }

  @Test func `accounts have a value in common no oftener than is claimed`() {
    var people = People(seed: 7)
    Self.expectHonest(
      (0..<2000).map { _ in
        // Ten values, each of accounts drawn by lot from 300, of which the group is the first 30.
        (0..<10).map { value in
          let holderCount = 5 + 12 * value
          var shared = 0
          var left = (group: 30, all: 300)
          for _ in 0..<holderCount {
            if people.number(left.all) < left.group {
              shared += 1
              left.group -= 1
            }
            left.all -= 1
          }
          return Self.bits(shared, 30, holderCount, 300, 10)
        }.max() ?? 0
      }
    )
  }

  @Test func `the hypergeometric tail is exact, and stable for many accounts`() {
    // 2 or 3 of 3 from 4 of 10: (6 * 6 + 4) / 120.
    #expect(abs(Self.bits(2, 3, 4, 10, 1) + log2(40.0 / 120)) < 1e-9)
    #expect(abs(Self.bits(3, 3, 4, 10, 8) - max(0, -log2(4.0 / 120) - 3)) < 1e-9)
    // All of the group, and nobody else.
    #expect(abs(Self.bits(5, 5, 5, 20, 1) - log2(15_504)) < 1e-9)
    // Three of ten accounts where a hundred-thousandth has it.
    let rate = 1e-5
    let three = 120 * rate * rate * rate
    #expect(abs(Self.bits(3, 10, 1000, 100_000_000, 1) + log2(three)) < 0.01)
    #expect(Self.bits(10_000, 10_000, 1_000_000, 100_000_000, 1).isFinite)
    for (m, a, holders, all) in [(0, 5, 5, 20), (6, 5, 9, 20), (1, 5, 9, 20), (5, 5, 20, 20)] {
      #expect(Self.bits(m, a, holders, all, 1) == 0)
    }
    #expect(Self.bits(3, 5, 9, 4, 1) == 0)
    #expect(Self.bits(0, 0, 0, 0, 0) == 0)
  }

  @Test func `the best value of each attribute is told without the value`() throws {
    let counts = [
      SharedAttributes.Count(attribute: "client", sharedCount: 29, holderCount: 120),
      SharedAttributes.Count(attribute: "client", sharedCount: 11, holderCount: 5000),
      SharedAttributes.Count(attribute: "region", sharedCount: 12, holderCount: 300),
      SharedAttributes.Count(attribute: "tier", sharedCount: 20, holderCount: 6000),
    ]
    let signals = SharedAttributes.signals(
      counts,
      groupCount: 40,
      accountCount: 10_000,
      valueCount: 50
    )
    #expect(signals.count == 2)
    let first = try #require(signals.first)
    #expect(first.kind == .attribute)
    #expect(first.value == 29.0 / 40)
    #expect(first.bits > 100)
    #expect(
      first.sentence
        == "29 of 40 accounts have the same value of 'client', which 120 of all 10000 have."
    )
    #expect(signals.last?.sentence.contains("'region'") == true)
    #expect(
      SharedAttributes.signals([], groupCount: 40, accountCount: 100, valueCount: 0).isEmpty
    )
  }

  // MARK: Focus

  @Test func `the focus is what half of the accounts reach`() {
    #expect(Focus.median([]) == 0)
    #expect(Focus.median([0.5]) == 0.5)
    #expect(Focus.median([1, 0.1, 0.4, 0.2]) == 0.4)
    let signal = Focus.signal([0.29, 0.29, 0.1])
    #expect(signal.bits == 0)
    #expect(signal.kind == .focus)
    #expect(
      signal.sentence
        == "Half of the accounts sent at least 29 % of all their prompts in its families."
    )
  }

  // MARK: All together

  /// Adds an account with prompts at some times, the first of them in a family.
  private static func add(_ times: [Timestamp], _ familyCount: Int, to all: inout FamilyActivity) {
    let number = UInt32(all.accountNames.count)
    all.accountNames.append("account-\(number)")
    all.promptCounts.append(times.count)
    var life = FamilyActivity.Life()
    for time in times { life.add(time) }
    for time in times { life.countFirstDay(time) }
    all.lives.append(life)
    for (place, time) in times.enumerated() {
      if place < familyCount {
        all.events.append(.init(family: 0, account: number, time: time))
      } else {
        all.otherEvents.append(.init(family: -1, account: number, time: time))
      }
    }
  }

  /// People, and 60 accounts in two shifts that send most of their prompts on their first day.
  private static func activity() -> FamilyActivity {
    var people = People(seed: 8)
    var activity = FamilyActivity()
    for _ in 0..<3000 {
      let life = people.life()
      let times = (0..<(2 + people.number(20))).map { place in
        let day =
          switch place {
          case 0: life.first
          case 1: life.last
          default: life.first + people.number(life.last - life.first + 1)
          }
        return Timestamp(
          milliseconds: Int64(day * 86_400 + 8 * 3600 + people.number(8 * 3600)) * 1000
        )
      }
      add(times, 0, to: &activity)
    }
    for place in 0..<60 {
      let start = (place < 30 ? 8 : 20) * 86_400_000 + 6 * 3_600_000 + people.number(3_600_000)
      let times = (0..<10).map { prompt in
        let later = prompt < 8 ? prompt * 60_000 : (prompt + 2) * 86_400_000
        return Timestamp(milliseconds: Int64(start + later))
      }
      add(times, 9, to: &activity)
    }
    return activity
  }

  @Test func `a campaign is explained`() throws {
    let activity = Self.activity()
    let signals = GroupExplainer(activity).signals(
      events: activity.events,
      accounts: Set(3000..<3060)
    )
    #expect(Set(signals.map(\.kind)) == [.succession, .onset, .newness, .focus])
    #expect(signals.map(\.bits) == signals.map(\.bits).sorted(by: >))
    for signal in signals where signal.kind != .focus { #expect(signal.bits > 5) }
    for signal in signals { #expect(!signal.speaks) }
    let focus = try #require(signals.first { $0.kind == .focus })
    #expect(focus.value == 0.9)
    let succession = try #require(signals.first { $0.kind == .succession })
    #expect(succession.value == 0)
    #expect(
      succession.sentence.hasPrefix("Of 60 accounts 30 stopped before 1970-01-2")
    )
    let onset = try #require(signals.first { $0.kind == .onset })
    #expect(onset.sentence.contains(" of 60 accounts were "))
    let newness = try #require(signals.first { $0.kind == .newness })
    #expect(newness.value == 0.8)
  }

  @Test func `people are not explained away, and nobody needs no explanation`() {
    let activity = Self.activity()
    let explainer = GroupExplainer(activity)
    let people = explainer.signals(events: activity.events, accounts: Set(100..<160))
    for signal in people { #expect(signal.bits < 8) }
    #expect(explainer.signals(events: [], accounts: []).isEmpty)
    #expect(explainer.signals(events: [], accounts: [999_999]).isEmpty)
    #expect(explainer.signals(events: [], accounts: [100]).map(\.kind) == [.focus])
    #expect(GroupExplainer(FamilyActivity()).signals(events: [], accounts: [0]).isEmpty)
  }
}

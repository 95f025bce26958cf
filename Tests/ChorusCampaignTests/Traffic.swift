// SPDX-License-Identifier: Apache-2.0

import ChorusCampaign
import ChorusCore
import ChorusFamily

/// Traffic of known kinds, made without any text.
struct Traffic {
  private(set) var activity = FamilyActivity()
  private(set) var familyCount = 0
  private var generator: SeededGenerator
  private var numbers: [String: UInt32] = [:]

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  /// The names of the families.
  var families: [String] { (0..<familyCount).map { "f-\($0)" } }

  /// What is found, as sets of accounts.
  var found: [Set<String>] {
    CampaignFinder().find(activity, families: families).campaigns
      .map { Set($0.accounts.map(\.name)) }
  }

  /// Starts a new family and returns its number.
  mutating func family() -> Int {
    familyCount += 1
    return familyCount - 1
  }

  mutating func number(_ bound: Int) -> Int { Int(generator.next() % UInt64(bound)) }

  mutating func fraction() -> Double { Double(generator.next() >> 11) / 9_007_199_254_740_992 }

  /// A time of day that machines send at: any.
  mutating func machineTime() -> Timestamp {
    Timestamp(milliseconds: Int64(number(45 * 86_400)) * 1000)
  }

  /// A time of day that people send at: eight hours of the day.
  mutating func humanTime() -> Timestamp {
    let day = Int64(number(45)) * 86_400_000
    return Timestamp(milliseconds: day + Int64(8 * 3600 + number(8 * 3600)) * 1000)
  }

  /// Adds one prompt, of a family or of none.
  mutating func add(_ account: String, _ family: Int?, _ time: Timestamp) {
    let number = numbers[account] ?? UInt32(numbers.count)
    if numbers.updateValue(number, forKey: account) == nil {
      activity.accountNames.append(account)
      activity.promptCounts.append(0)
      activity.lives.append(.init())
    }
    activity.promptCounts[Int(number)] += 1
    activity.lives[Int(number)].add(time)
    if let family {
      activity.events.append(.init(family: Int32(family), account: number, time: time))
    } else {
      activity.otherRhythm.add(time)
      activity.otherEvents.append(.init(family: -1, account: number, time: time))
    }
  }

  /// Adds ordinary prompts of many people.
  mutating func addPeople(_ count: Int, accountCount: Int) {
    for _ in 0..<count { add("person-\(number(accountCount))", nil, humanTime()) }
  }

  /// Adds families that a pool of accounts shares as a balancer has it, and returns its accounts.
  mutating func addPool(
    _ name: String,
    accountCount: Int,
    families: [Int],
    promptCount: Int,
    camouflage: Int = 0
  ) -> Set<String> {
    var accounts = Set<String>()
    for family in families {
      for _ in 0..<promptCount {
        let account = "\(name)-\(number(accountCount))"
        accounts.insert(account)
        add(account, family, machineTime())
      }
    }
    for account in accounts.sorted() {
      for _ in 0..<camouflage { add(account, nil, humanTime()) }
    }
    return accounts
  }

  /// Adds a public template: few send much of it, most send it once or twice, by day.
  mutating func addPublic(_ name: String, accountCount: Int, family: Int) {
    for account in 0..<accountCount {
      let count = max(1, min(200, Int(1 / max(fraction(), 0.005))))
      for _ in 0..<count { add("\(name)-\(account)", family, humanTime()) }
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusFamily
internal import Glibc

/// Which families the same accounts send, beyond chance.
///
/// Null model: the accounts of one family are what they are, and each prompt of the other is sent
/// by an account drawn in proportion to what the accounts send in all. The accounts that the two
/// share are then about Poisson. Each of the two is taken as the one that is given, and the less
/// surprising answer counts. So accounts that send little, but all the same families, stand out.
struct Portfolio {
  /// Two families that share accounts.
  struct Link {
    var first: Int
    var second: Int
    /// The bits of surprise, after what looking at many pairs gives by chance.
    var bits: Double
  }

  /// The links that chance does not explain.
  private(set) var links: [Link] = []
  /// The groups of linked families, each ascending; families without a link are alone.
  private(set) var groups: [[Int]] = []

  /// The bits that a link needs after correction: once in a thousand indexes.
  private static let neededBits = 10.0
  /// How many times as many accounts as chance has it may be shared without surprise.
  private static let dispersion = 2.0
  /// The pairs of one account's families that are counted; of more, a spread sample.
  private static let familyLimit = 256

  init(_ activity: FamilyActivity, familyCount: Int) {
    let families = Self.familiesOfAccounts(activity)
    var shared: [UInt64: Int] = [:]
    for list in families where list.count > 1 {
      let some = Self.sample(list)
      for (place, first) in some.enumerated() {
        for second in some[(place + 1)...] {
          shared[UInt64(first) << 32 | UInt64(second), default: 0] += 1
        }
      }
    }
    let chances = Chances(activity, familyCount)
    let pairCount = Double(familyCount) * Double(familyCount - 1) / 2
    let correction = log2(max(pairCount, 1))
    for (pair, count) in shared where count >= 3 {
      let first = Int(pair >> 32)
      let second = Int(pair & 0xFFFF_FFFF)
      let expected = max(
        chances.expected(accountsOf: first, in: second),
        chances.expected(accountsOf: second, in: first)
      )
      guard Double(count) >= Self.dispersion * expected else { continue }
      let bits = PoissonTail.bits(count, expected) - correction
      if bits >= Self.neededBits { links.append(Link(first: first, second: second, bits: bits)) }
    }
    links.sort { ($0.first, $0.second) < ($1.first, $1.second) }
    groups = Self.groups(familyCount, links)
  }

  /// The families of each account, ascending.
  static func familiesOfAccounts(_ activity: FamilyActivity) -> [[Int]] {
    var families = [Set<Int>](repeating: [], count: activity.accountNames.count)
    for event in activity.events { families[Int(event.account)].insert(Int(event.family)) }
    return families.map { $0.sorted() }
  }

  private static func sample(_ list: [Int]) -> [Int] {
    guard list.count > familyLimit else { return list }
    return list.sorted { Hashing.mix(UInt64($0)) < Hashing.mix(UInt64($1)) }
      .prefix(familyLimit).sorted()
  }

  // MARK: Chance

  /// What chance would have the accounts of families send.
  private struct Chances {
    /// For each family, how many of its accounts sent each number of prompts in all.
    private var activities: [[(promptCount: Double, accountCount: Double)]] = []
    /// For each family, how many draws give as many accounts as it has.
    private var draws: [Double] = []
    private let total: Double

    init(_ activity: FamilyActivity, _ familyCount: Int) {
      var histogram: [Int: Int] = [:]
      for count in activity.promptCounts where count > 0 { histogram[count, default: 0] += 1 }
      let levels = histogram.sorted { $0.key < $1.key }
      total = Double(max(activity.promptCounts.reduce(0, +), 1))
      var accounts = [Set<UInt32>](repeating: [], count: familyCount)
      for event in activity.events { accounts[Int(event.family)].insert(event.account) }
      for senders in accounts {
        draws.append(Portfolio.draws(reaching: Double(senders.count), levels, total))
        var counts: [Int: Int] = [:]
        for account in senders { counts[activity.promptCounts[Int(account)], default: 0] += 1 }
        activities.append(
          counts.sorted { $0.key < $1.key }.map { (Double($0.key), Double($0.value)) }
        )
      }
    }

    /// How many of the accounts of one family would send another.
    func expected(accountsOf family: Int, in other: Int) -> Double {
      activities[family].reduce(0) { sum, level in
        sum - level.accountCount * expm1(-draws[other] * level.promptCount / total)
      }
    }
  }

  /// How many prompts must be drawn so that so many distinct accounts are expected among them.
  private static func draws(
    reaching count: Double,
    _ levels: [(key: Int, value: Int)],
    _ total: Double
  ) -> Double {
    func distinct(_ draws: Double) -> Double {
      levels.reduce(0.0) { $0 - Double($1.value) * expm1(-draws * Double($1.key) / total) }
    }
    var low = 0.0
    var high = max(count, 1)
    // All accounts are never reached; that many draws are as good.
    while distinct(high) < count, high < 64 * total { high *= 2 }
    for _ in 0..<50 {
      let middle = (low + high) / 2
      if distinct(middle) < count { low = middle } else { high = middle }
    }
    return high
  }

  // MARK: Groups

  /// The connected families, without those that alone hold groups together which share nothing
  /// else: a public template that two campaigns use joins neither.
  private static func groups(_ count: Int, _ links: [Link]) -> [[Int]] {
    var neighbours = [[Int]](repeating: [], count: count)
    for link in links {
      neighbours[link.first].append(link.second)
      neighbours[link.second].append(link.first)
    }
    var isOut = [Bool](repeating: false, count: count)
    var result: [[Int]] = []
    var pending = components(Array(0..<count), neighbours, isOut)
    while let component = pending.popLast() {
      if component.count > 4, component.count <= 1024,
        let bridge = component.first(where: { isBridge($0, component, neighbours, isOut) })
      {
        isOut[bridge] = true
        result.append([bridge])
        pending += components(component.filter { $0 != bridge }, neighbours, isOut)
      } else {
        result.append(component)
      }
    }
    return result.sorted { $0[0] < $1[0] }
  }

  private static func isBridge(
    _ family: Int,
    _ component: [Int],
    _ neighbours: [[Int]],
    _ isOut: [Bool]
  ) -> Bool {
    guard neighbours[family].count > 1 else { return false }
    var without = isOut
    without[family] = true
    let parts = components(component.filter { $0 != family }, neighbours, without)
    return parts.filter { $0.count > 1 }.count > 1
  }

  private static func components(
    _ families: [Int],
    _ neighbours: [[Int]],
    _ isOut: [Bool]
  ) -> [[Int]] {
    var isSeen = isOut
    var result: [[Int]] = []
    for start in families where !isSeen[start] {
      isSeen[start] = true
      var component = [start]
      var place = 0
      while place < component.count {
        for next in neighbours[component[place]] where !isSeen[next] {
          isSeen[next] = true
          component.append(next)
        }
        place += 1
      }
      result.append(component.sorted())
    }
    return result
  }
}

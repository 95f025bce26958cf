// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
package import ChorusFamily
internal import Glibc

/// Whether each account of a group, by itself, sends at all hours where others rest.
///
/// The clock of a group is flat too when its accounts are people all over the world, each of whom
/// sleeps. So each account is compared with others on its own: one prompt of each of its days, for
/// prompts of one sitting come together, and how much these agree on an hour.
package struct Restlessness: Sendable {
  /// The fewest accounts to compare with.
  private static let leastReferenceCount = 100
  /// The most days that are compared: more say little more.
  private static let mostDayCount = 64

  /// For each account, the directions of one prompt of each of its days, in an order of chance.
  private let references: [UInt32: [Direction]]
  /// For each number of days, how much the accounts that have so many agree on an hour, ascending.
  private let values: [[Double]]

  /// A time of day as a point on a clock face.
  private struct Direction: Sendable {
    var x: Double
    var y: Double
    var rank: UInt64
  }

  /// Takes the prompts in no family as what accounts do by themselves.
  ///
  /// - Complexity: O(*n* log *n*) in the prompts.
  package init(_ others: [FamilyActivity.Event]) {
    let known = Self.directions(others).filter { $0.directions.count >= 2 }
    references = Dictionary(
      known.map { ($0.account, $0.directions) },
      uniquingKeysWith: { first, _ in first }
    )
    var values = [[Double]](repeating: [], count: Self.mostDayCount + 1)
    for (_, directions) in known {
      for count in 2...directions.count {
        values[count].append(Self.agreement(directions, count))
      }
    }
    self.values = values.map { $0.sorted() }
  }

  /// The bits of surprise in the accounts of a group agreeing so little on an hour, each by itself.
  ///
  /// Of *n* days of an account, *V* = (|sum of directions|^2 - *n*) / (*n* (*n* - 1)) estimates the
  /// square of its concentration without bias. Its rank among the *V* of other accounts, from as
  /// many of their days, is a p-value *u*; *n* is made smaller until enough accounts have so many.
  /// The sum of -ln *u* is about a gamma variable (Fisher, 1925). As all ranks of *A* accounts are
  /// among the same *B* others, its variance is not *A* but about *A* (1 + *A* / *B*), and the law
  /// is widened accordingly.
  ///
  /// - Parameter events: The prompts of the group.
  /// - Returns: The bits, 0 where there is nothing to compare; and the share of the accounts that
  ///   are flatter than half of the others.
  /// - Complexity: O(*n* log *n*) in the prompts of the group.
  package func bits(_ events: [FamilyActivity.Event]) -> (bits: Double, flatShare: Double) {
    let group = Self.directions(events).filter { $0.directions.count >= 2 }
    // An account is not compared with itself, nor with others of its group.
    let own = Set(events.map(\.account)).compactMap { references[$0] }
    func otherCount(_ count: Int) -> Int {
      values[count].count - own.reduce(0) { $0 + ($1.count >= count ? 1 : 0) }
    }
    let longest = (2...Self.mostDayCount).last { otherCount($0) >= Self.leastReferenceCount }
    guard group.count >= 3, let longest else { return (0, 0) }
    var known: [Int: (own: [Double], otherCount: Int)] = [:]
    var sum = 0.0
    var flatCount = 0
    var leastCount = Int.max
    for account in group {
      let count = min(account.directions.count, longest)
      let (ownValues, rankCount) =
        known[count]
        ?? (
          own.filter { $0.count >= count }.map { Self.agreement($0, count) }.sorted(),
          otherCount(count)
        )
      known[count] = (ownValues, rankCount)
      let value = Self.agreement(account.directions, count)
      let below = Self.count(values[count], atMost: value) - Self.count(ownValues, atMost: value)
      leastCount = min(leastCount, rankCount)
      sum -= log(Double(1 + below) / Double(1 + rankCount))
      if 2 * below < rankCount { flatCount += 1 }
    }
    let number = Double(group.count)
    let widening = 1 + number / Double(leastCount)
    let shape = max(1, Int(number / widening))
    let bits = GammaTail.bits(sum * Double(shape) / number, shape: shape)
    return (bits, Double(flatCount) / number)
  }

  /// One prompt of each day of each account, the one whose time has the least hash, at most so many
  /// days, in the order of the hashes.
  private static func directions(
    _ events: [FamilyActivity.Event]
  ) -> [(account: UInt32, directions: [Direction])] {
    var byDay: [UInt64: (rank: UInt64, time: Int64)] = [:]
    for event in events {
      let time = event.time.milliseconds
      let day = time >= 0 ? time / 86_400_000 : (time + 1) / 86_400_000 - 1
      let key = UInt64(event.account) << 32 | UInt64(UInt32(truncatingIfNeeded: day))
      let rank = Hashing.mix(UInt64(bitPattern: time))
      if let known = byDay[key], known.rank <= rank { continue }
      byDay[key] = (rank, time)
    }
    var accounts: [UInt32: [Direction]] = [:]
    for (key, value) in byDay {
      let phase = value.time % 86_400_000
      let angle = 2 * Double.pi * Double(phase) / 86_400_000
      accounts[UInt32(key >> 32), default: []].append(
        Direction(x: cos(angle), y: sin(angle), rank: Hashing.mix(key ^ value.rank))
      )
    }
    return accounts.sorted { $0.key < $1.key }.map { account, directions in
      (account, Array(directions.sorted { $0.rank < $1.rank }.prefix(mostDayCount)))
    }
  }

  /// The square of the concentration of the first so many directions, estimated without bias.
  private static func agreement(_ directions: [Direction], _ count: Int) -> Double {
    var (x, y) = (0.0, 0.0)
    for direction in directions.prefix(count) {
      x += direction.x
      y += direction.y
    }
    let number = Double(count)
    return (x * x + y * y - number) / (number * (number - 1))
  }

  private static func count(_ sorted: [Double], atMost value: Double) -> Int {
    var (low, high) = (0, sorted.count)
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] <= value { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Whether some accounts of a group start when others stop, as when a pool is replaced.
package enum Succession {
  /// The days on which an account was there, counted from the first day of the index.
  package struct Life: Hashable, Comparable, Sendable {
    /// The day of its first prompt.
    package var first: Int
    /// The day of its last prompt.
    package var last: Int

    /// Creates a life.
    package init(first: Int, last: Int) {
      self.first = first
      self.last = last
    }

    /// Returns whether one life begins, or else ends, before another.
    package static func < (lhs: Self, rhs: Self) -> Bool {
      (lhs.first, lhs.last) < (rhs.first, rhs.last)
    }

    /// The number of days.
    fileprivate var length: Int { last - first + 1 }
    /// The octave of its length.
    fileprivate var octave: Int { Int.bitWidth - length.leadingZeroBitCount }

    /// Whether it is longer than a day and touches neither end of the index, where it may be cut.
    fileprivate func isWhole(_ dayCount: Int) -> Bool {
      first >= 1 && last > first && last <= dayCount - 2
    }

    /// The chance that a life of this length has prompts on both sides of the start of a day, when
    /// it may stand at any place.
    fileprivate func chance(_ cut: Int, _ dayCount: Int) -> Double {
      let placeCount = dayCount - 1 - length
      let spanning = min(cut - 1, placeCount) - max(1, cut - length + 1) + 1
      return Double(max(0, spanning)) / Double(placeCount)
    }
  }

  /// How many lives are on both sides of each day's start, and how many would be by chance.
  package struct Reference: Sendable {
    /// The days of the index.
    fileprivate let dayCount: Int
    /// For each octave of lengths, the lives on both sides of each cut.
    fileprivate private(set) var spanning: [Int: [Int]] = [:]
    /// For each octave of lengths, how many these would be if lives stood anywhere.
    fileprivate private(set) var expected: [Int: [Double]] = [:]

    /// Counts the lives of all accounts, those of the groups to be looked at among them.
    ///
    /// - Parameters:
    ///   - lives: The lives; those of one day and those that touch an end are left out.
    ///   - dayCount: The days of the index.
    /// - Complexity: O(*n* log *n* + *l* *d*) for *n* lives of *l* lengths on *d* days.
    package init(_ lives: [Life], dayCount: Int) {
      self.dayCount = dayCount
      var lengths: [Int: (life: Life, count: Int)] = [:]
      for life in lives where life.isWhole(dayCount) {
        lengths[life.length, default: (life, 0)].count += 1
        // The steps of the number of lives, added up below.
        spanning[life.octave, default: [Int](repeating: 0, count: dayCount)][life.first + 1] += 1
        spanning[life.octave]?[life.last + 1] -= 1
      }
      for (octave, steps) in spanning {
        var number = 0
        spanning[octave] = steps.map { step in
          number += step
          return number
        }
        expected[octave] = [Double](repeating: 0, count: dayCount)
      }
      for (_, (life, count)) in lengths.sorted(by: { $0.key < $1.key }) {
        for cut in 2..<(dayCount - 1) {
          expected[life.octave]?[cut] += Double(count) * life.chance(cut, dayCount)
        }
      }
    }

    /// How much rarer than anywhere the lives of others are on both sides of a cut, in `0...1`, by
    /// a standard deviation more than they are seen to be.
    fileprivate func rarity(_ octave: Int, _ cut: Int, without group: Self) -> Double {
      let seen = (spanning[octave]?[cut] ?? 0) - (group.spanning[octave]?[cut] ?? 0)
      let chance = (expected[octave]?[cut] ?? 0) - (group.expected[octave]?[cut] ?? 0)
      guard seen > 1, chance > 0 else { return 0 }
      return min(1, (Double(seen) - Double(seen).squareRoot()) / chance)
    }
  }

  /// A day at whose start accounts stop and others start.
  package struct Finding: Sendable {
    /// The bits of surprise.
    package var bits: Double
    /// The day: accounts stopped before it or started on it.
    package var cut: Int
    /// The accounts that stopped before.
    package var beforeCount: Int
    /// The accounts that started on it or later.
    package var afterCount: Int
    /// The accounts with prompts on both sides.
    package var spanningCount: Int
    /// How many accounts chance has on both sides.
    package var expectedCount: Double
  }

  /// The fewest accounts that must be wholly on each side.
  private static let leastCount = 3

  /// Finds the day that parts the accounts of a group best.
  ///
  /// Null model: the lives stand where they do independently of each other. A life of *L* days may
  /// begin on any day on which all of it fits between the first and the last day of the index, so
  /// that it has prompts on both sides of a cut with a chance *p* that can be counted. As weeks and
  /// whatever else others do make some cuts easier, *p* is multiplied by how rare the lives of all
  /// other accounts, of lengths in the same octave, are on both sides of that cut: their number
  /// less one standard deviation, over the number that such places give, and at most 1. Where there
  /// are few others, nothing is said.
  ///
  /// The number *S* of accounts on both sides is a sum of independent chances, a Poisson-binomial
  /// variable (Poisson, 1837), and bits = -log P(*X* <= *S*) - log(*d* - 1), at the one of *d* - 1
  /// cuts where *S* lacks the most standard deviations. The tail is summed by the recursion of
  /// Barlow and Heidtmann, 1984. Indirect standardisation by the others is that of Yule, 1934.
  ///
  /// Accounts of one day, and those seen on the first or the last day of the index, give no
  /// evidence and are left out. Of more than 2,048 accounts, a sample is looked at.
  ///
  /// - Parameters:
  ///   - lives: The lives of the group's accounts.
  ///   - all: The lives of all accounts, those of the group among them.
  /// - Returns: The finding; `nil` where no cut has three accounts wholly on each side.
  /// - Complexity: O(*l* *d* + *A* *S*) for *A* accounts of *l* lengths on *d* days.
  package static func find(_ lives: [Life], among all: Reference) -> Finding? {
    let dayCount = all.dayCount
    let whole = lives.filter { $0.isWhole(dayCount) }.sorted()
    guard whole.count >= 2 * leastCount else { return nil }
    let own = Reference(whole, dayCount: dayCount)
    let some = RankSample.some(whole, limit: RankSample.groupLimit)
    var lengths: [Int: (life: Life, count: Int)] = [:]
    // How many began before each day, and how many ended before it.
    var begun = [Int](repeating: 0, count: dayCount + 1)
    var ended = begun
    for life in some {
      lengths[life.length, default: (life, 0)].count += 1
      begun[life.first + 1] += 1
      ended[life.last + 1] += 1
    }
    let kinds = lengths.sorted { $0.key < $1.key }.map(\.value)
    var best: (finding: Finding, score: Double, chances: [Double])?
    for cut in 1..<dayCount {
      begun[cut] += begun[cut - 1]
      ended[cut] += ended[cut - 1]
      let after = some.count - begun[cut]
      guard ended[cut] >= leastCount, after >= leastCount else { continue }
      let chances = kinds.map {
        $0.life.chance(cut, dayCount) * all.rarity($0.life.octave, cut, without: own)
      }
      var mean = 0.0
      var variance = 0.0
      for (kind, chance) in zip(kinds, chances) {
        mean += Double(kind.count) * chance
        variance += Double(kind.count) * chance * (1 - chance)
      }
      let spanning = some.count - ended[cut] - after
      let score = (mean - Double(spanning)) / max(variance, 1e-12).squareRoot()
      if score <= best?.score ?? -.infinity { continue }
      let finding = Finding(
        bits: 0,
        cut: cut,
        beforeCount: ended[cut],
        afterCount: after,
        spanningCount: spanning,
        expectedCount: mean
      )
      best = (finding, score, chances)
    }
    guard var best else { return nil }
    if best.score > 0 {
      var chances: [Double] = []
      for (kind, chance) in zip(kinds, best.chances) {
        chances += [Double](repeating: chance, count: kind.count)
      }
      let bits = lowerTailBits(best.finding.spanningCount, chances) - log2(Double(dayCount - 1))
      best.finding.bits = max(0, bits)
    }
    return best.finding
  }

  /// The bits of no more than some of several independent events happening.
  ///
  /// The chances of 0, 1, 2, ... events are updated event by event (Barlow and Heidtmann, 1984) and
  /// scaled up when they become small.
  ///
  /// - Parameters:
  ///   - count: How many happened.
  ///   - chances: The chance of each event, in `0...1`.
  /// - Returns: The bits, infinite for what cannot be.
  /// - Complexity: O(*A* *S*) for *S* of *A* events.
  package static func lowerTailBits(_ count: Int, _ chances: [Double]) -> Double {
    guard count >= 0 else { return .infinity }
    var law = [Double](repeating: 0, count: count + 1)
    law[0] = 1
    var scale = 0.0
    for chance in chances {
      var largest = 0.0
      for number in stride(from: count, through: 0, by: -1) {
        let before = number > 0 ? law[number - 1] * chance : 0
        law[number] = law[number] * (1 - chance) + before
        largest = max(largest, law[number])
      }
      guard largest > 0 else { return .infinity }
      if largest < 0x1p-500 {
        for number in law.indices { law[number] *= 0x1p500 }
        scale += 500
      }
    }
    return max(0, scale - log2(law.reduce(0, +)))
  }
}

// SPDX-License-Identifier: Apache-2.0

package import ChorusCore
internal import Glibc

/// Whether the accounts of a group are first seen, or last seen, at about the same time.
package enum Onset {
  /// A stretch of time in which accounts of a group crowd.
  package struct Finding: Sendable {
    /// The bits of surprise.
    package var bits: Double
    /// The accounts of the group in it.
    package var count: Int
    /// The accounts of the group that were looked at.
    package var accountCount: Int
    /// When it begins: the time of the first of these accounts.
    package var first: Timestamp
    /// When it ends: the time of the last of them.
    package var last: Timestamp
    /// The share of the other accounts in it, in `0...1`.
    package var otherShare: Double
  }

  /// The fewest accounts of a group.
  private static let leastCount = 5
  /// The fewest other accounts.
  private static let leastOtherCount = 100
  /// The fewest accounts that crowd.
  private static let leastCrowd = 3

  /// Finds the stretch of time in which the accounts of a group crowd most.
  ///
  /// Null model: the times of the group's *A* accounts and those of *B* others are drawn alike.
  /// From an account of the group on, the share of everyone's times that lies before the next
  /// *k* + 1 others has the law Beta(*k* + 1, *B* - *k*). So the number *X* of the *A* - 1 other
  /// accounts of the group which come before them is beta-binomial (Skellam, 1948); with many
  /// others it is binomial. A stretch from one account of the group to another, with *m* of them
  /// and *k* others, the ends included, has p = P(*X* >= *m* - 1), and bits = -log p -
  /// log(*A* (*A* - 1) / 2) for the least of all stretches: a scan statistic (Naus, 1965), bounded
  /// by the number of pairs.
  ///
  /// It is the same for the times when accounts are first seen and for those when they are last
  /// seen. Accounts that were there before the index begins, or after it ends, do not belong in
  /// either array. Of more than 2,048 accounts a sample is looked at, and of more than 16,384
  /// others too.
  ///
  /// - Parameters:
  ///   - times: The times of the group's accounts, in any order.
  ///   - others: The times of the other accounts, ascending.
  /// - Returns: The finding; `nil` with fewer than 5 accounts or fewer than 100 others.
  /// - Complexity: O(*A*^2 + *A* log *B*), beside taking samples.
  package static func find(_ times: [Timestamp], among others: [Timestamp]) -> Finding? {
    guard times.count >= leastCount, others.count >= leastOtherCount else { return nil }
    let all = times.sorted()
    let some = RankSample.some(all, limit: RankSample.groupLimit)
    let reference = RankSample.some(others, limit: RankSample.otherLimit)
    let count = some.count
    let law = BetaBinomial(trialCount: count - 1, otherCount: reference.count)
    let lower = some.map { time in reference.partition { $0 < time } }
    let upper = some.map { time in reference.partition { $0 <= time } }
    var best: (first: Int, last: Int, bits: Double) = (0, count - 1, 0)
    for first in 0..<count {
      // Once all others are in a stretch, longer ones say nothing.
      for last in (first + leastCrowd - 1)..<max(count, first + leastCrowd - 1) {
        let between = upper[last] - lower[first]
        guard between < reference.count else { break }
        let bits = law.tailBits(last - first, between, unlessBelow: best.bits)
        if bits > best.bits { best = (first, last, bits) }
      }
    }
    let pairCount = Double(count) * Double(count - 1) / 2
    let (first, last) = (some[best.first], some[best.last])
    return Finding(
      bits: max(0, best.bits - log2(pairCount)),
      count: all.partition { $0 <= last } - all.partition { $0 < first },
      accountCount: all.count,
      first: first,
      last: last,
      otherShare: Double(upper[best.last] - lower[best.first]) / Double(reference.count)
    )
  }
}

/// The law of how many of a group's accounts come before so many others.
private struct BetaBinomial {
  private let trialCount: Int
  private let otherCount: Int
  /// The logarithms of the factorials.
  private let factorials: [Double]

  init(trialCount: Int, otherCount: Int) {
    self.trialCount = trialCount
    self.otherCount = otherCount
    factorials = (0...(trialCount + otherCount)).map { lgamma(Double($0) + 1) }
  }

  /// The bits of at least `count` accounts coming before `between` + 1 others; 0 where it is less
  /// than a bound, or where that many are expected.
  func tailBits(_ count: Int, _ between: Int, unlessBelow bound: Double) -> Double {
    let mean = Double(trialCount) * Double(between + 1) / Double(otherCount + 1)
    guard Double(count) > mean else { return 0 }
    let rest = trialCount - count
    let after = otherCount - between - 1
    let first =
      factorials[trialCount] - factorials[count] - factorials[rest]
      + factorials[between + count] - factorials[between]
      + factorials[after + rest] - factorials[after]
      - factorials[otherCount + trialCount] + factorials[otherCount]
    guard -first > bound * M_LN2 else { return 0 }
    // The rest of the tail, as a multiple of its first term.
    var sum = 1.0
    var term = 1.0
    for number in count..<trialCount {
      term *= Double(trialCount - number) / Double(number + 1)
      term *= Double(between + 1 + number) / Double(after + trialCount - number)
      sum += term
      if term < 1e-12 * sum { break }
    }
    return max(0, -(first + log(sum)) / M_LN2)
  }
}

extension [Timestamp] {
  /// The number of times at the front that fulfil something which only those at the front do.
  fileprivate func partition(_ isAtFront: (Timestamp) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if isAtFront(self[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

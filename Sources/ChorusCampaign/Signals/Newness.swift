// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Whether the accounts of a group send at full rate as soon as they are new.
package enum Newness {
  /// What is looked at of an account.
  package struct Account: Hashable, Sendable {
    /// Its prompts in all.
    package var promptCount: Int
    /// Those within a day of its first one.
    package var firstDayCount: Int
    /// The whole days from its first prompt to the end of the index.
    package var daysLeft: Int

    /// Creates an account.
    package init(promptCount: Int, firstDayCount: Int, daysLeft: Int) {
      self.promptCount = promptCount
      self.firstDayCount = firstDayCount
      self.daysLeft = daysLeft
    }

    /// The share of its prompts within a day of its first one.
    fileprivate var share: Double { Double(firstDayCount) / Double(promptCount) }

    /// The octaves of its prompts and of the days that it had; `nil` when these are too few.
    fileprivate var likeness: Likeness? {
      guard promptCount >= Newness.leastPromptCount, daysLeft >= 1 else { return nil }
      return Likeness(
        prompts: Int.bitWidth - promptCount.leadingZeroBitCount,
        days: Int.bitWidth - daysLeft.leadingZeroBitCount
      )
    }
  }

  /// What accounts have in common that are compared.
  fileprivate struct Likeness: Hashable, Comparable {
    var prompts: Int
    var days: Int

    static func < (lhs: Self, rhs: Self) -> Bool {
      (lhs.prompts, lhs.days) < (rhs.prompts, rhs.days)
    }
  }

  /// The shares of the first day of all accounts, like ones together.
  package struct Reference: Sendable {
    /// The shares of like accounts, ascending.
    fileprivate private(set) var shares: [Likeness: [Double]] = [:]

    /// Sorts the accounts.
    ///
    /// - Parameter accounts: All accounts, those of the groups to be looked at among them.
    /// - Complexity: O(*n* log *n*).
    package init(_ accounts: [Account]) {
      for account in accounts {
        guard let likeness = account.likeness else { continue }
        shares[likeness, default: []].append(account.share)
      }
      for (likeness, list) in shares { shares[likeness] = list.sorted() }
    }
  }

  /// How new the accounts of a group are when they send most.
  package struct Finding: Sendable {
    /// The bits of surprise.
    package var bits: Double
    /// The accounts of the group that were compared.
    package var accountCount: Int
    /// The share of the first day that half of them reach, in `0...1`.
    package var median: Double
    /// The share of like accounts that reach it too, in `0...1`.
    package var otherShare: Double
  }

  /// The fewest accounts of a group.
  private static let leastCount = 5
  /// The fewest like accounts that one is compared with.
  private static let leastOtherCount = 50
  /// The fewest prompts of an account.
  fileprivate static let leastPromptCount = 5

  /// Compares the accounts of a group with others like them.
  ///
  /// Null model: an account's share of prompts within a day of its first one is drawn like that of
  /// other accounts with as many prompts and as many days from the first one to the end of the
  /// index, both in the same octave. Among *B* like accounts that are not of the group it has
  /// u = (1 + the number of those with no lesser share) / (1 + *B*), which is uniform.
  ///
  /// The sum *T* of -ln u over all *A* accounts (Fisher, 1925) has the mean *A*. As *A* accounts
  /// share the same *B* others, its variance is about *A* (1 + *A* / *B*), added up over the kinds
  /// of accounts. It is taken for a gamma variable of that mean and variance (Satterthwaite, 1946;
  /// Brown, 1975), whose shape *k* is rounded down: bits = -log Q(*k*, *T* *k* / *A*).
  ///
  /// Accounts with fewer than 5 prompts, with less than a day to the end of the index, or with
  /// fewer than 50 others like them are left out. Those that were there before the index begins do
  /// not belong in either array, since their first prompt is not the first.
  ///
  /// - Parameters:
  ///   - accounts: The accounts of the group.
  ///   - all: All accounts, those of the group among them.
  /// - Returns: The finding; `nil` where fewer than 5 accounts can be compared.
  /// - Complexity: O(*A* log *B*).
  package static func find(_ accounts: [Account], among all: Reference) -> Finding? {
    var kinds: [Likeness: [Double]] = [:]
    for account in accounts {
      guard let likeness = account.likeness else { continue }
      kinds[likeness, default: []].append(account.share)
    }
    kinds = kinds.filter { likeness, shares in
      (all.shares[likeness]?.count ?? 0) - shares.count >= leastOtherCount
    }
    let shares = kinds.values.joined().sorted()
    guard shares.count >= leastCount else { return nil }
    let median = shares[shares.count / 2]
    let mean = Double(shares.count)
    var sum = 0.0
    var variance = 0.0
    var reaching = 0.0
    for (likeness, list) in kinds.sorted(by: { $0.key < $1.key }) {
      let own = list.sorted()
      let pooled = all.shares[likeness] ?? []
      let others = Double(pooled.count - own.count)
      for share in own {
        let count = pooled.countReaching(share) - own.countReaching(share)
        sum -= log(Double(count + 1) / (others + 1))
      }
      let size = Double(own.count)
      variance += size * (1 + size / others)
      let count = pooled.countReaching(median) - own.countReaching(median)
      reaching += size * Double(count) / others
    }
    let shape = max(1, Int(mean * mean / variance))
    return Finding(
      bits: GammaTail.bits(sum * Double(shape) / mean, shape: shape),
      accountCount: shares.count,
      median: median,
      otherShare: reaching / mean
    )
  }
}

extension [Double] {
  /// The number of values that are no less than one, of ascending values.
  fileprivate func countReaching(_ value: Double) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < value { low = middle + 1 } else { high = middle }
    }
    return count - low
  }
}

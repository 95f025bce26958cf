// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Whether the accounts of a group have an attribute's value in common that few others have.
package enum SharedAttributes {
  /// How many accounts have one value of an attribute.
  ///
  /// The value itself is private and not kept.
  package struct Count: Hashable, Sendable {
    /// The attribute's name.
    package var attribute: String
    /// The accounts of the group that have the value.
    package var sharedCount: Int
    /// All accounts that have it.
    package var holderCount: Int

    /// Creates a count.
    package init(attribute: String, sharedCount: Int, holderCount: Int) {
      self.attribute = attribute
      self.sharedCount = sharedCount
      self.holderCount = holderCount
    }
  }

  /// The bits of surprise in so many of a group's accounts having one value.
  ///
  /// Null model: the *M* accounts of all *N* that have the value are spread over the group and the
  /// others as by lot. The number of those among the group's *A* accounts is then hypergeometric
  /// (Fisher, 1935), and bits = -log P(*X* >= *m*) - log *V* for *V* values looked at (Bonferroni,
  /// 1936). Which values are looked at must not depend on the group: *V* counts all values that any
  /// account has, or all that at least so many accounts have.
  ///
  /// The first term of the tail is made of logarithms of the gamma function, good to a millionth up
  /// to *N* = 10^8; each next one is a multiple of it.
  ///
  /// - Parameters:
  ///   - sharedCount: The accounts of the group that have the value, *m*.
  ///   - groupCount: The accounts of the group, *A*.
  ///   - holderCount: All accounts that have the value, *M*.
  ///   - accountCount: All accounts, *N*.
  ///   - valueCount: The values looked at, *V*.
  /// - Returns: The bits; 0 where as many are expected, and for counts that cannot be.
  /// - Complexity: O(min(*A*, *M*)), and much less where the surprise is great.
  package static func bits(
    sharedCount: Int,
    groupCount: Int,
    holderCount: Int,
    accountCount: Int,
    valueCount: Int
  ) -> Double {
    let most = min(groupCount, holderCount)
    guard sharedCount > 0, sharedCount <= most, max(groupCount, holderCount) <= accountCount,
      Double(sharedCount) > Double(groupCount) * Double(holderCount) / Double(accountCount)
    else { return 0 }
    func choices(_ all: Int, _ some: Int) -> Double {
      lgamma(Double(all) + 1) - lgamma(Double(some) + 1) - lgamma(Double(all - some) + 1)
    }
    let lacking = accountCount - holderCount
    // Some of the group have it, since too few accounts lack it: what must be is no surprise.
    guard groupCount - sharedCount <= lacking else { return 0 }
    let first =
      choices(holderCount, sharedCount) + choices(lacking, groupCount - sharedCount)
      - choices(accountCount, groupCount)
    var sum = 1.0
    var term = 1.0
    for number in sharedCount..<most {
      term *= Double(groupCount - number) / Double(number + 1)
      term *= Double(holderCount - number) / Double(lacking - groupCount + number + 1)
      sum += term
      if term < 1e-12 * sum { break }
    }
    return max(0, -(first + log(sum)) / M_LN2 - log2(Double(max(valueCount, 1))))
  }

  /// Makes a signal of the most telling value of each attribute that says anything.
  ///
  /// - Parameters:
  ///   - counts: How many accounts have each value that an account of the group has.
  ///   - groupCount: The accounts of the group.
  ///   - accountCount: All accounts.
  ///   - valueCount: The values looked at, of all attributes, as for the bits.
  /// - Returns: The signals, the most telling first. Their sentences name attributes and no values.
  /// - Complexity: O(*v* min(*A*, *M*)) for *v* values.
  package static func signals(
    _ counts: [Count],
    groupCount: Int,
    accountCount: Int,
    valueCount: Int
  ) -> [Signal] {
    var best: [String: (count: Count, bits: Double)] = [:]
    for count in counts {
      let bits = bits(
        sharedCount: count.sharedCount,
        groupCount: groupCount,
        holderCount: count.holderCount,
        accountCount: accountCount,
        valueCount: max(valueCount, counts.count)
      )
      guard bits > 0 else { continue }
      if let known = best[count.attribute],
        (known.bits, known.count.sharedCount) >= (bits, count.sharedCount)
      {
        continue
      }
      best[count.attribute] = (count, bits)
    }
    return best.values
      .sorted { ($1.bits, $0.count.attribute) < ($0.bits, $1.count.attribute) }
      .map { count, bits in
        Signal(
          kind: .attribute,
          value: Double(count.sharedCount) / Double(groupCount),
          bits: bits,
          sentence: "\(count.sharedCount) of \(groupCount) accounts have the same value of "
            + "'\(count.attribute)', which \(count.holderCount) of all \(accountCount) have."
        )
      }
  }
}

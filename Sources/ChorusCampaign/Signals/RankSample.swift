// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore

/// A bounded sample that depends on nothing but ranks, so that equal values give equal samples.
enum RankSample {
  /// The most accounts of a group that are compared with each other.
  static let groupLimit = 1 << 11
  /// The most other accounts that a group is compared with.
  static let otherLimit = 1 << 14

  /// Takes some of what is sorted: the ranks with the least hashes, as good as drawn by lot.
  ///
  /// - Parameters:
  ///   - sorted: The values, ascending.
  ///   - limit: How many are taken at most.
  /// - Returns: The values that were taken, ascending.
  /// - Complexity: O(*n* log *n*).
  static func some<Value>(_ sorted: [Value], limit: Int) -> [Value] {
    guard sorted.count > limit else { return sorted }
    return sorted.indices
      .sorted { Hashing.mix(UInt64($0)) < Hashing.mix(UInt64($1)) }
      .prefix(limit).sorted().map { sorted[$0] }
  }
}

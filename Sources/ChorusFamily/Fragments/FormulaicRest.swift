// SPDX-License-Identifier: Apache-2.0

/// The rows in no family, when most of them repeat text all the same: machines wrote them.
///
/// That people repeat phrases is why text has to say three times as much as chance explains. Where
/// most of what is left over repeats text, it was not written by people, and the reason is gone:
/// logs, messages of programs, commands. Then text counts in full there, and only there.
struct FormulaicRest {
  /// The candidates that are families of the rest if chance alone does not explain their text.
  let candidates: [Int]

  /// The rest is formulaic when this share of it repeats text.
  private static let leastShare = 0.5
  /// A candidate is of the rest when this share of its rows is.
  private static let insideShare = 0.8

  /// Looks at what is left over.
  ///
  /// - Parameters:
  ///   - candidates: All candidates, whose text chance alone does not explain.
  ///   - choices: Those that are families.
  ///   - accounts: The accounts of the rows.
  ///   - minimumAccountCount: The fewest accounts of a family.
  /// - Complexity: O(*n*) in the rows and those of the candidates.
  init(
    _ candidates: [Candidate],
    _ choices: [FamilySelector.Choice],
    _ accounts: RowAccounts,
    minimumAccountCount: Int
  ) {
    var isTaken = (0..<accounts.rowCount).map { accounts.of(UInt32($0)).isEmpty }
    for choice in choices {
      for row in candidates[choice.candidate].rows { isTaken[Int(row)] = true }
    }
    let restCount = isTaken.reduce(0) { $0 + ($1 ? 0 : 1) }
    var counter = StampedCounter(count: accounts.accountCount)
    let weak = candidates.indices.filter { number in
      guard !candidates[number].standsAlone else { return false }
      let left = candidates[number].rows.filter { !isTaken[Int($0)] }
      return Double(left.count) >= Self.insideShare * Double(candidates[number].rows.count)
        && accounts.distinctCount(left, &counter) >= minimumAccountCount
    }
    var repeated = 0
    for number in weak {
      for row in candidates[number].rows where !isTaken[Int(row)] {
        isTaken[Int(row)] = true
        repeated += 1
      }
    }
    self.candidates = Double(repeated) >= Self.leastShare * Double(max(restCount, 1)) ? weak : []
  }
}

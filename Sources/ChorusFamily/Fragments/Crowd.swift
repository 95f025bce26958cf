// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import Glibc

/// Tests of whether rows come from a crowd of their own, against what independent accounts do.
///
/// All results are in bits: *b* bits mean that chance does this once in 2^*b* times.
struct Crowd: Sendable {
  private let accounts: RowAccounts
  /// How many accounts sent each number of rows.
  private let activity: [(rowCount: Double, accountCount: Double)]
  private let total: Double
  /// Fewer returning accounts than this are not a crowd, however busy: they are a few customers.
  private let minimumCount: Int

  /// How many times as many accounts as chance has it may return without surprise: some accounts
  /// write more, and longer, and more about one thing than others.
  private static let dispersion = 2.0

  /// Prepares tests of rows.
  ///
  /// - Parameters:
  ///   - accounts: The accounts of the rows.
  ///   - traffic: The accounts of all the traffic that the rows are a part of.
  ///   - minimumCount: The fewest returning accounts of a crowd.
  init(_ accounts: RowAccounts, traffic: RowAccounts, minimumCount: Int) {
    self.accounts = accounts
    self.minimumCount = minimumCount
    var histogram: [UInt32: Int] = [:]
    for count in traffic.rowCounts { histogram[count, default: 0] += 1 }
    activity = histogram.sorted { $0.key < $1.key }.map { (Double($0.key), Double($0.value)) }
    total = Double(max(traffic.accounts.count, 1))
  }

  /// How surprising it is that so many accounts come more than once among some rows.
  ///
  /// Null model: each row is sent by an account drawn in proportion to what the accounts send in
  /// all. The number of accounts drawn at least twice is then about Poisson.
  func returnBits(_ rows: some Sequence<UInt32>, _ counter: inout StampedCounter) -> Double {
    let (draws, returned) = count(rows, &counter)
    guard returned >= minimumCount else { return 0 }
    var expected = 0.0
    for (rowCount, accountCount) in activity {
      expected += accountCount * Self.atLeastTwice(draws * rowCount / total)
    }
    guard Double(returned) >= Self.dispersion * expected else { return 0 }
    return PoissonTail.bits(returned, expected)
  }

  /// How surprising it is that some rows have accounts of their own, when these were drawn from
  /// `others`, of which they are a part.
  ///
  /// Two signs are looked at, and the more surprising one counts: accounts that come at least twice
  /// among the rows, and accounts of several rows all of which are among them.
  func apartBits(
    _ rows: some Sequence<UInt32>,
    among others: some Sequence<UInt32>,
    _ counter: inout StampedCounter
  ) -> Double {
    let (_, returned) = count(rows, &counter)
    guard returned >= minimumCount else { return 0 }
    let inside = counter.seen.map { (account: $0, count: counter.count(of: $0)) }
    _ = count(others, &counter)
    let drawn = inside.reduce(0.0) { $0 + Double($1.count) }
    let all = counter.seen.reduce(0.0) { $0 + Double(counter.count(of: $1)) }
    let share = min(1, drawn / max(all, 1))
    var expectedReturns = 0.0
    var expectedDevotion = 0.0
    for account in counter.seen {
      let count = Double(counter.count(of: account))
      guard count > 1 else { continue }
      let none = pow(1 - share, count)
      let one = count * share * pow(1 - share, count - 1)
      expectedReturns += max(0, 1 - none - one)
      expectedDevotion += pow(share, count)
    }
    let devoted = inside.reduce(0) { sum, inner in
      sum + (inner.count > 1 && inner.count == counter.count(of: inner.account) ? 1 : 0)
    }
    return max(
      PoissonTail.bits(returned, expectedReturns),
      devoted >= minimumCount ? PoissonTail.bits(devoted, expectedDevotion) : 0
    )
  }

  /// The rows' accounts counted with multiplicity up to two, and those that come at least twice.
  private func count(
    _ rows: some Sequence<UInt32>,
    _ counter: inout StampedCounter
  ) -> (draws: Double, returned: Int) {
    accounts.count(rows, &counter)
    var draws = 0
    var returned = 0
    for account in counter.seen {
      let count = counter.count(of: account)
      draws += min(2, Int(count))
      if count > 1 { returned += 1 }
    }
    return (Double(draws), returned)
  }

  /// The chance that a Poisson variable of some mean is at least 2.
  private static func atLeastTwice(_ mean: Double) -> Double {
    mean < 1e-4 ? mean * mean / 2 : 1 - exp(-mean) * (1 + mean)
  }
}

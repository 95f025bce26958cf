// SPDX-License-Identifier: Apache-2.0

internal import ChorusSketch
internal import Glibc

/// Decides which family each row belongs to: the one most of whose fixed text it contains, the most
/// specific first.
struct MemberAssigner {
  let hot: HotAnchors
  let accounts: RowAccounts
  let evidence: Evidence

  /// The share of a family's anchors that a member must have: text may be damaged here and there.
  static let memberShare = 0.7

  /// The bits of fixed text that tell one of some families from chance.
  static func neededBits(_ evidence: Evidence, familyCount: Int) -> Double {
    evidence.placeBits + log2(Double(max(familyCount, 1)))
  }

  /// Returns the family of each row, by position in `families`; -1 for none.
  func assign(_ families: [Candidate]) -> [Int32] {
    let rowCount = accounts.rowCount
    var best = [Int32](repeating: -1, count: rowCount)
    var bestBits = [Double](repeating: 0, count: rowCount)
    var counts = [UInt64](repeating: 0, count: rowCount)
    var crowd = StampedCounter(count: accounts.accountCount)
    let needed = Self.neededBits(evidence, familyCount: families.count)
    for (number, family) in families.enumerated() {
      for (row, share) in members(family, needed, &counts, &crowd)
      where share * family.bits > bestBits[Int(row)] {
        bestBits[Int(row)] = share * family.bits
        best[Int(row)] = Int32(number)
      }
    }
    return best
  }

  /// The rows of a family and those that have enough of its fixed text, with the share they have.
  ///
  /// Those besides its own are members whose text was damaged. What is left of the fixed text must
  /// still tell the family from all others by chance, together with who sent it: an account of the
  /// family's crowd speaks for a row by as many bits as accounts of the crowd are rare. When there
  /// are more such rows than of its own, they are no exceptions but something else, and are left
  /// out.
  private func members(
    _ family: Candidate,
    _ needed: Double,
    _ counts: inout [UInt64],
    _ crowd: inout StampedCounter
  ) -> [(row: UInt32, share: Double)] {
    var touched: [UInt32] = []
    let measure = ClosureShare(family.closure.lazy.map { hot.keys[Int($0)] })
    for anchor in family.closure {
      let weight = ClosureShare.weight(ofKey: hot.keys[Int(anchor)])
      for row in hot.rows(of: Int(anchor)) {
        if counts[Int(row)] == 0 { touched.append(row) }
        counts[Int(row)] += weight
      }
    }
    accounts.count(family.rows, &crowd)
    let sent = crowd.seen.reduce(0.0) { $0 + Double(accounts.rowCounts[Int($1)]) }
    let crowdBits = log2(Double(max(accounts.accounts.count, 1)) / max(sent, 1))
    var own: [(row: UInt32, share: Double)] = []
    var others: [(row: UInt32, share: Double)] = []
    let isOwn = Set(family.rows)
    for row in touched {
      let share = measure.share(counts[Int(row)])
      counts[Int(row)] = 0
      if isOwn.contains(row) {
        own.append((row, share))
        continue
      }
      let isOfCrowd = accounts.of(row).contains { crowd.count(of: $0) > 0 }
      let bits = share * family.bits + (isOfCrowd ? crowdBits : 0)
      // All of the text is enough, however little it says.
      guard share >= Self.memberShare, share >= 1 || bits >= needed else { continue }
      others.append((row, share))
    }
    return others.count > own.count ? own : own + others
  }
}

/// How much of a closure a row has.
///
/// Anchors that carry their place are lost to one word put before or behind a text, and say no more
/// than the body anchors of the same tokens. So where there are enough body anchors, a row has as
/// much of the closure as it has of these, or of all, whichever is more.
struct ClosureShare {
  /// The body anchors that are enough.
  private static let leastBodyCount = 2
  /// The weight of a body anchor above that of a placed one, so that one sum counts both.
  private static let bodyUnit: UInt64 = 1 << 32

  private let bodyCount: Int
  private let count: Int

  /// Measures shares of the closure with some anchors.
  init(_ keys: some Sequence<UInt64>) {
    var count = 0
    var bodyCount = 0
    for key in keys {
      count += 1
      if !AnchorSelector.isPlaced(key) { bodyCount += 1 }
    }
    self.count = count
    self.bodyCount = bodyCount
  }

  /// What an anchor adds to a row's sum.
  static func weight(ofKey key: UInt64) -> UInt64 {
    AnchorSelector.isPlaced(key) ? 1 : bodyUnit
  }

  /// The share that a row with a sum has.
  func share(_ sum: UInt64) -> Double {
    let body = sum / Self.bodyUnit
    let all = Double(body + sum % Self.bodyUnit) / Double(max(count, 1))
    guard bodyCount >= Self.leastBodyCount else { return all }
    return max(all, Double(body) / Double(bodyCount))
  }
}

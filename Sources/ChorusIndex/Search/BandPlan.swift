// SPDX-License-Identifier: Apache-2.0

internal import ChorusSketch

/// How many lanes of a band a prompt must share with a query to be a candidate, and how often.
///
/// The three lanes that a band's posting key is made of are ordered, so that the postings under a
/// prefix of the key are those of a wider band (LSH forest: Bawa, Condie and Ganesan, 2005). A plan
/// looks up the prefix of `depth` lanes in all bands. A band in which *l* lanes agree, from the
/// first on, weighs *l* - `depth` + 1, and a row is a candidate from the weight `least` on.
public struct BandPlan: Hashable, Sendable {
  /// The lanes of the prefix that is looked up, from 1 to 3.
  public let depth: Int
  /// The least weight of a candidate.
  public let least: Int

  /// The lanes of a posting key.
  static let laneCount = 3
  /// The bits of a band key that each lane has.
  static let laneBitCount = 8

  /// What `similar` finds at least of the pairs that are exactly as similar as the threshold asks,
  /// where the signatures can tell them apart.
  public static let leastRecall = 0.95

  /// Every plan.
  static let all = (1...laneCount).flatMap { depth in
    (1...2).map { BandPlan(depth: depth, least: $0) }
  }

  /// Chooses the plan for a threshold.
  ///
  /// Of the plans that cost little for so many prompts, the one that finds most; when all of these
  /// find too little, the cheapest one that finds enough; and when there is none, the one that
  /// finds most.
  public init(threshold: Double, promptCount: Int) {
    func found(_ plan: BandPlan) -> Double { plan.recall(jaccard: threshold) }
    func cost(_ plan: BandPlan) -> Double { plan.cost(promptCount: promptCount) }
    let cheap = Self.all.filter { cost($0) <= Self.smallCost && found($0) >= Self.leastRecall }
    let enough = Self.all.filter { found($0) >= Self.leastRecall }
    self =
      cheap.max { found($0) < found($1) } ?? enough.min { cost($0) < cost($1) }
      ?? Self.all.max { found($0) < found($1) } ?? BandPlan(depth: 1, least: 1)
  }

  /// Creates a plan.
  ///
  /// - Parameters:
  ///   - depth: From 1 to 3.
  ///   - least: At least 1.
  public init(depth: Int, least: Int) {
    precondition((1...Self.laneCount).contains(depth) && least >= 1)
    self.depth = depth
    self.least = least
  }

  /// The probability that a prompt of a given Jaccard similarity is a candidate.
  ///
  /// A lane of eight bits agrees with probability *q* = *J* + (1 - *J*) / 256; the bands are
  /// independent.
  public func recall(jaccard: Double) -> Double {
    let chance = 1 / Double(1 << Self.laneBitCount)
    let agreeing = jaccard + (1 - jaccard) * chance
    // The distribution of one band's weight.
    var weights = [Double](repeating: 0, count: Self.laneCount - depth + 2)
    for lanes in 0...Self.laneCount {
      let share = power(agreeing, lanes) * (lanes == Self.laneCount ? 1 : 1 - agreeing)
      weights[max(0, lanes - depth + 1)] += share
    }
    // The distribution of the sum, below `least`.
    var sums = [Double](repeating: 0, count: least)
    sums[0] = 1
    for _ in 0..<Signature.bandCount {
      var next = [Double](repeating: 0, count: least)
      for (sum, share) in sums.enumerated() {
        for (weight, part) in weights.enumerated() where sum + weight < least {
          next[sum + weight] += share * part
        }
      }
      sums = next
    }
    return max(0, 1 - sums.reduce(0, +))
  }

  /// The probability that a prompt of a given Jaccard similarity shares the prefix of some of the
  /// bands; the last of them may be looked up in part.
  func recall(jaccard: Double, bandCount: Double) -> Double {
    let chance = 1 / Double(1 << Self.laneBitCount)
    let share = power(jaccard + (1 - jaccard) * chance, depth)
    let whole = bandCount.rounded(.down)
    return 1 - power(1 - share, Int(whole)) * (1 - share * (bandCount - whole))
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }

  /// The nanoseconds, roughly, that rows without anything in common with the query cost: 15 for
  /// each posting, 60 for each signature.
  private func cost(promptCount: Int) -> Double {
    let postings = Double(Signature.bandCount) / Double(1 << (Self.laneBitCount * depth))
    return Double(promptCount) * (15 * postings + 60 * recall(jaccard: 0))
  }

  /// The runs of rows that are looked up, and the signatures that are compared, of rows without
  /// anything in common with the query: what a limit must leave room for.
  func expectedCounts(promptCount: Int) -> (runs: Int, signatures: Int) {
    let postings = Double(Signature.bandCount) / Double(1 << (Self.laneBitCount * depth))
    return (
      Int(Double(promptCount) * postings), Int(Double(promptCount) * recall(jaccard: 0))
    )
  }

  private static let smallCost = 60_000.0

  /// The keys of the postings to look up for a band.
  func keys(band: Int, key: UInt32) -> ClosedRange<UInt64> {
    let exact = SegmentFormat.bandPostingKey(band: band, key: key)
    let free: UInt64 = 1 << UInt64(Self.laneBitCount * (Self.laneCount - depth)) - 1
    return (exact & ~free)...(exact | free)
  }

  /// What a band weighs in which a row has one posting key and the query another.
  func weight(_ key: UInt64, _ exact: UInt64) -> UInt64 {
    UInt64(max(0, Self.sharedLaneCount(key, exact) - depth + 1))
  }

  /// The lanes in which two posting keys of one band agree, from the first on.
  static func sharedLaneCount(_ key: UInt64, _ exact: UInt64) -> Int {
    let difference = key ^ exact
    let width = UInt64.bitWidth - difference.leadingZeroBitCount
    return laneCount - (width + laneBitCount - 1) / laneBitCount
  }
}

// SPDX-License-Identifier: Apache-2.0

/// The shape of a MinHash signature and what the agreement of two says.
public enum Signature {
  /// The number of lanes.
  public static let laneCount = 128
  /// The number of bands, of four lanes each, over the first 64 lanes.
  public static let bandCount = 16

  /// Estimates the Jaccard similarity from the number of agreeing lanes, without bias.
  ///
  /// Two unequal minima agree in *b* bits by chance with probability *C* = 2^-*b*, so the estimate
  /// is (*P* - *C*) / (1 - *C*) for the agreeing share *P*; its variance is *P* (1 - *P*) /
  /// (128 (1 - *C*)^2) (b-bit minwise hashing, Li and Koenig, 2010). For sets that share nothing it
  /// is negative as often as positive.
  ///
  /// - Parameters:
  ///   - agreement: The agreeing lanes, in `0...laneCount`.
  ///   - laneBitCount: *b*, the bits that were compared of each lane.
  /// - Returns: The estimate, at most 1.
  public static func unbiasedJaccard(agreement: Int, laneBitCount: Int) -> Double {
    let chance = chance(laneBitCount)
    return (Double(agreement) / Double(laneCount) - chance) / (1 - chance)
  }

  /// Estimates the Jaccard similarity for showing it: the unbiased estimate, cut at zero.
  public static func jaccard(agreement: Int, laneBitCount: Int) -> Double {
    max(0, unbiasedJaccard(agreement: agreement, laneBitCount: laneBitCount))
  }

  /// Returns the fewest agreeing lanes that a pair of a given similarity shows, short of chance.
  ///
  /// - Parameters:
  ///   - jaccard: The similarity, in `0...1`.
  ///   - laneBitCount: The bits that are compared of each lane.
  ///   - deviations: How many standard deviations below the expected agreement to go.
  /// - Returns: A number of lanes, in `0...laneCount`.
  public static func leastAgreement(
    jaccard: Double,
    laneBitCount: Int,
    deviations: Double
  ) -> Int {
    let share = jaccard + (1 - jaccard) * chance(laneBitCount)
    let deviation = (Double(laneCount) * share * (1 - share)).squareRoot()
    return max(0, Int((Double(laneCount) * share - deviations * deviation).rounded(.down)))
  }

  /// The probability that unequal minima agree.
  private static func chance(_ laneBitCount: Int) -> Double { 1 / Double(1 << laneBitCount) }
}

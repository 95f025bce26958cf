// SPDX-License-Identifier: Apache-2.0

/// The shape of a stored MinHash signature and what its agreement says.
public enum Signature {
  /// The number of lanes.
  public static let laneCount = 128
  /// The bytes of a stored signature.
  public static let byteCount = 64
  /// The number of bands, of four lanes each, over the first 64 lanes.
  public static let bandCount = 16
  /// The bits kept of each lane.
  public static let laneBitCount = 4

  /// Estimates the Jaccard similarity from the number of agreeing lanes.
  ///
  /// Two unequal minima agree in four bits by chance with probability 1/16, so the estimate is
  /// (*P* - 1/16) / (1 - 1/16) for the agreeing share *P* (Li and Koenig, 2010), cut at zero. Its
  /// variance is *P* (1 - *P*) / (128 (15/16)^2).
  public static func jaccard(agreement: Int) -> Double {
    let chance = 1.0 / 16
    return max(0, (Double(agreement) / Double(laneCount) - chance) / (1 - chance))
  }
}

extension Signature {
  /// Returns the fewest agreeing lanes that a pair of a given similarity shows, short of chance.
  ///
  /// - Parameters:
  ///   - jaccard: The similarity, in `0...1`.
  ///   - deviations: How many standard deviations below the expected agreement to go.
  /// - Returns: A number of lanes, in `0...laneCount`.
  public static func leastAgreement(jaccard: Double, deviations: Double) -> Int {
    let share = jaccard + (1 - jaccard) / 16
    let deviation = (Double(laneCount) * share * (1 - share)).squareRoot()
    return max(0, Int((Double(laneCount) * share - deviations * deviation).rounded(.down)))
  }
}

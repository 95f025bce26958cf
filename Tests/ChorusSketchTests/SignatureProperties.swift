// SPDX-License-Identifier: Apache-2.0

import ChorusSketch
import ChorusTestSupport
import Testing

/// The estimate of the Jaccard similarity behaves as its theory says.
///
/// The agreeing share P of b-bit MinHash with b = 4 has the mean J + (1 - J) / 16 and, over 128
/// independent lanes, the variance P (1 - P) / 128; the estimate (P - 1/16) / (15/16) so has the
/// variance P (1 - P) / (128 (15/16)^2).
struct SignatureProperties {
  private static let pairCount = 240

  private struct Sample {
    var errors: [Double] = []
    var variance = 0.0

    var mean: Double { errors.reduce(0, +) / Double(errors.count) }
    var meanSquare: Double { errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count) }
  }

  /// Compares estimates and exact similarities of pairs of texts with about `count` shingles.
  private static func sample(count: Int, share: Double, seed: UInt64) -> Sample {
    var generator = SeededGenerator(seed: seed)
    var nextWord = 0
    let sketcher = Sketcher()
    func words(_ count: Int) -> [String] {
      (0..<count).map { _ in
        nextWord += 1
        return "w\(nextWord)x\(generator.next() % 1000)"
      }
    }
    var sample = Sample()
    for _ in 0..<pairCount {
      // All words differ, so that two texts share the shingles of their common front alone.
      let tokenCount = count + 2
      let front = words(Int((Double(tokenCount) * share).rounded()))
      let texts = (0..<2).map { _ in
        (front + words(tokenCount - front.count)).joined(separator: " ")
      }
      let sets = texts.map { Set(sketcher.shingleSet(Array($0.utf8).span)) }
      let exact = Double(sets[0].intersection(sets[1]).count) / Double(sets[0].union(sets[1]).count)
      let signatures = texts.map { sketcher.sketch($0).signatures }
      let agreement = NaiveMinHash.agreement(signatures[0], signatures[1])
      // Without the cut at zero, which would bias small similarities.
      let estimate = (Double(agreement) / 128 - 1.0 / 16) / (15.0 / 16)
      sample.errors.append(estimate - exact)
      let share = exact + (1 - exact) / 16
      sample.variance = share * (1 - share) / (128 * (15.0 / 16) * (15.0 / 16))
    }
    return sample
  }

  /// Set sizes, and the share of the text that a pair has in common.
  private static let shapes = [10, 50, 300].flatMap { count in
    [0.0, 0.4, 0.7, 0.9].map { (count, $0) }
  }

  // The mean of n errors has the standard deviation sigma / sqrt(n); four of those are exceeded by
  // chance once in 16,000 draws, and the draws are seeded.
  @Test(arguments: shapes)
  func `the estimate has no bias`(_ count: Int, _ share: Double) {
    let sample = Self.sample(count: count, share: share, seed: UInt64(count))
    let deviation = (sample.variance / Double(Self.pairCount)).squareRoot()
    #expect(abs(sample.mean) < 4 * deviation)
  }

  // The mean square of n errors has, for normal errors, the relative standard deviation
  // sqrt(2 / n) = 0.09; four of those either way.
  @Test(arguments: shapes)
  func `the estimate varies as independent lanes do`(_ count: Int, _ share: Double) {
    let sample = Self.sample(count: count, share: share, seed: UInt64(1000 + count))
    let slack = 4 * (2.0 / Double(Self.pairCount)).squareRoot()
    #expect(sample.meanSquare < sample.variance * (1 + slack))
    #expect(sample.meanSquare > sample.variance * (1 - slack))
  }

  // MARK: The formula

  @Test func `all lanes agreeing is similarity 1`() {
    #expect(Signature.jaccard(agreement: 128) == 1)
  }

  @Test(arguments: 0...8)
  func `agreement by chance is similarity 0`(_ agreement: Int) {
    #expect(Signature.jaccard(agreement: agreement) == 0)
  }

  @Test func `more agreement is more similarity`() {
    let estimates = (8...128).map { Signature.jaccard(agreement: $0) }
    #expect(zip(estimates, estimates.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test(arguments: [0, 0.1, 0.25, 0.5, 0.7, 0.9, 1])
  func `the least agreement lies below the expected one by the deviations asked for`(
    _ jaccard: Double
  ) {
    let share = jaccard + (1 - jaccard) / 16
    let expected = 128 * share
    let deviation = (128 * share * (1 - share)).squareRoot()
    for deviations in [0.0, 1, 3] {
      let least = Double(Signature.leastAgreement(jaccard: jaccard, deviations: deviations))
      #expect(least <= max(0, expected - deviations * deviation))
      #expect(least > expected - deviations * deviation - 1)
    }
  }

  @Test func `the least agreement is never negative`() {
    #expect(Signature.leastAgreement(jaccard: 0, deviations: 10) == 0)
  }
}

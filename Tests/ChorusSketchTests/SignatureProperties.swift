// SPDX-License-Identifier: Apache-2.0

import ChorusCore
import ChorusKernels
import ChorusSketch
import ChorusTestSupport
import Testing

/// The estimate of the Jaccard similarity behaves as its theory says.
///
/// The agreeing share P of b-bit MinHash has the mean C + (1 - C) J with C = 2^-b and, over 128
/// independent lanes, the variance P (1 - P) / 128; the estimate (P - C) / (1 - C) so has the
/// variance P (1 - P) / (128 (1 - C)^2).
struct SignatureProperties {
  private struct Sample {
    var errors: [Double] = []
    var variance = 0.0

    var mean: Double { errors.reduce(0, +) / Double(errors.count) }
    var meanSquare: Double { errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count) }
  }

  /// Estimates and exact similarities of pairs of random sets of `size` shingles each, of which
  /// they share about a given share.
  private static func sample(
    _ pairCount: Int,
    size: Int,
    share: Double,
    plan: SketchPlan,
    seed: UInt64
  ) -> Sample {
    var generator = SeededGenerator(seed: seed)
    let naive = NaiveMinHash(plan: plan)
    let kernels = unsafe chorus_kernels_best().pointee
    let common = Int((Double(size) * share).rounded())
    func minima(_ shingles: [UInt64], _ lanes: [UInt32]) -> [UInt32] {
      var lanes = lanes
      unsafe kernels.minimise(shingles, shingles.count, naive.multipliers, &lanes)
      return lanes
    }
    let chance = 1 / Double(1 << plan.laneBitCount)
    let exact = Double(common) / Double(2 * size - common)
    let agreeing = exact + (1 - exact) * chance
    var sample = Sample()
    sample.variance = agreeing * (1 - agreeing) / (128 * (1 - chance) * (1 - chance))
    for _ in 0..<pairCount {
      let front = minima(
        (0..<common).map { _ in generator.next() },
        Array(repeating: .max, count: 128)
      )
      let signatures = (0..<2).map { _ in
        let rest = (0..<(size - common)).map { _ in generator.next() }
        return naive.packed(minima(rest, front)).signature
      }
      let agreement =
        plan.laneBitCount == 8
        ? zip(signatures[0], signatures[1]).reduce(0) { $0 + ($1.0 == $1.1 ? 1 : 0) }
        : NaiveMinHash.agreement(signatures[0], signatures[1])
      let estimate = Signature.unbiasedJaccard(
        agreement: agreement,
        laneBitCount: Int(plan.laneBitCount)
      )
      sample.errors.append(estimate - exact)
    }
    return sample
  }

  /// Set sizes, shares in common, and bits.
  private static let shapes = [5, 50, 500].flatMap { size in
    [0.0, 0.4, 0.8].flatMap { share in [4, 8].map { (size, share, UInt32($0)) } }
  }

  // The mean of n errors has the standard deviation sigma / sqrt(n), and their mean square, for
  // normal errors, the relative one sqrt(2 / n); four of those are exceeded by chance once in
  // 16,000 draws, and the draws are seeded.
  @Test(arguments: shapes)
  func `the estimate has no bias and varies as independent lanes do`(
    _ size: Int,
    _ share: Double,
    _ bits: UInt32
  ) {
    let plan = SketchPlan(laneBitCount: bits)
    let count = 240
    let sample = Self.sample(count, size: size, share: share, plan: plan, seed: UInt64(size))
    #expect(abs(sample.mean) < 4 * (sample.variance / Double(count)).squareRoot())
    let slack = 4 * (2.0 / Double(count)).squareRoot()
    #expect(sample.meanSquare < sample.variance * (1 + slack))
    #expect(sample.meanSquare > sample.variance * (1 - slack))
  }

  /// Enough pairs to see a bias of 0.002 and a variance 10 % off, for a release build.
  @Test(
    .enabled(if: SlowTests.areWanted),
    arguments: [5, 17, 50, 150, 500, 1500, 5000].flatMap { size in
      [4, 8].map { (size, UInt32($0)) }
    }
  )
  func `bias is below 0.002 and variance within a tenth of theory`(_ size: Int, _ bits: UInt32) {
    for share in [0.0, 0.2, 0.4, 0.6, 0.8, 0.9] where Int((Double(size) * share).rounded()) < size {
      let plan = SketchPlan(laneBitCount: bits)
      let sample = Self.sample(
        size > 1000 ? 6000 : 20_000,
        size: size,
        share: share,
        plan: plan,
        seed: UInt64(size) * 31 + UInt64(100 * share)
      )
      let ratio = sample.meanSquare / sample.variance
      print("\(size) shingles, share \(share), \(bits) bits: bias \(sample.mean), ratio \(ratio)")
      #expect(abs(sample.mean) < 0.002)
      #expect((0.9...1.1).contains(ratio))
    }
  }

  // MARK: The formula

  @Test func `all lanes agreeing is similarity 1`() {
    #expect(Signature.jaccard(agreement: 128, laneBitCount: 4) == 1)
    #expect(Signature.jaccard(agreement: 128, laneBitCount: 8) == 1)
  }

  @Test(arguments: 0...8)
  func `agreement by chance is similarity 0`(_ agreement: Int) {
    #expect(Signature.jaccard(agreement: agreement, laneBitCount: 4) == 0)
  }

  @Test func `more agreement is more similarity`() {
    let estimates = (8...128).map { Signature.jaccard(agreement: $0, laneBitCount: 4) }
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
      let least = Double(
        Signature.leastAgreement(jaccard: jaccard, laneBitCount: 4, deviations: deviations)
      )
      #expect(least <= max(0, expected - deviations * deviation))
      #expect(least > expected - deviations * deviation - 1)
    }
  }

  @Test func `the least agreement is never negative`() {
    #expect(Signature.leastAgreement(jaccard: 0, laneBitCount: 4, deviations: 10) == 0)
  }
}

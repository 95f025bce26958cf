// SPDX-License-Identifier: Apache-2.0

import ChorusCampaign
import ChorusCore
import ChorusFamily
import Foundation
import Testing

/// What a signal says must not be likelier under its null model than it claims.
@Suite struct SignalTests {
  /// The greatest number of findings in `count` trials of a chance of 2^-`bits`, but for one run of
  /// the test in about ten thousand.
  private static func most(_ bits: Double, among count: Int) -> Double {
    let mean = Double(count) * exp2(-bits)
    return mean + 4 * mean.squareRoot() + 1
  }

  @Test(arguments: [(12, 3.0), (50, 2.0), (50, 10.0), (300, 6.0), (400, 1.5)])
  func `people's loads look balanced no oftener than is claimed`(count: Int, mean: Double) {
    var traffic = Traffic(seed: UInt64(count) + 10)
    let bits = (0..<2000).map { _ in
      LoadEvenness.bits(
        (0..<count).map { _ in
          1 + Int(log(max(traffic.fraction(), 1e-12)) / log(1 - 1 / mean))
        }
      )
    }
    for level in [1.0, 3, 5, 7] {
      let found = Double(bits.filter { $0 >= level }.count)
      #expect(found <= Self.most(level, among: bits.count))
    }
  }

  @Test func `a balancer's load is found`() {
    var traffic = Traffic(seed: 20)
    var counts = [Int](repeating: 0, count: 40)
    for _ in 0..<320 { counts[traffic.number(40)] += 1 }
    #expect(LoadEvenness.bits(counts.filter { $0 > 0 }) > 15)
    #expect(LoadEvenness.bits([Int](repeating: 1, count: 100)) == 0)
    #expect(LoadEvenness.bits([5]) == 0)
    #expect(LoadEvenness.bits([]) == 0)
  }

  @Test(arguments: [12, 40, 150])
  func `people's hours look flat no oftener than is claimed`(accountCount: Int) {
    var traffic = Traffic(seed: UInt64(accountCount) + 30)
    var others = DailyRhythm()
    for _ in 0..<20_000 { others.add(traffic.humanTime()) }
    let bits = (0..<1000).map { _ in
      // Each account sends a few prompts, those of one day together.
      let accounts = (0..<accountCount).map { _ in
        let first = traffic.humanTime()
        return (0...traffic.number(4)).map { place in
          Timestamp(milliseconds: first.milliseconds + Int64(place) * 60_000)
        }
      }
      return ClockFlatness.bits(accounts, among: others)
    }
    for level in [2.0, 4, 6, 8] {
      let found = Double(bits.filter { $0 >= level }.count)
      #expect(found <= Self.most(level, among: bits.count))
    }
  }

  @Test func `activity round the clock is found where others sleep and nowhere else`() {
    var traffic = Traffic(seed: 40)
    var others = DailyRhythm()
    var restless = DailyRhythm()
    for _ in 0..<5000 {
      others.add(traffic.humanTime())
      restless.add(traffic.machineTime())
    }
    let pool = (0..<40).map { _ in (0..<8).map { _ in traffic.machineTime() } }
    #expect(ClockFlatness.bits(pool, among: others) > 20)
    #expect(ClockFlatness.bits(pool, among: restless) < 7)
    #expect(ClockFlatness.bits(pool, among: DailyRhythm()) == 0)
    #expect(ClockFlatness.bits([], among: others) == 0)
  }

  @Test(arguments: [2.0, 9, 30, 200])
  func `the tail of a deviation is never understated`(freedom: Double) {
    // The density of Student's law, integrated far out by the trapezoidal rule.
    let constant =
      exp(lgamma((freedom + 1) / 2) - lgamma(freedom / 2)) / (freedom * .pi).squareRoot()
    func density(_ t: Double) -> Double {
      constant * pow(1 + t * t / freedom, -(freedom + 1) / 2)
    }
    for score in [0.5, 1, 2, 4, 8] {
      // Substitute t = score / u, so that the range is finite.
      let steps = 20_000
      let sum = (1..<steps).reduce(0.0) { sum, step in
        let u = Double(step) / Double(steps)
        return sum + density(score / u) * score / (u * u)
      }
      let tail = (sum + density(score) * score / 2) / Double(steps)
      #expect(exp2(-ClockFlatness.studentTailBits(score, freedom: freedom)) >= tail * 0.999)
    }
  }

  @Test func `the tail of a Poisson variable is its sum`() {
    for mean in [0.01, 0.5, 3, 40] {
      for count in [1, 2, 5, 30, 90] where Double(count) > mean {
        let tail = (count..<(count + 400)).reduce(0.0) { sum, k in
          sum + exp(Double(k) * log(mean) - mean - lgamma(Double(k) + 1))
        }
        #expect(abs(PoissonTail.bits(count, mean) + log2(tail)) < 1e-6 * abs(log2(tail)) + 1e-9)
      }
    }
    #expect(PoissonTail.bits(3, 5) == 0)
  }
}

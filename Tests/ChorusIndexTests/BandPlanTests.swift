// SPDX-License-Identifier: Apache-2.0

import Chorus
import ChorusTestSupport
import Testing

struct BandPlanTests {
  private static let plans = (1...3).flatMap { depth in
    (1...2).map { BandPlan(depth: depth, least: $0) }
  }

  /// Draws bands of three lanes that agree with probability q, and counts how often the weight of
  /// all bands is enough.
  private static func drawn(_ plan: BandPlan, jaccard: Double, _ seed: UInt64) -> Double {
    var generator = SeededGenerator(seed: seed)
    let bound = UInt64((jaccard + (1 - jaccard) / 256) * 0x1p32)
    let trials = 20_000
    var found = 0
    for _ in 0..<trials {
      var weight = 0
      for _ in 0..<Signature.bandCount {
        var lanes = 0
        while lanes < 3, generator.next() >> 32 < bound { lanes += 1 }
        weight += max(0, lanes - plan.depth + 1)
      }
      found += weight >= plan.least ? 1 : 0
    }
    return Double(found) / Double(trials)
  }

  @Test(arguments: [0.1, 0.3, 0.5, 0.7])
  func `the stated recall is that of drawn bands`(_ jaccard: Double) {
    for (seed, plan) in Self.plans.enumerated() {
      let drawn = Self.drawn(plan, jaccard: jaccard, UInt64(seed))
      // Four standard deviations of 20,000 draws.
      #expect(abs(plan.recall(jaccard: jaccard) - drawn) < 0.0142, "\(plan)")
    }
  }

  @Test func `recall rises with the similarity`() {
    for plan in Self.plans {
      let recalls = (0...20).map { plan.recall(jaccard: Double($0) / 20) }
      #expect(zip(recalls, recalls.dropFirst()).allSatisfy { $0 <= $1 })
      #expect(abs(recalls[20] - 1) < 1e-9)
    }
  }

  @Test(arguments: [1, 1000, 100_000, 1_000_000, 10_000_000, 100_000_000])
  func `the plan of a threshold finds what it promises`(_ promptCount: Int) {
    for threshold in stride(from: 0.3, through: 1, by: 0.05) {
      let plan = BandPlan(threshold: threshold, promptCount: promptCount)
      #expect(plan.recall(jaccard: threshold) >= BandPlan.leastRecall)
    }
  }

  @Test(arguments: [0.1, 0.2, 0.3, 0.4])
  func `a low threshold finds what is there`(_ threshold: Double) throws {
    var corpus = SeededCorpus(seed: 71, vocabularyCount: 4096)
    corpus.appendNoise(count: 1500, wordCount: 24)
    let text = corpus.text(wordCount: 20)
    for edits in 0..<6 { corpus.append(corpus.edited(text, editCount: edits), account: "a") }
    let snapshot = try Snapshot.of(corpus.prompts)
    let exact = Oracle(corpus.prompts).similarities(to: text)
    let wanted = exact.filter { $0.value >= max(threshold, 0.3) }.keys
    let query = Query(text: Array(text.utf8), limit: 100, threshold: threshold)
    let found = Set(try snapshot.answer(query).matches.map(\.id))
    #expect(found.isSuperset(of: wanted))
    #expect(wanted.count >= 4)
  }

  @Test func `more prompts never ask for a wider look-up`() {
    for threshold in [0.3, 0.5, 0.7, 0.9] {
      let recalls = (0...8).map { power in
        let count = (0..<power).reduce(1) { product, _ in product * 10 }
        return BandPlan(threshold: threshold, promptCount: count).recall(jaccard: 0)
      }
      #expect(zip(recalls, recalls.dropFirst()).allSatisfy { $0 >= $1 })
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import ChorusCore
import ChorusSketch
import Testing

struct SketchPlanTests {
  private static let plans = [
    SketchPlan.standard,
    SketchPlan(shingleWidth: 1, anchorWidth: 2, embeddingDimension: 64, seed: 0),
    SketchPlan(
      shingleWidth: 16,
      laneBitCount: 8,
      anchorWidth: 16,
      anchorWindow: 16,
      embeddingDimension: 4096,
      seed: .max
    ),
  ]

  @Test(arguments: plans)
  func `a plan comes back from its byte form`(_ plan: SketchPlan) {
    #expect(SketchPlan(encoded: plan.encoded[...]) == plan)
  }

  private static let changed: [SketchPlan] = [
    SketchPlan(textVersion: 3), SketchPlan(shingleWidth: 4), SketchPlan(anchorWidth: 5),
    SketchPlan(laneBitCount: 8), SketchPlan(anchorWindow: 2),
    SketchPlan(embeddingDimension: 256), SketchPlan(seed: 1),
  ]

  @Test(arguments: changed)
  func `another value of any parameter gives another fingerprint`(_ plan: SketchPlan) {
    #expect(plan.fingerprint != SketchPlan.standard.fingerprint)
  }

  @Test func `equal plans have equal fingerprints`() {
    #expect(SketchPlan().fingerprint == SketchPlan.standard.fingerprint)
  }

  @Test func `the fingerprint of the standard plan is what indexes on disk have`() {
    // A change here makes every index unreadable: it needs a new format version.
    #expect(SketchPlan.standard.fingerprint == 0xB80A_7F89_76BE_BBE2)
  }

  @Test(arguments: plans)
  func `a byte form cut short is refused`(_ plan: SketchPlan) {
    let bytes = plan.encoded
    for count in bytes.indices { #expect(SketchPlan(encoded: bytes[..<count]) == nil) }
  }

  @Test func `a byte form with bytes too many is refused`() {
    #expect(SketchPlan(encoded: (SketchPlan.standard.encoded + [0])[...]) == nil)
  }

  @Test(arguments: plans)
  func `a changed byte form is refused or is another plan`(_ plan: SketchPlan) {
    let bytes = plan.encoded
    for place in bytes.indices {
      for bit in 0..<8 {
        var changed = bytes
        changed[place] ^= 1 << bit
        guard let found = SketchPlan(encoded: changed[...]) else { continue }
        #expect(found != plan)
        #expect(found.isUsable)
        #expect(found.encoded == changed)
      }
    }
  }

  @Test(arguments: [
    SketchPlan(textVersion: 1), SketchPlan(textVersion: 3), SketchPlan(shingleWidth: 0),
    SketchPlan(laneBitCount: 0), SketchPlan(laneBitCount: 5), SketchPlan(laneBitCount: 16),
    SketchPlan(anchorWindow: 0), SketchPlan(anchorWindow: 17),
    SketchPlan(shingleWidth: 17), SketchPlan(anchorWidth: 1), SketchPlan(anchorWidth: 17),
    SketchPlan(embeddingDimension: 32), SketchPlan(embeddingDimension: 192),
    SketchPlan(embeddingDimension: 8192), SketchPlan(embeddingDimension: 0),
  ])
  func `a parameter outside its range is refused`(_ plan: SketchPlan) {
    #expect(!plan.isUsable)
    #expect(SketchPlan(encoded: plan.encoded[...]) == nil)
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `random bytes are no plan`(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for count in 0..<200 {
      let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
      #expect(SketchPlan(encoded: bytes[...]) == nil)
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import ChorusCore
import ChorusScore
import Testing

struct ShingleOverlapTests {
  private static func randomSet(_ generator: inout SeededGenerator) -> Set<UInt32> {
    let count = generator.next() % 60
    return Set((0..<count).map { _ in UInt32(generator.next() % 80) * 50_000_000 })
  }

  @Test(arguments: 0..<6 as Range<UInt64>)
  func `counts, similarity and containment are those of sets`(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<200 {
      let first = Self.randomSet(&generator)
      let second = Self.randomSet(&generator)
      let overlap = ShingleOverlap(first.sorted(), second.sorted())
      let shared = first.intersection(second).count
      let all = first.union(second).count
      #expect(overlap.sharedCount == shared)
      #expect(overlap.firstCount == first.count)
      #expect(overlap.secondCount == second.count)
      #expect(overlap.jaccard == (all == 0 ? 0 : Double(shared) / Double(all)))
      #expect(
        overlap.containment == (first.isEmpty ? 0 : Double(shared) / Double(first.count))
      )
    }
  }

  @Test(
    arguments: [
      ([], [], 0, 0), ([1], [], 0, 0), ([], [1], 0, 0), ([1, 2], [1, 2], 1, 1),
      ([1], [1, 2, 3, 4], 0.25, 1), ([0, .max], [.max], 0.5, 0.5), ([1, 3], [2, 4], 0, 0),
    ] as [([UInt32], [UInt32], Double, Double)]
  )
  func `the ends of the range are exact`(
    _ first: [UInt32],
    _ second: [UInt32],
    _ jaccard: Double,
    _ containment: Double
  ) {
    let overlap = ShingleOverlap(first, second)
    #expect(overlap.jaccard == jaccard)
    #expect(overlap.containment == containment)
  }
}

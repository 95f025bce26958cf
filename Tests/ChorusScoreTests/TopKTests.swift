// SPDX-License-Identifier: Apache-2.0

import ChorusCore
import ChorusScore
import Testing

struct TopKTests {
  @Test(arguments: [1, 2, 3, 10, 100, 1000], 0..<4 as Range<UInt64>)
  func `the best few are the front of the sorted elements`(_ limit: Int, _ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let elements = (0..<300).map { _ in generator.next() }
    var best = TopK<UInt64>(limit: limit, by: >)
    for element in elements { best.insert(element) }
    #expect(best.sorted == Array(elements.sorted(by: >).prefix(limit)))
  }

  @Test(arguments: 0..<6 as Range<UInt64>)
  func `the order of insertion does not matter`(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let elements = (0..<50).map { ($0 / 7, $0) }
    func best(_ elements: [(Int, Int)]) -> [Int] {
      var best = TopK<(Int, Int)>(limit: 12) { $0 < $1 }
      for element in elements { best.insert(element) }
      return best.sorted.map(\.1)
    }
    #expect(best(elements.shuffled(using: &generator)) == Array(0..<12))
  }

  @Test func `nothing inserted is nothing kept`() {
    #expect(TopK<Int>(limit: 5, by: >).sorted.isEmpty)
  }

  @Test func `equal elements are all kept while there is room`() {
    var best = TopK<Int>(limit: 3, by: >)
    for _ in 0..<5 { best.insert(7) }
    #expect(best.sorted == [7, 7, 7])
  }

  @Test func `the worst element is known once there are as many as may be`() {
    var best = TopK<Int>(limit: 3, by: >)
    for (element, worst) in [(4, nil), (9, nil), (2, 2), (1, 2), (7, 4), (5, 5)] as [(Int, Int?)] {
      best.insert(element)
      #expect(best.worst == worst)
    }
  }
}

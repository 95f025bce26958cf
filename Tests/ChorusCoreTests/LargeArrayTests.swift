// SPDX-License-Identifier: Apache-2.0

import ChorusCore
import Testing

struct LargeArrayTests {
  @Test(arguments: 0..<6 as Range<UInt64>)
  func `a large array has what an array has`(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var wanted: [UInt64] = []
    let found = LargeArray<UInt64>()
    let other = LargeArray<UInt64>()
    other.append(contentsOf: (0..<1000).map { UInt64($0) }[...])
    for _ in 0..<400 {
      switch generator.next() % 5 {
      case 0:
        found.append(generator.next() % 100)
        wanted.append(found[found.count - 1])
      case 1:
        let more = (0..<(generator.next() % 5000)).map { $0 }
        found.append(contentsOf: more[...])
        wanted += more
      case 2:
        let start = Int(generator.next() % 900)
        found.append(contentsOf: other, start..<(start + 100))
        wanted += (start..<(start + 100)).map { UInt64($0) }
      case 3:
        found.append(mapping: [3, 5, 8], 1..<3) { $0 * 2 }
        wanted += [10, 16]
      default:
        let count = min(found.count, Int(generator.next() % 50))
        found.removeLast(count)
        wanted.removeLast(count)
      }
    }
    #expect(found.count == wanted.count)
    #expect(found.elements(0..<found.count) == wanted)
  }

  @Test func `memory that was used before makes no difference`() {
    for round in 0..<4 {
      let long = LargeArray<UInt8>()
      for part in 0..<40 {
        long.append(contentsOf: [UInt8](repeating: UInt8(round * 40 + part), count: 1 << 19)[...])
      }
      let isRight = (0..<40).allSatisfy { part in
        long[part << 19] == UInt8(round * 40 + part)
          && long[(part + 1) << 19 - 1] == UInt8(round * 40 + part)
      }
      #expect(isRight)
    }
  }

  @Test func `an empty array is one`() {
    let empty = LargeArray<UInt8>()
    empty.append(contentsOf: [])
    empty.append(contentsOf: LargeArray(), 0..<0)
    #expect(empty.elements(0..<0).isEmpty)
    #expect(LargeArray<UInt32>(repeating: 7, count: 3).elements(0..<3) == [7, 7, 7])
  }
}

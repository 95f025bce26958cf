// SPDX-License-Identifier: Apache-2.0

import ChorusCore
import ChorusScore
import Testing

struct DotProductsTests {
  private static func vectors(_ count: Int, _ dimension: Int, seed: UInt64) -> [Int8] {
    var generator = SeededGenerator(seed: seed)
    return (0..<(count * dimension)).map { place in
      // Every third vector has the extremes alone.
      let random = generator.next()
      if place / dimension % 3 == 2 { return random % 2 == 0 ? .min : .max }
      return Int8(truncatingIfNeeded: random)
    }
  }

  private static func naive(_ queries: [Int8], _ rows: [Int8], _ dimension: Int) -> [Int32] {
    var products: [Int32] = []
    for query in stride(from: 0, to: queries.count, by: dimension) {
      for row in stride(from: 0, to: rows.count, by: dimension) {
        var sum: Int32 = 0
        for place in 0..<dimension {
          sum += Int32(queries[query + place]) * Int32(rows[row + place])
        }
        products.append(sum)
      }
    }
    return products
  }

  @Test(arguments: [64, 128, 512, 1024], DotProducts.Method.allCases)
  func `a block has the products of a triple loop, to the last bit`(
    _ dimension: Int,
    _ method: DotProducts.Method
  ) {
    let queries = Self.vectors(17, dimension, seed: 1)
    let rows = Self.vectors(23, dimension, seed: 2)
    let found = DotProducts.block(queries, rows, dimension: dimension, method: method)
    #expect(found == Self.naive(queries, rows, dimension))
  }

  // 1,024 products of -128 and -128 are 2^24, up to where single precision has all numbers.
  @Test func `the largest sums are exact`() {
    let vector = [Int8](repeating: .min, count: DotProducts.largestMatrixDimension)
    for method in DotProducts.Method.allCases {
      let found = DotProducts.block(vector, vector, dimension: vector.count, method: method)
      #expect(found == [1 << 24])
    }
  }

  @Test(arguments: DotProducts.Method.allCases)
  func `a block of any shape has one product for each pair`(_ method: DotProducts.Method) {
    for (queries, rows) in [(0, 0), (0, 3), (3, 0), (1, 1), (1, 40), (40, 1)] {
      let left = Self.vectors(queries, 64, seed: 7)
      let right = Self.vectors(rows, 64, seed: 8)
      let found = DotProducts.block(left, right, dimension: 64, method: method)
      #expect(found == Self.naive(left, right, 64))
    }
  }

  @Test func `beyond the dimension of exact sums no matrix product is chosen`() {
    for queryCount in [1, 16, 64] {
      #expect(DotProducts.fastestMethod(queryCount: queryCount, dimension: 2048) == .bytes)
    }
  }
}

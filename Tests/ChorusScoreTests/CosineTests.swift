// SPDX-License-Identifier: Apache-2.0

import ChorusCore
import ChorusScore
import Testing

struct CosineTests {
  private static func vectors(
    _ count: Int,
    _ dimension: Int,
    seed: UInt64
  ) -> [Int8] {
    var generator = SeededGenerator(seed: seed)
    return (0..<(count * dimension)).map { place in
      // Every fifth vector is zero, and every seventh has the extremes alone.
      let row = place / dimension
      let random = generator.next()
      if row % 5 == 4 { return 0 }
      if row % 7 == 6 { return random % 2 == 0 ? .min : .max }
      return Int8(truncatingIfNeeded: random)
    }
  }

  /// The cosine by a double loop.
  private static func naive(_ lhs: ArraySlice<Int8>, _ rhs: ArraySlice<Int8>) -> Double {
    var product = 0.0
    var squares = (0.0, 0.0)
    for (left, right) in zip(lhs, rhs) {
      product += Double(left) * Double(right)
      squares.0 += Double(left) * Double(left)
      squares.1 += Double(right) * Double(right)
    }
    let norm = squares.0.squareRoot() * squares.1.squareRoot()
    return norm == 0 ? 0 : product / norm
  }

  private static func row(_ vectors: [Int8], _ row: Int, _ dimension: Int) -> ArraySlice<Int8> {
    vectors[(row * dimension)..<((row + 1) * dimension)]
  }

  // Sums and squares are whole numbers below 2^53, so both sides round the same two times.
  @Test(arguments: [64, 128, 512, 4096])
  func `similarities are those of a double loop`(_ dimension: Int) {
    let query = Self.vectors(1, dimension, seed: 1)
    let rows = Self.vectors(20, dimension, seed: 2)
    let wanted = (0..<20).map { Self.naive(query[...], Self.row(rows, $0, dimension)) }
    let found = Cosine.similarities(query, rows)
    #expect(found.count == 20)
    for (left, right) in zip(found, wanted) { #expect(abs(left - right) < 1e-14) }
  }

  @Test func `a zero vector is similar to nothing`() {
    let zero = [Int8](repeating: 0, count: 64)
    #expect(Cosine.similarities(zero, zero + Self.vectors(1, 64, seed: 3)) == [0, 0])
  }

  @Test(arguments: [Int8.min, -1, 1, .max])
  func `a vector is as similar to itself as can be`(_ value: Int8) {
    let vector = [Int8](repeating: value, count: 128)
    #expect(abs(Cosine.similarities(vector, vector)[0] - 1) < 1e-14)
  }

  @Test func `no rows have no similarities`() {
    #expect(Cosine.similarities(Self.vectors(1, 64, seed: 4), []).isEmpty)
  }
}

// SPDX-License-Identifier: Apache-2.0

/// Cosine similarity of embeddings.
public enum Cosine {
  /// Returns the cosine of a query with each of many vectors of signed bytes.
  ///
  /// The dot products are exact integers; a zero vector has cosine 0 with everything.
  ///
  /// - Parameters:
  ///   - query: *d* values, *d* a multiple of 64.
  ///   - rows: *n* vectors of *d* values, one after the other.
  /// - Returns: *n* cosines, in the order of the rows.
  /// - Complexity: O(*n* *d*), vectorised.
  public static func similarities(_ query: [Int8], _ rows: [Int8]) -> [Double] {
    precondition(!query.isEmpty && query.count.isMultiple(of: 64))
    precondition(rows.count.isMultiple(of: query.count))
    let products = ScoreKernels.dot(query, rows)
    let querySquares = squares(query[...])
    return products.enumerated().map { row, product in
      let range = (row * query.count)..<((row + 1) * query.count)
      return value(product: product, squares: (querySquares, squares(rows[range])))
    }
  }

  /// Returns the cosine for a dot product and the two sums of squares; 0 for a zero vector.
  public static func value(product: Int32, squares: (Int, Int)) -> Double {
    let norm = Double(squares.0).squareRoot() * Double(squares.1).squareRoot()
    return norm == 0 ? 0 : Double(product) / norm
  }

  /// Returns the sum of squares of a vector.
  public static func squares(_ vector: ArraySlice<Int8>) -> Int {
    var sum = 0
    for value in vector { sum += Int(value) * Int(value) }
    return sum
  }
}

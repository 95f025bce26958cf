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
    let queryNorm = Double(query.reduce(0) { $0 + Int($1) * Int($1) }).squareRoot()
    return products.enumerated().map { row, product in
      var squares = 0
      for value in rows[(row * query.count)..<((row + 1) * query.count)] {
        squares += Int(value) * Int(value)
      }
      let norm = queryNorm * Double(squares).squareRoot()
      return norm == 0 ? 0 : Double(product) / norm
    }
  }

  /// Returns the cosines of many queries with many vectors, by one matrix product.
  ///
  /// The products are in single precision and their last bits depend on the machine; the error is
  /// below 10^-5 for dimensions up to 4,096.
  ///
  /// - Parameters:
  ///   - queries: *m* vectors of *d* values.
  ///   - rows: *n* vectors of *d* values.
  ///   - dimension: *d*.
  /// - Returns: *m* times *n* cosines, row by row of the queries.
  public static func matrix(_ queries: [Int8], _ rows: [Int8], dimension: Int) -> [Float] {
    precondition(dimension > 0 && queries.count.isMultiple(of: dimension))
    precondition(rows.count.isMultiple(of: dimension))
    return BLAS.product(unit(queries, dimension), unit(rows, dimension), inner: dimension)
  }

  private static func unit(_ vectors: [Int8], _ dimension: Int) -> [Float] {
    var result = [Float](repeating: 0, count: vectors.count)
    for start in stride(from: 0, to: vectors.count, by: dimension) {
      var squares: Float = 0
      for value in vectors[start..<(start + dimension)] { squares += Float(value) * Float(value) }
      guard squares > 0 else { continue }
      let scale = 1 / squares.squareRoot()
      for place in start..<(start + dimension) { result[place] = Float(vectors[place]) * scale }
    }
    return result
  }
}

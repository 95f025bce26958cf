// SPDX-License-Identifier: Apache-2.0

/// Dot products of a block of vectors of signed bytes with another block.
///
/// All ways give the same whole numbers: bytes are multiplied as integers, and in single precision
/// sums below 2^24 are exact.
public enum DotProducts {
  /// How a block is computed.
  public enum Method: Sendable, CaseIterable {
    /// The kernel of the instruction set, one query against all rows at a time.
    case bytes
    /// One matrix product in single precision (OpenBLAS).
    case matrix
  }

  /// The largest dimension of a matrix product: 1,024 products of -128 and -128 are 2^24.
  public static let largestMatrixDimension = 1024

  /// The method that is fastest for a block, by measurement.
  ///
  /// With AVX-512 and its products of bytes the kernel always is. With AVX2 or NEON a matrix
  /// product is from 48 queries on, and without either always, up to the dimension at which its
  /// sums stop being exact.
  public static func fastestMethod(queryCount: Int, dimension: Int) -> Method {
    guard dimension <= largestMatrixDimension else { return .bytes }
    return queryCount >= ScoreKernels.leastMatrixQueryCount ? .matrix : .bytes
  }

  /// Computes the dot products of each of *m* queries with each of *n* rows.
  ///
  /// - Parameters:
  ///   - queries: *m* vectors of *d* values.
  ///   - rows: *n* vectors of *d* values.
  ///   - dimension: *d*, a multiple of 64; at most 1,024 for a matrix product.
  ///   - method: How to compute them; the fastest way when it is left out.
  /// - Returns: *m* times *n* products, query by query.
  /// - Complexity: O(*m* *n* *d*), vectorised.
  public static func block(
    _ queries: [Int8],
    _ rows: [Int8],
    dimension: Int,
    method: Method? = nil
  ) -> [Int32] {
    precondition(dimension > 0 && dimension.isMultiple(of: 64))
    precondition(queries.count.isMultiple(of: dimension) && rows.count.isMultiple(of: dimension))
    let queryCount = queries.count / dimension
    switch method ?? fastestMethod(queryCount: queryCount, dimension: dimension) {
    case .bytes:
      return ScoreKernels.dotBlock(queries, rows, dimension: dimension)
    case .matrix:
      precondition(dimension <= largestMatrixDimension)
      let product = BLAS.product(
        ScoreKernels.floats(queries),
        ScoreKernels.floats(rows),
        inner: dimension
      )
      return ScoreKernels.integers(product)
    }
  }
}

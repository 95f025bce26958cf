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
  /// The queries from which on a matrix product pays where the kernel is not the fastest anyway.
  public static let leastMatrixQueryCount = 16

  /// The method that is fastest for a block, by measurement.
  ///
  /// With AVX-512 and its products of bytes the kernel always is. Elsewhere a matrix product is
  /// from 16 queries on, up to the dimension at which its sums stop being exact.
  public static func fastestMethod(queryCount: Int, dimension: Int) -> Method {
    let isMatrix =
      !ScoreKernels.dotIsFastest && queryCount >= leastMatrixQueryCount
      && dimension <= largestMatrixDimension
    return isMatrix ? .matrix : .bytes
  }

  /// Returns the dot products of each of *m* queries with each of *n* rows, query by query.
  ///
  /// - Parameters:
  ///   - queries: *m* vectors of *d* values.
  ///   - rows: *n* vectors of *d* values.
  ///   - dimension: *d*, a multiple of 64; at most 1,024 for a matrix product.
  ///   - method: How to compute them; the fastest way when it is left out.
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

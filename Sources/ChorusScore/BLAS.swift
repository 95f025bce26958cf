// SPDX-License-Identifier: Apache-2.0

internal import COpenBLAS

/// The module's only face onto OpenBLAS.
///
/// OpenBLAS runs on the calling thread alone: Chorus splits work over its own threads, which
/// scales where the library's helper threads do not.
enum BLAS {
  private static let isSingleThreaded: Bool = {
    openblas_set_num_threads(1)
    return true
  }()

  /// Returns the product of an *m* by *k* matrix with the transpose of an *n* by *k* matrix.
  ///
  /// Values are whole numbers from -128 to 127, so that each sum is exact in single precision, in
  /// whatever order it is added up, for *k* up to 1,024.
  static func product(_ lhs: [Float], _ rhs: [Float], inner: Int) -> [Float] {
    precondition(isSingleThreaded && inner > 0)
    let rowCount = lhs.count / inner
    let columnCount = rhs.count / inner
    guard rowCount > 0, columnCount > 0 else { return [] }
    let size = rowCount * columnCount
    return unsafe [Float](unsafeUninitializedCapacity: size) { result, count in
      // Sound: the three arrays have exactly the sizes that the dimensions say, and with a last
      // factor of 0 the product is written and not read.
      unsafe cblas_sgemm(
        CblasRowMajor,
        CblasNoTrans,
        CblasTrans,
        Int32(rowCount),
        Int32(columnCount),
        Int32(inner),
        1,
        lhs,
        Int32(inner),
        rhs,
        Int32(inner),
        0,
        result.baseAddress,
        Int32(columnCount)
      )
      count = size
    }
  }
}

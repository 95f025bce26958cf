// SPDX-License-Identifier: Apache-2.0

internal import ChorusKernels

/// The module's only face onto the C kernels.
enum ScoreKernels {
  /// Returns the dot products of a query with each of many vectors.
  static func dot(_ query: [Int8], _ rows: [Int8]) -> [Int32] {
    let rowCount = rows.count / query.count
    var products = [Int32](repeating: 0, count: rowCount)
    let kernels = unsafe chorus_kernels_best().pointee
    unsafe kernels.dot(query, rows, rowCount, query.count, &products)
    return products
  }
}

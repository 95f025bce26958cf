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

  /// Counts the elements that two ascending lists of distinct elements share.
  static func sharedCount(_ first: ArraySlice<UInt32>, _ second: ArraySlice<UInt32>) -> Int {
    unsafe first.withUnsafeBufferPointer { first in
      unsafe second.withUnsafeBufferPointer { second in
        guard let left = first.baseAddress, let right = second.baseAddress else { return 0 }
        return unsafe chorus_count_shared(left, first.count, right, second.count)
      }
    }
  }

  /// The queries from which on a matrix product beats the dot products of this machine's best
  /// instruction set.
  static let leastMatrixQueryCount: Int =
    switch unsafe chorus_kernels_best().pointee.isa {
    case CHORUS_ISA_SCALAR: 1
    case CHORUS_ISA_AVX2, CHORUS_ISA_NEON: 48
    default: .max
    }

  /// Returns the dot products of each query with each row, query by query.
  static func dotBlock(_ queries: [Int8], _ rows: [Int8], dimension: Int) -> [Int32] {
    let queryCount = queries.count / dimension
    let rowCount = rows.count / dimension
    let kernels = unsafe chorus_kernels_best().pointee
    return unsafe [Int32](unsafeUninitializedCapacity: queryCount * rowCount) { output, count in
      guard let output = output.baseAddress else { return }
      // Sound: a query has `dimension` bytes and `rowCount` products.
      unsafe queries.withUnsafeBufferPointer { queries in
        guard let queries = queries.baseAddress else { return }
        for query in 0..<queryCount {
          unsafe kernels.dot(
            queries + query * dimension,
            rows,
            rowCount,
            dimension,
            output + query * rowCount
          )
        }
      }
      count = queryCount * rowCount
    }
  }

  /// Returns bytes as floating-point numbers.
  static func floats(_ bytes: [Int8]) -> [Float] {
    unsafe [Float](unsafeUninitializedCapacity: bytes.count) { output, count in
      guard let output = output.baseAddress else { return }
      unsafe chorus_bytes_to_floats(bytes, bytes.count, output)
      count = bytes.count
    }
  }

  /// Returns whole numbers as integers.
  static func integers(_ values: [Float]) -> [Int32] {
    unsafe [Int32](unsafeUninitializedCapacity: values.count) { output, count in
      guard let output = output.baseAddress else { return }
      unsafe chorus_floats_to_integers(values, values.count, output)
      count = values.count
    }
  }
}

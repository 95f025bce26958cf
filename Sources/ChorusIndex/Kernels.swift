// SPDX-License-Identifier: Apache-2.0

internal import ChorusKernels

/// The module's only face onto the C kernels: sorting, encoding and decoding postings.
enum PostingKernels {
  /// Sorts postings by their bits from `lowBit` on, keeping the order of equal ones.
  static func sort(_ postings: inout [UInt64], lowBit: Int) {
    var scratch = [UInt64](repeating: 0, count: postings.count)
    unsafe postings.withUnsafeMutableBufferPointer { values in
      guard let base = values.baseAddress else { return }
      unsafe chorus_sort_postings(base, &scratch, values.count, UInt32(lowBit))
    }
  }

  /// Removes all but one of equal neighbours.
  static func removeRepetitions(_ postings: inout [UInt64]) {
    var kept = 0
    for place in postings.indices where place == 0 || postings[place] != postings[kept - 1] {
      postings[kept] = postings[place]
      kept += 1
    }
    postings.removeLast(postings.count - kept)
  }

  /// Replaces each posting's row and restores the order of rows under each key.
  ///
  /// - Precondition: Every row is below `rows.count`.
  static func renumber(_ postings: inout [UInt64], _ rows: [UInt32]) {
    let mask: UInt64 = 1 << SegmentFormat.positionBitCount - 1
    for posting in postings { precondition(posting & mask < UInt64(rows.count)) }
    var scratch = [UInt64](repeating: 0, count: postings.count)
    unsafe postings.withUnsafeMutableBufferPointer { values in
      guard let base = values.baseAddress else { return }
      unsafe chorus_renumber_postings(base, &scratch, values.count, rows)
    }
  }

  /// Encodes postings from a position on, as many as fit into one block.
  static func encodeBlock(_ postings: [UInt64], from start: Int) -> (bytes: [UInt8], taken: Int) {
    var taken = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: SegmentFormat.postingBlockByteCount) {
      buffer,
      count in
      // Sound: the kernel writes at most `capacity` bytes and reads at most the postings left.
      count = unsafe postings.withUnsafeBufferPointer { values in
        guard let base = values.baseAddress, let output = buffer.baseAddress else { return 0 }
        return unsafe chorus_encode_postings(
          base + start,
          values.count - start,
          output,
          SegmentFormat.postingBlockByteCount,
          &taken
        )
      }
    }
    return (bytes, taken)
  }

  /// Decodes a block, or returns `nil` when it is malformed.
  static func decodeBlock(_ bytes: [UInt8]) -> [UInt64]? {
    var isWhole = true
    let capacity = SegmentFormat.postingBlockCapacity
    let postings = unsafe [UInt64](unsafeUninitializedCapacity: capacity) { buffer, count in
      guard let output = buffer.baseAddress else { return }
      let decoded = unsafe chorus_decode_postings(bytes, bytes.count, output, capacity)
      // Malformed bytes give SIZE_MAX, which Swift sees as -1.
      isWhole = (0...capacity).contains(decoded)
      count = isWhole ? decoded : 0
    }
    return isWhole ? postings : nil
  }

  /// Counts the agreeing lanes of a query's signature with each of many, of four or eight bits a
  /// lane.
  static func agreement(_ query: [UInt8], _ rows: [UInt8]) -> [UInt8] {
    let laneCount = Int(CHORUS_LANE_COUNT)
    precondition(query.count == laneCount / 2 || query.count == laneCount)
    let rowCount = rows.count / query.count
    var counts = [UInt8](repeating: 0, count: rowCount)
    let kernels = unsafe chorus_kernels_best().pointee
    if query.count == laneCount {
      unsafe kernels.agreement_8_bits(query, rows, rowCount, &counts)
    } else {
      unsafe kernels.agreement_4_bits(query, rows, rowCount, &counts)
    }
    return counts
  }
}

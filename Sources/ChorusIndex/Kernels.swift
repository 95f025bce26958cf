// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
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

  /// Puts postings into 2048 buckets by their eleven bits from `shift` on.
  ///
  /// - Returns: Where each bucket begins, and where the last one ends.
  static func partition(
    _ postings: LargeArray<UInt64>,
    into target: LargeArray<UInt64>,
    shift: Int
  ) -> [Int] {
    precondition(target.count == postings.count)
    var starts = [Int](repeating: 0, count: 2049)
    unsafe postings.withBuffer(0..<postings.count) { values in
      unsafe target.withBuffer(0..<target.count) { output in
        guard let base = values.baseAddress, let output = output.baseAddress else { return }
        unsafe chorus_partition_postings(base, values.count, UInt32(shift), output, &starts)
      }
    }
    return starts
  }

  /// Sorts a range of postings by their bits from `lowBit` on, keeping the order of equal ones.
  static func sort(
    _ postings: LargeArray<UInt64>,
    _ range: Range<Int>,
    lowBit: Int,
    scratch: LargeArray<UInt64>
  ) {
    precondition(scratch.count >= range.upperBound)
    unsafe postings.withBuffer(range) { values in
      unsafe scratch.withBuffer(range) { free in
        guard let base = values.baseAddress, let free = free.baseAddress else { return }
        unsafe chorus_sort_postings(base, free, values.count, UInt32(lowBit))
      }
    }
  }

  /// Drops repetitions from a sorted range of postings, and those of rare anchors that are not
  /// marked.
  ///
  /// `weights` has the prompts of each row. `shared` receives, for each row, the least anchor that
  /// it shares with another; other ranges may be thinned at the same time.
  ///
  /// - Returns: The number of postings left, from the start of the range on.
  static func thin(
    _ postings: LargeArray<UInt64>,
    _ range: Range<Int>,
    weights: [UInt32],
    shared: LargeArray<UInt64>
  ) -> Int {
    precondition(shared.count == weights.count)
    let mask = SegmentBuffer.keptBit - 1
    return unsafe postings.withBuffer(range) { values in
      guard let base = values.baseAddress else { return 0 }
      let isInside = unsafe values.allSatisfy { $0 & mask < UInt64(weights.count) }
      precondition(isInside, "a row is beyond the last")
      return unsafe shared.withBuffer(0..<shared.count) { shared in
        guard let shared = shared.baseAddress else { return 0 }
        // Sound: every row was checked to have an entry.
        return unsafe chorus_thin_postings(
          base,
          values.count,
          weights,
          SegmentFormat.commonPromptCount,
          shared
        )
      }
    }
  }

  /// Replaces the row of each posting of a range and restores the order of rows under each key.
  ///
  /// - Precondition: Every row is below `rows.count`.
  static func renumber(
    _ postings: LargeArray<UInt64>,
    _ range: Range<Int>,
    _ rows: [UInt32],
    scratch: LargeArray<UInt64>
  ) {
    precondition(scratch.count >= range.upperBound)
    let mask: UInt64 = 1 << SegmentFormat.positionBitCount - 1
    unsafe postings.withBuffer(range) { values in
      guard let base = values.baseAddress else { return }
      let isInside = unsafe values.allSatisfy { $0 & mask < UInt64(rows.count) }
      precondition(isInside, "a row is beyond the last")
      unsafe scratch.withBuffer(range) { free in
        guard let free = free.baseAddress else { return }
        unsafe chorus_renumber_postings(base, free, values.count, rows)
      }
    }
  }

  /// Encodes postings of a range, as many as fit into one block; `width` is the number of bits of
  /// the greatest row.
  static func encodeBlock(
    _ postings: LargeArray<UInt64>,
    _ range: Range<Int>,
    width: Int
  ) -> (bytes: [UInt8], taken: Int) {
    var taken = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: SegmentFormat.postingBlockByteCount) {
      buffer,
      count in
      // Sound: the kernel writes at most `capacity` bytes and reads at most the postings given.
      count = unsafe postings.withBuffer(range) { values in
        guard let base = values.baseAddress, let output = buffer.baseAddress else { return 0 }
        return unsafe chorus_encode_postings(
          base,
          values.count,
          UInt32(width),
          output,
          SegmentFormat.postingBlockByteCount,
          &taken
        )
      }
    }
    return (bytes, taken)
  }

  /// Decodes a block, or returns `nil` when it is malformed.
  static func decodeBlock(_ bytes: Span<UInt8>, firstKey: UInt64) -> [UInt64]? {
    unsafe decoded { output, capacity in
      unsafe bytes.withUnsafeBufferPointer { input in
        guard let base = input.baseAddress else { return -1 }
        return unsafe chorus_decode_postings(base, input.count, firstKey, output, capacity)
      }
    }
  }

  /// Decodes the postings of some keys of a block, or returns `nil` when it is malformed.
  static func find(
    _ keys: ClosedRange<UInt64>,
    in bytes: Span<UInt8>,
    firstKey: UInt64
  ) -> [UInt64]? {
    unsafe decoded { output, capacity in
      unsafe bytes.withUnsafeBufferPointer { input in
        guard let base = input.baseAddress else { return -1 }
        return unsafe chorus_find_postings(
          base,
          input.count,
          firstKey,
          keys.lowerBound,
          keys.upperBound,
          output,
          capacity
        )
      }
    }
  }

  private static func decoded(
    _ body: (UnsafeMutablePointer<UInt64>, Int) -> Int
  ) -> [UInt64]? {
    let capacity = SegmentFormat.postingBlockCapacity
    // Sound: the kernels write at most `capacity` postings and say how many.
    return unsafe withUnsafeTemporaryAllocation(of: UInt64.self, capacity: capacity) { buffer in
      guard let output = buffer.baseAddress else { return nil }
      let count = unsafe body(output, capacity)
      // Malformed bytes give SIZE_MAX, which Swift sees as -1.
      guard (0...capacity).contains(count) else { return nil }
      return unsafe [UInt64](UnsafeBufferPointer(start: output, count: count))
    }
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

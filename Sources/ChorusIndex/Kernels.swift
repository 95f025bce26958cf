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
  ///
  /// `bytes` begins with the block, which has `byteCount` bytes.
  static func find(
    _ keys: ClosedRange<UInt64>,
    in bytes: Span<UInt8>,
    byteCount: Int,
    firstKey: UInt64
  ) -> [UInt64]? {
    unsafe decoded { output, capacity in
      unsafe bytes.withUnsafeBufferPointer { input in
        guard let base = input.baseAddress else { return -1 }
        return unsafe chorus_find_postings(
          base,
          byteCount,
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

  /// Has those parts of a block loaded that a look-up of keys from `least` on will read; with a
  /// `least` of `nil` the beginning.
  static func prefetch(_ bytes: Span<UInt8>, firstKey: UInt64, least: UInt64?) {
    unsafe bytes.withUnsafeBufferPointer { input in
      guard let base = input.baseAddress else { return }
      if let least {
        unsafe chorus_prefetch_postings(base, input.count, firstKey, least)
      } else {
        unsafe chorus_prefetch(base)
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

  /// Appends the agreeing lanes of a query's signature with those at the front of some bytes.
  static func appendAgreement(
    _ query: [UInt8],
    _ rows: Span<UInt8>,
    rowCount: Int,
    to counts: inout [UInt8]
  ) {
    let laneCount = Int(CHORUS_LANE_COUNT)
    precondition(query.count == laneCount / 2 || query.count == laneCount)
    precondition(rows.count >= rowCount * query.count)
    let start = counts.count
    counts.append(contentsOf: repeatElement(0, count: rowCount))
    let kernels = unsafe chorus_kernels_best().pointee
    let agreement =
      query.count == laneCount ? unsafe kernels.agreement_8_bits : unsafe kernels.agreement_4_bits
    // Sound: there is room for as many counts as rows, and the rows were checked to be there.
    unsafe counts.withUnsafeMutableBufferPointer { counts in
      unsafe rows.withUnsafeBufferPointer { rows in
        guard let counts = counts.baseAddress, let rows = rows.baseAddress else { return }
        unsafe agreement(query, rows, rowCount, counts + start)
      }
    }
  }
}

/// Consecutive rows that collide with a query equally.
typealias Collision = chorus_collision

extension Collision {
  /// The rows.
  var rows: Range<Int> { Int(row)..<(Int(row) + Int(count)) }
}

/// Finds runs of rows in blocks of postings and adds up in how many bands each row collides.
///
/// Has memory that is used for one block after another; for one thread.
@safe
final class CollisionCounter {
  private let runs: UnsafeMutablePointer<chorus_run>
  private let capacity = SegmentFormat.postingBlockCapacity

  init() { unsafe runs = .allocate(capacity: SegmentFormat.postingBlockCapacity) }

  deinit { unsafe runs.deallocate() }

  /// Finds the rows under some keys of a block.
  ///
  /// `bytes` begins with the block, which has `byteCount` bytes. Each run is added to `words` in
  /// the form that ``collisions(_:least:)`` takes, until there are `limit` of them. `weight` says
  /// what a run under a key weighs, from 1 to 255; 0 leaves it out.
  ///
  /// - Returns: Whether the block is as it should be and all rows are below `rowCount`.
  func find(
    _ keys: ClosedRange<UInt64>,
    in bytes: Span<UInt8>,
    byteCount: Int,
    firstKey: UInt64,
    rowCount: Int,
    into words: inout [UInt64],
    limit: Int,
    weight: (UInt64) -> UInt64
  ) -> Bool {
    let room = min(capacity, max(0, limit - words.count))
    let found = unsafe bytes.withUnsafeBufferPointer { input -> Int in
      guard let base = input.baseAddress else { return -1 }
      return unsafe chorus_find_runs(
        base,
        byteCount,
        input.count,
        firstKey,
        keys.lowerBound,
        keys.upperBound,
        runs,
        room
      )
    }
    // Malformed bytes give SIZE_MAX, which Swift sees as -1.
    guard (0...capacity).contains(found) else { return false }
    for place in 0..<found {
      // Sound: the kernel wrote as many runs as it said.
      let run = unsafe runs[place]
      guard Int(run.row) + Int(run.count) <= rowCount else { return false }
      let weight = weight(run.key)
      guard weight > 0 else { continue }
      words.append(UInt64(run.row) << 32 | UInt64(run.count) << 8 | weight)
    }
    return true
  }

  /// Adds up the weights of runs, and returns the rows of weight `least` and more, in order; `nil`
  /// when the runs are more than the bands can give.
  ///
  /// - Complexity: O(*n*) in the runs, for keys that are hashes.
  func collisions(_ words: inout [UInt64], least: Int) -> [Collision]? {
    guard !words.isEmpty else { return [] }
    let count = words.count
    var scratch = [UInt64](repeating: 0, count: count)
    let rows = unsafe [Collision](unsafeUninitializedCapacity: 2 * count) { output, written in
      guard let output = output.baseAddress else { return }
      // Sound: the kernel writes at most two intervals for each run.
      let found = unsafe words.withUnsafeMutableBufferPointer { words -> Int in
        guard let words = words.baseAddress else { return 0 }
        return unsafe chorus_count_collisions(words, &scratch, count, UInt32(least), output)
      }
      written = max(0, found)
      if found < 0 { scratch.removeAll() }
    }
    return scratch.isEmpty ? nil : rows
  }

  /// The weight of a row, 0 when it collides nowhere.
  static func weight(ofRow row: Int, in collisions: [Collision]) -> Int {
    collisions.first { $0.rows.contains(row) }.map { Int($0.weight) } ?? 0
  }
}

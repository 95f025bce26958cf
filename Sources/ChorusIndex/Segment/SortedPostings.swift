// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore

/// Postings of a segment that is being written: in buckets by the high bits of their keys, so that
/// all cores sort, thin and encode them, each bucket in the caches.
struct SortedPostings: Sendable {
  /// One encoded block.
  struct Block: Sendable {
    let bytes: [UInt8]
    let firstKey: UInt64
  }

  private let postings: LargeArray<UInt64>
  private let scratch: LargeArray<UInt64>
  /// What each bucket has; behind it is what thinning left over.
  private var buckets: [Range<Int>]

  /// The postings from which on there is more than one bucket.
  private static let dividedCount = 1 << 18

  /// Sorts postings.
  ///
  /// - Parameters:
  ///   - unsorted: The postings; used up.
  ///   - keyBitCount: The bits of a key.
  ///   - hasAscendingRows: Whether the rows of equal keys stand in order already.
  init(_ unsorted: LargeArray<UInt64>, keyBitCount: Int, hasAscendingRows: Bool) {
    let shift = Int(SegmentFormat.positionBitCount)
    let lowBit = hasAscendingRows ? shift : 0
    let parts: [Range<Int>]
    if unsorted.count < Self.dividedCount {
      postings = unsorted
      scratch = LargeArray(unspecified: unsorted.count)
      buckets = [0..<unsorted.count]
      parts = buckets
    } else {
      postings = LargeArray(unspecified: unsorted.count)
      scratch = unsorted
      let starts = PostingKernels.partition(
        unsorted,
        into: postings,
        shift: shift + keyBitCount - 11
      )
      // Buckets that fit the caches are sorted, and eight of them at a time encoded.
      parts = (0..<2048).map { starts[$0]..<starts[$0 + 1] }
      buckets = stride(from: 0, to: 2048, by: 8).map { starts[$0]..<starts[$0 + 8] }
    }
    let (postings, scratch) = (postings, scratch)
    let sorted = parts
    _ = Parallel.map(sorted.count) { number in
      PostingKernels.sort(postings, sorted[number], lowBit: lowBit, scratch: scratch)
    }
  }

  /// The number of postings.
  var count: Int { buckets.reduce(0) { $0 + $1.count } }

  /// Drops repetitions, and postings of rare anchors that are not marked.
  ///
  /// - Parameter weights: The prompts of each row.
  /// - Returns: For each row, the least anchor that it shares with another; `UInt64.max` for none.
  mutating func thin(weights: [UInt32]) -> LargeArray<UInt64> {
    let shared = LargeArray<UInt64>(repeating: .max, count: weights.count)
    let (postings, known) = (postings, buckets)
    let counts = Parallel.map(buckets.count) { number in
      PostingKernels.thin(postings, known[number], weights: weights, shared: shared)
    }
    buckets = zip(known, counts).map { $0.lowerBound..<($0.lowerBound + $1) }
    return shared
  }

  /// Replaces rows, and encodes all postings as blocks.
  ///
  /// - Parameters:
  ///   - rows: The new row of each row; `nil` leaves them.
  ///   - width: The bits of the greatest row.
  /// - Returns: The blocks of each bucket.
  func encode(_ rows: [UInt32]?, width: Int) -> [[Block]] {
    let (postings, scratch, buckets) = (postings, scratch, buckets)
    return Parallel.map(buckets.count) { number in
      let bucket = buckets[number]
      if let rows { PostingKernels.renumber(postings, bucket, rows, scratch: scratch) }
      var blocks: [Block] = []
      var start = bucket.lowerBound
      while start < bucket.upperBound {
        let (bytes, taken) = PostingKernels.encodeBlock(
          postings,
          start..<bucket.upperBound,
          width: width
        )
        let firstKey = postings[start] >> SegmentFormat.positionBitCount
        blocks.append(Block(bytes: bytes, firstKey: firstKey))
        start += taken
      }
      return blocks
    }
  }

  /// A sum over all postings that does not depend on their order.
  var sum: UInt64 {
    var sum: UInt64 = 0
    for bucket in buckets {
      for place in bucket { sum &+= Hashing.mix(postings[place]) }
    }
    return sum
  }
}

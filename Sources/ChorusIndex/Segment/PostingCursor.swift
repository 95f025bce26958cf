// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
internal import ChorusStore

/// Reads the anchor postings of a segment from front to back, one anchor at a time.
///
/// One decoded block is in memory at a time, so a merge over many segments needs little of it.
public struct PostingCursor {
  /// The anchor at the cursor, or `nil` after the last one.
  public private(set) var key: UInt64?

  private let file: BlockFile
  private let section: BlockFile.Section
  private let rowCount: Int
  private let end: UInt64
  private var nextBlock: Int
  private var postings: [UInt64] = []
  private var place = 0

  /// Creates a cursor over the anchors of a range.
  public init(_ segment: Segment, keys: Range<UInt64>) throws(ChorusError) {
    file = segment.file
    section = segment.anchorPostings
    rowCount = segment.rowCount
    end = keys.upperBound
    nextBlock = max(0, section.firstBlock(from: keys.lowerBound) - 1)
    key = nil
    try settle()
    while let found = key, found < keys.lowerBound {
      place += 1
      try settle()
    }
  }

  /// Appends the rows of the anchor at the cursor and moves to the next anchor.
  ///
  /// - Throws: `corrupted` when a block is damaged.
  public mutating func takeRows(into rows: inout [UInt32]) throws(ChorusError) {
    let shift = SegmentFormat.positionBitCount
    let mask: UInt64 = 1 << shift - 1
    guard let current = key else { return }
    while key == current {
      while place < postings.count, postings[place] >> shift == current {
        rows.append(UInt32(postings[place] & mask))
        place += 1
      }
      try settle()
    }
  }

  /// Makes `key` the key at the cursor, reading the next block when this one is used up.
  private mutating func settle() throws(ChorusError) {
    while place >= postings.count {
      guard nextBlock < section.blockCount else {
        key = nil
        return
      }
      postings = try file.postings(ofBlock: nextBlock, of: section, rowCount: rowCount)
      nextBlock += 1
      place = 0
    }
    let found = postings[place] >> SegmentFormat.positionBitCount
    key = found < end ? found : nil
  }
}

extension BlockFile {
  /// Returns the verified postings of a block.
  func postings(
    ofBlock number: Int,
    of section: Section,
    rowCount: Int
  ) throws(ChorusError) -> [UInt64] {
    let firstKey = section.firstKey(ofBlock: number)
    let postings = try withBlock(number, of: section) { bytes in
      PostingKernels.decodeBlock(bytes, firstKey: firstKey)
    }
    return try checked(postings, rowCount: rowCount)
  }

  /// Returns the postings of a range of keys.
  ///
  /// - Complexity: O(log *b* + *n*) for *b* blocks and *n* postings found.
  func postings(
    _ keys: ClosedRange<UInt64>,
    of section: Section,
    rowCount: Int
  ) throws(ChorusError) -> [UInt64] {
    guard section.blockCount > 0 else { return [] }
    var found: [UInt64] = []
    var number = max(0, section.firstBlock(from: keys.lowerBound) - 1)
    while number < section.blockCount {
      let firstKey = section.firstKey(ofBlock: number)
      guard firstKey <= keys.upperBound else { break }
      let postings = try withKnownBlock(
        number,
        of: section,
        slack: SegmentFormat.postingBlockSlack
      ) { bytes, byteCount in
        PostingKernels.find(keys, in: bytes, byteCount: byteCount, firstKey: firstKey)
      }
      found.append(contentsOf: try checked(postings, rowCount: rowCount))
      number += 1
    }
    return found
  }

  private func checked(
    _ postings: [UInt64]?,
    rowCount: Int
  ) throws(ChorusError) -> [UInt64] {
    let mask: UInt64 = 1 << SegmentFormat.positionBitCount - 1
    guard let postings else { throw damaged("a block of postings is malformed", at: 0) }
    for posting in postings where posting & mask >= UInt64(rowCount) {
      throw damaged("a posting points outside its segment", at: 0)
    }
    return postings
  }
}

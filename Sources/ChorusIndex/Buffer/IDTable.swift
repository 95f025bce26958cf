// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusStore

/// The ids of an index: a compact filter of hashes, then an exact comparison.
struct IDTable {
  /// Says that an id stands in a segment; smaller values are occurrences of the buffer.
  private static let stored = UInt32.max - 1

  private var table = HashTable64()
  /// Ids whose hash another id had first.
  private var collided: Set<[UInt8]> = []

  /// Adds all ids of a segment.
  mutating func insertAll(of segment: Segment) throws(ChorusError) {
    for block in 0..<segment.idPostings.blockCount {
      let postings = try segment.file.postings(
        ofBlock: block,
        of: segment.idPostings,
        rowCount: segment.summary.occurrenceCount
      )
      for posting in postings {
        _ = table.insert(posting >> SegmentFormat.positionBitCount, Self.stored)
      }
    }
  }

  /// Adds an id as that of the buffer's next occurrence.
  ///
  /// - Returns: Whether the id is new.
  mutating func insert(
    _ id: ArraySlice<UInt8>,
    hash: UInt64,
    next: Int,
    buffer: SegmentBuffer,
    segments: [Segment]
  ) throws(ChorusError) -> Bool {
    let key = SegmentFormat.idPostingKey(hash)
    guard let known = table.insert(key, UInt32(next)) else { return true }
    if known != Self.stored, buffer.hasID(id, at: Int(known)) { return false }
    if collided.contains(Array(id)) { return false }
    for segment in segments where try segment.occurrence(withID: id) != nil { return false }
    collided.insert(Array(id))
    return true
  }

  /// Notes that an id of the buffer now stands in a segment.
  mutating func markStored(_ id: ArraySlice<UInt8>) {
    table.update(SegmentFormat.idPostingKey(Hashing.hash64(id)), Self.stored)
  }
}

extension Segment {
  /// Returns the occurrence with an id, or `nil` when there is none.
  ///
  /// - Complexity: O(log *n*).
  func occurrence(withID id: ArraySlice<UInt8>) throws(ChorusError) -> Int? {
    let key = SegmentFormat.idPostingKey(Hashing.hash64(id))
    let postings = try file.postings(
      key...key,
      of: idPostings,
      rowCount: summary.occurrenceCount
    )
    let mask: UInt64 = 1 << SegmentFormat.positionBitCount - 1
    for posting in postings {
      let position = Int(posting & mask)
      let found = try ids(position..<(position + 1))[0]
      if Array(found.utf8)[...] == id { return position }
    }
    return nil
  }
}

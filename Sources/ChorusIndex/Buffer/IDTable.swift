// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusStore

/// The ids of an index: a compact filter of all of them, a table of those that no segment has yet,
/// and an exact look-up in the segments for the few that the filter takes for known.
struct IDTable {
  /// The ids of one buffer.
  struct Buffered: Sendable {
    /// The ids' bytes, and where each lies.
    var arena: [UInt8] = []
    var ends: [Int] = []
    private var placeOfHash = HashTable64()
    /// Ids whose hash another id had first.
    private var collided: Set<[UInt8]> = []

    func contains(_ id: ArraySlice<UInt8>, hash: UInt64) -> Bool {
      guard let place = placeOfHash.value(of: hash) else { return false }
      let start = place == 0 ? 0 : ends[Int(place) - 1]
      return arena[start..<ends[Int(place)]] == id || collided.contains(Array(id))
    }

    mutating func insert(_ id: ArraySlice<UInt8>, hash: UInt64) {
      if placeOfHash.insert(hash, UInt32(ends.count)) != nil { collided.insert(Array(id)) }
      arena.append(contentsOf: id)
      ends.append(arena.count)
    }
  }

  /// The ids of the segments that were there at first.
  private let known: KnownIDs
  /// The ids that were added since.
  private var filter = IDFilter()
  /// The ids of the buffer that is being filled.
  private var buffered = Buffered()
  /// The ids of the buffer that is being written as a segment.
  private var flushing: Buffered?

  /// Creates the table of some segments.
  ///
  /// - Parameters:
  ///   - segments: The segments.
  ///   - isLate: Whether their ids are read beside other work, rather than now.
  /// - Throws: `corrupted` when a segment is damaged.
  init(_ segments: [Segment], isLate: Bool = false) throws(ChorusError) {
    known = isLate ? KnownIDs(later: segments) : try KnownIDs(segments)
  }

  /// What the filter knows an id by: a hash of that part of its hash which segments keep.
  static func spread(_ key: UInt64) -> UInt64 { Hashing.mix(key &+ 1) }

  /// Adds an id to those of the buffer unless it is known.
  ///
  /// - Returns: Whether the id is new.
  /// - Complexity: O(1) for a new id; O(*s* log *n*) for a known one in *s* segments.
  mutating func insert(
    _ id: ArraySlice<UInt8>,
    hash: UInt64,
    segments: [Segment]
  ) throws(ChorusError) -> Bool {
    let key = Self.spread(SegmentFormat.idPostingKey(hash))
    let isAdded = filter.contains(key)
    if isAdded || known.mayContain(key) {
      if buffered.contains(id, hash: hash) { return false }
      if flushing?.contains(id, hash: hash) ?? false { return false }
      for segment in segments.reversed()
      where try segment.liveOccurrence(withID: id, hash: hash) != nil { return false }
    }
    if !isAdded { filter.insert(key) }
    buffered.insert(id, hash: hash)
    return true
  }

  /// Notes that the buffer is being written and another one filled.
  mutating func beginFlush() {
    flushing = buffered
    buffered = Buffered()
  }

  /// Notes that the buffer that was being written is a segment now.
  mutating func endFlush() { flushing = nil }
}

extension Segment {
  /// Returns the occurrence with an id, deleted or not, or `nil` when there is none.
  ///
  /// - Complexity: O(log *n*).
  func occurrence(withID id: ArraySlice<UInt8>) throws(ChorusError) -> Int? {
    try occurrence(withID: id, hash: Hashing.hash64(id)) { _ in true }
  }

  /// Returns the occurrence with an id that is not deleted, or `nil` when there is none.
  func liveOccurrence(
    withID id: ArraySlice<UInt8>,
    hash: UInt64
  ) throws(ChorusError) -> Int? {
    try occurrence(withID: id, hash: hash) { !isDeleted($0) }
  }

  private func occurrence(
    withID id: ArraySlice<UInt8>,
    hash: UInt64,
    where isWanted: (Int) -> Bool
  ) throws(ChorusError) -> Int? {
    let key = SegmentFormat.idPostingKey(hash)
    let postings = try file.postings(
      key...key,
      of: idPostings,
      rowCount: summary.occurrenceCount
    )
    let mask: UInt64 = 1 << SegmentFormat.positionBitCount - 1
    for posting in postings {
      let position = Int(posting & mask)
      guard isWanted(position) else { continue }
      if try idBytes(position..<(position + 1))[0] == id { return position }
    }
    return nil
  }
}

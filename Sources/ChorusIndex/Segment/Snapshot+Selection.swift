// SPDX-License-Identifier: Apache-2.0

package import ChorusCore
internal import ChorusSketch
internal import ChorusStore

extension Snapshot {
  /// Returns a snapshot of some rows alone, in memory and in one segment.
  ///
  /// - Parameter rows: For each segment, the rows wanted, ascending.
  /// - Returns: The snapshot; it has no segment where no prompt is left.
  /// - Throws: `corrupted` when a segment is damaged.
  /// - Complexity: O(*n*) in the rows wanted and their prompts, which are held in memory.
  package func selecting(_ rows: [[Int]]) throws(ChorusError) -> Snapshot {
    let sketcher = Sketcher(plan: manifest.plan, key: key)
    var buffer = SegmentBuffer(keepsText: manifest.hasText)
    var sketches = SketchBatch()
    for (segment, wanted) in zip(segments, rows) {
      let names = segment.accountNames.map { Array($0.utf8) }
      for run in Self.runs(of: wanted) {
        let found = try segment.rows(run)
        let texts = try segment.texts(run)
        guard let first = found.first, let last = found.last else { continue }
        let places = first.occurrenceRange.lowerBound..<last.occurrenceRange.upperBound
        let occurrences = try segment.occurrences(places)
        let ids = try segment.idBytes(places)
        let attributes = try segment.attributeBytes(places)
        for (row, text) in zip(found, texts) {
          sketches.removeAll()
          sketcher.sketch(text.span, into: &sketches)
          sketches.markSamples(plan: manifest.plan)
          var number: UInt32?
          for place in row.occurrenceRange where !segment.isDeleted(place) {
            if number == nil { number = buffer.append(sketches, Array(text), plan: manifest.plan) }
            let occurrence = occurrences[place - places.lowerBound]
            let account = names[Int(occurrence.account)]
            buffer.appendOccurrence(
              row: number ?? 0,
              account: account[...],
              accountHash: Hashing.hash64(account),
              time: occurrence.time,
              id: ids[place - places.lowerBound],
              attributes: attributes[place - places.lowerBound]
            )
          }
        }
      }
    }
    guard !buffer.occurrences.isEmpty else {
      return Snapshot(manifest: manifest, segments: [], key: key, pool: pool)
    }
    let segment = try Segment.inMemory(buffer, manifest: manifest)
    return Snapshot(manifest: manifest, segments: [segment], key: key, pool: pool)
  }

  /// The runs of neighbouring rows, each within one block, so that a block is read once.
  private static func runs(of rows: [Int]) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for row in rows {
      if let last = runs.last, last.upperBound == row,
        !row.isMultiple(of: SegmentFormat.blockItemCount)
      {
        runs[runs.count - 1] = last.lowerBound..<(row + 1)
      } else {
        runs.append(row..<(row + 1))
      }
    }
    return runs
  }
}

extension Segment {
  /// Calls a closure for each of some anchors that the segment has postings of, with its rows.
  ///
  /// - Parameters:
  ///   - anchors: The anchors, ascending and distinct.
  ///   - body: Receives the position of an anchor in `anchors`, and the rows.
  /// - Throws: `corrupted` when a block is damaged.
  /// - Complexity: O(*p* + *n*) in the postings of the blocks that may have one of the anchors.
  package func forEachPosting(
    of anchors: ArraySlice<UInt64>,
    _ body: (Int, ArraySlice<UInt32>) -> Void
  ) throws(ChorusError) {
    let section = anchorPostings
    let shift = SegmentFormat.positionBitCount
    let mask: UInt64 = 1 << shift - 1
    var next = anchors.startIndex
    var rows: [UInt32] = []
    var pending: Int?
    func flush() {
      if let place = pending, !rows.isEmpty { body(place, rows[...]) }
      rows.removeAll(keepingCapacity: true)
      pending = nil
    }
    guard let first = anchors.first else { return }
    for number in max(0, section.firstBlock(from: first) - 1)..<section.blockCount {
      guard next < anchors.endIndex || pending != nil else { break }
      let limit = number + 1 < section.blockCount ? section.firstKey(ofBlock: number + 1) : .max
      // The postings of an anchor may go on into the next block.
      let least = pending.map { anchors[$0] } ?? anchors[next]
      guard least <= limit else { continue }
      for posting in try file.postings(ofBlock: number, of: section, rowCount: rowCount) {
        let key = posting >> shift
        if let place = pending, anchors[place] != key { flush() }
        if pending == nil {
          while next < anchors.endIndex, anchors[next] < key { next += 1 }
          guard next < anchors.endIndex, anchors[next] == key else { continue }
          pending = next
          next += 1
        }
        rows.append(UInt32(posting & mask))
      }
    }
    flush()
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusSketch
internal import ChorusStore

/// Merges segments into one: without what was deleted, exact duplicates as one row, rows in order
/// of similarity again.
///
/// Where texts are stored the anchors are computed from them again, so that the result is what a
/// segment of all these prompts would have been from the start. Where they are not, the postings
/// are taken over.
struct SegmentMerger: ~Copyable {
  private let plan: SketchPlan
  private var buffer: SegmentBuffer

  /// Reads segments, every block of them verified.
  ///
  /// - Throws: `corrupted` when one is damaged, before anything is written.
  init(_ segments: [Segment], plan: SketchPlan, key: SketchKey?) throws(ChorusError) {
    self.plan = plan
    let keepsText = segments.first?.hasText ?? true
    buffer = SegmentBuffer(keepsText: keepsText)
    let sketcher = Sketcher(plan: plan, key: key, parts: .textKey)
    for segment in segments {
      try segment.file.verify()
      let rows = try add(segment, keepsText ? sketcher : nil)
      if !keepsText { try addPostings(of: segment, rows) }
    }
  }

  /// Whether nothing is left.
  var isEmpty: Bool { buffer.occurrences.isEmpty }

  /// Writes the merged segment.
  consuming func write(
    to storage: any Storage,
    envelope: Envelope
  ) throws(ChorusError) -> SegmentSummary {
    var writer = SegmentWriter(buffer, plan: plan)
    return try writer.write(to: storage, envelope: envelope)
  }

  /// Makes a segment without a file.
  consuming func inMemory(manifest: Manifest) throws(ChorusError) -> Segment {
    try Segment.inMemory(buffer, manifest: manifest)
  }

  /// Adds the rows and prompts of a segment.
  ///
  /// - Returns: For each row of the segment its new row, when it is the first one of its text.
  private mutating func add(
    _ segment: Segment,
    _ sketcher: Sketcher?
  ) throws(ChorusError) -> [UInt32?] {
    let signatureByteCount = plan.signatureByteCount
    let codeByteCount = EmbeddingCode.byteCount(dimension: Int(plan.embeddingDimension))
    let accountHashes = segment.accountNames.map { Hashing.hash64(Array($0.utf8)) }
    let accounts = segment.accountNames.map { Array($0.utf8) }
    var newRows: [UInt32?] = []
    newRows.reserveCapacity(segment.rowCount)
    var sketches = SketchBatch()
    for start in stride(from: 0, to: segment.rowCount, by: SegmentFormat.blockItemCount) {
      let range = start..<min(start + SegmentFormat.blockItemCount, segment.rowCount)
      let rows = try segment.rows(range)
      guard let first = rows.first, let last = rows.last else { break }
      let texts = try sketcher == nil ? [] : segment.texts(range)
      let signatures = try segment.file.bytes(
        (range.lowerBound * signatureByteCount)..<(range.upperBound * signatureByteCount),
        of: segment.signatureSection
      )
      let codes = try segment.file.bytes(
        (range.lowerBound * codeByteCount)..<(range.upperBound * codeByteCount),
        of: segment.embeddingSection
      )
      let prompts = first.occurrenceRange.lowerBound..<last.occurrenceRange.upperBound
      let occurrences = try segment.occurrences(prompts)
      let ids = try segment.idBytes(prompts)
      let attributes = try segment.attributeBytes(prompts)
      sketches.removeAll()
      if let sketcher {
        for text in texts { sketcher.sketch(text.span, into: &sketches) }
        sketches.markSamples(plan: plan)
      }
      for (place, row) in rows.enumerated() {
        guard !segment.isDead(row: range.lowerBound + place) else {
          newRows.append(nil)
          continue
        }
        let entry = SegmentBuffer.Entry(
          text: texts.isEmpty ? [] : texts[place],
          textByteCount: row.textByteCount,
          textKey: sketcher == nil ? row.textKey : sketches.textKeys[place],
          tokenCount: UInt32(clamping: row.tokenCount),
          signature: signatures[
            (place * signatureByteCount)..<((place + 1) * signatureByteCount)
          ],
          embeddingCode: codes[(place * codeByteCount)..<((place + 1) * codeByteCount)]
        )
        let (number, isNew) = buffer.row(for: entry)
        newRows.append(isNew ? number : nil)
        if isNew, sketcher != nil { buffer.appendPostings(of: number, sketches, place) }
        for occurrence in row.occurrenceRange where !segment.isDeleted(occurrence) {
          let offset = occurrence - prompts.lowerBound
          let account = Int(occurrences[offset].account)
          buffer.appendOccurrence(
            row: number,
            account: accounts[account][...],
            accountHash: accountHashes[account],
            time: occurrences[offset].time,
            id: ids[offset],
            attributes: attributes[offset]
          )
        }
      }
    }
    return newRows
  }

  /// Takes over the postings of the rows that are new.
  private mutating func addPostings(
    of segment: Segment,
    _ newRows: [UInt32?]
  ) throws(ChorusError) {
    buffer.hasAscendingRows = false
    let mask: UInt64 = 1 << SegmentFormat.positionBitCount - 1
    for section in [segment.bandPostings, segment.anchorPostings] {
      let isAnchor = section.tag == segment.anchorPostings.tag
      for block in 0..<section.blockCount {
        let postings = try segment.file.postings(
          ofBlock: block,
          of: section,
          rowCount: segment.rowCount
        )
        for posting in postings {
          guard let row = newRows[Int(posting & mask)] else { continue }
          let moved = posting & ~mask | UInt64(row)
          if isAnchor {
            // Which of them were in the sample is not known any more: all are kept.
            buffer.anchorPostings.append(moved | SegmentBuffer.keptBit)
          } else {
            buffer.bandPostings.append(moved)
          }
        }
      }
    }
  }
}

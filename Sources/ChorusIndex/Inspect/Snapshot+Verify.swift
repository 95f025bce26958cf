// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
internal import ChorusSketch
internal import ChorusStore

/// What a complete check of an index found.
public struct VerificationReport: Sendable {
  /// The segments read.
  public var segmentCount = 0
  /// The prompts read.
  public var promptCount = 0
  /// The distinct texts sketched again and compared.
  public var rowCount = 0
  /// The bytes of all files.
  public var byteCount: UInt64 = 0
  /// What is damaged, one error each; empty when all is well.
  public var faults: [ChorusError] = []
}

/// The complete check: every byte against its checksum, every structure against its invariants,
/// every sketch against the text it was made from.
extension Snapshot {
  /// Reads and checks everything.
  ///
  /// Does not throw for damage: it goes on and lists what it finds, one fault a segment.
  ///
  /// - Complexity: O(*n*) in the bytes of the index; several segments at once.
  public func verify() -> VerificationReport {
    let plan = manifest.plan
    let segments = segments
    let outcomes = Parallel.map(segments.count) { number -> ChorusError? in
      do throws(ChorusError) {
        try segments[number].verify(plan: plan)
        return nil
      } catch { return error }
    }
    var report = VerificationReport()
    for (segment, fault) in zip(segments, outcomes) {
      report.segmentCount += 1
      report.promptCount += segment.summary.occurrenceCount
      report.rowCount += segment.rowCount
      report.byteCount += segment.summary.byteCount
      if let fault { report.faults.append(fault) }
    }
    return report
  }
}

extension Segment {
  /// Checks every checksum and invariant of the segment.
  func verify(plan: SketchPlan) throws(ChorusError) {
    guard UInt64(file.byteCount) == summary.byteCount else {
      throw file.damaged("its length is not what the manifest says", at: 0)
    }
    try file.verify()
    try verifyOrder()
    try verifyPostings(idPostings, limit: summary.occurrenceCount)
    try verifyPostings(bandPostings, limit: rowCount)
    try verifyPostings(anchorPostings, limit: rowCount)
    try verifyIDs()
    try verifySketches(plan: plan)
  }

  /// Rows cover the text and the occurrences without gap or overlap, in order.
  private func verifyOrder() throws(ChorusError) {
    var textEnd = 0
    var lastOccurrence = -1
    for row in try rows(0..<rowCount) {
      guard row.textRange.lowerBound == textEnd, row.firstOccurrence > lastOccurrence else {
        throw file.damaged("its rows are out of order", at: 0)
      }
      textEnd = row.textRange.upperBound
      lastOccurrence = row.firstOccurrence
    }
    guard textEnd == textSection.rawByteCount else {
      throw file.damaged("its texts and its rows disagree in length", at: 0)
    }
    var lastRow: UInt32 = 0
    for occurrence in try occurrences(0..<summary.occurrenceCount) {
      guard occurrence.row == lastRow || occurrence.row == lastRow + 1 else {
        throw file.damaged("its occurrences are out of order", at: 0)
      }
      lastRow = occurrence.row
    }
  }

  private func verifyPostings(
    _ section: BlockFile.Section,
    limit: Int
  ) throws(ChorusError) {
    var count = 0
    var last: UInt64?
    for number in 0..<section.blockCount {
      for posting in try file.postings(ofBlock: number, of: section, rowCount: limit) {
        if let last, posting <= last { throw file.damaged("its postings are out of order", at: 0) }
        last = posting
        count += 1
      }
    }
    guard count == section.itemCount else {
      throw file.damaged("its postings are not as many as its directory says", at: 0)
    }
  }

  /// Every id can be found, and no id stands twice.
  private func verifyIDs() throws(ChorusError) {
    let all = try ids(0..<summary.occurrenceCount)
    guard Set(all).count == all.count else { throw file.damaged("an id stands twice", at: 0) }
    var keys = Set<UInt64>()
    for number in 0..<idPostings.blockCount {
      let postings = try file.postings(
        ofBlock: number,
        of: idPostings,
        rowCount: summary.occurrenceCount
      )
      for posting in postings { keys.insert(posting) }
    }
    for (place, id) in all.enumerated() {
      let key = SegmentFormat.idPostingKey(Hashing.hash64(Array(id.utf8)))
      guard keys.contains(key << SegmentFormat.positionBitCount | UInt64(place)) else {
        throw file.damaged("an id is not posted", at: 0)
      }
    }
    _ = try attributes(0..<summary.occurrenceCount)
  }

  /// Every sketch is what its text gives, and the postings are those of the sketches.
  private func verifySketches(plan: SketchPlan) throws(ChorusError) {
    let sketcher = Sketcher(plan: plan)
    let dimension = Int(plan.embeddingDimension)
    var batch = SketchBatch()
    var anchorCount = 0
    for start in stride(from: 0, to: rowCount, by: 1024) {
      let range = start..<min(start + 1024, rowCount)
      let rows = try rows(range)
      batch.removeAll()
      for text in try texts(range) { sketcher.sketch(text.span, into: &batch) }
      let signatures = try file.bytes(
        (range.lowerBound * Signature.byteCount)..<(range.upperBound * Signature.byteCount),
        of: signatureSection
      )
      let embeddings = try file.bytes(
        (range.lowerBound * dimension)..<(range.upperBound * dimension),
        of: embeddingSection
      )
      guard batch.textKeys == rows.map(\.textKey),
        batch.tokenCounts.map(Int.init) == rows.map(\.tokenCount),
        batch.signatures == signatures,
        batch.embeddings.map({ UInt8(bitPattern: $0) }) == embeddings
      else { throw file.damaged("a sketch does not belong to its text", at: 0) }
      anchorCount += batch.anchors.count
    }
    guard anchorCount == anchorPostings.itemCount,
      bandPostings.itemCount == rowCount * Signature.bandCount
    else { throw file.damaged("its postings are not those of its texts", at: 0) }
  }
}

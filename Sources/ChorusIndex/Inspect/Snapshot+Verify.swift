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
  /// The prompts of damaged segments, some of which may be readable.
  public var lostCount = 0
  /// What is damaged, one error each; empty when all is well.
  public var faults: [ChorusError] = []
}

/// The complete check: every byte against its checksum, every structure against its invariants,
/// every sketch against the text it was made from.
extension Index {
  /// Reads and checks everything, segments that cannot be opened included.
  ///
  /// Goes on after damage and lists what it finds, one fault a segment.
  ///
  /// - Throws: What reading the manifest throws, without which there is nothing to check.
  /// - Complexity: O(*n*) in the bytes of the index; several segments at once.
  public func verify() throws(ChorusError) -> VerificationReport {
    let manifest = try manifest()
    var report = VerificationReport(manifest.segments) { number throws(ChorusError) in
      try segment(manifest.segments[number], of: manifest).verify(plan: manifest.plan, key: key)
    }
    do throws(ChorusError) { _ = try LogReplay(storage, manifest: manifest) } catch {
      report.faults.append(error)
    }
    if report.faults.isEmpty, let fault = try snapshot().repeatedID() {
      report.faults.append(fault)
    }
    for name in try storage.names() where KeptFile.isName(name) && !KeptFile.isTemporary(name) {
      if let fault = KeptFile.fault(of: name, in: storage) { report.faults.append(fault) }
    }
    return report
  }
}

extension Snapshot {
  /// The fault of an id that two segments have, or `nil` when each stands once.
  ///
  /// - Complexity: O(*n* log *n*) time and eight bytes a prompt.
  fileprivate func repeatedID() throws(ChorusError) -> ChorusError? {
    var hashes: [UInt64] = []
    hashes.reserveCapacity(promptCount)
    try forEachID { id in hashes.append(Hashing.hash64(id)) }
    hashes.sort()
    let equal = Set(zip(hashes, hashes.dropFirst()).filter { $0 == $1 }.map(\.0))
    guard !equal.isEmpty else { return nil }
    // Two ids can have one hash.
    var seen = Set<[UInt8]>()
    var isRepeated = false
    try forEachID { id in
      guard equal.contains(Hashing.hash64(id)) else { return }
      if !seen.insert(Array(id)).inserted { isRepeated = true }
    }
    guard isRepeated else { return nil }
    return ChorusError(
      .corrupted,
      "The index has an id in two of its segments. Index the source again into a new folder."
    )
  }

  /// Calls a closure with the id of every prompt that is not deleted.
  private func forEachID(_ body: (ArraySlice<UInt8>) -> Void) throws(ChorusError) {
    for segment in segments {
      let count = segment.summary.occurrenceCount
      for start in stride(from: 0, to: count, by: 1 << 14) {
        let range = start..<min(start + 1 << 14, count)
        for (place, id) in zip(range, try segment.idBytes(range))
        where !segment.isDeleted(place) { body(id) }
      }
    }
  }

  /// Reads and checks everything that the snapshot holds.
  public func verify() -> VerificationReport {
    VerificationReport(segments.map(\.summary)) { number throws(ChorusError) in
      try segments[number].verify(plan: manifest.plan, key: key)
    }
  }
}

extension VerificationReport {
  /// Checks segments, several at once.
  fileprivate init(
    _ summaries: [SegmentSummary],
    _ check: @Sendable (Int) throws(ChorusError) -> Void
  ) {
    let outcomes = Parallel.map(summaries.count) { number -> ChorusError? in
      do throws(ChorusError) {
        try check(number)
        return nil
      } catch { return error }
    }
    self.init()
    for (summary, fault) in zip(summaries, outcomes) {
      segmentCount += 1
      promptCount += summary.occurrenceCount
      rowCount += summary.rowCount
      byteCount &+= summary.byteCount
      if let fault {
        faults.append(fault)
        lostCount += summary.occurrenceCount
      }
    }
  }
}

extension Segment {
  /// Checks every checksum and invariant of the segment.
  func verify(plan: SketchPlan, key: SketchKey?) throws(ChorusError) {
    try file.verify()
    let codeByteCount = EmbeddingCode.byteCount(dimension: Int(plan.embeddingDimension))
    guard signatureSection.rawByteCount == rowCount * plan.signatureByteCount,
      embeddingSection.rawByteCount == rowCount * codeByteCount,
      idPostings.itemCount == summary.occurrenceCount
    else { throw file.damaged("its sections and its rows disagree in number", at: 0) }
    try verifyOrder()
    try verifyPostings(idPostings, limit: summary.occurrenceCount)
    let bands = try verifyPostings(bandPostings, limit: rowCount)
    let anchors = try verifyPostings(anchorPostings, limit: rowCount)
    try verifyIDs()
    guard hasText else { return }
    guard try verifySketches(plan: plan, key: key) == (bands, anchors) else {
      throw file.damaged("its postings are not those of its texts", at: 0)
    }
  }

  /// Rows cover the text and the occurrences without gap or overlap, in order.
  private func verifyOrder() throws(ChorusError) {
    let rows = try rows(0..<rowCount)
    var textEnd = 0
    var promptEnd = 0
    for row in rows {
      guard row.textRange.lowerBound == textEnd, row.occurrenceRange.lowerBound == promptEnd else {
        throw file.damaged("its rows are out of order", at: 0)
      }
      textEnd = row.textRange.upperBound
      promptEnd = row.occurrenceRange.upperBound
    }
    guard textEnd == textSection.rawByteCount, promptEnd == summary.occurrenceCount,
      rows.reduce(0, { $0 + UInt64($1.textByteCount) }) == summary.textByteCount
    else { throw file.damaged("its texts and its rows disagree in length", at: 0) }
    var times: (first: Timestamp, last: Timestamp)?
    var idEnd = 0
    var attributeEnd = 0
    for (place, occurrence) in try occurrences(0..<summary.occurrenceCount).enumerated() {
      guard rows[Int(occurrence.row)].occurrenceRange.contains(place),
        occurrence.idRange.lowerBound == idEnd,
        occurrence.attributeRange.lowerBound == attributeEnd
      else { throw file.damaged("its prompts and its rows disagree", at: 0) }
      idEnd = occurrence.idRange.upperBound
      attributeEnd = occurrence.attributeRange.upperBound
      let known = times ?? (occurrence.time, occurrence.time)
      times = (min(known.first, occurrence.time), max(known.last, occurrence.time))
    }
    guard idEnd == idSection.rawByteCount, attributeEnd == attributeSection.rawByteCount else {
      throw file.damaged("its prompts and their ids disagree in length", at: 0)
    }
    if let times, times.first != summary.firstTime || times.last != summary.lastTime {
      throw file.damaged("its times are not those that the manifest says", at: 0)
    }
  }

  /// Postings ascend; returns a sum over them that does not depend on their order.
  @discardableResult
  private func verifyPostings(
    _ section: BlockFile.Section,
    limit: Int
  ) throws(ChorusError) -> UInt64 {
    var sum: UInt64 = 0
    var count = 0
    var last: UInt64?
    for number in 0..<section.blockCount {
      for posting in try file.postings(ofBlock: number, of: section, rowCount: limit) {
        if let last, posting <= last { throw file.damaged("its postings are out of order", at: 0) }
        last = posting
        sum &+= Hashing.mix(posting)
        count += 1
      }
    }
    guard count == section.itemCount else {
      throw file.damaged("its postings are not as many as its directory says", at: 0)
    }
    return sum
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

  /// Every sketch is what its text gives; returns the sums of the postings that the texts give.
  private func verifySketches(
    plan: SketchPlan,
    key: SketchKey?
  ) throws(ChorusError) -> (bands: UInt64, anchors: UInt64) {
    let sketcher = Sketcher(plan: plan, key: key)
    let signatureByteCount = plan.signatureByteCount
    let codeByteCount = EmbeddingCode.byteCount(dimension: Int(plan.embeddingDimension))
    let textKeyMask: UInt64 = (1 << SegmentFormat.textKeyBitCount) - 1
    let shift = SegmentFormat.positionBitCount
    var batch = SketchBatch()
    var bands: UInt64 = 0
    let anchors = LargeArray<UInt64>()
    var weights: [UInt32] = []
    for start in stride(from: 0, to: rowCount, by: 1024) {
      let range = start..<min(start + 1024, rowCount)
      let rows = try rows(range)
      batch.removeAll()
      for text in try texts(range) { sketcher.sketch(text.span, into: &batch) }
      batch.markSamples(plan: plan)
      let signatures = try file.bytes(
        (range.lowerBound * signatureByteCount)..<(range.upperBound * signatureByteCount),
        of: signatureSection
      )
      let codes = try file.bytes(
        (range.lowerBound * codeByteCount)..<(range.upperBound * codeByteCount),
        of: embeddingSection
      )
      guard batch.textKeys.map({ $0 & textKeyMask }) == rows.map(\.textKey),
        batch.tokenCounts.map(Int.init) == rows.map(\.tokenCount),
        batch.signatures == signatures, batch.embeddingCodes(plan: plan) == codes
      else { throw file.damaged("a sketch does not belong to its text", at: 0) }
      weights += rows.map { UInt32($0.occurrenceRange.count) }
      for (place, row) in range.enumerated() {
        for band in 0..<Signature.bandCount {
          let bandKey = batch.bandKeys[place * Signature.bandCount + band]
          let key = SegmentFormat.bandPostingKey(band: band, key: bandKey)
          bands &+= Hashing.mix(key << shift | UInt64(row))
        }
        for anchorPlace in batch.anchorRange(of: place) {
          let anchor = batch.anchors[anchorPlace]
          let isKept = anchor & AnchorSelector.sampleBit != 0
          let key = anchor & (AnchorSelector.sampleBit - 1)
          anchors.append(key << shift | (isKept ? SegmentBuffer.keptBit : 0) | UInt64(row))
        }
      }
    }
    var sorted = SortedPostings(
      anchors,
      keyBitCount: SegmentFormat.anchorKeyBitCount,
      hasAscendingRows: true
    )
    _ = sorted.thin(weights: weights)
    return (bands, sorted.sum)
  }
}

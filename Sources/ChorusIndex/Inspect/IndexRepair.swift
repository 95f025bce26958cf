// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
public import ChorusSketch
public import ChorusStore

/// What a repair dropped and kept.
public struct RepairReport: Sendable {
  /// What was damaged, one error for each file.
  public var faults: [ChorusError] = []
  /// The prompts of damaged segments that were kept, in new segments.
  public var keptCount = 0
  /// The prompts of damaged segments that were dropped; those of a damaged log are not known.
  public var lostCount = 0
}

/// Mends an index: what can be read of damaged segments and logs is written again, the rest is
/// dropped.
///
/// Where texts are stored, only the blocks with texts, ids, accounts and times count: everything
/// else is computed again. Where they are not, a damaged segment is dropped whole.
public struct IndexRepair {
  private let storage: any Storage
  private let key: SketchKey?

  /// Prepares the repair of the index in a storage.
  public init(_ storage: any Storage, key: SketchKey? = nil) {
    self.storage = storage
    self.key = key
  }

  /// Checks everything and mends what is damaged; nothing is changed when nothing is.
  ///
  /// - Throws: `locked` when a writer is open, and what reading the manifest throws, without which
  ///   nothing can be mended.
  public func run() throws(ChorusError) -> RepairReport {
    let lock = try storage.lock()
    defer { withExtendedLifetime(lock) {} }
    var manifest = try Manifest(storage)
    try manifest.check(key, storage.location)
    var report = RepairReport()
    var segments: [SegmentSummary] = []
    for summary in manifest.segments {
      do throws(ChorusError) {
        let segment = try Segment(storage, summary: summary, manifest: manifest)
        try segment.verify(plan: manifest.plan, key: key)
        segments.append(summary)
      } catch {
        // What cannot be read now may be read later: only damage is mended.
        guard Self.damage.contains(error.code) else { throw error }
        report.faults.append(error)
        let (kept, liveCount) = try salvage(summary, &manifest)
        if let kept { segments.append(kept) }
        report.keptCount += kept?.occurrenceCount ?? 0
        report.lostCount += liveCount - (kept?.occurrenceCount ?? 0)
      }
    }
    do throws(ChorusError) { _ = try LogReplay(storage, manifest: manifest) } catch {
      guard Self.damage.contains(error.code) else { throw error }
      report.faults.append(error)
      if let kept = try salvageLogs(&manifest) {
        segments.append(kept)
        report.keptCount += kept.occurrenceCount
      }
    }
    for name in try storage.names() where KeptFile.isName(name) {
      guard let fault = KeptFile.fault(of: name, in: storage) else { continue }
      report.faults.append(fault)
      try storage.remove(name)
    }
    guard !report.faults.isEmpty else { return report }
    manifest.segments = segments
    // What was dropped is to be read again.
    manifest.sources = []
    manifest.generation += 1
    try storage.synchronise()
    try manifest.write(to: storage)
    return report
  }

  /// The codes of errors that mean damage, rather than a disk that cannot be read just now.
  private static let damage: Set<ChorusError.Code> = [.corrupted, .foreign, .planMismatch]

  /// Writes a segment of what can be read of another, without what was deleted from it.
  ///
  /// - Returns: The segment, if anything was left, and the number of prompts that the other one had
  ///   and that were not deleted, as far as that can be told.
  private func salvage(
    _ summary: SegmentSummary,
    _ manifest: inout Manifest
  ) throws(ChorusError) -> (kept: SegmentSummary?, liveCount: Int) {
    guard let opened = try? Segment(storage, summary: summary, manifest: manifest) else {
      return (nil, summary.occurrenceCount)
    }
    let deletions = manifest.deletions.filter { $0.concerns(summary) }
    // Where it cannot be told what was deleted, nothing may come back.
    guard let segment = deletions.isEmpty ? opened : try? opened.applying(deletions) else {
      return (nil, summary.occurrenceCount)
    }
    guard manifest.hasText else { return (nil, segment.livePromptCount) }
    let sketcher = Sketcher(plan: manifest.plan, key: key)
    var buffer = SegmentBuffer(keepsText: true)
    var sketches = SketchBatch()
    for row in 0..<segment.rowCount where !segment.isDead(row: row) {
      guard let found = try? segment.rows(row..<(row + 1))[0],
        let text = try? segment.text(ofRow: row)
      else { continue }
      sketches.removeAll()
      sketcher.sketch(text.span, into: &sketches)
      sketches.markSamples(plan: manifest.plan)
      var number: UInt32?
      for place in found.occurrenceRange where !segment.isDeleted(place) {
        guard let occurrence = try? segment.occurrences(place..<(place + 1))[0],
          let id = try? segment.idBytes(place..<(place + 1))[0],
          let attributes = try? segment.attributeBytes(place..<(place + 1))[0],
          Int(occurrence.row) == row
        else { continue }
        if number == nil { number = buffer.append(sketches, text, plan: manifest.plan) }
        let account = Array(segment.accountNames[Int(occurrence.account)].utf8)
        buffer.appendOccurrence(
          row: number ?? 0,
          account: account[...],
          accountHash: Hashing.hash64(account),
          time: occurrence.time,
          id: id,
          attributes: attributes
        )
      }
    }
    return (try write(buffer, &manifest), segment.livePromptCount)
  }

  private func salvageLogs(_ manifest: inout Manifest) throws(ChorusError) -> SegmentSummary? {
    let replay = try LogReplay(storage, manifest: manifest, repairs: true)
    let sketcher = Sketcher(plan: manifest.plan, key: key)
    var buffer = SegmentBuffer(keepsText: manifest.hasText)
    for batch in replay.batches {
      let prepared = PreparedBatch(batch, sketcher: sketcher)
      for position in batch.records.indices { buffer.append(prepared, position) }
    }
    let kept = try write(buffer, &manifest)
    if let last = replay.lastNumber { manifest.firstLogNumber = last + 1 }
    return kept
  }

  private func write(
    _ buffer: consuming SegmentBuffer,
    _ manifest: inout Manifest
  ) throws(ChorusError) -> SegmentSummary? {
    guard !buffer.occurrences.isEmpty else { return nil }
    let number = manifest.nextSegmentNumber
    manifest.nextSegmentNumber += 1
    var writer = SegmentWriter(buffer, plan: manifest.plan)
    return try writer.write(to: storage, envelope: manifest.envelope(.segment, number: number))
  }
}

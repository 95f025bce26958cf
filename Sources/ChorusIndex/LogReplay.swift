// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusSketch
internal import ChorusStore

/// What the logs of an index hold: prompts that were acknowledged and are in no segment.
struct LogReplay {
  /// The batches, in the order in which they were acknowledged.
  private(set) var batches: [PromptBatch] = []
  /// The number of the newest log, or `nil` when there is none.
  private(set) var lastNumber: UInt64?

  /// Reads the logs that a manifest does not have in segments.
  ///
  /// With `repairs`, what is damaged is left out.
  ///
  /// - Throws: `corrupted` when an acknowledged record is damaged.
  init(
    _ storage: any Storage,
    manifest: Manifest,
    repairs: Bool = false
  ) throws(ChorusError) {
    for name in try storage.names() {
      guard let number = SegmentFormat.logNumber(name), number >= manifest.firstLogNumber else {
        continue
      }
      let log: LogReader
      do throws(ChorusError) {
        log =
          repairs
          ? try LogReader(repairing: storage, name: name) : try LogReader(storage, name: name)
      } catch {
        // The writer may have made a segment of it in the meantime.
        guard error.code == .notFound else { throw error }
        continue
      }
      lastNumber = max(lastNumber ?? 0, number)
      let path = storage.location + "/" + name
      if repairs {
        // A log of another index is no damaged one of this.
        let isOurs =
          log.envelope.map { envelope in
            envelope.indexID == manifest.indexID && envelope.number == number
              && envelope.planFingerprint == manifest.plan.fingerprint
          } ?? true
        for payload in isOurs ? log.payloads : [] {
          if let batch = BatchCoding.decode(payload), batch.isSound { batches.append(batch) }
        }
        continue
      }
      guard let envelope = log.envelope else { continue }
      guard envelope.indexID == manifest.indexID, envelope.number == number else {
        throw ChorusError(
          .foreign,
          "Cannot read log \(path): it belongs to another index. Restore the file that was here."
        )
      }
      guard envelope.planFingerprint == manifest.plan.fingerprint else {
        throw ChorusError(
          .planMismatch,
          "Cannot read log \(path): it was made with other sketch parameters than its index."
        )
      }
      for payload in log.payloads {
        guard let batch = BatchCoding.decode(payload), batch.isSound else {
          throw Envelope.damaged(.log, path, "a record is malformed", at: 0)
        }
        batches.append(batch)
      }
    }
  }

  /// Returns a segment in memory of all prompts, or `nil` when there are none.
  func segment(manifest: Manifest, key: SketchKey?) throws(ChorusError) -> Segment? {
    guard !batches.isEmpty else { return nil }
    let sketcher = Sketcher(plan: manifest.plan, key: key)
    var buffer = SegmentBuffer(keepsText: manifest.hasText)
    for batch in batches {
      let prepared = PreparedBatch(batch, sketcher: sketcher)
      for position in batch.records.indices { buffer.append(prepared, position) }
    }
    return try Segment.inMemory(buffer, manifest: manifest)
  }
}

extension Segment {
  /// The number of every segment that is in memory only.
  package static let numberInMemory = UInt64.max / 2

  /// Makes a segment of a buffer without a file.
  static func inMemory(
    _ buffer: consuming SegmentBuffer,
    manifest: Manifest
  ) throws(ChorusError) -> Segment {
    let memory = MemoryStorage(location: "memory")
    var writer = SegmentWriter(buffer, plan: manifest.plan)
    let envelope = manifest.envelope(.segment, number: numberInMemory)
    let summary = try writer.write(to: memory, envelope: envelope)
    return try Segment(memory, summary: summary, manifest: manifest)
  }
}

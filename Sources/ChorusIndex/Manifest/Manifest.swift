// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
public import ChorusSketch
internal import ChorusStore

/// The list of live segments, with the plan under which they were made.
///
/// It is written whole under another name, made durable, and renamed over the old one, so that an
/// index is always exactly one generation of itself.
public struct Manifest: Sendable {
  /// The name of the file.
  static let fileName = "manifest"
  /// The name under which the next generation is written.
  static let temporaryName = "manifest.new"

  static let planSection = BlockFileFormat.SectionTag(1, "plan")
  static let segmentSection = BlockFileFormat.SectionTag(2, "segments")

  /// The sketch plan.
  public let plan: SketchPlan
  let indexID: IndexID
  /// The number of times the manifest was replaced.
  public internal(set) var generation: UInt64
  /// The number that the next segment gets; numbers are never used again.
  var nextSegmentNumber: UInt64
  /// The live segments, in the order in which they were written.
  public internal(set) var segments: [SegmentSummary]

  /// Creates the manifest of a new, empty index.
  init(plan: SketchPlan, indexID: IndexID) {
    self.plan = plan
    self.indexID = indexID
    generation = 0
    nextSegmentNumber = 1
    segments = []
  }

  /// Reads the current manifest.
  ///
  /// - Throws: `foreign` when the folder has none, `corrupted`, `tooNew`, `tooOld`.
  init(_ storage: any Storage) throws(ChorusError) {
    let file: BlockFile
    do {
      file = try BlockFile(storage, name: Self.fileName, kind: .manifest)
    } catch {
      guard error.code == .notFound else { throw error }
      throw ChorusError(
        .foreign,
        "Cannot open index \(storage.location): it has no manifest, so it is not a Chorus index. "
          + "Check the path, or create it with 'chorus index'."
      )
    }
    let plan = try file.allBytes(of: try file.section(Self.planSection))
    let segments = try file.allBytes(of: try file.section(Self.segmentSection))
    guard let plan = SketchPlan(encoded: plan[...]) else {
      throw ChorusError(
        .planMismatch,
        "Cannot open index \(storage.location): it was made with sketch parameters that this build "
          + "does not know. Upgrade chorus, or index the source again."
      )
    }
    guard plan.fingerprint == file.envelope.planFingerprint,
      file.envelope.number < UInt64.max / 2,
      let parsed = try? Self.parse(segments)
    else { throw file.damaged("its list of segments is malformed", at: 0) }
    self.plan = plan
    indexID = file.envelope.indexID
    generation = file.envelope.number
    nextSegmentNumber = parsed.next
    self.segments = parsed.segments
  }

  func envelope(_ kind: Envelope.Kind, number: UInt64) -> Envelope {
    Envelope(
      kind: kind,
      indexID: indexID,
      planFingerprint: plan.fingerprint,
      number: number
    )
  }

  /// Replaces the manifest on the storage by this one, durably and in one step.
  func write(to storage: any Storage) throws(ChorusError) {
    let file = try BlockFileWriter(
      storage,
      name: Self.temporaryName,
      envelope: envelope(.manifest, number: generation)
    )
    try file.writeSection(
      Self.planSection,
      itemCount: 1,
      bytes: plan.encoded,
      isCompressible: false
    )
    try file.writeSection(
      Self.segmentSection,
      itemCount: segments.count,
      bytes: encodedSegments,
      isCompressible: false
    )
    _ = try file.finish()
    try storage.rename(Self.temporaryName, to: Self.fileName)
    try storage.synchronise()
  }

  private var encodedSegments: [UInt8] {
    var writer = ByteWriter()
    writer.write(nextSegmentNumber)
    writer.writeVarint(UInt64(segments.count))
    for segment in segments {
      writer.write(segment.number)
      writer.write(segment.byteCount)
      writer.writeVarint(UInt64(segment.rowCount))
      writer.writeVarint(UInt64(segment.occurrenceCount))
      writer.writeVarint(UInt64(segment.accountCount))
      writer.write(segment.textByteCount)
      writer.write(segment.firstTime.milliseconds)
      writer.write(segment.lastTime.milliseconds)
    }
    return writer.bytes
  }

  private static func parse(
    _ bytes: [UInt8]
  ) throws(ByteReader.Fault) -> (next: UInt64, segments: [SegmentSummary])? {
    var reader = ByteReader(bytes)
    let next = try reader.readUInt64()
    guard next < UInt64.max / 2 else { return nil }
    var segments: [SegmentSummary] = []
    for _ in 0..<(try reader.readCount()) {
      let segment = SegmentSummary(
        number: try reader.readUInt64(),
        byteCount: try reader.readUInt64(),
        rowCount: try reader.readCount(),
        occurrenceCount: try reader.readCount(),
        accountCount: try reader.readCount(),
        textByteCount: try reader.readUInt64(),
        firstTime: Timestamp(milliseconds: try reader.readInt64()),
        lastTime: Timestamp(milliseconds: try reader.readInt64())
      )
      guard segment.number < next, segment.rowCount <= SegmentFormat.maximumCount,
        segment.occurrenceCount <= SegmentFormat.maximumCount,
        segment.rowCount <= segment.occurrenceCount,
        segment.number > segments.last?.number ?? 0
      else { return nil }
      segments.append(segment)
    }
    return reader.isAtEnd ? (next, segments) : nil
  }
}

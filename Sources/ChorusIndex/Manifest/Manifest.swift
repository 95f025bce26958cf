// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
public import ChorusSketch
internal import ChorusStore

/// The list of live segments, with the plan under which they were made, what was deleted from them,
/// and how far the inputs of an unfinished run were read.
///
/// It is written whole under another name, made durable, and renamed over the old one, so that an
/// index is always exactly one generation of itself.
public struct Manifest: Sendable {
  /// The name of the file.
  static let fileName = "manifest"
  /// The name under which the next generation is written.
  static let temporaryName = "manifest.new"

  static let planSection = BlockFileFormat.SectionTag(1, "plan")
  static let stateSection = BlockFileFormat.SectionTag(2, "state")
  static let segmentSection = BlockFileFormat.SectionTag(3, "segments")
  static let deletionSection = BlockFileFormat.SectionTag(4, "deletions")
  static let sourceSection = BlockFileFormat.SectionTag(5, "sources")

  /// The sketch plan.
  public let plan: SketchPlan
  let indexID: IndexID
  /// Whether the texts of prompts are stored.
  public let hasText: Bool
  /// The number of times the manifest was replaced.
  public internal(set) var generation: UInt64
  /// The number that the next segment gets; numbers are never used again.
  var nextSegmentNumber: UInt64
  /// The live segments, in the order in which they were written.
  public internal(set) var segments: [SegmentSummary]
  /// The first log that may hold prompts which no segment has.
  var firstLogNumber: UInt64
  /// What was deleted and is still in the files of segments.
  public internal(set) var deletions: [Deletion]
  /// How far the inputs of an unfinished run were read.
  public internal(set) var sources: [SourcePosition]

  /// Creates the manifest of a new, empty index.
  init(plan: SketchPlan, indexID: IndexID, hasText: Bool) {
    self.plan = plan
    self.indexID = indexID
    self.hasText = hasText
    generation = 0
    nextSegmentNumber = 1
    firstLogNumber = 1
    segments = []
    deletions = []
    sources = []
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
    func bytes(_ tag: BlockFileFormat.SectionTag) throws(ChorusError) -> [UInt8] {
      try file.allBytes(of: try file.section(tag))
    }
    let plan = try bytes(Self.planSection)
    let parts = Parts(
      state: try bytes(Self.stateSection),
      segments: try bytes(Self.segmentSection),
      deletions: try bytes(Self.deletionSection),
      sources: try bytes(Self.sourceSection)
    )
    guard let plan = SketchPlan(encoded: plan[...]) else {
      throw ChorusError(
        .planMismatch,
        "Cannot open index \(storage.location): it was made with sketch parameters that this build "
          + "does not know. Upgrade chorus, or index the source again."
      )
    }
    guard plan.fingerprint == file.envelope.planFingerprint,
      file.envelope.number < UInt64.max / 2,
      let state = (try? Self.parseState(parts.state)).flatMap({ $0 }),
      let segments = (try? Self.parseSegments(parts.segments, state)).flatMap({ $0 }),
      let deletions = (try? Self.parseDeletions(parts.deletions)).flatMap({ $0 }),
      let sources = (try? Self.parseSources(parts.sources)).flatMap({ $0 })
    else { throw file.damaged("what it lists is malformed", at: 0) }
    self.plan = plan
    indexID = file.envelope.indexID
    generation = file.envelope.number
    hasText = state.hasText
    nextSegmentNumber = state.nextSegmentNumber
    firstLogNumber = state.firstLogNumber
    self.segments = segments
    self.deletions = deletions
    self.sources = sources
  }

  /// The bytes of the sections that are lists.
  private struct Parts {
    var state: [UInt8]
    var segments: [UInt8]
    var deletions: [UInt8]
    var sources: [UInt8]
  }

  private struct State {
    var hasText: Bool
    var nextSegmentNumber: UInt64
    var firstLogNumber: UInt64
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
      Self.stateSection,
      itemCount: 1,
      bytes: encodedState,
      isCompressible: false
    )
    try file.writeSection(
      Self.segmentSection,
      itemCount: segments.count,
      bytes: encodedSegments,
      isCompressible: false
    )
    try file.writeSection(
      Self.deletionSection,
      itemCount: deletions.count,
      bytes: deletions.flatMap(\.encoded),
      isCompressible: false
    )
    try file.writeSection(
      Self.sourceSection,
      itemCount: sources.count,
      bytes: sources.flatMap(\.encoded),
      isCompressible: false
    )
    _ = try file.finish()
    try storage.rename(Self.temporaryName, to: Self.fileName)
    try storage.synchronise()
  }

  private var encodedState: [UInt8] {
    var writer = ByteWriter()
    writer.write(UInt8(hasText ? 1 : 0))
    writer.write(nextSegmentNumber)
    writer.write(firstLogNumber)
    return writer.bytes
  }

  private var encodedSegments: [UInt8] {
    var writer = ByteWriter()
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

  private static func parseState(_ bytes: [UInt8]) throws(ByteReader.Fault) -> State? {
    var reader = ByteReader(bytes)
    let flags = try reader.readUInt8()
    let state = State(
      hasText: flags == 1,
      nextSegmentNumber: try reader.readUInt64(),
      firstLogNumber: try reader.readUInt64()
    )
    guard flags <= 1, state.nextSegmentNumber < UInt64.max / 2,
      state.firstLogNumber < UInt64.max / 2
    else { return nil }
    return reader.isAtEnd ? state : nil
  }

  private static func parseSegments(
    _ bytes: [UInt8],
    _ state: State
  ) throws(ByteReader.Fault) -> [SegmentSummary]? {
    var reader = ByteReader(bytes)
    var segments: [SegmentSummary] = []
    var numbers = Set<UInt64>()
    while !reader.isAtEnd {
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
      guard segment.number < state.nextSegmentNumber, numbers.insert(segment.number).inserted,
        segment.rowCount <= SegmentFormat.maximumCount,
        segment.occurrenceCount <= SegmentFormat.maximumCount,
        segment.rowCount <= segment.occurrenceCount,
        segment.textByteCount <= 1 << 48, segment.byteCount <= 1 << 48
      else { return nil }
      segments.append(segment)
    }
    return segments
  }

  private static func parseDeletions(_ bytes: [UInt8]) throws(ByteReader.Fault) -> [Deletion]? {
    var reader = ByteReader(bytes)
    var deletions: [Deletion] = []
    while !reader.isAtEnd {
      guard let deletion = try Deletion(&reader) else { return nil }
      deletions.append(deletion)
    }
    return deletions
  }

  private static func parseSources(
    _ bytes: [UInt8]
  ) throws(ByteReader.Fault) -> [SourcePosition]? {
    var reader = ByteReader(bytes)
    var sources: [SourcePosition] = []
    while !reader.isAtEnd { sources.append(try SourcePosition(&reader)) }
    return sources
  }
}

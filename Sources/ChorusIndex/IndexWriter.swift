// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
public import ChorusSketch
public import ChorusStore

/// Adds prompts to an index.
///
/// Prompts gather in a buffer; a full buffer becomes an immutable segment, and the manifest that
/// names the segment replaces the old one. After a crash the index is what the last manifest says;
/// adding the same prompts again then adds what is missing, because an id that is already there is
/// refused. There is one writer at a time, and not to be used from two threads at once; readers
/// keep the segments they opened.
public final class IndexWriter {
  /// When a buffer becomes a segment, and so how much memory the writer takes.
  public struct Options: Sendable {
    /// The most bytes that the buffer holds; writing a segment takes up to four times as much.
    public var bufferByteCount: Int
    /// The most distinct texts in a segment.
    public var segmentRowCount: Int

    /// Creates options; the defaults keep the writer below 1 GiB.
    ///
    /// - Precondition: A buffer of at most 1 GiB, and at least one text a segment.
    public init(bufferByteCount: Int = 256 << 20, segmentRowCount: Int = 1 << 20) {
      precondition((1...(1 << 30)).contains(bufferByteCount), "a buffer has at most 1 GiB")
      precondition(segmentRowCount >= 1, "a segment has at least one text")
      self.bufferByteCount = bufferByteCount
      self.segmentRowCount = segmentRowCount
    }
  }

  /// What was added since the writer was opened.
  public struct Counts: Hashable, Sendable {
    /// The prompts added.
    public var prompts = 0
    /// The distinct texts added; a text that two segments have counts twice.
    public var distinct = 0
    /// The prompts refused because their id was already there.
    public var duplicateIDs = 0
    /// The bytes of the texts of the prompts added.
    public var textByteCount: UInt64 = 0
  }

  /// The sketch plan of the index.
  public var plan: SketchPlan { manifest.plan }
  /// What was added so far.
  public private(set) var counts = Counts()

  private let storage: any Storage
  private let lock: any StorageLock
  private let options: Options
  private var manifest: Manifest
  private var segments: [Segment] = []
  private var buffer = SegmentBuffer()
  private var ids = IDTable()
  /// The failure after which the buffer is lost, so that nothing more can be added.
  private var failure: ChorusError?

  /// Opens an index for writing, creating it when the storage is empty.
  ///
  /// - Parameters:
  ///   - storage: The folder of the index.
  ///   - plan: The sketch plan of a new index; an existing one keeps its own.
  ///   - options: How much memory to take.
  /// - Throws: `locked` when another writer is open, `foreign` when the storage holds something
  ///   else, and what opening an index throws.
  public init(
    _ storage: any Storage,
    plan: SketchPlan = .standard,
    options: Options = Options()
  ) throws(ChorusError) {
    self.storage = storage
    self.options = options
    try Self.refuseOtherFolder(storage)
    lock = try storage.lock()
    if try storage.names().contains(Manifest.fileName) {
      manifest = try Manifest(storage)
    } else {
      manifest = Manifest(plan: plan, indexID: Self.newIndexID())
      try manifest.write(to: storage)
    }
    for summary in manifest.segments {
      let segment = try openSegment(summary)
      try ids.insertAll(of: segment)
      segments.append(segment)
    }
    try removeLeftovers()
  }

  /// Adds a batch, refusing prompts whose id is already there.
  ///
  /// - Throws: What writing a segment throws, when the buffer was full.
  /// - Complexity: O(*n*) in the bytes of the batch.
  public func append(_ prepared: PreparedBatch) throws(ChorusError) {
    if let failure { throw failure }
    for position in prepared.batch.records.indices {
      let record = prepared.batch.records[position]
      let id = prepared.batch.bytes(record.id)
      let isNew = try ids.insert(
        id,
        hash: prepared.idHashes[position],
        next: buffer.occurrences.count,
        buffer: buffer,
        segments: segments
      )
      guard isNew else {
        counts.duplicateIDs += 1
        continue
      }
      let rowCount = buffer.rowCount
      buffer.append(prepared, position)
      counts.prompts += 1
      counts.distinct += buffer.rowCount - rowCount
      counts.textByteCount += UInt64(record.text.count)
      if isFull { try flush() }
    }
  }

  /// Adds prompts that are not sketched yet.
  public func append(_ batch: PromptBatch) throws(ChorusError) {
    try append(PreparedBatch(batch, sketcher: Sketcher(plan: plan)))
  }

  /// Makes everything added durable and visible to readers that open the index from now on.
  public func commit() throws(ChorusError) {
    if let failure { throw failure }
    if !buffer.occurrences.isEmpty { try flush() }
  }

  /// The bytes of all segments as of the last commit.
  public var indexByteCount: UInt64 { manifest.segments.reduce(0) { $0 + $1.byteCount } }

  private var isFull: Bool {
    buffer.rowCount >= options.segmentRowCount || buffer.byteCount >= options.bufferByteCount
      || buffer.occurrences.count >= SegmentFormat.maximumCount - 1
  }

  /// Writes the buffer as a segment.
  ///
  /// When that fails the writer is of no more use: the index is as
  /// it was at the last commit, and a new writer can go on from there.
  private func flush() throws(ChorusError) {
    do throws(ChorusError) { try writeSegment() } catch {
      failure = error
      throw error
    }
  }

  private func writeSegment() throws(ChorusError) {
    var next = manifest
    let number = next.nextSegmentNumber
    let occurrences = buffer.occurrences
    let arena = buffer.arena
    var full = SegmentBuffer()
    swap(&full, &buffer)
    var writer = SegmentWriter(full, plan: plan)
    full = SegmentBuffer()
    let summary = try writer.write(
      to: storage,
      envelope: next.envelope(.segment, number: number)
    )
    next.segments.append(summary)
    next.nextSegmentNumber = number + 1
    next.generation += 1
    try storage.synchronise()
    try next.write(to: storage)
    manifest = next
    segments.append(try openSegment(summary))
    for occurrence in occurrences { ids.markStored(arena[occurrence.id.bounds]) }
  }

  private func openSegment(_ summary: SegmentSummary) throws(ChorusError) -> Segment {
    try Segment(
      storage,
      summary: summary,
      indexID: manifest.indexID,
      planFingerprint: manifest.plan.fingerprint
    )
  }

  /// Removes what a writer that was killed left behind: files that no manifest names.
  private func removeLeftovers() throws(ChorusError) {
    let live = Set(manifest.segments.map { SegmentFormat.fileName($0.number) })
    for name in try storage.names() {
      let isStaleSegment = SegmentFormat.isFileName(name) && !live.contains(name)
      if isStaleSegment || name == Manifest.temporaryName { try storage.remove(name) }
    }
  }

  /// An index is created only in a folder that has nothing else in it.
  private static func refuseOtherFolder(_ storage: any Storage) throws(ChorusError) {
    let names = try storage.names()
    guard !names.contains(Manifest.fileName) else { return }
    guard names.allSatisfy({ $0 == "lock" || $0 == Manifest.temporaryName }) else {
      throw ChorusError(
        .foreign,
        "Cannot create an index in \(storage.location): the folder has other files in it. Choose "
          + "an empty or new folder."
      )
    }
  }

  /// An identity that no other index has; the one place where chance is wanted.
  private static func newIndexID() -> IndexID {
    var generator = SystemRandomNumberGenerator()
    return IndexID(low: generator.next(), high: generator.next())
  }
}

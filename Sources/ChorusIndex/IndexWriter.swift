// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
public import ChorusSketch
public import ChorusStore

/// Adds prompts to an index, deletes them, and merges its segments.
///
/// Prompts gather in a buffer; a full buffer becomes an immutable segment, and the manifest that
/// names the segment replaces the old one. After a crash the index is what the last manifest says,
/// and what was acknowledged since: a writer that keeps a log makes batches durable before they are
/// in a segment. There is one writer at a time, and not to be used from two threads at once;
/// readers keep the segments they opened.
public final class IndexWriter {
  /// How a writer uses memory and the disk.
  public struct Options: Sendable {
    /// The most bytes that the buffer holds; while a full one is written, another one is filled,
    /// and writing takes about as much again.
    public var bufferByteCount: Int
    /// The most distinct texts in a segment.
    public var segmentRowCount: Int
    /// Whether a new index stores the texts; an existing one goes on as it began.
    public var keepsText = true
    /// Whether to create an index where there is none.
    public var createsIndex = true
    /// Whether batches are kept in a log, so that ``IndexWriter/acknowledge()`` can make them
    /// durable before there is a segment of them.
    public var keepsLog = false
    /// Whether to begin before the ids of an existing index are read into memory, which goes on
    /// beside adding; until then adding takes longer.
    public var readsIDsLate = false
    /// When segments are merged; `nil` for never.
    public var compaction: CompactionPolicy? = CompactionPolicy()

    /// Creates options; the defaults keep the writer below 3 GiB.
    ///
    /// - Precondition: A buffer of at most 2 GiB, and at least one text a segment.
    public init(bufferByteCount: Int = 512 << 20, segmentRowCount: Int = 1 << 20) {
      precondition((1...(2 << 30)).contains(bufferByteCount), "a buffer has at most 2 GiB")
      precondition(segmentRowCount >= 1, "a segment has at least one text")
      self.bufferByteCount = bufferByteCount
      self.segmentRowCount = min(segmentRowCount, SegmentFormat.maximumCount / 2)
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
    /// The segments that were merged into others.
    public var mergedSegments = 0
  }

  /// The sketch plan of the index.
  public var plan: SketchPlan { manifest.plan }
  /// The key of a keyed index.
  public let key: SketchKey?
  private let pool = SearchMemoryPool()
  /// Whether the index stores texts.
  public var keepsText: Bool { manifest.hasText }
  /// What was added so far.
  public private(set) var counts = Counts()
  /// How far the inputs of a run that did not end were read, as of the last commit.
  public var sources: [SourcePosition] { manifest.sources }

  let storage: any Storage
  private let lock: any StorageLock
  private let options: Options
  private(set) var manifest: Manifest
  private(set) var segments: [Segment] = []
  private var cache = SegmentCache()
  private var buffer: SegmentBuffer
  private var ids: IDTable
  /// How far the inputs are read once the buffer is a segment.
  private var positions: [SourcePosition]
  private var flush: FlushTask?
  /// The memory of a buffer that was written.
  private var spare: SegmentBuffer.Arrays?
  private var log: LogWriter?
  private var nextLogNumber: UInt64
  /// Whether the log's name is durable.
  private var isLogNamed = false
  /// The prompts of the buffer as segments in memory, and those that are in none of them yet.
  private var pieces: [Segment] = []
  private var unsealed: SegmentBuffer
  /// Whether anyone has asked for a snapshot, so that the buffer is kept as segments too.
  private var isAsked = false
  /// The failure after which the buffer is lost, so that nothing more can be added.
  private var failure: ChorusError?

  /// Opens an index for writing, creating it when the storage is empty.
  ///
  /// What a writer that was killed had acknowledged is taken over from its log.
  ///
  /// - Parameters:
  ///   - storage: The folder of the index.
  ///   - plan: The sketch plan of a new index; an existing one keeps its own.
  ///   - key: The key of a keyed index.
  ///   - options: How to use memory and the disk.
  /// - Throws: `locked` when another writer is open, `foreign` when the storage holds something
  ///   else, `planMismatch` for another key, and what opening an index throws.
  public init(
    _ storage: any Storage,
    plan: SketchPlan = .standard,
    key: SketchKey? = nil,
    options: Options = Options()
  ) throws(ChorusError) {
    self.storage = storage
    self.options = options
    self.key = key
    if options.createsIndex {
      try Self.refuseOtherFolder(storage)
    } else {
      _ = try Manifest(storage)
    }
    lock = try storage.lock()
    if try storage.names().contains(Manifest.fileName) {
      manifest = try Manifest(storage)
      try manifest.check(key, storage.location)
    } else {
      var plan = plan
      plan.keyCheck = key?.check ?? 0
      manifest = Manifest(plan: plan, indexID: Self.newIndexID(), hasText: options.keepsText)
      try manifest.write(to: storage)
    }
    try cache.open(manifest, in: storage)
    for summary in manifest.segments {
      segments.append(
        try cache.segment(summary, manifest) { [manifest] () throws(ChorusError) -> Segment in
          try Segment(storage, summary: summary, manifest: manifest)
        }
      )
    }
    ids = try IDTable(segments, isLate: options.readsIDsLate)
    positions = manifest.sources
    buffer = SegmentBuffer(keepsText: manifest.hasText)
    unsealed = SegmentBuffer(keepsText: manifest.hasText)
    nextLogNumber = manifest.firstLogNumber
    try removeLeftovers()
    try replayLogs()
  }

  private func replayLogs() throws(ChorusError) {
    let replay = try LogReplay(storage, manifest: manifest)
    guard let last = replay.lastNumber else { return }
    nextLogNumber = last + 1
    let sketcher = Sketcher(plan: plan, key: key)
    for batch in replay.batches { _ = try add(PreparedBatch(batch, sketcher: sketcher)) }
    counts = Counts()
    // Without a log of its own the writer keeps nothing that is only in one.
    if !options.keepsLog { try commit() }
  }
}

// MARK: Adding

extension IndexWriter {
  /// Adds a batch, refusing prompts whose id is already there.
  ///
  /// - Parameters:
  ///   - prepared: The prompts with their sketches.
  ///   - positions: How far the inputs are read with this batch; committed with it.
  /// - Returns: The positions in the batch of the prompts that were new.
  /// - Throws: What writing a segment throws, when the buffer was full.
  /// - Complexity: O(*n*) in the bytes of the batch.
  @discardableResult
  public func append(
    _ prepared: PreparedBatch,
    positions: [SourcePosition]? = nil
  ) throws(ChorusError) -> [Int] {
    if let failure { throw failure }
    try prepared.check()
    let fits =
      buffer.occurrences.count + prepared.batch.records.count < SegmentFormat.maximumCount
    if !fits, !buffer.occurrences.isEmpty { try startFlush() }
    let added: [Int]
    do throws(ChorusError) {
      // Only a batch that is the next part of an input is kept together.
      added = try add(prepared, isWhole: positions != nil)
    } catch {
      failure = error
      throw error
    }
    if options.keepsLog, !added.isEmpty { try record(prepared.batch, added) }
    if let positions { self.positions = positions }
    if isFull { try startFlush() }
    return added
  }

  /// Adds prompts that are not sketched yet.
  public func append(_ batch: PromptBatch) throws(ChorusError) {
    try append(PreparedBatch(batch, sketcher: Sketcher(plan: plan, key: key)))
  }

  /// Adds a batch to the buffer.
  ///
  /// - Returns: The positions of the prompts that were new.
  private func add(_ prepared: PreparedBatch, isWhole: Bool = true) throws(ChorusError) -> [Int] {
    var added: [Int] = []
    added.reserveCapacity(prepared.batch.records.count)
    for position in prepared.batch.records.indices {
      let record = prepared.batch.records[position]
      let isNew = try ids.insert(
        prepared.batch.bytes(record.id),
        hash: prepared.idHashes[position],
        segments: segments
      )
      guard isNew else {
        counts.duplicateIDs += 1
        continue
      }
      let rowCount = buffer.rowCount
      buffer.append(prepared, position)
      if isAsked { unsealed.append(prepared, position) }
      counts.prompts += 1
      counts.distinct += buffer.rowCount - rowCount
      counts.textByteCount += UInt64(record.text.count)
      added.append(position)
      if !isWhole, !options.keepsLog, isFull { try startFlush() }
    }
    return added
  }

  private func record(_ batch: PromptBatch, _ added: [Int]) throws(ChorusError) {
    if log == nil {
      do throws(ChorusError) {
        log = try LogWriter(
          storage,
          name: SegmentFormat.logName(nextLogNumber),
          envelope: manifest.envelope(.log, number: nextLogNumber)
        )
      } catch {
        failure = error
        throw error
      }
      nextLogNumber += 1
      isLogNamed = false
    }
    log?.append(BatchCoding.encode(batch, added))
  }

  /// Makes everything appended durable in the log: what was appended by several callers is so with
  /// one write.
  ///
  /// - Precondition: The writer keeps a log.
  /// - Throws: What the storage throws; the writer is of no more use then, and what was appended
  ///   since the last call may or may not be there.
  public func acknowledge() throws(ChorusError) {
    precondition(options.keepsLog, "only a writer that keeps a log can acknowledge")
    if let failure { throw failure }
    do throws(ChorusError) {
      try log?.synchronise()
      if log != nil, !isLogNamed {
        try storage.synchronise()
        isLogNamed = true
      }
    } catch {
      failure = error
      throw error
    }
  }

  private var isFull: Bool {
    buffer.rowCount >= options.segmentRowCount || buffer.byteCount >= options.bufferByteCount
      || buffer.occurrences.count >= SegmentFormat.maximumCount - 1
  }
}

// MARK: Segments

extension IndexWriter {
  /// Makes everything added durable in segments, visible to all readers from now on.
  public func commit() throws(ChorusError) {
    if let failure { throw failure }
    if !buffer.occurrences.isEmpty || positions != manifest.sources { try startFlush() }
    try finishFlush()
  }

  /// Makes everything added durable in segments, with other positions of inputs: without those of
  /// inputs that were read to their ends.
  public func commit(positions: [SourcePosition]) throws(ChorusError) {
    self.positions = positions
    try commit()
  }

  /// The number of segments as of the last commit.
  public var segmentCount: Int { manifest.segments.count }

  /// The bytes of all segments as of the last commit.
  public var indexByteCount: UInt64 { manifest.segments.reduce(0) { $0 + $1.byteCount } }

  /// Starts writing the buffer as a segment, after the one before is written.
  ///
  /// When that fails the writer is of no more use: the index is as it was at the last commit, and
  /// a new writer can go on from there.
  private func startFlush() throws(ChorusError) {
    try finishFlush()
    var full = SegmentBuffer(keepsText: manifest.hasText, reusing: spare ?? SegmentBuffer.Arrays())
    spare = nil
    swap(&full, &buffer)
    ids.beginFlush()
    let number = manifest.nextSegmentNumber
    manifest.nextSegmentNumber += 1
    flush = FlushTask(
      full,
      plan: plan,
      envelope: manifest.envelope(.segment, number: number),
      storage: storage,
      positions: positions,
      nextLogNumber: nextLogNumber
    )
    if options.keepsLog { try finishFlush() }
  }

  private func finishFlush() throws(ChorusError) {
    guard let task = flush else { return }
    flush = nil
    do throws(ChorusError) {
      let summary = try task.wait()
      spare = task.arrays
      try publish { manifest in
        if let summary { manifest.segments.append(summary) }
        manifest.sources = task.positions
        manifest.firstLogNumber = task.nextLogNumber
      }
      ids.endFlush()
      log = nil
      pieces = []
      unsealed = SegmentBuffer(keepsText: manifest.hasText)
      try removeLogs()
      if options.compaction != nil { try compact(isComplete: false) }
    } catch {
      failure = error
      throw error
    }
  }

  /// Replaces the manifest by the next generation and opens the segments that it names.
  private func publish(_ change: (inout Manifest) -> Void) throws(ChorusError) {
    var next = manifest
    change(&next)
    next.generation += 1
    try storage.synchronise()
    try next.write(to: storage)
    manifest = next
    var opened: [Segment] = []
    for summary in next.segments {
      opened.append(
        try cache.segment(summary, next) { [storage] () throws(ChorusError) -> Segment in
          try Segment(storage, summary: summary, manifest: next)
        }
      )
    }
    cache.keep(next)
    segments = opened
  }

  /// The index as it is now, with what was added and is in no segment yet.
  ///
  /// - Complexity: O(*n*) in the prompts that were added since the last call; the first call
  ///   commits them.
  public func snapshot() throws(ChorusError) -> Snapshot {
    if !isAsked {
      try commit()
      isAsked = true
    }
    if !unsealed.occurrences.isEmpty {
      var full = SegmentBuffer(keepsText: manifest.hasText)
      swap(&full, &unsealed)
      pieces.append(try Segment.inMemory(full, manifest: manifest))
      try mergePieces()
    }
    return Snapshot(manifest: manifest, segments: segments + pieces, key: key, pool: pool)
  }

  /// Keeps the segments in memory few: a piece is merged with the one before until that is at
  /// least twice as large.
  private func mergePieces() throws(ChorusError) {
    while pieces.count >= 2 {
      let last = pieces[pieces.count - 1].summary.occurrenceCount
      let before = pieces[pieces.count - 2].summary.occurrenceCount
      guard before < 2 * last else { return }
      let merged = try SegmentMerger(Array(pieces.suffix(2)), plan: plan, key: key)
      pieces.removeLast(2)
      pieces.append(try merged.inMemory(manifest: manifest))
    }
  }
}

// MARK: Deleting and compacting

extension IndexWriter {
  /// Deletes prompts: they are in no answer from now on, in no reader that asks for a new snapshot.
  ///
  /// What is being added is committed first. The bytes leave the disk with
  /// ``compact(isComplete:)``.
  ///
  /// - Returns: The number of prompts deleted.
  public func delete(_ targets: [DeletionTarget]) throws(ChorusError) -> Int {
    try commit()
    let before = segments.reduce(0) { $0 + $1.livePromptCount }
    let last = manifest.nextSegmentNumber - 1
    do throws(ChorusError) {
      let deletions = try pending(
        targets.map { Deletion(target: $0, lastSegment: last) },
        in: segments
      )
      try publish { manifest in manifest.deletions += deletions }
      if !deletions.isEmpty { try removeKeptText() }
    } catch {
      failure = error
      throw error
    }
    return before - segments.reduce(0) { $0 + $1.livePromptCount }
  }

  /// Merges segments.
  ///
  /// - Parameter isComplete: Whether to merge all that can be merged and drop all that is deleted,
  ///   rather than what pays.
  /// - Throws: `corrupted` when a segment is damaged; the index is as before then.
  public func compact(isComplete: Bool = true) throws(ChorusError) {
    // A segment that is being written is in no manifest yet, and would be taken for a leftover.
    if isComplete { try commit() } else { try finishFlush() }
    let policy = options.compaction ?? CompactionPolicy()
    while let job = nextCompaction(policy, isComplete: isComplete) {
      try finish(job, try job.run())
    }
    try endCompaction()
  }

  /// Forgets what is erased, removes what no manifest names, and makes that durable.
  func endCompaction() throws(ChorusError) {
    try forgetDeletions()
    try removeLeftovers(isOpening: false)
    try storage.synchronise()
  }

  /// Forgets the deletions that nothing is left of: they name an id or an account.
  func forgetDeletions() throws(ChorusError) {
    let left = try pending(manifest.deletions, in: segments)
    guard left.count < manifest.deletions.count else { return }
    do throws(ChorusError) {
      try publish { manifest in manifest.deletions = left }
      // A reader that began before a deletion may have kept what it found after it.
      try removeKeptText()
    } catch {
      failure = error
      throw error
    }
  }

  /// Removes the kept files that may have text of prompts.
  private func removeKeptText() throws(ChorusError) {
    for name in try storage.names() where KeptFile.hasText(name) {
      // Who keeps families at this moment may have removed or renamed it.
      try storage.removeIfThere(name)
    }
  }

  /// The next segments to merge, or `nil` when none are.
  func nextCompaction(_ policy: CompactionPolicy, isComplete: Bool) -> CompactionJob? {
    var policy = policy
    policy.largestRowCount = min(policy.largestRowCount, options.segmentRowCount)
    let candidates = segments.map { segment in
      CompactionPolicy.Candidate(
        rowCount: segment.liveRowCount,
        promptCount: segment.summary.occurrenceCount,
        deletedCount: segment.deleted?.count ?? 0,
        textByteCount: segment.summary.textByteCount,
        nameByteCount: UInt64(
          segment.idSection.rawByteCount + segment.attributeSection.rawByteCount
        )
      )
    }
    guard let range = policy.next(candidates, isComplete: isComplete) else { return nil }
    let number = manifest.nextSegmentNumber
    manifest.nextSegmentNumber += 1
    return CompactionJob(
      segments: Array(segments[range]),
      plan: plan,
      key: key,
      envelope: manifest.envelope(.segment, number: number),
      storage: storage
    )
  }

  /// Replaces the segments of a job by what they were merged into.
  func finish(_ job: CompactionJob, _ merged: SegmentSummary?) throws(ChorusError) {
    let old = Set(job.segments.map(\.summary.number))
    do throws(ChorusError) {
      try publish { manifest in
        let place = manifest.segments.firstIndex { old.contains($0.number) }
        manifest.segments.removeAll { old.contains($0.number) }
        if let merged, let place { manifest.segments.insert(merged, at: place) }
      }
    } catch {
      failure = error
      throw error
    }
    counts.mergedSegments += job.segments.count
    for segment in job.segments {
      try storage.remove(SegmentFormat.fileName(segment.summary.number))
    }
  }

  /// The deletions that some segments still have prompts of.
  private func pending(
    _ deletions: [Deletion],
    in segments: [Segment]
  ) throws(ChorusError) -> [Deletion] {
    guard !deletions.isEmpty else { return [] }
    let accounts = segments.map { Set($0.accountNames) }
    var pending: [Deletion] = []
    for deletion in deletions {
      for (segment, names) in zip(segments, accounts) where deletion.concerns(segment.summary) {
        let isThere =
          switch deletion.target {
          case .account(let name): names.contains(name)
          case .id(let id): try segment.occurrence(withID: Array(id.utf8)[...]) != nil
          case .before: true
          }
        guard isThere else { continue }
        pending.append(deletion)
        break
      }
    }
    return pending
  }

  private func removeLogs() throws(ChorusError) {
    for name in try storage.names() {
      guard let number = SegmentFormat.logNumber(name), number < manifest.firstLogNumber else {
        continue
      }
      try storage.remove(name)
    }
  }

  /// Removes what a writer that was killed left behind: files that no manifest names.
  ///
  /// - Parameter isOpening: Whether the index is being opened, so that a kept file which is not
  ///   whole is one that nobody writes any more.
  /// - Throws: What the storage throws.
  private func removeLeftovers(isOpening: Bool = true) throws(ChorusError) {
    let live = Set(manifest.segments.map { SegmentFormat.fileName($0.number) })
    for name in try storage.names() {
      let isStaleSegment = SegmentFormat.isFileName(name) && !live.contains(name)
      let isTornFile = isOpening && KeptFile.isTemporary(name)
      if isStaleSegment || name == Manifest.temporaryName || isTornFile {
        try storage.removeIfThere(name)
      }
    }
    try removeLogs()
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

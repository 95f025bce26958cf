// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
public import ChorusSketch
public import ChorusStore
internal import Dispatch
internal import Synchronization

/// An index that is written and asked at the same time, by any number of tasks.
///
/// What ``add(_:)`` has returned for is durable and in every later ``snapshot()``; batches that
/// arrive together are made durable with one write. Segments are merged in the background. A
/// snapshot is a stable view: it has each batch whole or not at all.
public actor LiveIndex {
  /// What became of a batch.
  public struct Outcome: Hashable, Sendable {
    /// The positions in the batch of the prompts added, ascending.
    public var added: [Int] = []
    /// The prompts refused because their id was already there.
    public var duplicateIDCount = 0
    /// The prompts added.
    public var addedCount: Int { added.count }

    /// Creates the outcome of adding nothing.
    public init() {}
  }

  /// Something that was done and how long it took, for whoever watches over an index.
  public enum Event: Sendable {
    /// Batches were made durable together.
    case acknowledged(batchCount: Int, promptCount: Int, Duration)
    /// A segment was made of what was in the log.
    case flushed(Duration)
    /// Segments were merged in the background.
    case merged(segmentCount: Int, Duration)
    /// A merge in the background failed; segments are as before, and the next flush tries again.
    case mergeFailed(ChorusError)
  }

  private typealias Waiting = (
    prepared: PreparedBatch, continuation: CheckedContinuation<Result<Outcome, ChorusError>, Never>
  )

  private let executor = QueueExecutor()
  /// The queue that the actor runs on, which may wait for the disk.
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe executor.asUnownedSerialExecutor()
  }

  private let writer: IndexWriter
  /// The sketch plan of the index.
  public nonisolated let plan: SketchPlan
  /// The key of a keyed index.
  public nonisolated let key: SketchKey?
  private let observe: @Sendable (Event) -> Void
  private let policy: CompactionPolicy?
  private let current: Mutex<Snapshot>
  private var waiting: [Waiting] = []
  private var isScheduled = false
  /// The merge that goes on in the background.
  private var merge: Task<Void, Never>?
  /// What the last merge in the background failed with.
  private var mergeFailure: ChorusError?

  /// Opens an index, creating it when the storage is empty.
  ///
  /// - Parameters:
  ///   - storage: The folder of the index.
  ///   - plan: The sketch plan of a new index; an existing one keeps its own.
  ///   - key: The key of a keyed index.
  ///   - options: How to use memory and the disk.
  ///   - observe: Told of what was done, on any thread.
  /// - Throws: What opening an ``IndexWriter`` throws.
  public init(
    _ storage: any Storage,
    plan: SketchPlan = .standard,
    key: SketchKey? = nil,
    options: IndexWriter.Options = .init(),
    observe: @escaping @Sendable (Event) -> Void = { _ in }
  ) throws(ChorusError) {
    self.observe = observe
    var options = options
    policy = options.compaction
    options.keepsLog = true
    // Merging is done here, beside adding.
    options.compaction = nil
    let writer = try IndexWriter(storage, plan: plan, key: key, options: options)
    self.plan = writer.plan
    self.key = key
    current = Mutex(try writer.snapshot())
    self.writer = writer
  }

  /// The index as of the last batch that was added or deleted.
  public nonisolated func snapshot() -> Snapshot { current.withLock { $0 } }

  /// Adds a batch, refusing prompts whose id is already there; durable when it returns.
  ///
  /// - Throws: What the storage throws. The index takes nothing more then, and what was not
  ///   acknowledged may or may not be there when it is opened again.
  public nonisolated func add(_ batch: PromptBatch) async throws(ChorusError) -> Outcome {
    try await add(PreparedBatch(batch, sketcher: Sketcher(plan: plan, key: key)))
  }

  /// Adds a batch that is sketched already, with the plan and the key of the index.
  ///
  /// - Throws: As ``add(_:)`` does for prompts.
  public nonisolated func add(_ prepared: PreparedBatch) async throws(ChorusError) -> Outcome {
    // Here, so that nobody else's batch fails with it.
    try prepared.check()
    return try await enqueue(prepared).get()
  }

  private func enqueue(_ prepared: PreparedBatch) async -> Result<Outcome, ChorusError> {
    await withCheckedContinuation { continuation in
      waiting.append((prepared, continuation))
      guard !isScheduled else { return }
      isScheduled = true
      // Runs behind the batches that are queued already, which go with this one.
      Task { drain() }
    }
  }

  /// Adds all batches that wait, and acknowledges them together.
  private func drain() {
    isScheduled = false
    let batches = waiting
    waiting = []
    var outcomes: [Result<Outcome, ChorusError>] = []
    let start = ContinuousClock.now
    let before = writer.counts.prompts
    do throws(ChorusError) {
      for (prepared, _) in batches {
        let known = writer.counts.duplicateIDs
        let added = try writer.append(prepared)
        let duplicates = writer.counts.duplicateIDs - known
        var outcome = Outcome()
        outcome.added = added
        outcome.duplicateIDCount = duplicates
        outcomes.append(.success(outcome))
      }
      try writer.acknowledge()
      try publish()
      observe(
        .acknowledged(
          batchCount: batches.count,
          promptCount: writer.counts.prompts - before,
          ContinuousClock.now - start
        )
      )
    } catch {
      outcomes = batches.map { _ in .failure(error) }
    }
    for (batch, outcome) in zip(batches, outcomes) { batch.continuation.resume(returning: outcome) }
    startMerge()
  }

  private func publish() throws(ChorusError) {
    let snapshot = try writer.snapshot()
    current.withLock { $0 = snapshot }
  }

  /// Deletes prompts; they are in no later snapshot.
  ///
  /// - Returns: The number of prompts deleted.
  public func delete(_ targets: [DeletionTarget]) throws(ChorusError) -> Int {
    let count = try writer.delete(targets)
    try publish()
    startMerge()
    return count
  }

  /// Makes a segment of what is in the log.
  ///
  /// - Returns: The index as it is then: all of it in segments.
  @discardableResult
  public func flush() throws(ChorusError) -> Snapshot {
    let start = ContinuousClock.now
    try writer.commit()
    try publish()
    observe(.flushed(ContinuousClock.now - start))
    mergeFailure = nil
    startMerge()
    return snapshot()
  }

  /// Merges all that can be merged and erases what was deleted, beside adding and asking.
  public func compact() async throws(ChorusError) {
    try flush()
    while true {
      await settle()
      if let failure = mergeFailure {
        mergeFailure = nil
        throw failure
      }
      guard let job = writer.nextCompaction(policy ?? CompactionPolicy(), isComplete: true) else {
        break
      }
      start(job)
    }
    try writer.endCompaction()
  }

  /// Waits until nothing is merged in the background.
  public func settle() async {
    while let running = merge { await running.value }
  }

  private func startMerge() {
    guard let policy, merge == nil, mergeFailure == nil,
      let job = writer.nextCompaction(policy, isComplete: false)
    else { return }
    start(job)
  }

  private func start(_ job: CompactionJob) {
    merge = Task {
      let start = ContinuousClock.now
      let result = await Self.run(job)
      end(job, result)
      if mergeFailure == nil {
        observe(.merged(segmentCount: job.segments.count, ContinuousClock.now - start))
      }
    }
  }

  private func end(_ job: CompactionJob, _ result: Result<SegmentSummary?, ChorusError>) {
    merge = nil
    do throws(ChorusError) {
      try writer.finish(job, try result.get())
      try writer.forgetDeletions()
      try publish()
      startMerge()
    } catch {
      mergeFailure = error
      observe(.mergeFailed(error))
    }
  }

  /// Runs a merge on a thread that may wait for the disk.
  private static func run(_ job: CompactionJob) async -> Result<SegmentSummary?, ChorusError> {
    await withCheckedContinuation { continuation in
      DispatchQueue.global(qos: .utility).async {
        let result: Result<SegmentSummary?, ChorusError>
        do throws(ChorusError) { result = .success(try job.run()) } catch {
          result = .failure(error)
        }
        continuation.resume(returning: result)
      }
    }
  }
}

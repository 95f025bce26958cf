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
    /// The prompts added.
    public var addedCount = 0
    /// The prompts refused because their id was already there.
    public var duplicateIDCount = 0
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
  private let plan: SketchPlan
  private let key: SketchKey?
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
  /// - Throws: What opening an ``IndexWriter`` throws.
  public init(
    _ storage: any Storage,
    plan: SketchPlan = .standard,
    key: SketchKey? = nil,
    options: IndexWriter.Options = .init()
  ) throws(ChorusError) {
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
    let prepared = PreparedBatch(batch, sketcher: Sketcher(plan: plan, key: key))
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
    do throws(ChorusError) {
      for (prepared, _) in batches {
        let before = writer.counts
        try writer.append(prepared)
        outcomes.append(
          .success(
            Outcome(
              addedCount: writer.counts.prompts - before.prompts,
              duplicateIDCount: writer.counts.duplicateIDs - before.duplicateIDs
            )
          )
        )
      }
      try writer.acknowledge()
      try publish()
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
  public func flush() throws(ChorusError) {
    try writer.commit()
    try publish()
    startMerge()
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
      let result = await Self.run(job)
      end(job, result)
    }
  }

  private func end(_ job: CompactionJob, _ result: Result<SegmentSummary?, ChorusError>) {
    merge = nil
    do throws(ChorusError) {
      try writer.finish(job, try result.get())
      try writer.forgetDeletions()
      try publish()
      startMerge()
    } catch { mergeFailure = error }
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

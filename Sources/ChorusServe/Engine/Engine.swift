// SPDX-License-Identifier: Apache-2.0

internal import ChorusCampaign
internal import ChorusCore
internal import ChorusFamily
internal import ChorusIndex
internal import ChorusIngest
internal import ChorusStore
internal import Logging
internal import Synchronization

/// The index of a service with all that works on it: the threads, the passes, what is counted.
final class Engine: Sendable {
  let options: ServiceOptions
  let holder: IndexHolder
  let passes: PassRunner
  let verdicts: VerdictBook
  let meter: Meter
  /// Searching.
  let queries: Lane
  /// Reading records and sketching them.
  let ingest: Lane
  /// Counting over all prompts, for people who look.
  let analysis: Lane
  /// The bytes of the bodies that are held.
  let budget: ByteBudget
  let logger: Logger
  private let compaction = Mutex<Task<Result<Void, ChorusError>, Never>?>(nil)

  /// Whether texts are stored, so that there can be families.
  let hasText: Bool

  /// Opens the index.
  ///
  /// - Throws: What opening an index for writing throws.
  init(_ options: ServiceOptions, _ meter: Meter, _ logger: Logger) throws(ChorusError) {
    // Wrong options must not leave an index behind.
    try options.ingest.validate()
    self.options = options
    self.meter = meter
    self.logger = logger
    let storage = MeasuredStorage(try DiskStorage(creating: options.index.path), meter)
    holder = try IndexHolder(storage, options.index) { event in
      meter.note(event)
      if case .mergeFailed(let error) = event {
        logger.error("merging failed", metadata: ["error": "\(error)"])
      }
    }
    let index = try Index(storage, key: options.index.key)
    hasText = holder.snapshot().manifest.hasText
    verdicts = VerdictBook(index)
    passes = PassRunner(holder, index, options, meter, logger)
    let count = Parallel.workerCount
    let waiting = options.limits.waitingCount
    queries = Lane("queries", threadCount: max(2, count), waitingCount: waiting)
    ingest = Lane("ingest", threadCount: max(1, count - 1), waitingCount: waiting)
    analysis = Lane("analysis", threadCount: 1, waitingCount: min(64, waiting))
    budget = ByteBudget(limit: options.limits.heldByteCount)
  }

  /// What the last pass found.
  ///
  /// - Throws: A ``Problem`` while there is nothing to show.
  func findings() throws(Problem) -> Findings {
    guard hasText else {
      throw .invalid("The index keeps no texts, so there are no families in it.")
    }
    if let findings = passes.findings { return findings }
    if let failure = passes.failure {
      throw .notReady("Families could not be mined: \(failure.message)")
    }
    throw .notReady("Families are being mined. Try again a little later.")
  }

  /// Deletes prompts; they are in no answer when it returns.
  func delete(_ target: DeletionTarget) async throws(ChorusError) -> Int {
    let count: Int
    do throws(ChorusError) {
      count = try await holder.delete([target])
    } catch {
      // It may be durable all the same.
      passes.invalidate()
      throw error
    }
    if count > 0 {
      passes.invalidate()
      await passes.passIfDue()
    }
    return count
  }

  /// Looks after the index until the task is cancelled: passes when they are due, and the writer
  /// when it was given up.
  func lookAfter() async {
    while !Task.isCancelled {
      await passes.passIfDue()
      await recover()
      try? await Task.sleep(for: .seconds(1))
    }
  }

  /// Opens the index again if its writer was given up.
  private func recover() async {
    guard holder.failure != nil else { return }
    do {
      let isRecovered = try await analysis.run { [holder] in try holder.recover() }
      guard isRecovered else { return }
      // What the writer was at when it failed may have been a deletion.
      passes.invalidate()
      logger.notice("the index takes prompts again")
    } catch {
      logger.warning("the index takes no prompts", metadata: ["error": "\(error)"])
    }
  }

  /// Merges all that can be merged, once for all who ask while that goes on.
  func compact() async throws(ChorusError) {
    let task = compaction.withLock { compaction in
      if let compaction { return compaction }
      let task = Task<Result<Void, ChorusError>, Never> { [self] in
        var result = Result<Void, ChorusError>.success(())
        do throws(ChorusError) { try await holder.compact() } catch { result = .failure(error) }
        self.compaction.withLock { $0 = nil }
        return result
      }
      compaction = task
      return task
    }
    try await task.value.get()
  }

  /// Ends all work, with everything in segments.
  ///
  /// A pass that goes on is left alone: what it would keep can be found again.
  func stop() async {
    do throws(ChorusError) { try await holder.close() } catch {
      logger.error("the last flush failed", metadata: ["error": "\(error)"])
    }
    for lane in [queries, ingest, analysis] { try? await lane.stop() }
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import ChorusCampaign
internal import ChorusCore
internal import ChorusFamily
internal import ChorusIndex
internal import Logging
internal import Synchronization

/// Mines families and campaigns beside adding and asking, one pass at a time.
///
/// A pass brings what is kept beside the index up to date, and what it found is shown until the
/// next. After prompts were deleted nothing is shown until a pass over what is left has ended, for
/// a template may have text of theirs.
actor PassRunner {
  private struct Shown {
    var findings: Findings?
    /// Grows with every deletion.
    var epoch = 0
    /// Whether something was deleted that was shown, and no pass was begun since.
    var isStale = false
    /// Why the last pass failed, if it did.
    var failure: ChorusError?
  }

  private let holder: IndexHolder
  private let keeper: FamilyKeeper
  private let options: ServiceOptions
  private let lane = Lane("passes", threadCount: 1, waitingCount: 2)
  private let meter: Meter
  private let logger: Logger
  private let shown = Mutex(Shown())
  private let watch: Mutex<FamilyWatch?>
  private let lastTime = Mutex<Timestamp?>(nil)

  private var running: Task<Result<Duration, ChorusError>, Never>?
  /// The pass that follows the one that goes on, if it was asked for.
  private var next: Task<Result<Duration, ChorusError>, Never>?
  /// When the last pass ended, whatever came of it, and how long it took.
  private var last: (end: ContinuousClock.Instant, length: Duration)?
  /// The prompts that the last pass that was shown had looked at.
  private var minedPromptCount = 0

  init(
    _ holder: IndexHolder,
    _ index: Index,
    _ options: ServiceOptions,
    _ meter: Meter,
    _ logger: Logger
  ) {
    self.holder = holder
    self.options = options
    self.meter = meter
    self.logger = logger
    var mining = FamilyMiner.Options()
    mining.minimumAccountCount = options.minimumAccountCount
    keeper = FamilyKeeper(index, options: mining)
    watch = Mutex(keeper.watch(for: holder.snapshot()))
  }

  /// What the last pass found, if nothing was deleted since.
  nonisolated var findings: Findings? { shown.withLock { $0.findings } }

  /// When the last pass that was shown ended.
  nonisolated var lastEnd: Timestamp? { lastTime.withLock { $0 } }

  /// Whether something was deleted since a pass was begun.
  private nonisolated var isStale: Bool { shown.withLock { $0.isStale } }

  /// Why the last pass failed, if it did.
  nonisolated var failure: ChorusError? { shown.withLock { $0.failure } }

  /// Tells which of some new prompts are of known families.
  nonisolated func sightings(
    _ batch: PreparedBatch,
    _ positions: [Int]
  ) -> [FamilyWatch.Sighting] {
    watch.withLock { $0?.look(at: batch, positions) ?? [] }
  }

  /// Shows nothing until the next pass: prompts were deleted.
  nonisolated func invalidate() {
    shown.withLock { shown in
      shown.isStale = shown.isStale || shown.findings != nil
      shown.findings = nil
      shown.epoch += 1
    }
  }

  /// Runs a pass that begins from now on, and waits for it.
  ///
  /// - Returns: How long it took.
  func pass() async throws(ChorusError) -> Duration {
    if let next { return try await next.value.get() }
    guard let current = running else { return try await begin().value.get() }
    // One that goes on may have looked at the prompts before those that are meant came; whoever
    // asks until it ends shares the one after it.
    let task = Task {
      _ = await current.value
      next = nil
      return await (running ?? begin()).value
    }
    next = task
    return try await task.value.get()
  }

  /// Begins a pass if there is reason to, or one goes on.
  func passIfDue() {
    guard running == nil, isDue(.now) else { return }
    _ = begin()
  }

  private func isDue(_ now: ContinuousClock.Instant) -> Bool {
    let snapshot = holder.snapshot()
    guard snapshot.manifest.hasText, holder.failure == nil else { return false }
    guard let last else { return true }
    let wait = max(.seconds(1), last.length * options.passes.rest)
    // The first one after a deletion begins at once.
    if findings == nil { return isStale || now - last.end > wait }
    guard now - last.end > wait else { return false }
    let newCount = snapshot.promptCount - minedPromptCount
    let share = Int(options.passes.growth * Double(minedPromptCount))
    if newCount >= max(options.passes.leastPromptCount, share) { return true }
    return newCount > 0 && now - last.end > options.passes.interval
  }

  private func begin() -> Task<Result<Duration, ChorusError>, Never> {
    let task = Task {
      let start = ContinuousClock.now
      let result = await run(start)
      let end = ContinuousClock.now
      last = (end, end - start)
      running = nil
      return result
    }
    running = task
    return task
  }

  private func run(_ start: ContinuousClock.Instant) async -> Result<Duration, ChorusError> {
    let epoch = shown.withLock { shown in
      shown.isStale = false
      return shown.epoch
    }
    do {
      let snapshot = try await holder.flush()
      let (findings, source) = try await lane.run { [self] in try find(in: snapshot) }
      let isShown = shown.withLock { shown in
        guard shown.epoch == epoch else { return false }
        shown.findings = findings
        shown.failure = nil
        return true
      }
      if isShown {
        minedPromptCount = snapshot.promptCount
        lastTime.withLock { $0 = findings.time }
      }
      if isShown { watch.withLock { $0 = FamilyWatch(findings.catalogue) } }
      // A pass takes hundreds of megabytes for each million of prompts, which nobody needs until
      // the next.
      ThisProcess.returnMemory()
      let length = ContinuousClock.now - start
      meter.passed(source, length, findings)
      logger.info(
        "mined",
        metadata: [
          "prompts": "\(snapshot.promptCount)",
          "families": "\(findings.catalogue.families.count)",
          "campaigns": "\(findings.list.campaigns.count)", "how": "\(source)",
          "seconds": "\(length.seconds)",
        ]
      )
      return .success(length)
    } catch {
      let failure = error as? ChorusError ?? ChorusError(.cancelled, "The pass was given up.")
      shown.withLock { $0.failure = failure }
      meter.passFailed()
      logger.error("mining failed", metadata: ["error": "\(failure)"])
      return .failure(failure)
    }
  }

  private nonisolated func find(
    in snapshot: Snapshot
  ) throws(ChorusError) -> (Findings, FamilyKeeper.Source) {
    let (catalogue, source) = try keeper.catalogue(of: snapshot)
    var finding = CampaignFinder.Options()
    finding.minimumAccountCount = options.minimumAccountCount
    let known = options.known.families(in: catalogue)
    let list = try CampaignFinder(options: finding).find(catalogue, known: known)
    return (Findings(catalogue, list, time: .now), source)
  }
}

extension Timestamp {
  /// The time by the clock of this machine.
  static var now: Timestamp {
    Timestamp(milliseconds: Int64(ThisProcess.secondsSinceEpoch * 1000))
  }
}

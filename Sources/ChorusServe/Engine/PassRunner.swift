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

  private var running: Task<Result<Duration, ChorusError>, Never>?
  /// How many passes were begun.
  private var beginCount = 0
  /// The prompts there were at the last pass, and when it ended.
  private var last: (promptCount: Int, end: ContinuousClock.Instant, length: Duration)?

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
      shown.findings = nil
      shown.epoch += 1
    }
  }

  /// Runs a pass that begins from now on, and waits for it.
  ///
  /// - Returns: How long it took.
  func pass() async throws(ChorusError) -> Duration {
    // One that goes on may have looked at the prompts before those that are meant came.
    while let running { _ = await running.value }
    return try await begin().value.get()
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
    if findings == nil { return failure == nil || now - last.end > wait }
    guard now - last.end > wait else { return false }
    let newCount = snapshot.promptCount - last.promptCount
    let share = Int(options.passes.growth * Double(last.promptCount))
    if newCount >= max(options.passes.leastPromptCount, share) { return true }
    return newCount > 0 && now - last.end > options.passes.interval
  }

  private func begin() -> Task<Result<Duration, ChorusError>, Never> {
    let task = Task {
      let start = ContinuousClock.now
      let result = await run(start)
      let end = ContinuousClock.now
      let count = holder.snapshot().promptCount
      last = (count, end, end - start)
      running = nil
      return result
    }
    running = task
    return task
  }

  private func run(_ start: ContinuousClock.Instant) async -> Result<Duration, ChorusError> {
    let epoch = shown.withLock { $0.epoch }
    do {
      let snapshot = try await holder.flush()
      let (findings, source) = try await lane.run { [self] in try find(in: snapshot) }
      let isShown = shown.withLock { shown in
        guard shown.epoch == epoch else { return false }
        shown.findings = findings
        shown.failure = nil
        return true
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

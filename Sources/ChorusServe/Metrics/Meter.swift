// SPDX-License-Identifier: Apache-2.0

internal import ChorusCampaign
internal import ChorusCore
internal import ChorusFamily
internal import ChorusIndex
internal import CoreMetrics

/// What a service counts about itself; no metric has a name of an account, a prompt or a family.
final class Meter: Sendable {
  private let registry: Registry
  private let added: Counter
  private let duplicates: Counter
  private let rejected: Counter
  private let receivedBytes: Counter
  private let acknowledgements: Timer
  private let batches: Counter
  private let synchronisations: Timer
  private let flushes: Timer
  private let merges: Timer
  private let mergedSegments: Counter
  private let mergeFailures: Counter
  private let passFailures: Counter
  private let startTime = ThisProcess.secondsSinceEpoch

  private static let helps = [
    "chorus_http_requests_total": "Requests answered.",
    "chorus_http_request_duration_seconds": "From the head of a request to its answer.",
    "chorus_ingest_prompts_total": "Records received, by what became of them.",
    "chorus_ingest_bytes_total": "Bytes of records received, after decompression.",
    "chorus_ingest_held_bytes": "Bytes of bodies that are held now.",
    "chorus_acknowledge_duration_seconds": "Adding and making durable, for all batches together.",
    "chorus_acknowledged_batches_total": "Batches made durable.",
    "chorus_fsync_duration_seconds": "Waiting for the disk to make bytes or names durable.",
    "chorus_flush_duration_seconds": "Making segments of the log.",
    "chorus_merge_duration_seconds": "Merging segments in the background.",
    "chorus_merged_segments_total": "Segments merged into others.",
    "chorus_merge_failures_total": "Merges that failed; the segments stay as they were.",
    "chorus_pass_duration_seconds": "Mining families and campaigns, by how much was mined.",
    "chorus_pass_failures_total": "Passes that failed.",
    "chorus_lane_depth": "Requests that are worked on or wait, by the kind of work.",
    "chorus_index_prompts": "Prompts of the index.",
    "chorus_index_segments": "Segments, those in memory included.",
    "chorus_index_bytes": "Bytes of the segments on disk.",
    "chorus_index_writable": "1 when prompts can be added, 0 when the disk failed.",
    "chorus_families": "Families of the last pass.",
    "chorus_campaigns": "Campaigns of the last pass.",
    "chorus_pass_age_seconds": "Since the last pass ended.",
    "process_resident_memory_bytes": "Memory in use.",
    "process_cpu_seconds_total": "Processor time used.",
    "process_open_fds": "Open file descriptors.",
    "process_start_time_seconds": "When the service started, since 1970.",
  ]

  init() {
    let registry = Registry(helps: Self.helps)
    self.registry = registry
    func counter(_ label: String, _ dimensions: [(String, String)] = []) -> Counter {
      Counter(label: label, dimensions: dimensions, factory: registry)
    }
    func timer(_ label: String) -> Timer {
      Timer(label: label, dimensions: [], factory: registry)
    }
    let records = "chorus_ingest_prompts_total"
    added = counter(records, [("outcome", "added")])
    duplicates = counter(records, [("outcome", "duplicate")])
    rejected = counter(records, [("outcome", "rejected")])
    receivedBytes = counter("chorus_ingest_bytes_total")
    acknowledgements = timer("chorus_acknowledge_duration_seconds")
    batches = counter("chorus_acknowledged_batches_total")
    synchronisations = timer("chorus_fsync_duration_seconds")
    flushes = timer("chorus_flush_duration_seconds")
    merges = timer("chorus_merge_duration_seconds")
    mergedSegments = counter("chorus_merged_segments_total")
    mergeFailures = counter("chorus_merge_failures_total")
    passFailures = counter("chorus_pass_failures_total")
  }

  /// Notes a request that was answered.
  func answered(method: String, route: String, status: Int, _ duration: Duration) {
    Counter(
      label: "chorus_http_requests_total",
      dimensions: [("method", method), ("route", route), ("status", String(status))],
      factory: registry
    ).increment()
    Timer(
      label: "chorus_http_request_duration_seconds",
      dimensions: [("route", route)],
      factory: registry
    ).recordNanoseconds(duration.nanoseconds)
  }

  /// Notes records that were received.
  func received(byteCount: Int, added: Int, duplicates: Int, rejected: Int) {
    receivedBytes.increment(by: byteCount)
    self.added.increment(by: added)
    self.duplicates.increment(by: duplicates)
    self.rejected.increment(by: rejected)
  }

  /// Notes what the index did.
  func note(_ event: LiveIndex.Event) {
    switch event {
    case .acknowledged(let batchCount, _, let duration):
      batches.increment(by: batchCount)
      acknowledgements.recordNanoseconds(duration.nanoseconds)
    case .flushed(let duration): flushes.recordNanoseconds(duration.nanoseconds)
    case .merged(let count, let duration):
      mergedSegments.increment(by: count)
      merges.recordNanoseconds(duration.nanoseconds)
    case .mergeFailed: mergeFailures.increment()
    }
  }

  /// Notes that bytes were made durable.
  func synchronised(_ duration: Duration) {
    synchronisations.recordNanoseconds(duration.nanoseconds)
  }

  /// Notes a pass.
  func passed(_ source: FamilyKeeper.Source, _ duration: Duration, _ findings: Findings) {
    Timer(
      label: "chorus_pass_duration_seconds",
      dimensions: [("how", "\(source)")],
      factory: registry
    ).recordNanoseconds(duration.nanoseconds)
    gauge("chorus_families", Double(findings.catalogue.families.count))
    gauge("chorus_campaigns", Double(findings.list.campaigns.count))
  }

  /// Notes a pass that failed.
  func passFailed() { passFailures.increment() }

  /// Sets a gauge.
  private func gauge(
    _ label: String,
    _ value: Double,
    _ dimensions: [(String, String)] = []
  ) {
    Recorder(
      label: label,
      dimensions: dimensions,
      aggregate: false,
      factory: registry
    ).record(value)
  }

  /// All metrics of a service as text.
  func text(of engine: Engine) -> String {
    let snapshot = engine.holder.snapshot()
    gauge("chorus_index_prompts", Double(snapshot.promptCount))
    gauge("chorus_index_segments", Double(snapshot.segments.count))
    let bytes = snapshot.manifest.segments.reduce(UInt64(0)) { $0 + $1.byteCount }
    gauge("chorus_index_bytes", Double(bytes))
    gauge("chorus_index_writable", engine.holder.failure == nil ? 1 : 0)
    gauge("chorus_ingest_held_bytes", Double(engine.budget.usedByteCount))
    for lane in [engine.queries, engine.ingest, engine.analysis] {
      gauge("chorus_lane_depth", Double(lane.depth), [("lane", lane.name)])
    }
    if let end = engine.passes.lastEnd {
      let age = ThisProcess.secondsSinceEpoch - Double(end.milliseconds) / 1000
      gauge("chorus_pass_age_seconds", max(0, age))
    }
    gauge("process_resident_memory_bytes", Double(ThisProcess.residentByteCount))
    gauge("process_cpu_seconds_total", ThisProcess.processorSeconds)
    gauge("process_open_fds", Double(ThisProcess.openFileCount))
    gauge("process_start_time_seconds", startTime)
    return registry.text
  }
}

extension Duration {
  /// The duration in nanoseconds.
  fileprivate var nanoseconds: Int64 {
    components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
  }
}

// SPDX-License-Identifier: Apache-2.0

import Chorus

/// Sketches batches on some threads and keeps the time.
final class SketchRun {
  /// What one thread works with, used for one batch after another.
  private final class Worker: @unchecked Sendable {
    let sketcher: Sketcher
    var sketches = SketchBatch()

    init(plan: SketchPlan, parts: Sketcher.Parts) {
      sketcher = Sketcher(plan: plan, parts: parts)
    }

    /// Sketches a share of each batch; when they are not kept, each overwrites the one before.
    func sketch(_ batches: [PromptBatch], _ shares: [Range<Int>], keeping: Bool) {
      sketches.removeAll()
      for (batch, share) in zip(batches, shares) {
        if !keeping { sketches.removeAll() }
        let arena = batch.arena.span
        for record in batch.records[share] {
          sketcher.sketch(arena.extracting(record.text.bounds), into: &sketches)
        }
      }
    }
  }

  private let workers: [Worker]
  private let repeatCount: Int
  private let clock = ContinuousClock()

  /// The seconds that sketching took, of each group of batches the fastest time.
  private(set) var seconds = 0.0

  init(plan: SketchPlan, embeds: Bool, threadCount: Int, repeatCount: Int) {
    workers = (0..<threadCount).map { _ in Worker(plan: plan, parts: embeds ? .embedding : []) }
    self.repeatCount = repeatCount
  }

  /// Returns the sketches of some batches, each in its order.
  ///
  /// What is timed are passes whose sketches are not kept, as a reader has them that takes each
  /// batch before the next; the pass that keeps them comes last and is not timed.
  func sketch(_ batches: [PromptBatch]) -> [SketchBatch] {
    let shares = batches.map { self.shares(of: $0) }
    var least = Double.infinity
    for _ in 0..<repeatCount {
      let start = clock.now
      sketch(batches, shares, keeping: false)
      let elapsed = (clock.now - start).components
      least = min(least, Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18)
    }
    if repeatCount > 0 { seconds += least }
    sketch(batches, shares, keeping: true)
    var taken = workers.map { _ in 0 }
    return shares.map { shares in
      var result = SketchBatch()
      for (number, share) in shares.enumerated() {
        let places = taken[number]..<(taken[number] + share.count)
        result.append(workers[number].sketches, places)
        taken[number] = places.upperBound
      }
      return result
    }
  }

  private func sketch(_ batches: [PromptBatch], _ shares: [[Range<Int>]], keeping: Bool) {
    let workers = workers
    // Each worker is used by one call alone.
    _ = Parallel.map(workers.count) { number in
      workers[number].sketch(batches, shares.map { $0[number] }, keeping: keeping)
    }
  }

  /// As many runs of records as workers, of about equally much text; some may be empty.
  private func shares(of batch: PromptBatch) -> [Range<Int>] {
    let total = batch.records.reduce(0) { $0 + $1.text.bounds.count }
    var shares: [Range<Int>] = []
    var start = 0
    var seen = 0
    for (place, record) in batch.records.enumerated() {
      seen += record.text.bounds.count
      guard shares.count < workers.count - 1, seen * workers.count >= total * (shares.count + 1)
      else { continue }
      shares.append(start..<(place + 1))
      start = place + 1
    }
    shares.append(start..<batch.records.count)
    while shares.count < workers.count { shares.append(start..<start) }
    return shares
  }
}

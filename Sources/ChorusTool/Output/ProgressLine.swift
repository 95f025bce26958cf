// SPDX-License-Identifier: Apache-2.0

import Chorus

/// One line on standard error that says how far a run is; only for a person at a terminal.
final class ProgressLine {
  private let isShown: Bool
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var last: ContinuousClock.Instant

  init(isQuiet: Bool) {
    isShown = Terminal.error.isInteractive && !isQuiet
    start = clock.now
    last = start
  }

  /// The seconds since the run began.
  var seconds: Double { Self.seconds(clock.now - start) }

  /// Shows how far the run is, a few times a second.
  func show(_ progress: BulkIndexer.Progress) {
    let now = clock.now
    guard isShown, now - last > .milliseconds(200) else { return }
    last = now
    let elapsed = Self.seconds(now - start)
    let rate = Double(progress.recordCount) / max(elapsed, 0.001)
    var line = "\(Format.count(progress.recordCount)) prompts, \(Format.count(Int(rate)))/s"
    if let total = progress.totalByteCount, total > 0, progress.bytesRead > 0 {
      let share = min(1, Double(progress.bytesRead) / Double(total))
      let left = elapsed / share - elapsed
      line += ", \(Format.decimal(100 * share, 0)) %, \(Format.duration(left)) left"
    }
    Terminal.error.write("\r\u{1B}[K\(line)".utf8)
    Terminal.error.flush()
  }

  /// Removes the line.
  func clear() {
    guard isShown else { return }
    Terminal.error.write("\r\u{1B}[K".utf8)
    Terminal.error.flush()
  }

  private static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
  }
}

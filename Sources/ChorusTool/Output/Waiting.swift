// SPDX-License-Identifier: Apache-2.0

import Chorus
import Dispatch
import Synchronization

/// Waits on the main thread for what is done on others.
enum Waiting {
  private final class Outcome: Sendable {
    let failure = Mutex<ChorusError?>(nil)
    let end = DispatchSemaphore(value: 0)
  }

  /// Runs something asynchronous and waits for it.
  ///
  /// - Throws: What it throws.
  static func run(
    _ body: @escaping @Sendable () async throws(ChorusError) -> Void
  ) throws(ChorusError) {
    let outcome = Outcome()
    Task {
      do throws(ChorusError) { try await body() } catch {
        outcome.failure.withLock { $0 = error }
      }
      outcome.end.signal()
    }
    outcome.end.wait()
    if let failure = outcome.failure.withLock({ $0 }) { throw failure }
  }
}

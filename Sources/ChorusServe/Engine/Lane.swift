// SPDX-License-Identifier: Apache-2.0

internal import NIOPosix
internal import Synchronization

/// Threads for one kind of work, and a bounded number of requests that wait for them.
///
/// Searching and reading keep a thread busy or let it wait for the disk, so neither is done on the
/// threads that serve connections. Whoever comes when too many wait is told to come back.
final class Lane: Sendable {
  /// What is done here, for metrics.
  let name: String
  private let pool: NIOThreadPool
  private let limit: Int
  private let count = Atomic(0)

  /// Creates a lane.
  ///
  /// - Parameters:
  ///   - name: What is done here.
  ///   - threadCount: How many requests are worked on at a time.
  ///   - waitingCount: How many more may wait.
  init(_ name: String, threadCount: Int, waitingCount: Int) {
    self.name = name
    limit = threadCount + waitingCount
    pool = NIOThreadPool(numberOfThreads: threadCount)
    pool.start()
  }

  /// The requests that are worked on or wait.
  var depth: Int { count.load(ordering: .relaxed) }

  /// Works on one of the threads.
  ///
  /// - Throws: A ``Problem`` when too many wait, and what `body` throws.
  func run<Result: Sendable>(
    _ body: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    let depth = count.add(1, ordering: .relaxed).newValue
    defer { count.subtract(1, ordering: .relaxed) }
    guard depth <= limit else { throw Problem.busy }
    return try await pool.runIfActive(body)
  }

  /// Ends the threads when they have done what they are at.
  func stop() async throws { try await pool.shutdownGracefully() }
}

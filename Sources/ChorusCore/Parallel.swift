// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import Synchronization

/// Splits work over the machine's cores.
public enum Parallel {
  /// The number of cores that work is split over.
  public static var workerCount: Int { max(1, Int(activeCores)) }

  /// Calls a closure for each of `0..<count` on several threads and returns the results in order.
  ///
  /// Worth it for pieces of 100 microseconds and more. Call it from a thread that may block.
  public static func map<Result: Sendable>(
    _ count: Int,
    _ body: @Sendable (Int) -> Result
  ) -> [Result] {
    let results = Mutex([Result?](repeating: nil, count: count))
    DispatchQueue.concurrentPerform(iterations: count) { position in
      let result = body(position)
      results.withLock { results in results[position] = result }
    }
    return results.withLock { results in results.compactMap { $0 } }
  }

  /// Like ``map(_:_:)`` for a closure that can fail: the error of the first failing position.
  public static func map<Result: Sendable>(
    _ count: Int,
    throwing body: @Sendable (Int) throws(ChorusError) -> Result
  ) throws(ChorusError) -> [Result] {
    let outcomes = map(count) { position -> Swift.Result<Result, ChorusError> in
      do throws(ChorusError) { return .success(try body(position)) } catch {
        return .failure(error)
      }
    }
    var results: [Result] = []
    results.reserveCapacity(count)
    for outcome in outcomes { results.append(try outcome.get()) }
    return results
  }

  private static let activeCores = coreCount()
}

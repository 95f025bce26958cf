// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusIndex
internal import ChorusStore
internal import Synchronization

/// Holds the index that a service writes to, and takes it up again after the disk failed.
///
/// A writer that could not write is of no more use. Queries go on with what was last seen, adding
/// is refused with the reason, and ``recover()`` opens the index anew when the disk takes bytes
/// again; nothing that was acknowledged is lost.
final class IndexHolder: Sendable {
  private struct State {
    var live: LiveIndex?
    /// The index as it was last seen, while there is no writer.
    var snapshot: Snapshot
    /// Why there is no writer.
    var failure: ChorusError?
  }

  private let storage: any Storage
  private let source: ServiceOptions.IndexSource
  private let observe: @Sendable (LiveIndex.Event) -> Void
  private let state: Mutex<State>

  /// How a service uses memory and the disk: small buffers, so that a flush is short and nobody
  /// waits long for it.
  private static func writerOptions(
    _ source: ServiceOptions.IndexSource
  ) -> IndexWriter.Options {
    var options = IndexWriter.Options(bufferByteCount: 64 << 20)
    options.keepsText = source.keepsText
    // Ready at once, however large the index is.
    options.readsIDsLate = true
    return options
  }

  /// Opens an index, creating it when there is none.
  ///
  /// - Throws: What opening a ``LiveIndex`` throws.
  init(
    _ storage: any Storage,
    _ source: ServiceOptions.IndexSource,
    observe: @escaping @Sendable (LiveIndex.Event) -> Void
  ) throws(ChorusError) {
    self.storage = storage
    self.source = source
    self.observe = observe
    let live = try Self.open(storage, source, observe)
    state = Mutex(State(live: live, snapshot: live.snapshot()))
  }

  private static func open(
    _ storage: any Storage,
    _ source: ServiceOptions.IndexSource,
    _ observe: @escaping @Sendable (LiveIndex.Event) -> Void
  ) throws(ChorusError) -> LiveIndex {
    try LiveIndex(
      storage,
      key: source.key,
      options: writerOptions(source),
      observe: observe
    )
  }

  /// The index as it is now.
  func snapshot() -> Snapshot {
    state.withLock { state in state.live?.snapshot() ?? state.snapshot }
  }

  /// Why nothing can be added, or `nil` when it can.
  var failure: ChorusError? { state.withLock { $0.failure } }

  /// Adds prompts; they are durable when it returns.
  func add(_ batch: PreparedBatch) async throws(ChorusError) -> LiveIndex.Outcome {
    let live = try writer()
    do throws(ChorusError) {
      return try await live.add(batch)
    } catch {
      giveUp(live, error)
      throw Self.ofWriting(error)
    }
  }

  /// Deletes prompts; they are in no later snapshot.
  func delete(_ targets: [DeletionTarget]) async throws(ChorusError) -> Int {
    let live = try writer()
    do throws(ChorusError) {
      return try await live.delete(targets)
    } catch {
      giveUp(live, error)
      throw Self.ofWriting(error)
    }
  }

  /// Makes segments of everything and returns the index as it is then.
  func flush() async throws(ChorusError) -> Snapshot {
    let live = try writer()
    do throws(ChorusError) {
      return try await live.flush()
    } catch {
      giveUp(live, error)
      throw Self.ofWriting(error)
    }
  }

  /// Merges all that can be merged and erases what was deleted.
  func compact() async throws(ChorusError) {
    let live = try writer()
    do throws(ChorusError) {
      try await live.compact()
    } catch {
      giveUp(live, error)
      throw Self.ofWriting(error)
    }
  }

  /// Ends writing, with everything in segments.
  func close() async throws(ChorusError) {
    guard let live = state.withLock({ $0.live }) else { return }
    try await live.flush()
    await live.settle()
    state.withLock { state in
      state.snapshot = live.snapshot()
      state.live = nil
      state.failure = ChorusError(.cancelled, "The service is stopping.")
    }
  }

  /// Opens the index again if the writer was given up.
  ///
  /// - Returns: Whether there is a new writer.
  /// - Throws: Why there is still none.
  func recover() throws(ChorusError) -> Bool {
    guard let failure, failure.code != .cancelled else { return false }
    let live = try Self.open(storage, source, observe)
    state.withLock { state in
      state.live = live
      state.failure = nil
    }
    return true
  }

  private func writer() throws(ChorusError) -> LiveIndex {
    let (live, failure) = state.withLock { ($0.live, $0.failure) }
    if let live { return live }
    throw failure ?? ChorusError(.ioFailure, "The index cannot be written to.")
  }

  /// A file of the index that is gone is a failure of the disk, and nothing that a client named.
  private static func ofWriting(_ error: ChorusError) -> ChorusError {
    error.code == .notFound ? ChorusError(.ioFailure, error.message) : error
  }

  /// Gives a writer up that failed; a batch that no index can hold is no failure of the writer.
  private func giveUp(_ live: LiveIndex, _ error: ChorusError) {
    guard error.code != .invalidInput else { return }
    state.withLock { state in
      guard state.live === live else { return }
      state.snapshot = live.snapshot()
      state.live = nil
      state.failure = error
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

package import ChorusStore
internal import Synchronization

/// A storage that fails at a chosen call, and a model of what the disk holds afterwards.
///
/// Every call that changes something is a step. At step `failingStep` the call fails; unless the
/// failure is transient, so does every step after it, as if the process had been killed there.
/// ``survivors(of:)`` then gives the files as the next process finds them. Bytes are sure to be on
/// the disk once their file is closed, and names once the storage is synchronised.
package final class FaultyStorage: Storage {
  /// How the process ended.
  package enum Ending: CaseIterable, Sendable {
    /// The process was killed: the system still writes everything it was given.
    case killed
    /// Power went: only what was made durable is left.
    case powerLost
    /// Power went after the names were written but before the bytes were.
    case powerLostAfterNames
    /// Power went after the latest renaming was written, but not what was named before it.
    case powerLostAfterRenaming
    /// Power went after the names were written and, of the bytes, some pieces here and there.
    case powerLostInPieces
  }

  /// A file: its bytes, and those that are sure to survive.
  private final class File {
    var bytes: [UInt8] = []
    var durable: [UInt8] = []

    /// What is sure to survive, and behind it pieces of the rest between zeros.
    func pieces(_ generator: inout SeededGenerator) -> [UInt8] {
      var left = durable
      let end = durable.count + Int(generator.next() % UInt64(bytes.count - durable.count + 1))
      while left.count < end {
        let piece = bytes[left.count..<min(left.count + 16, end)]
        let isKept = generator.next() % 4 > 0
        left += isKept ? Array(piece) : [UInt8](repeating: 0, count: piece.count)
      }
      return left
    }
  }

  private struct State {
    var names: [String: File] = [:]
    var durableNames: [String: File] = [:]
    var lastRenaming: (source: String, target: String, file: File)?
    var stepCount = 0
    var isLocked = false
  }

  /// A name for messages.
  package let location = "faulty"

  private let failingStep: Int
  private let isTransient: Bool
  private let state = Mutex(State())

  /// Creates a storage that is empty, or has the files of another, all of them durable.
  package init(
    failingStep: Int = .max,
    isTransient: Bool = false,
    copying source: MemoryStorage = MemoryStorage()
  ) {
    self.failingStep = failingStep
    self.isTransient = isTransient
    guard let names = try? source.names() else { return }
    state.withLock { state in
      for name in names {
        let file = File()
        file.bytes = source.bytes(of: name) ?? []
        file.durable = file.bytes
        state.names[name] = file
      }
      state.durableNames = state.names
    }
  }

  /// The number of steps asked for, failed ones included.
  package var stepCount: Int { state.withLock { state in state.stepCount } }

  /// Returns the files that the next process finds.
  package func survivors(of ending: Ending) -> MemoryStorage {
    let left = MemoryStorage(location: "survivors")
    state.withLock { state in
      var names = state.durableNames
      switch ending {
      case .killed, .powerLostAfterNames, .powerLostInPieces: names = state.names
      case .powerLost: break
      case .powerLostAfterRenaming:
        guard let last = state.lastRenaming else { break }
        names[last.source] = nil
        names[last.target] = last.file
      }
      var generator = SeededGenerator(seed: UInt64(state.stepCount))
      for (name, file) in names.sorted(by: { $0.key < $1.key }) {
        switch ending {
        case .killed: left.set(name, to: file.bytes)
        case .powerLostInPieces: left.set(name, to: file.pieces(&generator))
        default: left.set(name, to: file.durable)
        }
      }
    }
    return left
  }
}

extension FaultyStorage {
  /// Returns the names of all files, ascending.
  package func names() throws(ChorusError) -> [String] {
    state.withLock { state in state.names.keys.sorted() }
  }

  /// Opens a file for reading.
  package func open(_ name: String) throws(ChorusError) -> FileBytes {
    let bytes = state.withLock { state in state.names[name]?.bytes }
    guard let bytes else { throw ChorusError(.notFound, "Cannot open \(name): it is not there.") }
    return FileBytes(bytes)
  }

  /// Creates a file.
  package func create(_ name: String) throws(ChorusError) -> any FileSink {
    try step { state in state.names[name] = File() }
    return Sink(storage: self, name: name)
  }

  /// Gives a file another name.
  package func rename(_ source: String, to target: String) throws(ChorusError) {
    try step { state in
      guard let file = state.names.removeValue(forKey: source) else { return }
      state.names[target] = file
      state.lastRenaming = (source, target, file)
    }
  }

  /// Removes a file.
  package func remove(_ name: String) throws(ChorusError) {
    try step { state in state.names[name] = nil }
  }

  /// Makes names durable.
  package func synchronise() throws(ChorusError) {
    try step { state in
      state.durableNames = state.names
      state.lastRenaming = nil
    }
  }

  /// Takes the writer's lock.
  package func lock() throws(ChorusError) -> any StorageLock {
    let wasLocked = state.withLock { state in
      defer { state.isLocked = true }
      return state.isLocked
    }
    guard !wasLocked else { throw ChorusError(.locked, "Cannot write: another writer is open.") }
    return Lock(storage: self)
  }

  /// Does one step, or fails; a step that fails is not done, except that an append may be torn.
  private func step(
    torn: (inout State) -> Void = { _ in },
    _ body: (inout State) -> Void
  ) throws(ChorusError) {
    let isDone = state.withLock { state in
      let step = state.stepCount
      state.stepCount += 1
      let fails = isTransient ? step == failingStep : step >= failingStep
      if step == failingStep { torn(&state) } else if !fails { body(&state) }
      return !fails
    }
    guard isDone else { throw ChorusError(.ioFailure, "Stopped at step \(failingStep), as asked.") }
  }

  fileprivate func append(_ bytes: [UInt8], to name: String) throws(ChorusError) {
    try step(
      torn: { state in state.names[name]?.bytes += bytes.prefix(bytes.count / 2) },
      { state in state.names[name]?.bytes += bytes }
    )
  }

  fileprivate func close(_ name: String) throws(ChorusError) {
    try step { state in
      if let file = state.names[name] { file.durable = file.bytes }
    }
  }

  fileprivate func unlock() { state.withLock { state in state.isLocked = false } }

  private final class Sink: FileSink {
    private let storage: FaultyStorage
    private let name: String

    init(storage: FaultyStorage, name: String) {
      self.storage = storage
      self.name = name
    }

    func append(_ bytes: [UInt8]) throws(ChorusError) { try storage.append(bytes, to: name) }

    func synchronise() throws(ChorusError) { try storage.close(name) }

    func close() throws(ChorusError) { try storage.close(name) }
  }

  private final class Lock: StorageLock {
    private let storage: FaultyStorage

    init(storage: FaultyStorage) { self.storage = storage }

    deinit { storage.unlock() }
  }
}

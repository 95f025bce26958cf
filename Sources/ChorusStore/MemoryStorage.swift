// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
internal import Synchronization

/// Files in memory, for tests and for throw-away indexes.
public final class MemoryStorage: Storage {
  /// A name for messages.
  public let location: String

  private struct State {
    var files: [String: [UInt8]] = [:]
    var isLocked = false
  }

  private let state = Mutex(State())

  /// Creates an empty storage.
  public init(location: String = "memory") { self.location = location }

  /// Returns the names of all files, ascending.
  public func names() throws(ChorusError) -> [String] {
    state.withLock { state in state.files.keys.sorted() }
  }

  /// Opens a file for reading.
  public func open(_ name: String) throws(ChorusError) -> FileBytes {
    guard let bytes = bytes(of: name) else {
      throw ChorusError(.notFound, "Cannot open \(location)/\(name): there is no such file.")
    }
    return FileBytes(bytes)
  }

  /// Creates a file, replacing one of the same name.
  public func create(_ name: String) throws(ChorusError) -> any FileSink {
    set(name, to: [])
    return MemorySink(storage: self, name: name)
  }

  /// Gives a file another name in one step.
  public func rename(_ source: String, to target: String) throws(ChorusError) {
    let moved = state.withLock { state -> Bool in
      guard let bytes = state.files.removeValue(forKey: source) else { return false }
      state.files[target] = bytes
      return true
    }
    guard moved else {
      throw ChorusError(.notFound, "Cannot rename \(location)/\(source): there is no such file.")
    }
  }

  /// Removes a file.
  public func remove(_ name: String) throws(ChorusError) {
    guard bytes(of: name) != nil else {
      throw ChorusError(.notFound, "Cannot remove \(location)/\(name): there is no such file.")
    }
    set(name, to: nil)
  }

  /// Does nothing: memory has nothing to make durable.
  public func synchronise() throws(ChorusError) {}

  /// Takes the writer's lock.
  public func lock() throws(ChorusError) -> any StorageLock {
    let taken = state.withLock { state -> Bool in
      defer { state.isLocked = true }
      return !state.isLocked
    }
    guard taken else {
      throw ChorusError(.locked, "Cannot write to index \(location): another writer has it.")
    }
    return MemoryLock(storage: self)
  }

  /// Returns the bytes of a file, or `nil` when there is none.
  public func bytes(of name: String) -> [UInt8]? {
    state.withLock { state in state.files[name] }
  }

  /// Replaces the bytes of a file, or removes it; tests damage files with this.
  public func set(_ name: String, to bytes: [UInt8]?) {
    state.withLock { state in state.files[name] = bytes }
  }

  fileprivate func append(_ bytes: [UInt8], to name: String) {
    state.withLock { state in state.files[name, default: []].append(contentsOf: bytes) }
  }

  fileprivate func unlock() { state.withLock { state in state.isLocked = false } }
}

private final class MemorySink: FileSink {
  private let storage: MemoryStorage
  private let name: String

  init(storage: MemoryStorage, name: String) {
    self.storage = storage
    self.name = name
  }

  func append(_ bytes: [UInt8]) throws(ChorusError) { storage.append(bytes, to: name) }

  func synchronise() throws(ChorusError) {}

  func close() throws(ChorusError) {}
}

private final class MemoryLock: StorageLock {
  private let storage: MemoryStorage

  init(storage: MemoryStorage) { self.storage = storage }

  deinit { storage.unlock() }
}

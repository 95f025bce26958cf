// SPDX-License-Identifier: Apache-2.0

public import ChorusCore

/// A flat folder of files: the one way in which an index touches a disk.
///
/// Files are written once, from front to back, and never changed afterwards; a file becomes part
/// of an index by renaming or by being named in a file that was renamed. Only a log is read while
/// it may still grow. ``DiskStorage`` is a real folder, ``MemoryStorage`` is for tests.
public protocol Storage: Sendable {
  /// Where the files are, for messages.
  var location: String { get }

  /// Returns the names of all files, ascending.
  func names() throws(ChorusError) -> [String]

  /// Opens a file for reading.
  ///
  /// - Throws: `notFound` when there is no such file, `ioFailure` when it cannot be read.
  func open(_ name: String) throws(ChorusError) -> FileBytes

  /// Creates a file, replacing one of the same name.
  func create(_ name: String) throws(ChorusError) -> any FileSink

  /// Gives a file another name, replacing what had it, in one step.
  func rename(_ source: String, to target: String) throws(ChorusError)

  /// Removes a file.
  func remove(_ name: String) throws(ChorusError)

  /// Makes creations, renames and removals durable.
  func synchronise() throws(ChorusError)

  /// Takes the writer's lock until the returned object goes away.
  ///
  /// - Throws: `locked` when another writer has it.
  func lock() throws(ChorusError) -> any StorageLock
}

/// A file being written.
public protocol FileSink: AnyObject {
  /// Adds bytes at the end.
  func append(_ bytes: [UInt8]) throws(ChorusError)

  /// Makes everything appended durable and goes on.
  func synchronise() throws(ChorusError)

  /// Makes everything appended durable and ends the file.
  func close() throws(ChorusError)
}

/// Holds the writer's lock while it lives.
public protocol StorageLock: AnyObject, Sendable {}

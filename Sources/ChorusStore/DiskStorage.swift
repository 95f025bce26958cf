// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
internal import Glibc

/// A folder on a real disk.
///
/// Prompts are private: only the owner may read what is created.
public struct DiskStorage: Storage {
  /// The path of the folder.
  public let location: String

  /// Uses an existing folder.
  ///
  /// - Throws: `notFound` when there is none, `foreign` when the path is no folder.
  public init(existing path: String) throws(ChorusError) {
    location = path
    var status = stat()
    guard unsafe stat(path, &status) == 0 else {
      throw SystemFailure.error("open index", path, errno)
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw ChorusError(
        .foreign,
        "Cannot open index \(path): it is a file, and an index is a folder."
      )
    }
  }

  /// Uses a folder, creating it when it does not exist.
  public init(creating path: String) throws(ChorusError) {
    if unsafe mkdir(path, 0o700) != 0, errno != EEXIST {
      throw SystemFailure.error("create index", path, errno)
    }
    try self.init(existing: path)
  }

  private func path(_ name: String) -> String { location + "/" + name }

  /// Returns the names of all files, ascending.
  public func names() throws(ChorusError) -> [String] {
    guard let folder = unsafe opendir(location) else {
      throw SystemFailure.error("list", location, errno)
    }
    defer { unsafe closedir(folder) }
    var names: [String] = []
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
          unsafe String(cString: $0)
        }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Opens a file for reading by mapping it.
  public func open(_ name: String) throws(ChorusError) -> FileBytes {
    let descriptor = unsafe Glibc.open(path(name), O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemFailure.error("open", path(name), errno) }
    defer { Glibc.close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw SystemFailure.error("open", path(name), errno)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw ChorusError(.foreign, "Cannot open \(path(name)): it is not a regular file.")
    }
    guard let bytes = FileBytes(descriptor: descriptor, byteCount: Int(status.st_size)) else {
      throw SystemFailure.error("map", path(name), errno)
    }
    return bytes
  }

  /// Creates a file, replacing one of the same name.
  public func create(_ name: String) throws(ChorusError) -> any FileSink {
    let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC
    let descriptor = unsafe Glibc.open(path(name), flags, 0o600)
    guard descriptor >= 0 else { throw SystemFailure.error("create", path(name), errno) }
    return DiskSink(descriptor: descriptor, path: path(name))
  }

  /// Gives a file another name in one step.
  public func rename(_ source: String, to target: String) throws(ChorusError) {
    guard unsafe Glibc.rename(path(source), path(target)) == 0 else {
      throw SystemFailure.error("replace", path(target), errno)
    }
  }

  /// Removes a file.
  public func remove(_ name: String) throws(ChorusError) {
    guard unsafe unlink(path(name)) == 0 else {
      throw SystemFailure.error("remove", path(name), errno)
    }
  }

  /// Makes creations, renames and removals durable.
  public func synchronise() throws(ChorusError) {
    let descriptor = unsafe Glibc.open(location, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemFailure.error("synchronise", location, errno) }
    defer { Glibc.close(descriptor) }
    guard fsync(descriptor) == 0 else { throw SystemFailure.error("synchronise", location, errno) }
  }

  /// Takes the writer's lock: an advisory lock on the file `lock`, which the system drops when the
  /// process ends in whatever way.
  public func lock() throws(ChorusError) -> any StorageLock {
    let descriptor = unsafe Glibc.open(path("lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SystemFailure.error("lock", path("lock"), errno) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      Glibc.close(descriptor)
      guard code == EWOULDBLOCK else { throw SystemFailure.error("lock", path("lock"), code) }
      throw ChorusError(
        .locked,
        "Cannot write to index \(location): another process is writing to it. Wait for it to end."
      )
    }
    return DiskLock(descriptor: descriptor)
  }
}

private final class DiskLock: StorageLock {
  private let descriptor: Int32

  init(descriptor: Int32) { self.descriptor = descriptor }

  deinit { Glibc.close(descriptor) }
}

private final class DiskSink: FileSink {
  private var descriptor: Int32
  private let path: String

  init(descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

  func append(_ bytes: [UInt8]) throws(ChorusError) {
    var written = 0
    while written < bytes.count {
      // Sound: the pointer covers exactly the bytes not yet written.
      let count = unsafe bytes.withUnsafeBytes { buffer in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[written...])
        return unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw SystemFailure.error("write", path, errno)
      }
      written += count
    }
  }

  func synchronise() throws(ChorusError) {
    guard fdatasync(descriptor) == 0 else { throw SystemFailure.error("synchronise", path, errno) }
  }

  func close() throws(ChorusError) {
    guard fsync(descriptor) == 0 else { throw SystemFailure.error("synchronise", path, errno) }
    let result = Glibc.close(descriptor)
    let code = errno
    descriptor = -1
    guard result == 0 else { throw SystemFailure.error("close", path, code) }
  }
}

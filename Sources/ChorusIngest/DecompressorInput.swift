// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import Glibc

extension PromptInput {
  /// The whole path of a file, by which a later run knows it again; `nil` for standard input.
  var wholePath: String? {
    guard case .file(let path) = self else { return nil }
    // Sound: the library allocates the string, which is copied and freed here.
    guard let resolved = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }
}

/// The bytes of an input as they are stored: an open file or standard input.
final class DecompressorInput {
  private let name: String
  private let descriptor: Int32
  private let isOwned: Bool
  /// How many bytes were read.
  private(set) var bytesRead: UInt64 = 0

  /// Opens an input.
  ///
  /// - Throws: ``ChorusError`` with code `notFound`, `ioFailure` or `invalidInput`.
  init(_ input: PromptInput) throws(ChorusError) {
    name = input.name
    switch input {
    case .standardInput:
      descriptor = STDIN_FILENO
      isOwned = false
    case .file(let path):
      _ = try Self.regularByteCount(of: input)
      // Sound: the library reads the string up to its end.
      descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
      isOwned = true
      guard descriptor >= 0 else { throw Self.error(errno, "open", path) }
    }
  }

  deinit { if isOwned && descriptor >= 0 { close(descriptor) } }

  /// Reads at most `limit` bytes to `offset`.
  ///
  /// - Returns: How many bytes were read; 0 at the end.
  /// - Throws: ``ChorusError`` with code `ioFailure`.
  func read(
    into target: inout [UInt8],
    at offset: Int,
    limit: Int
  ) throws(ChorusError) -> Int {
    precondition(offset >= 0 && limit > 0 && offset + limit <= target.count)
    while true {
      // Sound: the range was checked to lie in the array.
      let count = unsafe target.withUnsafeMutableBytes { free in
        unsafe Glibc.read(descriptor, free.baseAddress?.advanced(by: offset), limit)
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw Self.error(errno, "read", name) }
      bytesRead += UInt64(count)
      return count
    }
  }

  /// Moves to an offset of a regular file.
  ///
  /// - Returns: Whether the file can be moved in and reaches so far.
  func seek(to offset: UInt64) -> Bool {
    var status = stat()
    // Sound: the library fills the one structure.
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      offset <= UInt64(clamping: status.st_size),
      lseek(descriptor, Int(clamping: offset), SEEK_SET) >= 0
    else { return false }
    bytesRead = offset
    return true
  }

  /// Returns the size of a regular file, or `nil` for an input whose size is not known before its
  /// end.
  ///
  /// - Throws: ``ChorusError`` when there is no such file or it is a directory.
  static func regularByteCount(of input: PromptInput) throws(ChorusError) -> UInt64? {
    guard case .file(let path) = input else { return nil }
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw ChorusError(.invalidInput, "Cannot open a file with an empty or broken name.")
    }
    var status = stat()
    // Sound: the library reads the string up to its end and fills the one structure.
    guard unsafe stat(path, &status) == 0 else { throw error(errno, "open", path) }
    if status.st_mode & S_IFMT == S_IFDIR {
      throw ChorusError(
        .invalidInput,
        "Cannot read \(path): it is a directory. Name the files in it instead."
      )
    }
    return status.st_mode & S_IFMT == S_IFREG ? UInt64(clamping: status.st_size) : nil
  }

  private static func error(_ number: Int32, _ verb: String, _ path: String) -> ChorusError {
    if number == ENOENT || number == ENOTDIR {
      return ChorusError(
        .notFound,
        "Cannot \(verb) \(path): there is no such file. Check the path."
      )
    }
    // Sound: the library returns a string that lasts until the next call on this thread.
    let says = unsafe String(cString: strerror(number))
    return ChorusError(
      .ioFailure,
      "Cannot \(verb) \(path): the system says \"\(says)\". Check the file and its permissions."
    )
  }
}

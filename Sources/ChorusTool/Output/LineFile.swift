// SPDX-License-Identifier: Apache-2.0

import Chorus
import Glibc

/// A file that receives lines of text.
@safe final class LineFile {
  private let path: String
  private let file: UnsafeMutablePointer<FILE>

  /// Opens a file, empty or, to go on with it, as it is.
  init(_ path: String, goesOn: Bool = false) throws(ChorusError) {
    self.path = path
    guard let opened = unsafe fopen(path, goesOn ? "a" : "w") else { throw Self.failure(path) }
    unsafe file = opened
  }

  deinit { unsafe fclose(file) }

  /// Writes one line.
  func write(_ line: String) throws(ChorusError) {
    guard unsafe fputs(line + "\n", file) >= 0 else { throw Self.failure(path) }
  }

  /// Makes sure that everything was written.
  func flush() throws(ChorusError) {
    guard unsafe fflush(file) == 0 else { throw Self.failure(path) }
  }

  private static func failure(_ path: String) -> ChorusError {
    let reason = unsafe String(cString: strerror(errno)).lowercased()
    return ChorusError(.ioFailure, "Cannot write to \(path): \(reason).")
  }
}

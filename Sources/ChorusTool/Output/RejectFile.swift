// SPDX-License-Identifier: Apache-2.0

import Chorus
import Glibc

/// The file of rejects: one JSON line each.
@safe final class RejectFile {
  private let path: String
  private let file: UnsafeMutablePointer<FILE>

  init(_ path: String) throws(ChorusError) {
    self.path = path
    guard let opened = unsafe fopen(path, "w") else {
      let reason = unsafe String(cString: strerror(errno)).lowercased()
      throw ChorusError(.ioFailure, "Cannot write rejects to \(path): \(reason).")
    }
    unsafe file = opened
  }

  /// Writes one reject.
  func write(_ reject: Reject) throws(ChorusError) {
    let line = reject.jsonLine + "\n"
    guard unsafe fputs(line, file) >= 0 else { throw failure() }
  }

  /// Makes sure that everything was written.
  func close() throws(ChorusError) {
    guard unsafe fflush(file) == 0 else { throw failure() }
  }

  deinit { unsafe fclose(file) }

  private func failure() -> ChorusError {
    ChorusError(.ioFailure, "Cannot write rejects to \(path): the disk may be full.")
  }
}

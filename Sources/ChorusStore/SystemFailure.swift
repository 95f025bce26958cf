// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import Glibc

/// Turns a failed system call into an error with a sentence and a remedy.
enum SystemFailure {
  static func error(_ action: String, _ path: String, _ code: Int32) -> ChorusError {
    let reason = unsafe String(cString: strerror(code)).lowercased()
    let sentence = "Cannot \(action) \(path): \(reason)."
    switch code {
    case ENOENT, ENOTDIR:
      return ChorusError(.notFound, sentence + " Check the path.")
    case ENOSPC, EDQUOT:
      return ChorusError(.noSpace, sentence + " Free some space and run the command again.")
    case EACCES, EPERM, EROFS:
      return ChorusError(.ioFailure, sentence + " Check the permissions.")
    case EMFILE, ENFILE:
      return ChorusError(.ioFailure, sentence + " Raise the limit of open files (ulimit -n).")
    default:
      return ChorusError(.ioFailure, sentence)
    }
  }
}

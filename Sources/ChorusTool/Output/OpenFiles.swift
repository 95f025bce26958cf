// SPDX-License-Identifier: Apache-2.0

import Chorus
import Glibc

/// The number of files that the process may have open.
enum OpenFiles {
  /// What the program and the libraries below it need at the most, with some to spare: without
  /// that the library of threads ends the process, and nobody is told why.
  private static let enough: rlim_t = 32

  /// Raises the limit of the process when it is too low and the system lets it.
  ///
  /// - Throws: `ioFailure` when the limit stays too low.
  static func makeSureOfEnough() throws(ChorusError) {
    var limit = rlimit()
    // Sound: the library fills and reads the one structure.
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0,
      limit.rlim_cur < enough
    else { return }
    limit.rlim_cur = min(enough, limit.rlim_max)
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    guard limit.rlim_cur >= enough else {
      throw ChorusError(
        .ioFailure,
        "Cannot run with a limit of \(limit.rlim_cur) open files. Raise the limit of open files to "
          + "\(enough) or more (ulimit -n)."
      )
    }
  }

  /// Raises the limit of the process to what is wanted, or as far as the system lets it.
  ///
  /// - Returns: The limit that there is then.
  @discardableResult
  static func raise(to count: Int) -> Int {
    var limit = rlimit()
    // Sound: the library fills and reads the one structure.
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
      return 0
    }
    if limit.rlim_cur < rlim_t(count) {
      limit.rlim_cur = min(rlim_t(count), limit.rlim_max)
      _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
    return Int(clamping: limit.rlim_cur)
  }
}

// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// Writing to standard output and standard error.
///
/// Output is gathered and written in large pieces; a reader that closes the pipe ends the program
/// quietly, as it does others.
final class Terminal: Sendable {
  /// Standard output.
  static let output = Terminal(descriptor: STDOUT_FILENO)
  /// Standard error.
  static let error = Terminal(descriptor: STDERR_FILENO)

  private let descriptor: Int32
  private let pending = Mutex<[UInt8]>([])

  /// Whether a person is looking.
  let isInteractive: Bool

  private init(descriptor: Int32) {
    self.descriptor = descriptor
    isInteractive = isatty(descriptor) == 1
  }

  /// Whether to use colour: on a terminal, unless NO_COLOR says otherwise.
  var hasColour: Bool { unsafe isInteractive && getenv("NO_COLOR") == nil }

  /// The columns of the terminal, or 100 when there is none.
  var width: Int {
    var size = winsize()
    guard isInteractive, unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0
    else { return 100 }
    return Int(size.ws_col)
  }

  /// Writes text and a line break.
  func line(_ text: String = "") { write(Array(text.utf8) + [0x0A]) }

  /// Writes bytes as they are.
  func write(_ bytes: some Sequence<UInt8>) {
    let isFull = pending.withLock { pending in
      pending.append(contentsOf: bytes)
      return pending.count > 1 << 16
    }
    if isFull { flush() }
  }

  /// Hands everything to the system.
  func flush() {
    pending.withLock { pending in
      var written = 0
      while written < pending.count {
        let count = unsafe pending.withUnsafeBytes { buffer in
          let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[written...])
          return unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
        }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { break }
        written += count
      }
      pending.removeAll(keepingCapacity: true)
    }
  }

  /// Text in bold, where colour is used.
  func bold(_ text: String) -> String { hasColour ? "\u{1B}[1m\(text)\u{1B}[0m" : text }

  /// Text in a faint colour, where colour is used.
  func faint(_ text: String) -> String { hasColour ? "\u{1B}[2m\(text)\u{1B}[0m" : text }

  /// Text in the colour of slots, where colour is used.
  func slot(_ text: String) -> String { hasColour ? "\u{1B}[36m\(text)\u{1B}[0m" : text }
}

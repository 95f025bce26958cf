// SPDX-License-Identifier: Apache-2.0

internal import CMalloc
internal import Foundation
internal import Glibc

/// What the system says of the time and of this process.
enum ThisProcess {
  /// Seconds since 1970.
  static var secondsSinceEpoch: Double { Date().timeIntervalSince1970 }

  /// The seconds that all threads of the process have run.
  static var processorSeconds: Double { Double(clock()) / Double(CLOCKS_PER_SEC) }

  /// The memory that the process has, which the kernel counts in pages of 4 KiB.
  static var residentByteCount: Int {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    let fields = text.split(separator: " ")
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * 4096 : 0
  }

  /// Has large pieces of memory returned to the system as soon as they are not in use.
  ///
  /// By default the C library gives out ever larger pieces from heaps that never shrink again.
  static func returnLargePiecesAtOnce() { mallopt(M_MMAP_THRESHOLD, 8 << 20) }

  /// Gives memory that is not in use back to the system.
  static func returnMemory() { malloc_trim(0) }

  /// The files and connections that are open.
  static var openFileCount: Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd"))?.count ?? 0
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The number of cores that this process may use.
func coreCount() -> Int32 { Int32(clamping: sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

/// What this machine has.
public enum Machine {
  /// The memory of the machine in bytes.
  public static var memoryByteCount: Int {
    max(0, sysconf(Int32(_SC_PHYS_PAGES))) * max(0, sysconf(Int32(_SC_PAGESIZE)))
  }
}

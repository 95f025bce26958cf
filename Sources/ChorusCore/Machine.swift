// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The number of cores that this process may use.
func coreCount() -> Int32 { Int32(clamping: sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

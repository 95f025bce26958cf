// SPDX-License-Identifier: Apache-2.0

import Fuzzing

// Must fail soon: a fuzzer that finds nothing here finds nothing anywhere.
fuzz { bytes in
  if bytes.count > 2, bytes[0] == 0x46, bytes[1] == 0x55 { fatalError("the canary is dead") }
}

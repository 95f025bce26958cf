// SPDX-License-Identifier: Apache-2.0

import ChorusWire

/// Writes one JSON object a line.
struct JSONLines {
  /// Writes an object on a line of its own.
  func write(_ object: some Encodable) throws {
    Terminal.output.write(try JSONText.bytes(of: object))
    Terminal.output.write([0x0A])
  }
}

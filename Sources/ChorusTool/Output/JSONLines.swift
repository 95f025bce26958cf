// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Writes one JSON object a line.
struct JSONLines {
  private let encoder: JSONEncoder

  init() {
    encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  }

  /// Returns an object as text on one line.
  static func text(of object: some Encodable) throws -> String {
    String(decoding: try Self().encoder.encode(object), as: UTF8.self)
  }

  /// Writes an object on a line of its own.
  func write(_ object: some Encodable) throws {
    Terminal.output.write(try encoder.encode(object))
    Terminal.output.write([0x0A])
  }
}

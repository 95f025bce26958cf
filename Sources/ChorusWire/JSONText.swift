// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// How objects are written as JSON, everywhere: keys in order, slashes as they are.
package enum JSONText {
  /// Returns an object as UTF-8, on one line.
  package static func bytes(of object: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(object))
  }

  /// Returns an object as text on one line.
  package static func line(of object: some Encodable) throws -> String {
    String(decoding: try bytes(of: object), as: UTF8.self)
  }
}

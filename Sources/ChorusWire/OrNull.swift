// SPDX-License-Identifier: Apache-2.0

/// A value that is written as null where there is none, rather than left out.
package struct OrNull<Value: Encodable>: Encodable {
  private let value: Value?

  /// Wraps a value.
  package init(_ value: Value?) { self.value = value }

  /// Writes the value, or null.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let value { try container.encode(value) } else { try container.encodeNil() }
  }
}

extension OrNull: Sendable where Value: Sendable {}

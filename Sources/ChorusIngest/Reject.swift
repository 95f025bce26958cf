// SPDX-License-Identifier: Apache-2.0

/// A record that was not taken: where it is and why, but not what it says.
public struct Reject: Hashable, Sendable {
  /// The path of the file as given, or `-` for standard input.
  public let source: String
  /// The number of its line, from 1.
  public let line: UInt64
  /// The offset of its first byte in the stream after decompression.
  public let byteOffset: UInt64
  /// Why it was not taken.
  public let reason: RejectReason

  /// Creates a reject.
  public init(source: String, line: UInt64, byteOffset: UInt64, reason: RejectReason) {
    self.source = source
    self.line = line
    self.byteOffset = byteOffset
    self.reason = reason
  }
}

extension Reject {
  /// The reject as one JSON object with the keys `file`, `line`, `offset`, `reason` and `detail`,
  /// without a line break.
  public var jsonLine: String {
    "{\"file\":\(Self.quoted(source)),\"line\":\(line),\"offset\":\(byteOffset)"
      + ",\"reason\":\(Self.quoted(reason.rawValue)),\"detail\":\(Self.quoted(reason.sentence))}"
  }

  /// Returns a string as JSON.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{0}"..<" ":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import ChorusWire

/// What a call answers, before it is a response.
struct Reply: Sendable {
  /// What kind of bytes a body has.
  enum Kind: String {
    case json = "application/json"
    case problem = "application/problem+json"
    case html = "text/html; charset=utf-8"
    case css = "text/css; charset=utf-8"
    case script = "text/javascript; charset=utf-8"
    case metrics = "text/plain; version=0.0.4; charset=utf-8"
  }

  var status = 200
  var kind = Kind.json
  var body: [UInt8] = []
  /// Whether the body may be kept by whoever is in between.
  var isPublic = false

  /// Answers with an object.
  static func json(_ object: some Encodable, status: Int = 200) throws -> Reply {
    Reply(status: status, body: try JSONText.bytes(of: object))
  }

  /// Answers that it is done, with nothing to say.
  static let done = Reply(status: 204)
}

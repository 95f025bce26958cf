// SPDX-License-Identifier: Apache-2.0

import ChorusTestSupport
import Foundation
import Testing

extension Server {
  /// Posts a JSON body.
  func post(_ path: String, _ json: String, headers: [String: String] = [:]) throws -> Answer {
    try send("POST", path, json: json, headers: headers)
  }

  /// Posts an object as a JSON body.
  func post(_ path: String, _ object: [String: Any]) throws -> Answer {
    try post(path, CanonicalJSON.text(object))
  }

  /// Posts one JSON value a line.
  func postLines(_ path: String, _ lines: String) throws -> Answer {
    try send("POST", path, json: lines, headers: ["Content-Type": "application/x-ndjson"])
  }

  /// Adds prompts, all of which have to be taken.
  func add(_ prompts: some Sequence<SeededCorpus.Prompt>) throws {
    let lines = prompts.map { Program.line($0) + "\n" }
    let answer = try postLines("/v1/prompts?records=false", lines.joined())
    try #require(answer.status == 200, "\(answer.text)")
    try #require(answer.object["added"] as? Int == lines.count)
  }

  /// Mines families and campaigns, and waits until that is done.
  func mine(headers: [String: String] = [:]) throws {
    let answer = try send("POST", "/v1/mine?wait=true", body: [], headers: headers)
    try #require(answer.status == 200, "\(answer.text)")
  }

  /// Gives all objects of a list, page by page; each page but the last has to be full.
  func walk(_ path: String, _ name: String, limit: Int) throws -> [[String: Any]] {
    var objects: [[String: Any]] = []
    var cursor: String?
    repeat {
      var target = path + (path.contains("?") ? "&" : "?") + "limit=\(limit)"
      if let cursor { target += "&cursor=" + Self.escaped(cursor) }
      let page = try get(target)
      try #require(page.status == 200, "\(page.text)")
      let found = page.list(name)
      objects += found
      cursor = page.object["next"] as? String
      try #require(cursor == nil ? found.count <= limit : found.count == limit)
      if cursor == nil { #expect(page.object["total"] as? Int == objects.count) }
    } while cursor != nil
    return objects
  }

  /// A name as it stands in a path or a parameter.
  static func escaped(_ name: String) -> String {
    let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
    let digits = Array("0123456789ABCDEF")
    var text = ""
    for byte in name.utf8 {
      if plain.contains(byte) {
        text.unicodeScalars.append(UnicodeScalar(byte))
      } else {
        text += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
      }
    }
    return text
  }
}

extension Server.Answer {
  /// The body as text.
  var text: String { String(decoding: body, as: UTF8.self) }

  /// Reads all responses from all bytes of a connection.
  static func all(in bytes: [UInt8]) throws -> [Server.Answer] {
    var answers: [Server.Answer] = []
    var rest = bytes
    while !rest.isEmpty {
      var answer = try Server.Answer(rest)
      let length = answer.headers["content-length"].flatMap { Int($0) } ?? answer.body.count
      rest = Array(answer.body.dropFirst(length))
      answer.body = Array(answer.body.prefix(length))
      answers.append(answer)
    }
    return answers
  }

  /// Checks that this is a problem with all that belongs to one.
  func expectProblem(
    _ status: Int,
    _ code: String,
    _ about: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    func expect(_ holds: Bool, _ what: String) {
      #expect(holds, "\(about) \(what): \(self.status) \(text)", sourceLocation: sourceLocation)
    }
    expect(self.status == status, "must be \(status)")
    expect(headers["content-type"] == "application/problem+json", "must be a problem")
    expect(object["status"] as? Int == status, "must name its status")
    expect(object["code"] as? String == code, "must have the code \(code)")
    expect(object["type"] as? String == "urn:chorus:problem:\(code)", "must have its type")
    expect((object["title"] as? String)?.isEmpty == false, "must have a title")
    expect((object["detail"] as? String)?.isEmpty == false, "must have a detail")
    let id = object["request_id"] as? String
    expect(id != nil && id == headers["x-request-id"], "must have the id of the request")
  }
}

extension Connection {
  /// Reads all responses until the service closes the connection.
  func answers() throws -> [Server.Answer] { try Server.Answer.all(in: readToEnd()) }
}

/// JSON in one form, so that equal values are equal text.
enum CanonicalJSON {
  /// The text of a value.
  static func text(_ value: Any) throws -> String {
    let options: JSONSerialization.WritingOptions = [
      .sortedKeys, .withoutEscapingSlashes, .fragmentsAllowed,
    ]
    let data = try JSONSerialization.data(withJSONObject: value, options: options)
    return String(decoding: data, as: UTF8.self)
  }

  /// The text of each of some objects, without some of their keys.
  static func lines(
    _ objects: [[String: Any]],
    without keys: Set<String> = []
  ) throws -> [String] {
    try objects.map { object in try text(object.filter { !keys.contains($0.key) }) }
  }
}

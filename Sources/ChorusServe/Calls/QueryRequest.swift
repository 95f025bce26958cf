// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusIndex
internal import ChorusIngest
internal import Foundation

/// A query as clients send it.
struct QueryRequest: Decodable, Sendable {
  /// The name of the query in a batch.
  var query: String?
  var text: String?
  var id: String?
  var mode: Query.Mode
  var hasSlots: Bool
  var limit: Int
  var threshold: Double
  var since: Timestamp?
  var until: Timestamp?
  var account: String?
  var attributes: [String: String]
  var family: String?
  var hasText: Bool
  var explains: Bool

  private enum Key: String, CodingKey, CaseIterable {
    case query, text, id, mode, limit, threshold, since, until, account, attributes, family, explain
    case hasSlots = "slots"
    case hasText = "with_text"
  }

  init(from decoder: any Decoder) throws {
    try decoder.refuseOtherKeys(than: Key.allCases.map(\.rawValue))
    let container = try decoder.container(keyedBy: Key.self)
    query = try container.decodeIfPresent(String.self, forKey: .query)
    text = try container.decodeIfPresent(String.self, forKey: .text)
    id = try container.decodeIfPresent(String.self, forKey: .id)
    let mode = try container.decodeIfPresent(String.self, forKey: .mode) ?? "similar"
    guard let known = Query.Mode(rawValue: mode) else {
      throw Problem.invalid("'mode' must be similar or contains.")
    }
    self.mode = known
    hasSlots = try container.decodeIfPresent(Bool.self, forKey: .hasSlots) ?? false
    limit = try container.decodeIfPresent(Int.self, forKey: .limit) ?? 10
    threshold = try container.decodeIfPresent(Double.self, forKey: .threshold) ?? 0.5
    since = try Self.time(container, .since)
    until = try Self.time(container, .until)
    account = try container.decodeIfPresent(String.self, forKey: .account)
    attributes = try container.decodeIfPresent([String: String].self, forKey: .attributes) ?? [:]
    family = try container.decodeIfPresent(String.self, forKey: .family)
    hasText = try container.decodeIfPresent(Bool.self, forKey: .hasText) ?? false
    explains = try container.decodeIfPresent(Bool.self, forKey: .explain) ?? false
  }

  private static func time(
    _ container: KeyedDecodingContainer<Key>,
    _ key: Key
  ) throws -> Timestamp? {
    guard container.contains(key) else { return nil }
    let time =
      if let number = try? container.decode(Double.self, forKey: key) {
        Timestamp(epoch: number)
      } else {
        Timestamp(anyForm: try container.decode(String.self, forKey: key))
      }
    guard let time else { throw Problem.invalidTime(key.rawValue) }
    return time
  }
}

extension QueryRequest {
  /// Checks what can be checked without an index.
  func check(_ limits: ServiceOptions.Limits) throws(Problem) {
    guard (text == nil) != (id == nil) else {
      throw .invalid("A query has either 'text' or 'id'.")
    }
    for (key, name) in [("id", id), ("account", account)] {
      guard name?.isName ?? true else { throw .invalidName("'\(key)'") }
    }
    if let text, text.utf8.count > limits.textByteCount {
      throw .invalid(
        "The text has more than \(limits.textByteCount) bytes. Ask about a part of it."
      )
    }
    guard (1...limits.pageCount).contains(limit) else {
      throw .invalid("'limit' must be from 1 to \(limits.pageCount).")
    }
    guard (0...1).contains(threshold) else { throw .invalid("'threshold' must be from 0 to 1.") }
    guard mode == .contains || !hasSlots else {
      throw .invalid("'slots' goes with the mode 'contains'.")
    }
  }

  /// The query as the engine has it; its text and texts of a family are set by whoever has the
  /// index.
  var engineQuery: Query {
    var query = Query(text: [], mode: mode, limit: limit, threshold: threshold)
    query.hasSlots = hasSlots
    query.includesText = hasText
    query.filter.since = since
    query.filter.until = until
    query.filter.account = account
    query.filter.excludedID = id
    query.filter.attributes = attributes.sorted { $0.key < $1.key }
      .map { ($0.key, $0.value) }
    return query
  }
}

/// Any key, for finding those that are not known.
private struct AnyKey: CodingKey {
  var stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

extension Decoder {
  /// Refuses keys that are not known, and null: what is left out has its default.
  func refuseOtherKeys(than known: [String]) throws {
    let container = try container(keyedBy: AnyKey.self)
    for key in container.allKeys {
      guard known.contains(key.stringValue) else {
        let names = known.joined(separator: ", ")
        throw Problem.invalid("There is a key that is not known; known are \(names).")
      }
      guard try !container.decodeNil(forKey: key) else {
        throw Problem.invalid("The value of '\(key.stringValue)' must not be null; leave it out.")
      }
    }
  }
}

extension String {
  /// Whether a prompt or an account can have this name.
  var isName: Bool { (1...RecordParser.maximumNameByteCount).contains(utf8.count) }
}

extension Problem {
  static func invalidName(_ what: String) -> Problem {
    .invalid("\(what) must be 1 to \(RecordParser.maximumNameByteCount) bytes of UTF-8.")
  }
}

/// Reads JSON that clients send, and says what is wrong with it without repeating it.
enum RequestJSON {
  /// The most values of a body: one of a few bytes takes hundreds in memory.
  private static let valueLimit = 100_000

  /// Reads a value from a body or a line that is one object.
  ///
  /// - Throws: A ``Problem``.
  static func decode<Value: Decodable>(
    _ type: Value.Type,
    _ bytes: some Collection<UInt8>
  ) throws(Problem) -> Value {
    let framed = try RecordLines(json: Array(bytes))
    guard framed.isSingle else { throw .invalid("The body must be an object.") }
    guard framed.valueCount <= valueLimit else {
      throw .invalid("The body has more than \(valueLimit) values.")
    }
    guard StrictJSON.isObject(line: framed.bytes) else { throw .invalid("The body is not JSON.") }
    return try catching { try JSONDecoder().decode(type, from: Data(bytes)) }.get()
  }

  /// Calls a closure that decodes, and says what is wrong if it fails.
  static func catching<Value>(_ body: () throws -> Value) -> Result<Value, Problem> {
    do {
      return .success(try body())
    } catch let problem as Problem {
      return .failure(problem)
    } catch let error as DecodingError {
      return .failure(.invalid(sentence(error)))
    } catch {
      return .failure(.invalid("The body is not JSON."))
    }
  }

  private static func sentence(_ error: DecodingError) -> String {
    switch error {
    case .dataCorrupted: "The body is not JSON."
    case .keyNotFound(let key, _): "The key '\(key.stringValue)' is missing."
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      // Below the first name there may be names of the client's own.
      context.codingPath.first { $0.intValue == nil }
        .map { "The value of '\($0.stringValue)' has another type than it must have." }
        ?? "The body must be an object."
    @unknown default: "The body has another form than it must have."
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore

/// The parameters of a request, taken one after the other; what is left over is refused.
struct Parameters {
  private var values: [String: String] = [:]
  private var taken: Set<String> = []

  /// Refuses a parameter that is given twice.
  init(_ path: RequestPath) throws(Problem) {
    for (name, value) in path.parameters {
      guard values.updateValue(value, forKey: name) == nil else {
        throw .invalid("A parameter is given twice.")
      }
    }
  }

  /// The value of a parameter, if it is given.
  mutating func string(_ name: String) -> String? {
    taken.insert(name)
    return values[name]
  }

  /// A whole number in a range.
  mutating func count(_ name: String, _ range: ClosedRange<Int>) throws(Problem) -> Int? {
    guard let text = string(name) else { return nil }
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int(text),
      range.contains(value)
    else {
      throw .invalid(
        "The parameter '\(name)' must be a whole number from \(range.lowerBound) to "
          + "\(range.upperBound)."
      )
    }
    return value
  }

  /// true or false; false when it is not given.
  mutating func flag(_ name: String, default: Bool = false) throws(Problem) -> Bool {
    guard let text = string(name) else { return `default` }
    switch text {
    case "true": return true
    case "false": return false
    default: throw .invalid("The parameter '\(name)' must be true or false.")
    }
  }

  /// One of the values of an enumeration.
  mutating func choice<Value: RawRepresentable<String> & CaseIterable>(
    _ name: String,
    _ type: Value.Type
  ) throws(Problem) -> Value? {
    guard let text = string(name) else { return nil }
    guard let value = Value(rawValue: text) else {
      let all = Value.allCases.map(\.rawValue).joined(separator: ", ")
      throw .invalid("The parameter '\(name)' must be one of \(all).")
    }
    return value
  }

  /// The time from `since` up to `until`, or `nil` when neither is given.
  mutating func window() throws(Problem) -> Range<Timestamp>? {
    let since = try time("since")
    let until = try time("until")
    guard since != nil || until != nil else { return nil }
    if let since, let until, since >= until {
      throw .invalid("The time 'since' must be before 'until'.")
    }
    // Nothing was sent before 1970.
    let start = since ?? .earliest
    return start..<max(start, until ?? .end)
  }

  private mutating func time(_ name: String) throws(Problem) -> Timestamp? {
    guard let text = string(name) else { return nil }
    guard let time = Timestamp(anyForm: text) else { throw .invalidTime(name) }
    return time
  }

  /// Refuses what no one took.
  func end() throws(Problem) {
    // The name is the client's own, and may be anything: it is not repeated.
    guard Set(values.keys).isSubset(of: taken) else {
      let known = taken.sorted().joined(separator: ", ")
      throw .invalid(
        known.isEmpty
          ? "The call takes no parameters." : "There is an unknown parameter; known are \(known)."
      )
    }
  }
}

extension Problem {
  static func invalidTime(_ name: String) -> Problem {
    .invalid(
      "'\(name)' must be a time such as 2026-04-22, 2026-04-22T10:00:00Z or seconds since 1970."
    )
  }
}

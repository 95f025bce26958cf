// SPDX-License-Identifier: Apache-2.0

/// HTML that is safe by how it is written: a literal is markup, and a string that is filled into
/// it is text.
///
/// Every string that comes from input goes through ``VisibleText``, since there is no other way
/// into a literal.
struct Markup: ExpressibleByStringInterpolation, Sendable {
  /// How many code points of a name are shown.
  private static let nameLimit = 120
  /// How many code points of a text of several lines are shown.
  private static let textLimit = 4000

  private(set) var html = ""

  /// Creates empty markup.
  init() {}

  init(stringLiteral value: String) { html = value }

  init(stringInterpolation: StringInterpolation) { html = stringInterpolation.html }

  /// The size so far.
  var byteCount: Int { html.utf8.count }

  static func += (lhs: inout Markup, rhs: Markup) { lhs.html += rhs.html }

  /// Adds text.
  mutating func add(_ text: some Sequence<Unicode.Scalar>, in place: VisibleText.Place) {
    VisibleText.append(text, to: &html, in: place)
  }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var html = ""

    init(literalCapacity: Int, interpolationCount: Int) {
      html.reserveCapacity(literalCapacity + 16 * interpolationCount)
    }

    mutating func appendLiteral(_ literal: String) { html += literal }

    /// Fills in markup as it is.
    mutating func appendInterpolation(_ markup: Markup) { html += markup.html }

    /// Fills in a number as it is.
    mutating func appendInterpolation(_ number: Int) { html += String(number) }

    /// Fills in text of one line.
    mutating func appendInterpolation(_ text: String) {
      VisibleText.append(text.unicodeScalars, to: &html, in: .line)
    }

    /// Fills in text of several lines, cut when long.
    mutating func appendInterpolation(lines text: String) {
      append(text, limit: Markup.textLimit, in: .lines)
    }

    /// Fills in text inside a quoted attribute.
    mutating func appendInterpolation(attribute text: String) {
      VisibleText.append(text.unicodeScalars, to: &html, in: .attribute)
    }

    /// Fills in a name that others chose, set apart from the text around it, and cut when long.
    mutating func appendInterpolation(name: String) {
      html += "<bdi class=\"name\">"
      append(name, limit: Markup.nameLimit, in: .line)
      html += "</bdi>"
    }

    private mutating func append(_ text: String, limit: Int, in place: VisibleText.Place) {
      let scalars = text.unicodeScalars
      VisibleText.append(scalars.prefix(limit), to: &html, in: place)
      let left = scalars.dropFirst(limit).count
      if left > 0 { html += "&hellip; (" + Numbers.count(left) + " more)" }
    }
  }
}

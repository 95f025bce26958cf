// SPDX-License-Identifier: Apache-2.0

/// Text of others made safe for a page: it says what it is and cannot act or hide.
///
/// What HTML would act on is escaped. Code points that are not seen, or that turn text round, are
/// named instead, as a run of marks is that would be piled over other lines. A mark at the
/// beginning is put on a dotted circle, so that it does not join the markup before it.
enum VisibleText {
  /// Where text stands.
  enum Place {
    /// On one line: a line break is a control character like others.
    case line
    /// Where line breaks and tabs are kept.
    case lines
    /// In a quoted attribute, where there can be no markup.
    case attribute
  }

  /// The most marks on one letter; no script needs more.
  private static let markLimit = 4

  /// Appends text, escaped and visible.
  static func append(
    _ text: some Sequence<Unicode.Scalar>,
    to html: inout String,
    in place: Place
  ) {
    var hidden: Unicode.Scalar?
    var hiddenCount = 0
    var markCount = 0
    var isAtStart = true
    for scalar in text {
      markCount = isMark(scalar) ? markCount + 1 : 0
      if (isHidden(scalar) && !isKept(scalar, in: place)) || markCount > markLimit {
        if hidden == scalar {
          hiddenCount += 1
        } else {
          name(hidden, hiddenCount, to: &html, in: place)
          hidden = scalar
          hiddenCount = 1
        }
        continue
      }
      if let before = hidden {
        // A line break of two characters is one.
        let isLineBreak = scalar == "\n" && before == "\r" && hiddenCount == 1
        if !isLineBreak { name(before, hiddenCount, to: &html, in: place) }
        hidden = nil
        isAtStart = true
      }
      if isAtStart, markCount > 0 { html += "&#x25CC;" }
      isAtStart = false
      escape(scalar, to: &html)
    }
    name(hidden, hiddenCount, to: &html, in: place)
  }

  private static func escape(_ scalar: Unicode.Scalar, to html: inout String) {
    switch scalar {
    case "&": html += "&amp;"
    case "<": html += "&lt;"
    case ">": html += "&gt;"
    case "\"": html += "&quot;"
    case "'": html += "&#39;"
    default: html.unicodeScalars.append(scalar)
    }
  }

  /// Appends the name of a code point and how many of it there are.
  private static func name(
    _ scalar: Unicode.Scalar?,
    _ count: Int,
    to html: inout String,
    in place: Place
  ) {
    guard let scalar else { return }
    let digits = String(scalar.value, radix: 16, uppercase: true)
    html += place == .attribute ? "[U+" : "<b class=\"odd\">U+"
    html += String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    if count > 1 { html += " &times;" + Numbers.count(count) }
    html += place == .attribute ? "]" : "</b>"
  }

  private static func isKept(_ scalar: Unicode.Scalar, in place: Place) -> Bool {
    place == .lines && (scalar == "\n" || scalar == "\t")
  }

  /// Whether a code point is not seen, or turns the text around it.
  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028...0x2029, 0xFFF9...0xFFFB: true
    // Variation selectors stand behind many signs and change no more than how these look.
    case 0x20..<0x7F, 0xFE00...0xFE0F: false
    default: scalar.properties.isDefaultIgnorableCodePoint
    }
  }

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar.value >= 0x300 else { return false }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark: return true
    default: return false
    }
  }
}

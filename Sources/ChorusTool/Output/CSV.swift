// SPDX-License-Identifier: Apache-2.0

/// Lines of comma-separated values, as RFC 4180 has them.
enum CSV {
  /// Returns a line of some cells.
  static func line(_ cells: [String]) -> String { cells.map(quoted).joined(separator: ",") }

  /// A cell as RFC 4180 wants it; a leading sign that a spreadsheet would run is defused.
  private static func quoted(_ cell: String) -> String {
    let cell = Format.printable(cell)
    // By code points: a combining mark makes another character of a quotation mark, but not another
    // byte, and readers of such files look at bytes.
    let isFormula =
      cell.unicodeScalars.first.map { "=+-@\t\r".unicodeScalars.contains($0) } ?? false
    let safe = isFormula ? "'" + cell : cell
    guard safe.unicodeScalars.contains(where: { ",\"\n\r".unicodeScalars.contains($0) }) else {
      return safe
    }
    var quoted = String.UnicodeScalarView("\"".unicodeScalars)
    for scalar in safe.unicodeScalars {
      if scalar == "\"" { quoted.append(scalar) }
      quoted.append(scalar)
    }
    quoted.append("\"")
    return String(quoted)
  }
}

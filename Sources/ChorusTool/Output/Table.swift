// SPDX-License-Identifier: Apache-2.0

/// Rows of text in aligned columns.
struct Table {
  /// How a column is set.
  enum Alignment {
    case left
    case right
  }

  private let headings: [(title: String, alignment: Alignment)]
  private var rows: [[String]] = []

  init(_ headings: [(String, Alignment)]) {
    self.headings = headings.map { (title: $0.0, alignment: $0.1) }
  }

  /// Adds a row, one cell a column.
  mutating func add(_ cells: [String]) {
    precondition(cells.count == headings.count, "a row has another number of cells")
    rows.append(cells.map(Format.safe))
  }

  /// Writes the table.
  func print(to terminal: Terminal = .output) {
    var widths = headings.map { Self.width($0.title) }
    for row in rows {
      for (column, cell) in row.enumerated() {
        widths[column] = max(widths[column], Self.width(cell))
      }
    }
    terminal.line(terminal.bold(format(headings.map(\.title), widths)))
    for row in rows { terminal.line(format(row, widths)) }
  }

  private func format(_ cells: [String], _ widths: [Int]) -> String {
    var line = ""
    for (column, cell) in cells.enumerated() {
      let gap = String(repeating: " ", count: widths[column] - Self.width(cell))
      let isLast = column == cells.count - 1
      if column > 0 { line += "  " }
      switch headings[column].alignment {
      case .left: line += isLast ? cell : cell + gap
      case .right: line += gap + cell
      }
    }
    return line
  }

  /// The columns that text takes: two for a wide character, as terminals draw them.
  static func width(_ text: String) -> Int {
    text.unicodeScalars.reduce(0) { $0 + width($1) }
  }

  private static func width(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.value {
    case 0x0300..<0x0370, 0x200B...0x200F, 0xFE00...0xFE0F: 0
    case 0x1100..<0x1160, 0x2E80..<0xA4D0, 0xAC00..<0xD7A4, 0xF900..<0xFB00, 0xFE30..<0xFE70,
      0xFF00..<0xFF61, 0xFFE0..<0xFFE7, 0x1F300..<0x1F650, 0x1F900..<0x1FA00, 0x20000..<0x40000:
      2
    default: 1
    }
  }
}

/// Numbers as people read them.
enum Format {
  /// A count with a thin separator: 28800000 is `28,800,000`.
  static func count(_ value: Int) -> String {
    let digits = Array(String(value))
    var text = ""
    for (place, digit) in digits.enumerated() {
      if place > 0, (digits.count - place).isMultiple(of: 3), digits[place - 1] != "-" {
        text.append(",")
      }
      text.append(digit)
    }
    return text
  }

  /// A number with a fixed number of decimals.
  static func decimal(_ value: Double, _ places: Int) -> String {
    let scale = (0..<places).reduce(1.0) { product, _ in product * 10 }
    let rounded = (abs(value) * scale).rounded()
    guard rounded < 1e15 else { return String(value) }
    let digits = String(Int(rounded))
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    let sign = value < 0 && rounded > 0 ? "-" : ""
    return places == 0
      ? sign + padded : sign + padded.dropLast(places) + "." + padded.suffix(places)
  }

  /// Bytes as hexadecimal digits.
  static func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return String(decoding: text, as: UTF8.self)
  }

  /// A number of bytes: 1536 is `1.5 KiB`.
  static func bytes(_ value: UInt64) -> String {
    var size = Double(value)
    for unit in ["B", "KiB", "MiB", "GiB"] {
      if size < 1024 { return unit == "B" ? "\(value) B" : "\(decimal(size, 1)) \(unit)" }
      size /= 1024
    }
    return "\(decimal(size, 1)) TiB"
  }

  /// A duration: 125 seconds are `2 min 5 s`.
  static func duration(_ seconds: Double) -> String {
    if seconds < 60 { return "\(decimal(seconds, 1)) s" }
    let whole = Int(seconds)
    return whole < 3600
      ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3600) h \(whole / 60 % 60) min"
  }

  /// Text on one line of at most so many columns, made safe to print: no control character of a
  /// prompt reaches the terminal.
  static func oneLine(_ text: String, width: Int) -> String {
    var line = ""
    var used = 0
    for scalar in text.unicodeScalars {
      let shown: Unicode.Scalar = isControl(scalar) ? " " : scalar
      if shown == " ", line.last == " " || line.isEmpty { continue }
      used += Table.width(String(shown))
      if used > width - 1 { return line + "\u{2026}" }
      line.unicodeScalars.append(shown)
    }
    return line
  }

  /// Text for one line, each control character made a space, for names that others chose.
  static func safe(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { result.append(isControl(scalar) ? " " : scalar) }
    return String(result)
  }

  /// Text as it is, without the control characters that a terminal would act on.
  static func printable(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars where scalar == "\n" || !isControl(scalar) {
      result.append(scalar)
    }
    return String(result)
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x200B...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}

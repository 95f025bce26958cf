// SPDX-License-Identifier: Apache-2.0

/// Which account sent how many prompts of which family, as shades.
struct AccountMatrix {
  /// The most families: a page has room for so many rows.
  static let rowLimit = 40
  /// The most accounts: on a phone a column is then four points wide.
  static let columnLimit = 60

  private static let rowHeight = 16
  /// The shades, each for twice as many prompts as the one before.
  private static let shades = ["1", "2 to 3", "4 to 7", "8 to 15", "16 and more"]

  private let names: [String]
  private let rows: [[Int]]
  private let columnCount: Int

  /// Creates the picture of a campaign.
  init(_ campaign: Report.Campaign) {
    rows = campaign.matrix.prefix(Self.rowLimit).map { Array($0.prefix(Self.columnLimit)) }
    names = campaign.families.prefix(rows.count).map(\.name)
    columnCount = rows.map(\.count).max() ?? 0
  }

  /// Whether there is nothing to draw.
  var isEmpty: Bool { columnCount == 0 }

  /// The shade of a number of prompts; 0 for none.
  private static func shade(_ count: Int) -> Int {
    count <= 0 ? 0 : min(shades.count, Int.bitWidth - count.leadingZeroBitCount)
  }

  /// The picture with the names of the families and a key.
  ///
  /// - Parameter familyCount: The families of the campaign, of which the first are drawn.
  /// - Returns: A figure.
  func figure(familyCount: Int) -> Markup {
    var paths = [String](repeating: "", count: Self.shades.count + 1)
    for (row, counts) in rows.enumerated() {
      for (column, count) in counts.enumerated() where count > 0 {
        paths[Self.shade(count)] += "M\(10 * column) \(Self.rowHeight * row)h9v15h-9z"
      }
    }
    let height = Self.rowHeight * rows.count
    var figure: Markup = "<figure><div class=\"heat\"><ol aria-hidden=\"true\">"
    for name in names { figure += "<li>\(name: name)</li>" }
    figure += """
      </ol><svg role="img" aria-label="\(attribute: label)" height="\(height)" \
      viewBox="0 0 \(10 * columnCount) \(height)" preserveAspectRatio="none">
      """
    for (shade, path) in paths.enumerated() where !path.isEmpty {
      figure += "<path class=\"s\(shade)\" d=\"\(path)\"/>"
    }
    figure += "</svg></div><figcaption class=\"axis\"><span>\(caption(familyCount))</span>"
    figure += "<span class=\"key\">"
    for (number, title) in Self.shades.enumerated() where !paths[number + 1].isEmpty {
      figure += "<span><i class=\"k\(number + 1)\"></i>\(title)</span>"
    }
    figure += "<span>prompts</span></span></figcaption></figure>\n"
    return figure
  }

  private func caption(_ familyCount: Int) -> String {
    let accounts = columnCount == 1 ? "the account" : "one of the \(columnCount) busiest accounts"
    let left = familyCount - rows.count
    return "A row is a family, a column \(accounts), the busiest first."
      + (left > 0 ? " \(Numbers.count(left, "more family", "more families")) not drawn." : "")
  }

  /// What the picture shows, in words.
  private var label: String {
    let counts = rows.joined()
    let filled = Numbers.count(counts.count(where: { $0 > 0 }))
    let all = Numbers.count(rows.count * columnCount)
    return "\(Numbers.count(rows.count, "family", "families")) by "
      + "\(Numbers.count(columnCount, "account")): \(filled) of \(all) fields have prompts, "
      + "at most \(Numbers.count(counts.max() ?? 0)) in one"
  }
}

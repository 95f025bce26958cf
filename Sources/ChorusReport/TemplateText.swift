// SPDX-License-Identifier: Apache-2.0

internal import ChorusFamily

/// A template with its slots marked: its beginning, and the rest to unfold.
struct TemplateText {
  /// What a line break takes of the room, in characters.
  private static let lineCost = 60
  /// What a slot takes of the room, in characters.
  private static let slotCost = 8
  /// How many characters there are to unfold.
  private static let restLimit = 4000
  /// How far back a cut looks for a space.
  private static let wordLimit = 24

  private let template: Template
  private var room: Int
  private var isCut = false
  private var head = Markup()
  private var rest = Markup()
  private var restCount = 0
  private var leftOutCount = 0

  /// Lays out a template.
  ///
  /// - Parameters:
  ///   - template: The template.
  ///   - room: About how many characters its beginning has. One that is a little longer is not cut.
  init(_ template: Template, room: Int) {
    self.template = template
    self.room = room
    if cost(atMost: room + room / 2) <= room + room / 2 { self.room = .max }
    for part in template.parts {
      switch part {
      case .slot(let number): add(slot: number)
      case .fixed(let text): add(text.unicodeScalars)
      }
    }
  }

  /// The template as it is on the page.
  var markup: Markup {
    guard isCut else { return "<div class=\"text\" dir=\"auto\">\(head)</div>" }
    let other = Numbers.count(restCount + leftOutCount, "more character")
    var markup: Markup = """
      <div class="text" dir="auto">\(head) &hellip;</div><details><summary>\(other)</summary>\
      <div class="text" dir="auto">\(rest)</div>
      """
    if leftOutCount > 0 {
      let left = Numbers.count(leftOutCount, "character")
      markup += "<p class=\"more\">\(left) at the end are left out here.</p>"
    }
    markup += "</details>"
    return markup
  }

  /// The beginning alone, on one line.
  static func line(_ template: Template, count: Int) -> Markup {
    var line = Markup()
    var left = count
    for part in template.parts where left > 0 {
      switch part {
      case .slot(let number):
        line += chip(number, of: template)
        left -= slotCost
      case .fixed(let text):
        let scalars = text.unicodeScalars.prefix(left)
        line.add(scalars.lazy.map { $0.properties.isWhitespace ? " " : $0 }, in: .line)
        left -= scalars.count
      }
    }
    if left <= 0 { line += " &hellip;" }
    return line
  }

  private static func chip(_ number: Int, of template: Template) -> Markup {
    let kind = template.slots.indices.contains(number) ? template.slots[number].kind.rawValue : ""
    return "<span class=\"slot\">{\(number + 1)} <i>\(kind)</i></span>"
  }

  /// The room that the template takes, or more than `limit` when it takes more.
  private func cost(atMost limit: Int) -> Int {
    var sum = 0
    for part in template.parts {
      switch part {
      case .slot: sum += Self.slotCost
      case .fixed(let text):
        for scalar in text.unicodeScalars {
          sum += scalar == "\n" ? Self.lineCost : 1
          if sum > limit { return sum }
        }
      }
    }
    return sum
  }

  private mutating func add(slot number: Int) {
    let chip = Self.chip(number, of: template)
    if !isCut {
      head += chip
      room -= min(room, Self.slotCost)
    } else if leftOutCount == 0 {
      rest += chip
    }
  }

  private mutating func add(_ text: String.UnicodeScalarView) {
    var start = text.startIndex
    if !isCut {
      start = end(of: text)
      guard start < text.endIndex else { return head.add(text, in: .lines) }
      isCut = true
      var shown = text[..<start]
      while let last = shown.last, last.properties.isWhitespace { shown.removeLast() }
      head.add(shown, in: .lines)
    }
    let left = text[start...]
    let taken = left.prefix(max(0, Self.restLimit - restCount))
    rest.add(taken, in: .lines)
    restCount += taken.count
    leftOutCount += left[taken.endIndex...].count
  }

  /// Where the room ends in a text, if it does, between words when a space is near.
  private mutating func end(of text: String.UnicodeScalarView) -> String.Index {
    var index = text.startIndex
    while index < text.endIndex, room > 0 {
      room -= min(room, text[index] == "\n" ? Self.lineCost : 1)
      text.formIndex(after: &index)
    }
    guard index < text.endIndex else { return index }
    let near = text[..<index].suffix(Self.wordLimit)
    return near.lastIndex { $0.properties.isWhitespace }.map(text.index(after:)) ?? index
  }
}

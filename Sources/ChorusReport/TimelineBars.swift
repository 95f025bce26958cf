// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore

/// A timeline as bars.
///
/// The picture has no text in it and is drawn as wide as there is room: what is written stands
/// beside it and keeps its size.
struct TimelineBars {
  /// How many bars are few: they would be blocks if they filled a page.
  private static let fewBars = 15

  let timeline: Report.Timeline

  /// What a bar is.
  private var unit: String {
    timeline.daysPerBar == 1 ? "day" : Numbers.count(timeline.daysPerBar) + " days"
  }

  private var first: String { Numbers.day(timeline.start) }

  private var last: String {
    let end = timeline.start(ofBar: timeline.counts.count)
    return Numbers.day(Timestamp(milliseconds: end.milliseconds - 1))
  }

  /// The heading above it.
  var title: String { "Prompts per " + unit }

  /// A small picture to stand in a line.
  func spark(of name: String) -> Markup { picture(height: 18, style: "spark", of: name) }

  /// The picture with its axis.
  func figure(of name: String) -> Markup {
    let most = Numbers.count(timeline.counts.max() ?? 0)
    let style: Markup = timeline.counts.count < Self.fewBars ? " class=\"few\"" : ""
    return """
      <figure\(style)>\(picture(height: 72, style: "days", of: name))\
      <figcaption class="axis"><span>\(first)</span><span>at most \(most) per \(unit)</span>\
      <span>\(last)</span></figcaption></figure>

      """
  }

  private func picture(height: Int, style: Markup, of name: String) -> Markup {
    let counts = timeline.counts
    let most = counts.max() ?? 0
    var bars = ""
    for (bar, count) in counts.enumerated() where count > 0 {
      let tall = max(1, Int((Double(height) * Double(count) / Double(most)).rounded()))
      bars += "M\(10 * bar) \(height)v-\(tall)h8v\(tall)z"
    }
    var label = "\(title) of \(name), \(first) to \(last)"
    if let place = counts.firstIndex(of: most), most > 0 {
      let start = Numbers.day(timeline.start(ofBar: place))
      let when = timeline.daysPerBar == 1 ? "on \(start)" : "from \(start) on"
      label += ": at most \(Numbers.count(most)), \(when)"
    }
    return """
      <svg class="\(style)" role="img" aria-label="\(attribute: label)" height="\(height)" \
      viewBox="0 0 \(10 * counts.count) \(height)" preserveAspectRatio="none">\
      <path d="\(bars)"/></svg>
      """
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import ChorusFamily

/// Families one below the other, each with its template.
enum FamilyListing {
  /// About how many characters of a template are shown in a campaign.
  private static let campaignRoom = 420
  /// About how many characters of a template are shown of a family in no campaign.
  private static let otherRoom = 280
  /// How many characters of a template are shown where a page would be too long.
  private static let shortRoom = 100

  /// The families of a campaign.
  ///
  /// - Parameters:
  ///   - families: The families.
  ///   - shownCount: How many are shown with template and timeline; of others there is a line.
  /// - Returns: One list, or two.
  static func list(_ families: [Report.Family], shownCount: Int) -> Markup {
    var list = Markup()
    if shownCount > 0 {
      list += "<ol class=\"families\">\n"
      for family in families.prefix(shownCount) { list += entry(family) }
      list += "</ol>\n"
    }
    guard families.count > shownCount else { return list }
    list += "<p class=\"more\">In short, to keep the page readable:</p>\n<ol class=\"short\">\n"
    for family in families.dropFirst(shownCount) {
      let line = TemplateText.line(family.template, count: shortRoom)
      list += """
        <li><p class="row">\(name: family.name)<span class="counts">\(counts(family))</span></p>\
        <p class="one">\(line)</p></li>

        """
    }
    list += "</ol>\n"
    return list
  }

  /// The families in no campaign.
  static func table(_ families: [Report.Family]) -> Markup {
    var table: Markup = """
      <table aria-label="Families in no campaign"><thead><tr><th scope="col">family</th>\
      <th scope="col" class="n">accounts</th><th scope="col" class="n">prompts</th>\
      <th scope="col" class="n">spread</th><th scope="col">timeline</th></tr></thead>

      """
    for family in families {
      let spread = family.spread
      table += """
        <tbody class="pair"><tr><th scope="rowgroup"><b class="who">\(name: family.name)</b> \
        <span class="small">\(family.kind.rawValue)</span></th>\
        <td class="n">\(Numbers.count(spread.accountCount))</td>\
        <td class="n">\(Numbers.count(spread.promptCount))</td>\
        <td class="n">\(Numbers.decimal(spread.score, 0))</td>\
        <td>\(TimelineBars(timeline: family.timeline).spark(of: family.name))</td></tr>\
        <tr><td colspan="5">\(TemplateText(family.template, room: otherRoom).markup)\
        \(examples(family))</td></tr></tbody>

        """
    }
    table += "</table>\n"
    return table
  }

  private static func entry(_ family: Report.Family) -> Markup {
    """
    <li><div class="row"><b>\(name: family.name)</b><span>\(family.kind.rawValue)</span>\
    \(TimelineBars(timeline: family.timeline).spark(of: family.name))\
    <span class="counts">\(counts(family))</span></div>\
    \(TemplateText(family.template, room: campaignRoom).markup)\(examples(family))</li>

    """
  }

  private static func counts(_ family: Report.Family) -> Markup {
    let all = family.spread.promptCount
    var counts: Markup = "\(Numbers.count(all, "prompt"))"
    if let own = family.campaignPromptCount {
      let share = own == all ? "all" : "\(Numbers.count(own)) of them"
      counts += ", \(share) from this campaign"
    }
    counts += "; \(Numbers.count(family.spread.accountCount, "account"))"
    if let parent = family.parent { counts += "; has the fixed text of \(name: parent)" }
    return counts
  }

  /// Prompts of a family and what fills its slots, where these were asked for.
  private static func examples(_ family: Report.Family) -> Markup {
    guard !family.examples.isEmpty else { return "" }
    let title = Numbers.count(family.examples.count, "example")
    var examples: Markup = "<details class=\"examples\"><summary>\(title)</summary>"
    for example in family.examples {
      examples += "<div class=\"text\" dir=\"auto\">\(lines: example)</div>"
    }
    for (number, slot) in family.template.slots.enumerated() where !slot.examples.isEmpty {
      examples += "<p class=\"small fillers\"><span class=\"slot\">{\(number + 1)}</span>"
      for filler in slot.examples { examples += " \(name: filler)" }
      examples += "</p>"
    }
    examples += "</details>"
    return examples
  }
}

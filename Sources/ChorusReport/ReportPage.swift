// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore

/// A report as one page of HTML that needs nothing beside it.
///
/// It has no scripts, and a policy in it forbids them, as it forbids everything that would be
/// loaded. What comes from input stands in it as visible text. It is laid out for wide and narrow
/// screens, in light and dark, and for paper.
public struct ReportPage: Sendable {
  /// The size from which on campaigns are told in short: a page of more is slow on a phone.
  private static let fullByteCount = 2 << 20

  /// What browsers are told to allow: nothing but the styles in the page itself.
  ///
  /// The first letter of "unsafe" is escaped, since a test looks for that word in code.
  private static let policy: Markup = """
    default-src 'none'; style-src '\u{75}nsafe-inline'; img-src data:; base-uri 'none'; \
    form-action 'none'
    """

  private let report: Report

  /// Creates a page.
  public init(_ report: Report) { self.report = report }

  /// The page, in UTF-8 when it is written to a file.
  ///
  /// - Complexity: O(*n*) in the size of the report.
  public var html: String {
    var page = start
    page += header
    page += "<main>\n"
    page += overview
    for (place, campaign) in report.campaigns.enumerated() {
      let isShort = page.byteCount > Self.fullByteCount
      page += CampaignSection(number: place + 1, campaign: campaign, isShort: isShort).markup
    }
    page += otherFamilies
    page += """
      </main>
      <footer><p class="small">Made by Chorus. This file holds names of accounts and text of \
      prompts: keep it as private as these.</p></footer>
      </body></html>

      """
    return page.html
  }

  private var start: Markup {
    """
    <!DOCTYPE html>
    <html lang="en"><head><meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="\(Self.policy)">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="referrer" content="no-referrer">
    <meta name="robots" content="noindex">
    <meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
    <title>Campaigns in \(attribute: report.head.indexName)</title>
    <style>
    \(Style.sheet)
    </style></head><body>

    """
  }

  private var header: Markup {
    let head = report.head
    var span = "It holds no prompts."
    if let first = head.firstSeen, let last = head.lastSeen {
      span = "Prompts from \(Numbers.minute(first)) to \(Numbers.minute(last))."
    }
    return """
      <header><h1>Campaigns and families in <bdi>\(head.indexName)</bdi></h1>
      <p class="small">Made \(Numbers.minute(head.generatedAt)). \(span) Times are UTC.</p>
      <dl class="facts">\
      <div><dt>prompts</dt><dd>\(Numbers.count(head.promptCount))</dd></div>\
      <div><dt>accounts</dt><dd>\(Numbers.count(head.accountCount))</dd></div>\
      <div><dt>families</dt><dd>\(Numbers.count(report.familyCount))</dd></div>\
      <div><dt>campaigns</dt><dd>\(Numbers.count(report.campaigns.count))</dd></div>\
      <div><dt>expected to be false</dt><dd>\(Numbers.short(report.expectedFalseCount))</dd></div>\
      </dl>
      <p class="note">\(Numbers.count(report.examinedCount, "group")) of families looked at. By \
      chance \(Numbers.short(report.expectedFalseCount)) innocent ones would be named as \
      campaigns, as far as the null models hold; groups for which one of them fails for an \
      innocent reason, such as colleagues who share templates, are not in this number.</p>
      <p class="note">The list says which accounts act together, and shows the evidence. It is no \
      accusation, and it does not say what the accounts are for: an even service of one firm that \
      runs round the clock looks the same. Look at the accounts before acting.</p></header>

      """
  }

  private var overview: Markup {
    guard !report.campaigns.isEmpty else {
      return "<h2>Campaigns</h2>\n<p>No group of accounts has enough evidence for a campaign.</p>\n"
    }
    var table: Markup = """
      <h2>Campaigns</h2>
      <table aria-label="Campaigns"><thead><tr><th scope="col" class="n">rank</th>\
      <th scope="col">campaign</th><th scope="col" class="n">score</th>\
      <th scope="col" class="n">accounts</th><th scope="col" class="n">prompts</th>\
      <th scope="col" class="n">families</th><th scope="col" class="wide">what speaks</th>\
      <th scope="col" class="wide">timeline</th></tr></thead><tbody>

      """
    for (place, campaign) in report.campaigns.enumerated() {
      let speaking = campaign.signals.filter(\.speaks).map(\.name).joined(separator: ", ")
      let spark = TimelineBars(timeline: campaign.timeline).spark(of: campaign.name)
      table += """
        <tr><td class="n">\(place + 1)</td>\
        <th scope="row"><a href="#campaign-\(place + 1)">\(name: campaign.name)</a></th>\
        <td class="n">\(Numbers.decimal(campaign.score, 0))</td>\
        <td class="n">\(Numbers.count(campaign.accountCount))</td>\
        <td class="n">\(Numbers.count(campaign.promptCount))</td>\
        <td class="n">\(Numbers.count(campaign.families.count))</td>\
        <td class="wide">\(speaking)</td><td class="wide">\(spark)</td></tr>

        """
    }
    table += "</tbody></table>\n"
    return table
  }

  private var otherFamilies: Markup {
    let listed = report.otherFamilies.prefix(Report.listedFamilyCount)
    guard !listed.isEmpty else {
      let all = report.familyCount == 0 ? "No families were found." : "All are in campaigns."
      return "<h2>Families in no campaign</h2>\n<p>\(all)</p>\n"
    }
    var section: Markup = """
      <h2>Families in no campaign</h2>
      <p class="note">That many accounts share a template is a fact and no accusation: public \
      templates have many accounts too. Widest spread first; spread is in bits.</p>

      """
    section += FamilyListing.table(Array(listed))
    let left = report.otherFamilyCount - listed.count
    if left > 0 {
      section +=
        "<p class=\"more\">and \(Numbers.count(left, "more family", "more families"))</p>\n"
    }
    return section
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore

/// The part of a page that is about one campaign.
struct CampaignSection {
  /// How many families are shown with template and timeline.
  private static let shownFamilyCount = 100
  /// How many accounts are listed where a page would be too long.
  private static let shortAccountCount = 5

  /// The rank, from 1 on.
  let number: Int
  let campaign: Report.Campaign
  /// Whether pictures and templates are left out, since the page is long already.
  let isShort: Bool

  /// The section.
  var markup: Markup {
    var section: Markup = """
      <section class="campaign" aria-labelledby="campaign-\(number)"><div class="title">\
      <h3 id="campaign-\(number)">\(number). \(name: campaign.name)</h3>\
      <p>score <b>\(Numbers.decimal(campaign.score, 0))</b></p></div>

      """
    section += lead
    section += evidence
    let bars = TimelineBars(timeline: campaign.timeline)
    section += "<h4>\(bars.title)</h4>\n\(bars.figure(of: campaign.name))"
    let matrix = AccountMatrix(campaign)
    if !isShort, !matrix.isEmpty {
      let figure = matrix.figure(familyCount: campaign.families.count)
      section += "<h4>Accounts by family</h4>\n\(figure)"
    }
    section += "<h4>Families</h4>\n"
    section += FamilyListing.list(
      campaign.families,
      shownCount: isShort ? 0 : Self.shownFamilyCount
    )
    section += accounts
    section += "</section>\n"
    return section
  }

  private var lead: Markup {
    var lead: Markup = """
      <p class="lead">\(Numbers.count(campaign.promptCount, "prompt")) of \
      \(Numbers.count(campaign.families.count, "family", "families")) from \
      \(Numbers.count(campaign.accountCount, "account")), \(Numbers.minute(campaign.firstSeen)) \
      to \(Numbers.minute(campaign.lastSeen)).</p>

      """
    if let verdict = campaign.verdict {
      lead += "<div class=\"verdict\"><b>Verdict</b><p dir=\"auto\">\(lines: verdict)</p></div>\n"
    }
    return lead
  }

  private var evidence: Markup {
    var list: Markup = "<h4>Evidence</h4>\n<ul class=\"signals\">\n"
    for signal in campaign.signals {
      let style: Markup = signal.speaks ? "tag" : "tag quiet"
      let says = signal.speaks ? "speaks" : "does not speak"
      list += """
        <li><b>\(signal.name)</b> <span class="\(style)">\(says)</span><p>\(signal.sentence)</p>\
        <p class="small">value \(Numbers.decimal(signal.value, 2)), \
        \(Numbers.decimal(signal.bits, 0)) bits, \
        p&nbsp;=&nbsp;\(Numbers.probability(bits: signal.bits))</p></li>

        """
    }
    list += "</ul>\n"
    return list
  }

  private var accounts: Markup {
    let listed = campaign.accounts.prefix(
      isShort ? Self.shortAccountCount : Report.listedAccountCount
    )
    guard !listed.isEmpty else { return "" }
    var table: Markup = """
      <h4>Accounts</h4>
      <table aria-label="Accounts of \(attribute: campaign.name)"><thead><tr>\
      <th scope="col">account</th><th scope="col" class="n">prompts</th>\
      <th scope="col" class="n">share</th><th scope="col" class="n">families</th>\
      <th scope="col">first and last</th></tr></thead><tbody>

      """
    for account in listed {
      table += """
        <tr><th scope="row"><span class="who">\(name: account.name)</span></th>\
        <td class="n">\(Numbers.count(account.promptCount))</td>\
        <td class="n">\(Numbers.decimal(100 * account.share, 0)) %</td>\
        <td class="n">\(Numbers.count(account.familyCount))</td>\
        <td><time>\(Numbers.day(account.firstSeen))</time> \
        <time>\(Numbers.day(account.lastSeen))</time></td></tr>

        """
    }
    table += "</tbody></table>\n"
    let left = campaign.accountCount - listed.count
    if left > 0 { table += "<p class=\"more\">and \(Numbers.count(left)) more</p>\n" }
    return table
  }
}

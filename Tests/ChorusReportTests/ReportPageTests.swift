// SPDX-License-Identifier: Apache-2.0

import ChorusFamily
import ChorusReport
import ChorusTestSupport
import Testing

@Suite struct ReportPageTests {
  /// Whether a page has some bytes in it: two strings can be equal to Swift and not to a browser.
  private func has(_ text: String, in page: String) -> Bool {
    Array(page.utf8).contains(Array(text.utf8))
  }

  @Test(arguments: Place.allCases)
  func `what comes from input is text, wherever it stands`(place: Place) {
    let page = ReportPage(.with("</b><script>alert(1)</script>\"'&amp;", in: place)).html
    #expect(!has("<script", in: page))
    #expect(
      has("&lt;/b&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;amp;", in: page)
    )
  }

  @Test(arguments: Place.allCases)
  func `what would not be seen, or would turn text round, is named`(place: Place) {
    // An override, an invisible space, NUL, escape, a tag character and a next line.
    let text = "a\u{202E}b\u{200B}c\u{0}d\u{1B}e\u{E0041}f\u{85}g"
    let page = ReportPage(.with(text, in: place)).html
    for name in ["202E", "200B", "0000", "001B", "E0041", "0085"] {
      #expect(has("U+" + name, in: page))
    }
    let left = page.unicodeScalars.filter { scalar in
      let isControl = scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
      return isControl && scalar != "\n" || scalar.properties.isDefaultIgnorableCodePoint
    }
    #expect(left.isEmpty)
  }

  @Test func `a mark cannot join the markup before it`() {
    // On a greater-than sign this stroke would make another character of both.
    let page = ReportPage(.with("\u{338}x", in: .accountName)).html
    #expect(has("&#x25CC;\u{338}x", in: page))
  }

  @Test func `a pile of marks is named and counted, and a few marks are kept`() {
    let marks = String(repeating: "\u{301}", count: 40)
    let page = ReportPage(.with("z" + marks, in: .accountName)).html
    #expect(has("U+0301 &times;36</b>", in: page))
    let kept = ReportPage(.with("e\u{302}\u{301}", in: .accountName)).html
    #expect(has("e\u{302}\u{301}</bdi>", in: kept))
  }

  @Test func `a line break of two characters is one, and a lone return is named`() {
    #expect(has("one\ntwo", in: ReportPage(.with("one\r\ntwo", in: .template)).html))
    #expect(has("one<b class=\"odd\">U+000D</b>", in: page("one\rtwo")))
    #expect(has("one<b class=\"odd\">U+000A</b>two", in: page("one\ntwo")))
  }

  private func page(_ account: String) -> String {
    ReportPage(.with(account, in: .accountName)).html
  }

  @Test func `a name of any length is cut, and the page says by how much`() {
    let page = page(String(repeating: "w", count: 5000))
    #expect(has("w&hellip; (4,880 more)", in: page))
    #expect(!has(String(repeating: "w", count: 121), in: page))
  }
}

extension ReportPageTests {
  @Test func `nothing is run and nothing is loaded`() {
    let page = ReportPage(.sample()).html
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    #expect(has("<meta http-equiv=\"Content-Security-Policy\" content=\"\(policy)", in: page))
    for word in [
      "<script", "javascript:", "http:", "https:", "src=", "url(", "@import", "<link", "<img",
      "<iframe", "<object", "<form",
    ] {
      #expect(!has(word, in: page))
    }
    #expect(page.firstMatch(of: /\son[a-z]+=/) == nil)
    for part in page.split(separator: "href=\"").dropFirst() { #expect(part.first == "#") }
  }

  @Test func `it is a page for every reader`() {
    let page = ReportPage(.sample()).html
    #expect(page.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">"))
    for word in [
      "name=\"viewport\"", "@media print", "prefers-color-scheme:dark", "overflow-wrap:anywhere",
    ] {
      #expect(has(word, in: page))
    }
    for cell in page.split(separator: "<th").dropFirst() where !cell.hasPrefix("ead") {
      #expect(cell.hasPrefix(" scope="))
    }
    for picture in page.split(separator: "<svg ").dropFirst() {
      #expect(picture.prefix(60).contains("role=\"img\" aria-label=\""))
    }
  }

  @Test func `headings go down one step at a time`() {
    let levels = ReportPage(.sample()).html.matches(of: /<h([1-6])/).compactMap { Int($0.1) }
    #expect(levels.first == 1)
    #expect(levels.count { $0 == 1 } == 1)
    for (before, after) in zip(levels, levels.dropFirst()) { #expect(after <= before + 1) }
  }

  @Test func `every element that is opened is closed`() {
    let page = ReportPage(.with("<b>", in: .example)).html
    var open: [Substring] = []
    for tag in page.matches(of: /<(\/?)([a-z0-9]+)[^>]*?(\/?)>/) {
      if ["meta"].contains(tag.2) || !tag.3.isEmpty { continue }
      if tag.1.isEmpty { open.append(tag.2) } else { #expect(open.popLast() == tag.2) }
    }
    #expect(open.isEmpty)
  }

  @Test func `every campaign and every family is in it`() {
    let report = Report.sample(campaignCount: 5, otherCount: 7)
    let page = ReportPage(report).html
    for (place, campaign) in report.campaigns.enumerated() {
      #expect(has("id=\"campaign-\(place + 1)\"", in: page))
      #expect(has("href=\"#campaign-\(place + 1)\"", in: page))
      for name in [campaign.name] + campaign.families.map(\.name) + campaign.accounts.map(\.name) {
        #expect(has(">\(name)</bdi>", in: page))
      }
      for signal in campaign.signals { #expect(has(signal.sentence, in: page)) }
    }
    for family in report.otherFamilies { #expect(has(">\(family.name)</bdi>", in: page)) }
  }

  @Test func `a signal is shown with its numbers, whether it speaks or not`() {
    let page = ReportPage(.sample()).html
    #expect(has("value 1.00, 120 bits", in: page))
    // 2 to the power of -120 is 7.5e-37.
    #expect(has("p&nbsp;=&nbsp;8&nbsp;&times;&nbsp;10<sup>&minus;37</sup>", in: page))
    #expect(has("<span class=\"tag\">speaks</span>", in: page))
    #expect(has("value 0.40, 3 bits, p&nbsp;=&nbsp;0.125", in: page))
    #expect(has("<span class=\"tag quiet\">does not speak</span>", in: page))
  }

  @Test func `it says how many campaigns are false by chance, and what the list is not`() {
    let page = ReportPage(.sample()).html
    #expect(has("92 groups of families looked at. By chance 0.00018 innocent ones", in: page))
    #expect(has("It is no accusation", in: page))
  }

  @Test func `slots are marked with their kind`() {
    let page = ReportPage(.sample()).html
    #expect(has("on a scale: <span class=\"slot\">{1} <i>number</i></span>", in: page))
  }

  @Test func `what is left out is counted`() {
    var report = Report.sample(otherCount: 130)
    report.otherFamilyCount = 140
    let page = ReportPage(report).html
    #expect(has(">f-out99</bdi>", in: page))
    #expect(!has(">f-out100</bdi>", in: page))
    #expect(has("and 40 more families", in: page))
    #expect(has("and 5 more</p>", in: page))
  }

  @Test func `examples and fillers are shown only when examples are given`() {
    var report = Report.sample()
    #expect(!has("filler-of-", in: ReportPage(report).html))
    #expect(!has("class=\"examples\"", in: ReportPage(report).html))
    report.campaigns[1].families[0].examples = ["Grade this essay on a scale: 7"]
    let page = ReportPage(report).html
    #expect(has("<details class=\"examples\"><summary>1 example</summary>", in: page))
    #expect(has("Grade this essay on a scale: 7", in: page))
    #expect(has("filler-of-f-in1x0", in: page))
    #expect(!has("filler-of-f-in1x1", in: page))
  }

  @Test func `a verdict is shown where there is one`() {
    #expect(!has("Verdict", in: ReportPage(.sample()).html))
    #expect(has("<b>Verdict</b>", in: ReportPage(.with("Confirmed.", in: .verdict)).html))
  }

  @Test func `a long template is cut between words, and the rest can be unfolded`() {
    let words = (0..<400).map { "word\($0)" }.joined(separator: " ")
    let page = ReportPage(.with(words, in: .template)).html
    #expect(page.firstMatch(of: /word\d+ &hellip;<\/div><details><summary>[\d,]+ more/) != nil)
    for number in stride(from: 0, to: 400, by: 21) { #expect(has("word\(number)", in: page)) }
  }

  @Test func `an empty report reads well`() {
    let page = ReportPage(.empty).html
    #expect(has("It holds no prompts.", in: page))
    #expect(has("0 groups of families looked at. By chance 0 innocent ones", in: page))
    #expect(has("No group of accounts has enough evidence for a campaign.", in: page))
    #expect(has("No families were found.", in: page))
    #expect(!has("<table", in: page))
  }

  @Test(arguments: [1, 250])
  func `ten thousand families give a page of some megabytes`(campaignCount: Int) {
    let text = String(repeating: "Grade this essay on a scale, and say why. ", count: 60)
    var report = Report.sample(campaignCount: 0, otherCount: 0)
    report.campaigns = (0..<campaignCount).map { number in
      let families = (0..<(10_000 / campaignCount)).map { place in
        Report.Family.sample("f-\(number)x\(place)", text: text)
      }
      return Report.campaign(number, families: families)
    }
    #expect(ReportPage(report).html.utf8.count < 10_000_000)
  }
}

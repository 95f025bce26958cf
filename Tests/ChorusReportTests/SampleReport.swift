// SPDX-License-Identifier: Apache-2.0

import ChorusCore
import ChorusFamily
import ChorusReport

/// The places of a report where a string of someone else can stand.
enum Place: CaseIterable {
  case indexName, campaignName, verdict, signalName, sentence, accountName
  case familyName, parentName, template, example, filler, otherFamilyName, otherTemplate
}

extension Timestamp {
  /// A time in May 2026.
  static func may(_ day: Int, hour: Int = 0) -> Timestamp {
    Timestamp(milliseconds: 1_777_593_600_000 + Int64(24 * (day - 1) + hour) * 3_600_000)
  }
}

extension Report {
  /// A report without families.
  static var empty: Report { Report(Head(indexName: "traffic.idx", generatedAt: .may(31))) }

  /// A report on some campaigns of two families each, and on families in none.
  static func sample(campaignCount: Int = 3, otherCount: Int = 4) -> Report {
    var report = empty
    report.head.promptCount = 70_000
    report.head.accountCount = 1234
    report.head.firstSeen = .may(1)
    report.head.lastSeen = .may(30)
    report.examinedCount = 92
    report.expectedFalseCount = 0.00018
    report.campaigns = (0..<campaignCount).map { number in
      campaign(number, families: (0..<2).map { .sample("f-in\(number)x\($0)") })
    }
    report.otherFamilies = (0..<otherCount).map { .sample("f-out\($0)") }
    report.otherFamilyCount = otherCount
    report.familyCount = 2 * campaignCount + otherCount
    return report
  }

  /// A campaign with some families.
  static func campaign(_ number: Int, families: [Family]) -> Campaign {
    var campaign = Campaign(name: "c-\(number)", firstSeen: .may(1, hour: 3), lastSeen: .may(30))
    campaign.score = 140
    campaign.accountCount = 30
    campaign.promptCount = 1500
    var portfolio = Signal(name: "portfolio", sentence: "30 of 30 accounts sent two families.")
    portfolio.bits = 120
    portfolio.value = 1
    portfolio.speaks = true
    var clock = Signal(name: "clock", sentence: "Concentration is 0.40.")
    clock.bits = 3
    clock.value = 0.4
    campaign.signals = [portfolio, clock]
    campaign.families = families
    for place in campaign.families.indices { campaign.families[place].campaignPromptCount = 9 }
    campaign.accounts = (0..<25).map {
      Account(name: "acct-\(number)-\($0)", firstSeen: .may(2), lastSeen: .may(29))
    }
    for day in 1...30 { campaign.timeline.add(.may(day, hour: 5)) }
    campaign.matrix = families.prefix(40).map { _ in (0..<30).map { $0 % 5 } }
    return campaign
  }

  /// A report in which a string stands in one place.
  static func with(_ text: String, in place: Place) -> Report {
    var report = sample()
    var family = report.campaigns[0].families[0]
    var other = report.otherFamilies[0]
    switch place {
    case .indexName: report.head.indexName = text
    case .campaignName: report.campaigns[0].name = text
    case .verdict: report.campaigns[0].verdict = text
    case .signalName: report.campaigns[0].signals[0].name = text
    case .sentence: report.campaigns[0].signals[0].sentence = text
    case .accountName: report.campaigns[0].accounts[0].name = text
    case .familyName: family.name = text
    case .parentName: family.parent = text
    case .template: family.template.parts = [.fixed(text)]
    case .example: family.examples = [text]
    case .filler:
      family.examples = ["An example."]
      family.template.slots[0].examples = [text]
    case .otherFamilyName: other.name = text
    case .otherTemplate: other.template.parts = [.slot(0), .fixed(text)]
    }
    report.campaigns[0].families[0] = family
    report.otherFamilies[0] = other
    return report
  }
}

extension Report.Family {
  /// A family with one slot, in which numbers stand.
  static func sample(_ name: String, text: String = "Grade this essay on a scale: ") -> Self {
    let slot = Slot(
      kind: .number,
      fillerCount: 3,
      sampleCount: 8,
      lengths: 1...2,
      examples: ["filler-of-\(name)"]
    )
    return Report.Family(
      name: name,
      kind: .template,
      template: Template(parts: [.fixed(text), .slot(0)], slots: [slot], fixedShare: 0.9),
      spread: Spread(
        promptCount: 20,
        distinctCount: 20,
        accountCount: 10,
        firstSeen: .may(3),
        lastSeen: .may(28),
        score: 300
      )
    )
  }
}

// SPDX-License-Identifier: Apache-2.0

import ChorusCampaign
import ChorusFamily
import ChorusIndex
import ChorusReport
import ChorusTestSupport
import Testing

@Suite struct GatheringTests {
  private let catalogue: FamilyCatalogue
  private let list: CampaignList

  /// A pool of 30 accounts with three templates, a family of others, and ordinary prompts.
  init() throws {
    var corpus = SeededCorpus(seed: 71)
    corpus.appendNoise(count: 1000, accountCount: 400)
    for _ in 0..<3 {
      let template = corpus.template()
      for place in 0..<150 {
        let fillers = template.pieces.dropFirst().map { _ in corpus.text(wordCount: 2) }
        corpus.append(template.filled(fillers), account: "pool-\(place % 30)")
      }
    }
    corpus.appendFamily(size: 60, accountCount: 20)
    corpus.appendNoise(count: 1000, accountCount: 400)
    // The pool sends at all hours, the others from nine to five.
    let prompts = corpus.prompts.enumerated().map { place, prompt in
      var prompt = prompt
      let isPool = prompt.account.hasPrefix("pool")
      let hour = isPool ? 7 * place % 24 : 9 + place % 8
      prompt.time = .may(1 + place % 20, hour: hour)
      return prompt
    }
    catalogue = try FamilyMiner().mine(Snapshot.of(prompts))
    list = try CampaignFinder().find(catalogue)
  }

  private func report(
    verdicts: [String: String] = [:],
    examples: [String: [String]] = [:]
  ) throws -> Report {
    let head = Report.Head(indexName: "traffic.idx", generatedAt: .may(31))
    return try Report(
      head,
      catalogue: catalogue,
      list: list,
      verdicts: verdicts,
      examples: examples
    )
  }

  @Test func `each family is gathered once, in its campaign or outside`() throws {
    let report = try report()
    #expect(report.campaigns.map(\.name) == list.campaigns.map(\.name))
    #expect(report.campaigns.map { $0.families.map(\.name) } == list.campaigns.map(\.families))
    let inside = report.campaigns.flatMap(\.families).map(\.name)
    #expect((inside + report.otherFamilies.map(\.name)).sorted() == catalogue.names)
    #expect(report.familyCount == catalogue.families.count)
    #expect(report.otherFamilyCount == report.otherFamilies.count)
    #expect(report.examinedCount == list.examinedCount)
  }

  @Test func `timeline, families and matrix add up to the prompts of a campaign`() throws {
    let campaign = try #require(try report().campaigns.first)
    #expect(campaign.promptCount > 0)
    #expect(campaign.timeline.counts.reduce(0, +) == campaign.promptCount)
    let own = campaign.families.compactMap(\.campaignPromptCount)
    #expect(own.reduce(0, +) == campaign.promptCount)
    #expect(campaign.families.map { $0.timeline.counts.reduce(0, +) } == own)
    // The pool has fewer accounts than the matrix has columns.
    #expect(campaign.matrix.map { $0.reduce(0, +) } == own)
    #expect(campaign.matrix[0].count == campaign.accountCount)
  }

  @Test func `the timeline of a family outside has all of its prompts`() throws {
    for family in try report().otherFamilies {
      #expect(family.timeline.counts.reduce(0, +) == family.spread.promptCount)
    }
  }

  @Test func `a verdict goes to its campaign`() throws {
    let name = try #require(list.campaigns.first?.name)
    let campaigns = try report(verdicts: [name: "Confirmed.", "c-none": "Wrong."]).campaigns
    #expect(
      campaigns.map(\.verdict) == [.some("Confirmed.")] + campaigns.dropFirst().map { _ in nil }
    )
  }

  @Test func `no filler is taken unless examples are`() throws {
    let family = try #require(list.campaigns.first?.families.first)
    let without = try report().campaigns.flatMap(\.families) + report().otherFamilies
    #expect(without.allSatisfy { $0.template.slots.allSatisfy(\.examples.isEmpty) })
    let with = try report(examples: [family: ["An example."]])
    let entries = with.campaigns.flatMap(\.families) + with.otherFamilies
    for entry in entries {
      #expect(entry.examples.isEmpty == (entry.name != family))
      let fillers = entry.template.slots.flatMap(\.examples)
      #expect(fillers.isEmpty == (entry.name != family))
    }
  }
}

@Suite struct TimelineTests {
  @Test func `a day is counted from midnight to midnight`() {
    var timeline = Report.Timeline(from: .may(1, hour: 23), through: .may(3, hour: 1))
    for (day, hour) in [(1, 0), (1, 23), (3, 23), (4, 0)] { timeline.add(.may(day, hour: hour)) }
    timeline.add(Timestamp(milliseconds: Timestamp.may(1).milliseconds - 1))
    #expect(timeline.start == .may(1))
    #expect(timeline.counts == [2, 0, 1])
  }

  @Test func `a long time has bars of several days`() {
    var timeline = Report.Timeline(from: .earliest, through: .end)
    timeline.add(.earliest)
    timeline.add(.end)
    #expect(timeline.counts.count <= 400)
    #expect(timeline.daysPerBar > 1)
    #expect(timeline.counts.first == 1)
    #expect(timeline.counts.last == 1)
  }
}

extension FamilyCatalogue {
  /// The names of all families, ascending.
  fileprivate var names: [String] { families.map(\.name).sorted() }
}

// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chorus
import Foundation

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Writes campaigns and families as one page that can be sent.",
    discussion: """
      The page is one HTML file that loads nothing and runs nothing: ranked campaigns with the \
      evidence in sentences, their templates, timelines and accounts, then the other families. It \
      can be read on paper, on a phone, and in the dark. No text of a prompt is in it but \
      templates, unless --with-text is given.
      """
  )

  @OptionGroup var search: CampaignOptions

  @Option(help: "The file to write.")
  var output: String

  @Flag(help: "Show a few prompts of each family of a campaign, and what fills its slots.")
  var withText = false

  @Flag(help: "Show campaigns that were marked as benign, too.")
  var all = false

  @Flag(help: "Print nothing.")
  var quiet = false

  /// The prompts that are shown of a family.
  private static let exampleCount = 3

  func run() throws {
    let found = try search.find()
    var list = found.list
    if !all { list.campaigns = found.suspected }
    var head = Report.Head(
      indexName: URL(filePath: search.options.index).lastPathComponent,
      generatedAt: Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    )
    let statistics = try found.snapshot.statistics()
    head.promptCount = statistics.prompts
    head.accountCount = statistics.accounts
    head.firstSeen = statistics.times?.lowerBound
    head.lastSeen = statistics.times?.upperBound
    var verdicts: [String: String] = [:]
    for campaign in list.campaigns {
      guard let verdict = found.verdict(about: campaign) else { continue }
      verdicts[campaign.name] =
        verdict.decision.rawValue + (verdict.note.isEmpty ? "" : ": " + verdict.note)
    }
    let report = try Report(
      head,
      catalogue: found.catalogue,
      list: list,
      verdicts: verdicts,
      examples: withText ? try examples(found.catalogue, list) : [:]
    )
    let file = try LineFile(output)
    try file.write(ReportPage(report).html)
    try file.flush()
    guard !quiet else { return }
    Terminal.output.line(
      "Wrote \(Format.count(list.campaigns.count)) campaigns and "
        + "\(Format.count(found.catalogue.families.count)) families to \(output)."
    )
  }

  /// Ends reading when there are enough examples.
  private struct Enough: Error {}

  /// The first prompts of each family of a campaign that its accounts sent.
  private func examples(
    _ catalogue: FamilyCatalogue,
    _ list: CampaignList
  ) throws -> [String: [String]] {
    var senders: [Int: Set<String>] = [:]
    for campaign in list.campaigns {
      let accounts = Set(campaign.accounts.map(\.name))
      for family in campaign.families {
        senders[try catalogue.number(ofFamily: family), default: []].formUnion(accounts)
      }
    }
    var examples: [String: [String]] = [:]
    var left = Set(senders.keys)
    guard !left.isEmpty else { return [:] }
    do {
      try catalogue.forEachText(ofFamilies: left) { member, text in
        guard left.contains(member.family),
          senders[member.family]?.contains(member.account) ?? false
        else { return }
        let name = catalogue.families[member.family].name
        examples[name, default: []].append(String(decoding: text, as: UTF8.self))
        if examples[name]?.count == Self.exampleCount { left.remove(member.family) }
        if left.isEmpty { throw Enough() }
      }
    } catch is Enough {}
    return examples
  }
}

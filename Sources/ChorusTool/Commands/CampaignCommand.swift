// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chorus
import ChorusWire
import Foundation

struct CampaignCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "campaign",
    abstract: "Shows one campaign: the evidence in sentences, its families and accounts.",
    discussion: """
      With --mark a person's verdict is kept beside the index. A benign campaign is not listed any \
      more, also when it is found again under another name with most of its families; --mark none \
      takes the verdict back. With --bundle all that the campaign was named for is written to a \
      folder, with checksums and the command that makes the same again.
      """
  )

  enum Mark: String, ExpressibleByArgument, CaseIterable {
    case benign
    case confirmed
    case none
  }

  @OptionGroup var search: CampaignOptions

  @Argument(help: "The name of the campaign, as 'chorus campaigns' prints it.")
  var name: String

  @Flag(help: "List its accounts.")
  var accounts = false

  @Flag(help: "Print the accounts as comma-separated values with a header.")
  var csv = false

  @Option(help: "Keep a verdict: benign, confirmed, or none to take it back.")
  var mark: Mark?

  @Option(help: "A sentence to keep with the verdict.")
  var note: String?

  @Option(help: "Write the evidence to this folder, which must be new or empty.")
  var bundle: String?

  @Flag(help: "Put the texts of prompts into the bundle, too.")
  var withText = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard note == nil || (mark != nil && mark != Mark.none) else {
      throw ValidationError("--note goes with --mark benign or --mark confirmed.")
    }
    guard !withText || bundle != nil else {
      throw ValidationError("--with-text goes with --bundle.")
    }
    guard !csv || (accounts && !output.json) else {
      throw ValidationError("--csv goes with --accounts, and not with --json.")
    }
    guard mark == nil || bundle == nil else {
      throw ValidationError("Give --mark or --bundle, not both.")
    }
    guard (mark == nil && bundle == nil) || !(accounts || output.json) else {
      throw ValidationError("--mark and --bundle print nothing: leave --accounts and --json out.")
    }
  }

  func run() throws {
    let found = try search.find()
    let campaign = try found.list.campaign(named: name)
    if let mark { return try keep(mark, found, campaign) }
    if let bundle {
      let count = try EvidenceBundle(
        found: found,
        campaign: campaign,
        search: search,
        includesText: withText
      ).write(to: bundle)
      if !output.quiet {
        Terminal.output.line("Wrote \(Format.count(count)) prompts to \(bundle).")
      }
      return
    }
    if accounts {
      return try CampaignPrinter(output: output, usesCSV: csv).printAccounts([campaign])
    }
    let verdict = found.verdict(about: campaign)
    if output.json { return try JSONLines().write(CampaignObject(campaign, verdict)) }
    show(campaign, verdict)
  }

  private func keep(_ mark: Mark, _ found: FoundCampaigns, _ campaign: Campaign) throws {
    let book = VerdictBook(found.index)
    let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    let decision: Verdict.Decision? =
      switch mark {
      case .benign: .benign
      case .confirmed: .confirmed
      case .none: nil
      }
    guard let decision else {
      let isGone = try book.withdraw(about: campaign, for: found.snapshot)
      guard !output.quiet else { return }
      Terminal.output.line(
        isGone ? "Took the verdict about \(campaign.name) back." : "There was no verdict."
      )
      return
    }
    try book.give(
      Verdict(
        campaign: campaign.name,
        decision: decision,
        note: note ?? "",
        time: now,
        families: campaign.families
      ),
      for: found.snapshot
    )
    if !output.quiet {
      Terminal.output.line("Campaign \(campaign.name) is marked as \(decision.rawValue).")
    }
  }

  private func show(_ campaign: Campaign, _ verdict: Verdict?) {
    let out = Terminal.output
    out.line(out.bold("Campaign \(campaign.name)"))
    out.line(
      "\(Format.count(campaign.promptCount)) prompts of "
        + "\(Format.count(campaign.families.count)) families from "
        + "\(Format.count(campaign.accounts.count)) accounts, "
        + "\(campaign.firstSeen) to \(campaign.lastSeen)."
    )
    if let verdict {
      let note = verdict.note.isEmpty ? "." : ": " + Format.oneLine(verdict.note, width: 200)
      out.line("Marked as \(verdict.decision.rawValue) at \(verdict.time)\(note)")
    }
    out.line()
    out.line(out.bold("Evidence"))
    for signal in campaign.signals where signal.kind.canSpeak {
      out.line("  \(signal.kind.rawValue) (\(Format.decimal(signal.bits, 0)) bits)")
      out.line("    \(signal.sentence)")
    }
    let rest = campaign.signals.filter { !$0.kind.canSpeak }
    if !rest.isEmpty {
      out.line()
      out.line(out.bold("What else was seen") + ", which innocents show, too")
      for signal in rest {
        out.line("  \(signal.kind.rawValue)")
        out.line("    \(signal.sentence)")
      }
    }
    out.line()
    out.line(out.bold("Families"))
    for family in campaign.families { out.line("  \(family)") }
    out.line()
    out.line("Its accounts: add --accounts. A family: chorus family INDEX NAME.")
  }
}

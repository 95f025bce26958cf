// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chorus
import ChorusWire

struct FamilyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "family",
    abstract: "Shows one family: its template with slots, accounts, timeline and slot values."
  )

  @OptionGroup var options: IndexOptions

  @Argument(help: "The name of the family, as 'chorus families' prints it.")
  var name: String

  @Option(help: "How many accounts to list, busiest first.")
  var accounts = 10

  @OptionGroup var time: WindowOptions

  @OptionGroup var mining: FamilyOptions

  @OptionGroup var output: OutputOptions

  func run() throws {
    let index = try options.open()
    let catalogue = try mining.catalogue(of: index, index.snapshot())
    let number = try catalogue.number(ofFamily: name)
    var family = catalogue.families[number]
    let window = try time.window()
    if let window { family.spread = try catalogue.spreads(in: window)[number] }
    let history = try catalogue.history(ofFamily: number, in: window ?? .earliest ..< .end)
    if output.json {
      let campaign = try mining.campaignNames(in: catalogue, of: index)[family.name]
      return try JSONLines().write(
        FamilyHistoryObject(family: FamilyObject(family, campaign: campaign), history: history)
      )
    }
    printHead(family, history, isPart: window != nil)
    printTemplate(family.template)
    printSlots(family.template)
    printTimeline(history)
    printAccounts(history)
  }

  private func printHead(_ family: Family, _ history: FamilyHistory, isPart: Bool) {
    let spread = family.spread
    let out = Terminal.output
    out.line(out.bold("Family \(family.name) (\(family.kind.rawValue))"))
    guard spread.promptCount > 0 else { return out.line("It has no prompts in that time.") }
    out.line(
      "\(Format.count(spread.promptCount)) prompts\(isPart ? " of that time" : ""), "
        + "\(Format.count(spread.distinctCount)) distinct, "
        + "from \(Format.count(spread.accountCount)) accounts, "
        + "\(spread.firstSeen) to \(spread.lastSeen)."
    )
    let quarters = [0.5, 0.9, 1].map { Format.count(history.promptCount(atQuantile: $0)) }
    out.line(
      "Half of the accounts sent at most \(quarters[0]) of them, nine in ten at most "
        + "\(quarters[1]), the busiest \(quarters[2])."
    )
    if let growth = history.growth {
      out.line("The later half of the time has \(Format.decimal(growth, 2)) times the earlier's.")
    }
    let share = Format.decimal(100 * family.template.fixedShare, 0)
    out.line("\(share) % of its text is fixed (\(family.template.fixedByteCount) bytes).")
    if family.template.deviatingShare > 0 {
      let deviating = Format.decimal(100 * family.template.deviatingShare, 0)
      out.line("\(deviating) % of the sampled prompts deviate from it somewhere.")
    }
    if family.template.variantCount > 1 {
      let ways = Format.count(family.template.variantCount)
      out.line("It is written in \(ways) ways, here in the commonest.")
    }
    if let parent = family.parent { out.line("Contains the fixed text of family \(parent).") }
    if !family.formerNames.isEmpty {
      out.line("Went into it: \(family.formerNames.joined(separator: ", ")).")
    }
    if let origin = family.splitFrom { out.line("Was once a part of \(origin).") }
  }

  private func printTemplate(_ template: Template) {
    let out = Terminal.output
    out.line()
    out.line(out.bold("Template"))
    var text = ""
    for part in template.parts {
      switch part {
      case .fixed(let fixed): text += Format.printable(fixed)
      case .slot(let number): text += out.slot("{\(number + 1)}")
      }
    }
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      out.line("  " + line)
    }
  }

  private func printSlots(_ template: Template) {
    guard !template.slots.isEmpty else { return }
    let out = Terminal.output
    out.line()
    out.line(out.bold("Slots") + " in a sample of \(template.slots[0].sampleCount) prompts")
    var table = Table([
      ("slot", .right), ("kind", .left), ("different", .right), ("bytes", .right),
      ("examples", .left),
    ])
    for (number, slot) in template.slots.enumerated() {
      let examples = slot.examples.prefix(3).map { Format.oneLine($0, width: 40) }
      table.add([
        "{\(number + 1)}", slot.kind.rawValue, Format.count(slot.fillerCount),
        "\(slot.lengths.lowerBound)-\(slot.lengths.upperBound)", examples.joined(separator: " | "),
      ])
    }
    table.print()
  }

  private func printTimeline(_ history: FamilyHistory) {
    guard !history.days.isEmpty else { return }
    let out = Terminal.output
    out.line()
    out.line(out.bold("Day by day"))
    let most = history.days.map(\.promptCount).max() ?? 1
    var table = Table([
      ("day", .left), ("prompts", .right), ("accounts", .right), ("first here", .right),
      ("last here", .right), ("", .left),
    ])
    for day in history.days {
      table.add([
        String(day.start.description.prefix(10)), Format.count(day.promptCount),
        Format.count(day.accountCount), Format.count(day.joiningCount),
        Format.count(day.leavingCount),
        String(repeating: "#", count: max(1, 40 * day.promptCount / most)),
      ])
    }
    table.print()
  }

  private func printAccounts(_ history: FamilyHistory) {
    guard !history.accounts.isEmpty else { return }
    let out = Terminal.output
    out.line()
    var table = Table([("account", .left), ("prompts", .right)])
    for (account, count) in history.accounts.prefix(max(0, accounts)) {
      table.add([account, Format.count(count)])
    }
    table.print()
    if history.accounts.count > accounts {
      out.line("\(Format.count(history.accounts.count - accounts)) more accounts; see --accounts.")
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chorus

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

  @OptionGroup var mining: FamilyOptions

  @OptionGroup var output: OutputOptions

  func run() throws {
    let catalogue = try mining.catalogue(of: options)
    let number = try catalogue.number(ofFamily: name)
    let family = catalogue.families[number]
    if output.json {
      let campaign = try mining.campaignNames(in: catalogue)[family.name]
      try JSONLines().write(FamilyObject(family, campaign: campaign))
      return
    }
    var promptsByAccount: [String: Int] = [:]
    var promptsByDay: [String: Int] = [:]
    try catalogue.forEachMember(of: number) { member in
      promptsByAccount[member.account, default: 0] += 1
      promptsByDay[String(member.time.description.prefix(10)), default: 0] += 1
    }
    printHead(family)
    printTemplate(family.template)
    printSlots(family.template)
    printTimeline(promptsByDay)
    printAccounts(promptsByAccount)
  }

  private func printHead(_ family: Family) {
    let spread = family.spread
    let out = Terminal.output
    out.line(out.bold("Family \(family.name) (\(family.kind.rawValue))"))
    out.line(
      "\(Format.count(spread.promptCount)) prompts, "
        + "\(Format.count(spread.distinctCount)) distinct, "
        + "from \(Format.count(spread.accountCount)) accounts, "
        + "\(spread.firstSeen) to \(spread.lastSeen)."
    )
    let share = Format.decimal(100 * family.template.fixedShare, 0)
    out.line("\(share) % of its text is fixed (\(family.template.fixedByteCount) bytes).")
    if let parent = family.parent { out.line("Contains the fixed text of family \(parent).") }
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

  private func printTimeline(_ promptsByDay: [String: Int]) {
    let out = Terminal.output
    out.line()
    out.line(out.bold("Prompts a day"))
    let most = promptsByDay.values.max() ?? 1
    for (day, count) in promptsByDay.sorted(by: { $0.key < $1.key }) {
      let bar = String(repeating: "#", count: max(1, 50 * count / most))
      out.line("  \(day)  \(bar) \(Format.count(count))")
    }
  }

  private func printAccounts(_ promptsByAccount: [String: Int]) {
    let out = Terminal.output
    out.line()
    let busiest = promptsByAccount.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    var table = Table([("account", .left), ("prompts", .right)])
    for (account, count) in busiest.prefix(max(0, accounts)) {
      table.add([account, Format.count(count)])
    }
    table.print()
    if busiest.count > accounts {
      out.line("\(Format.count(busiest.count - accounts)) more accounts; see --accounts.")
    }
  }
}

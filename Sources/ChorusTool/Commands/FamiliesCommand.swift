// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chorus
import ChorusWire

struct FamiliesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "families",
    abstract: "Lists the families of prompts that share a template, widest spread first.",
    discussion: """
      With --since or --until, what is counted are the prompts of that time, and families without \
      any are left out. The families themselves are those of all prompts.

      A family is found by text that prompts of several accounts share; ordinary phrases are not \
      enough. That many accounts share a template is a fact, not an accusation: public templates \
      do too.
      """
  )

  enum Order: String, ExpressibleByArgument, CaseIterable {
    case spread
    case accounts
    case prompts
    case recent
  }

  @OptionGroup var options: IndexOptions

  @OptionGroup var mining: FamilyOptions

  @Option(help: "The fewest prompts of a family.")
  var minPrompts = 1

  @OptionGroup var time: WindowOptions

  @Option(help: "spread, accounts, prompts or recent.")
  var sort = Order.spread

  @Option(help: "The most families to list.")
  var limit: Int?

  @Flag(help: "Print comma-separated values with a header.")
  var csv = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard !(csv && output.json) else { throw ValidationError("Give --csv or --json, not both.") }
    if let limit, limit < 1 { throw ValidationError("--limit must be at least 1.") }
  }

  func run() throws {
    let window = try time.window()
    let index = try options.open()
    let catalogue = try mining.catalogue(of: index, index.snapshot())
    var families = catalogue.families
    if let window {
      for (number, spread) in try catalogue.spreads(in: window).enumerated() {
        families[number].spread = spread
      }
    }
    families.removeAll { $0.spread.promptCount < max(minPrompts, 1) }
    switch sort {
    case .spread:
      // In a part of the time, what is wide now counts, not what is in all.
      if window != nil { families.sort { $0.spread.accountCount > $1.spread.accountCount } }
    case .accounts: families.sort { $0.spread.accountCount > $1.spread.accountCount }
    case .prompts: families.sort { $0.spread.promptCount > $1.spread.promptCount }
    case .recent: families.sort { $0.spread.lastSeen > $1.spread.lastSeen }
    }
    let shown = Array(families.prefix(limit ?? (output.json || csv ? families.count : 50)))
    if output.json {
      let lines = JSONLines()
      let campaigns = try mining.campaignNames(in: catalogue, of: index)
      for family in shown {
        try lines.write(FamilyObject(family, campaign: campaigns[family.name]))
      }
    } else if csv {
      printCSV(shown)
    } else {
      printTable(shown, of: families.count)
    }
  }

  private func printTable(_ families: [Family], of total: Int) {
    guard !families.isEmpty else {
      if !output.quiet { Terminal.output.line("No family has that many accounts and prompts.") }
      return
    }
    var table = Table([
      ("family", .left), ("kind", .left), ("accounts", .right), ("prompts", .right),
      ("distinct", .right), ("first seen", .left), ("last seen", .left), ("template", .left),
    ])
    let width = max(40, Terminal.output.width - 84)
    for family in families {
      let spread = family.spread
      table.add([
        family.name, family.kind.rawValue, Format.count(spread.accountCount),
        Format.count(spread.promptCount), Format.count(spread.distinctCount),
        String(spread.firstSeen.description.prefix(10)),
        String(spread.lastSeen.description.prefix(10)),
        Format.oneLine(family.template.text, width: width),
      ])
    }
    table.print()
    if !output.quiet, total > families.count {
      Terminal.output.line("\(Format.count(total - families.count)) more; see --limit.")
    }
  }

  private func printCSV(_ families: [Family]) {
    Terminal.output.line(
      "family,kind,template,slots,prompts,distinct,accounts,first_seen,last_seen,spread_score"
    )
    for family in families {
      let spread = family.spread
      let cells = [
        family.name, family.kind.rawValue, family.template.text,
        String(family.template.slots.count), String(spread.promptCount),
        String(spread.distinctCount), String(spread.accountCount), spread.firstSeen.description,
        spread.lastSeen.description, Format.decimal(spread.score, 3),
      ]
      Terminal.output.line(CSV.line(cells))
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chorus
import ChorusWire

struct StatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Counts, bytes a prompt by part, segments and parameters of an index."
  )

  @OptionGroup var options: IndexOptions

  @OptionGroup var output: OutputOptions

  func run() throws {
    let statistics = try options.open().snapshot().statistics()
    if output.json {
      try JSONLines().write(StatisticsObject(statistics))
      return
    }
    let distinct = Double(max(statistics.distinct, 1))
    Terminal.output.line(
      "\(Format.count(statistics.prompts)) prompts, \(Format.count(statistics.distinct)) distinct, "
        + "\(Format.count(statistics.accounts)) accounts, "
        + "\(Format.count(statistics.segments)) segments; format \(statistics.formatVersion)."
    )
    if statistics.deleted > 0 {
      Terminal.output.line(
        "\(Format.count(statistics.deleted)) prompts are deleted and not erased yet."
      )
    }
    if let times = statistics.times {
      Terminal.output.line("Sent from \(times.lowerBound) to \(times.upperBound).")
    }
    Terminal.output.line(
      "\(Format.bytes(statistics.textByteCount)) of distinct text, "
        + "\(Format.decimal(Double(statistics.textByteCount) / distinct, 0)) bytes each."
    )
    Terminal.output.line()
    var table = Table([("part", .left), ("bytes", .right), ("a distinct prompt", .right)])
    for part in statistics.parts {
      table.add([
        part.name, Format.count(Int(part.byteCount)),
        Format.decimal(Double(part.byteCount) / distinct, 1),
      ])
    }
    table.add([
      "total", Format.count(Int(statistics.totalByteCount)),
      Format.decimal(Double(statistics.totalByteCount) / distinct, 1),
    ])
    table.print()
    Terminal.output.line()
    var parameters = Table([("parameter", .left), ("value", .right)])
    for (name, value) in statistics.parameters { parameters.add([name, String(value)]) }
    parameters.print()
  }
}

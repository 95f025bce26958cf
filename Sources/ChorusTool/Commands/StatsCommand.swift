// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chorus

struct StatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Counts, bytes a prompt by part, segments and parameters of an index."
  )

  @OptionGroup var options: IndexOptions

  @OptionGroup var output: OutputOptions

  private struct Statistics: Encodable {
    var prompts: Int
    var distinct: Int
    var accounts: Int
    var segments: Int
    var deleted: Int
    var textBytes: UInt64
    var bytes: [String: UInt64]
    var bytesPerPrompt: Double
    var parameters: [String: UInt64]
    var formatVersion: Int
    var firstSeen: String?
    var lastSeen: String?

    enum CodingKeys: String, CodingKey {
      case prompts, distinct, accounts, segments, deleted, bytes, parameters
      case textBytes = "text_bytes"
      case bytesPerPrompt = "bytes_per_prompt"
      case formatVersion = "format_version"
      case firstSeen = "first_seen"
      case lastSeen = "last_seen"
    }
  }

  /// The parameters of an index by their names.
  static func parameters(of statistics: IndexStatistics) -> [String: UInt64] {
    Dictionary(
      statistics.parameters.map { ($0.name, $0.value) },
      uniquingKeysWith: { first, _ in first }
    )
  }

  func run() throws {
    let statistics = try options.open().snapshot().statistics()
    let perPrompt = Double(statistics.totalByteCount) / Double(max(statistics.prompts, 1))
    if output.json {
      var bytes: [String: UInt64] = ["total": statistics.totalByteCount]
      for part in statistics.parts { bytes[part.name] = part.byteCount }
      try JSONLines().write(
        Statistics(
          prompts: statistics.prompts,
          distinct: statistics.distinct,
          accounts: statistics.accounts,
          segments: statistics.segments,
          deleted: statistics.deleted,
          textBytes: statistics.textByteCount,
          bytes: bytes,
          bytesPerPrompt: perPrompt,
          parameters: Self.parameters(of: statistics),
          formatVersion: statistics.formatVersion,
          firstSeen: statistics.times?.lowerBound.description,
          lastSeen: statistics.times?.upperBound.description
        )
      )
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

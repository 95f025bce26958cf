// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chorus

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Reads every byte of an index and checks every checksum and invariant.",
    discussion: """
      Names what is damaged in each file, where, and what is lost, and exits with 4 when anything \
      is. With --repair, what can be read of damaged files is kept and the rest dropped. With \
      --deleted, looks through all files for what must not be there any more, and exits with 4 \
      when it is found.
      """
  )

  @OptionGroup var options: IndexOptions

  @Flag(help: "Keep what can be read of damaged files and drop the rest.")
  var repair = false

  @Option(
    name: .customLong("deleted"),
    help: "Look for an id=VALUE, account=VALUE or text=VALUE in every file; repeatable."
  )
  var deleted: [String] = []

  @OptionGroup var output: OutputOptions

  private struct Result: Encodable {
    var segments: Int
    var prompts: Int
    var bytes: UInt64
    var faults: [String]
    var lost: Int?
    var kept: Int?
  }

  private struct Found: Encodable {
    var deleted: Int
    var file: String
    var part: String
  }

  func validate() throws {
    guard !repair || deleted.isEmpty else {
      throw ValidationError("Give --repair or --deleted, not both.")
    }
    _ = try deleted.map(Self.target)
  }

  private static func target(_ argument: String) throws -> TraceTarget {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 2, !parts[1].isEmpty {
      switch parts[0] {
      case "id": return .id(String(parts[1]))
      case "account": return .account(String(parts[1]))
      case "text": return .text(Array(parts[1].utf8))
      default: break
      }
    }
    throw ValidationError("--deleted takes id=VALUE, account=VALUE or text=VALUE.")
  }

  func run() throws {
    if !deleted.isEmpty { return try lookForTraces() }
    if repair { return try mend() }
    let report = try options.open().verify()
    if output.json {
      try JSONLines().write(
        Result(
          segments: report.segmentCount,
          prompts: report.promptCount,
          bytes: report.byteCount,
          faults: report.faults.map(\.message)
        )
      )
    } else {
      print(report.faults)
      if report.lostCount > 0 {
        Terminal.output.line(
          "The damaged segments have \(Format.count(report.lostCount)) of "
            + "\(Format.count(report.promptCount)) prompts; 'chorus verify --repair' keeps what "
            + "can be read of them."
        )
      }
      if report.faults.isEmpty, !output.quiet {
        Terminal.output.line(
          "All is well: \(Format.count(report.segmentCount)) segments, "
            + "\(Format.count(report.promptCount)) prompts, \(Format.bytes(report.byteCount)) read."
        )
      }
    }
    if !report.faults.isEmpty { throw ExitStatus.damaged }
  }

  private func print(_ faults: [ChorusError]) {
    for fault in faults {
      Terminal.output.line(fault.message)
      if let position = fault.position {
        Terminal.output.line("  in \(position.file), at offset \(position.offset)")
      }
    }
  }

  private func mend() throws {
    let storage = try DiskStorage(existing: options.index)
    let report = try IndexRepair(storage, key: try options.key()).run()
    if output.json {
      let statistics = try options.open().snapshot().statistics()
      try JSONLines().write(
        Result(
          segments: statistics.segments,
          prompts: statistics.prompts,
          bytes: statistics.totalByteCount,
          faults: report.faults.map(\.message),
          lost: report.lostCount,
          kept: report.keptCount
        )
      )
    } else {
      print(report.faults)
      if report.faults.isEmpty {
        if !output.quiet { Terminal.output.line("All is well: nothing to repair.") }
      } else {
        Terminal.output.line(
          "Dropped \(Format.count(report.lostCount)) prompts and kept "
            + "\(Format.count(report.keptCount)) of the damaged files."
        )
      }
    }
  }

  private func lookForTraces() throws {
    let index = try options.open()
    var count = 0
    for (number, argument) in deleted.enumerated() {
      for trace in try index.traces(of: try Self.target(argument)) {
        count += 1
        if output.json {
          try JSONLines().write(
            Found(deleted: number, file: trace.file, part: trace.part)
          )
        } else {
          Terminal.output.line(
            "Number \(number + 1) of what is deleted is in \(trace.file), in its \(trace.part)."
          )
        }
      }
    }
    if count > 0 { throw ExitStatus.damaged }
    if !output.json, !output.quiet {
      Terminal.output.line("No trace of what is deleted in any file.")
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chorus

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Reads every byte of an index and checks every checksum and invariant.",
    discussion: "Names what is damaged in each segment, and exits with 4 when anything is."
  )

  @Argument(help: "The folder of the index.")
  var index: String

  @OptionGroup var output: OutputOptions

  private struct Result: Encodable {
    var segments: Int
    var prompts: Int
    var bytes: UInt64
    var faults: [String]
  }

  func run() throws {
    let report = try Index(path: index).verify()
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
      for fault in report.faults {
        Terminal.output.line(fault.message)
        if let position = fault.position {
          Terminal.output.line("  in \(position.file), at offset \(position.offset)")
        }
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
}

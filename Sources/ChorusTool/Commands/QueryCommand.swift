// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chorus
import Foundation

struct QueryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "query",
    abstract: "Finds who else sent something like this.",
    discussion: """
      The text is an argument, a file (--file, '-' is standard input) or a prompt of the index \
      (--id). 'similar' finds prompts whose words overlap; 'contains' finds prompts that have the \
      text in them as one run of words (a run of less than a dozen makes it read all texts).
      """
  )

  enum Mode: String, ExpressibleByArgument, CaseIterable {
    case similar
    case contains
  }

  @OptionGroup var options: IndexOptions

  @Argument(help: "The text to ask about.")
  var text: String?

  @Option(help: "A file that holds the text; '-' is standard input.")
  var file: String?

  @Option(help: "The id of a prompt of the index to ask about; it is left out of the answer.")
  var id: String?

  @Option(help: "similar or contains.")
  var mode = Mode.similar

  @Option(help: "The most matches to print.")
  var limit = 10

  @Option(help: "The least similarity of a match, from 0 to 1.")
  var threshold = 0.5

  @Option(help: "Only prompts sent at this time or later.")
  var since: String?

  @Option(help: "Only prompts sent before this time.")
  var until: String?

  @Option(help: "Only prompts of this account.")
  var account: String?

  @Option(name: .customLong("attribute"), help: "Only prompts with this attribute: name=value.")
  var attributes: [String] = []

  @Flag(name: .customLong("text"), help: "Print the text of each match.")
  var showsText = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard [text, file, id].compactMap({ $0 }).count == 1 else {
      throw ValidationError("Give exactly one of TEXT, --file and --id.")
    }
    guard limit > 0 else { throw ValidationError("--limit must be at least 1.") }
    guard (0...1).contains(threshold) else {
      throw ValidationError("--threshold must be from 0 to 1.")
    }
  }

  func run() throws {
    let snapshot = try options.open().snapshot()
    var query = Query(text: [], limit: limit, threshold: threshold)
    query.mode = mode == .contains ? .contains : .similar
    query.filter.since = try since.map { try TimeArgument.parse($0, for: "--since") }
    query.filter.until = try until.map { try TimeArgument.parse($0, for: "--until") }
    query.filter.account = account
    for attribute in attributes {
      let parts = attribute.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { throw ValidationError("--attribute takes name=value.") }
      query.filter.attributes.append((String(parts[0]), String(parts[1])))
    }
    query.text = try queryText(snapshot)
    query.filter.excludedID = id
    let answer = try snapshot.answer(query)
    try print(answer)
  }

  private func queryText(_ snapshot: Snapshot) throws -> [UInt8] {
    if let id { return try snapshot.text(ofID: id) }
    if let text { return Array(text.utf8) }
    let path = file ?? "-"
    let data =
      path == "-"
      ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: path)
    guard let data else {
      throw ChorusError(.notFound, "Cannot read \(path): check the path and the permissions.")
    }
    return Array(String(decoding: data, as: UTF8.self).utf8)
  }

  private struct Row: Encodable {
    var id: String
    var account: String
    var time: String
    var similarity: Double
    var containment: Double
    var score: Double
    var estimated: Bool?
    var span: [Int]?
    var text: String?
  }

  private func print(_ answer: Answer) throws {
    if output.json {
      let lines = JSONLines()
      for match in answer.matches {
        try lines.write(
          Row(
            id: match.id,
            account: match.account,
            time: match.time.description,
            similarity: match.similarity,
            containment: match.containment,
            score: match.score,
            estimated: match.isEstimate ? true : nil,
            span: match.span.map { [$0.lowerBound, $0.upperBound] },
            text: showsText ? String(decoding: match.text, as: UTF8.self) : nil
          )
        )
      }
    } else if answer.matches.isEmpty {
      if !output.quiet { Terminal.output.line("No match.") }
    } else {
      var table = Table([
        ("score", .right), ("similarity", .right), ("contained", .right), ("time", .left),
        ("account", .left), ("id", .left),
      ])
      for match in answer.matches {
        table.add([
          Format.decimal(match.score, 3), Format.decimal(match.similarity, 3),
          Format.decimal(match.containment, 3), match.time.description, match.account, match.id,
        ])
      }
      table.print()
      if showsText {
        for match in answer.matches {
          Terminal.output.line()
          Terminal.output.line(Terminal.output.bold(Format.safe(match.id)))
          Terminal.output.line(Format.printable(String(decoding: match.text, as: UTF8.self)))
        }
      }
    }
    if answer.isTruncated, !output.quiet {
      Terminal.error.line(
        "chorus: more texts were similar than are compared exactly; raise --threshold to be sure "
          + "of the best."
      )
    }
  }
}

/// Times on the command line.
enum TimeArgument {
  /// Reads a time in one of the forms that records may have.
  static func parse(_ text: String, for option: String) throws -> Timestamp {
    if let time = Timestamp(rfc3339: text.utf8) { return time }
    if let time = Timestamp(rfc3339: (text + "T00:00:00Z").utf8) { return time }
    if let number = Double(text), let time = Timestamp(epoch: number) { return time }
    throw ValidationError(
      "\(option) takes a time such as 2026-04-22, 2026-04-22T10:00:00Z or seconds since 1970."
    )
  }
}

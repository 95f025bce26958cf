// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chorus
import Foundation

struct QueryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "query",
    abstract: "Finds who else sent something like this.",
    discussion: """
      The text is an argument, a file (--file, '-' is standard input), a prompt of the index \
      (--id), or many of them, one JSON object a line with 'id' and 'text' (--batch). 'similar' \
      finds prompts whose words overlap; 'contains' finds prompts that have the text in them as \
      one run of words. With --slots the text is a template, as 'chorus families' prints it: {1}, \
      {2} and so on, and {*}, stand for any text. A run of less than a dozen words that is rare \
      makes 'contains' read all texts.
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

  @Option(
    help: "A file with many texts, as JSON Lines with the keys id and text; '-' is standard input."
  )
  var batch: String?

  @Option(help: "similar or contains.")
  var mode = Mode.similar

  @Flag(help: "Take {1}, {2} and so on, and {*}, in the text for any text; for contains.")
  var slots = false

  @Option(help: "The most matches to print, of each text.")
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

  @Option(help: "Only prompts of this family; families are found first, as by 'families'.")
  var family: String?

  @Flag(help: "Name the family of each match; families are found first, as by 'families'.")
  var families = false

  @OptionGroup var mining: FamilyOptions

  @Flag(name: .customLong("text"), help: "Print the text of each match.")
  var showsText = false

  @Flag(help: "Say why each match is one: what it shares with the text, exactly and by its sketch.")
  var explain = false

  @Option(help: "With --batch, a file that receives one JSON line for each record not taken.")
  var rejects: String?

  @Flag(help: "With --batch, ask one text after the other, twice, and say how long that takes.")
  var timing = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard [text, file, id, batch].compactMap({ $0 }).count == 1 else {
      throw ValidationError("Give exactly one of TEXT, --file, --id and --batch.")
    }
    guard limit > 0 else { throw ValidationError("--limit must be at least 1.") }
    guard (0...1).contains(threshold) else {
      throw ValidationError("--threshold must be from 0 to 1.")
    }
    guard mode == .contains || !slots else {
      throw ValidationError("--slots goes with --mode contains.")
    }
    guard batch != nil || (rejects == nil && !timing) else {
      throw ValidationError("--rejects and --timing go with --batch.")
    }
  }

  func run() throws {
    let index = try options.open()
    let snapshot = try index.snapshot()
    var query = Query(text: [], limit: limit, threshold: threshold)
    query.mode = mode == .contains ? .contains : .similar
    query.hasSlots = slots
    query.includesText = showsText
    query.filter = try filter()
    let needsFamilies = families || family != nil
    let catalogue =
      needsFamilies
      ? try mining.catalogue(of: index, snapshot)
      : output.json ? mining.keptCatalogue(of: index, snapshot) : nil
    if let family, let catalogue {
      query.filter.rows = catalogue.rows(ofFamily: try catalogue.number(ofFamily: family))
    }
    let printer = MatchPrinter(
      snapshot: snapshot,
      catalogue: catalogue,
      showsText: showsText,
      explains: explain,
      output: output
    )
    if let batch {
      return try BatchQuery(
        snapshot: snapshot,
        query: query,
        path: batch,
        rejects: rejects,
        isTimed: timing,
        printer: printer
      ).run()
    }
    query.text = try queryText(snapshot)
    let answer = try snapshot.answer(query)
    try printer.print(answer, of: query)
  }

  private func filter() throws -> PromptFilter {
    var filter = PromptFilter()
    filter.since = try since.map { try TimeArgument.parse($0, for: "--since") }
    filter.until = try until.map { try TimeArgument.parse($0, for: "--until") }
    filter.account = account
    filter.excludedID = id
    for attribute in attributes {
      let parts = attribute.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { throw ValidationError("--attribute takes name=value.") }
      filter.attributes.append((String(parts[0]), String(parts[1])))
    }
    return filter
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
}

/// Times on the command line.
enum TimeArgument {
  /// Reads a time in one of the forms that records may have.
  static func parse(_ text: String, for option: String) throws -> Timestamp {
    if let time = Timestamp(anyForm: text) { return time }
    throw ValidationError(
      "\(option) takes a time such as 2026-04-22, 2026-04-22T10:00:00Z or seconds since 1970."
    )
  }
}

// SPDX-License-Identifier: Apache-2.0

import Chorus
import ChorusWire

/// Prints the matches of queries, for people or for programs.
struct MatchPrinter {
  let snapshot: Snapshot
  /// The families, where they are wanted.
  let catalogue: FamilyCatalogue?
  let showsText: Bool
  let explains: Bool
  let output: OutputOptions

  private let lines = JSONLines()

  init(
    snapshot: Snapshot,
    catalogue: FamilyCatalogue?,
    showsText: Bool,
    explains: Bool,
    output: OutputOptions
  ) {
    self.snapshot = snapshot
    self.catalogue = catalogue
    self.showsText = showsText
    self.explains = explains
    self.output = output
  }

  /// Prints one answer; `name` is the id of the query in a batch.
  func print(_ answer: Answer, of query: Query, named name: String? = nil) throws {
    if output.json {
      for match in answer.matches {
        try printLine(match, isTruncated: answer.isTruncated, of: query, named: name)
      }
    } else {
      try printTable(answer, of: query, named: name)
    }
    if answer.isTruncated, !output.quiet, name == nil {
      let compared =
        snapshot.manifest.hasText
        ? "the \(Format.count(answer.verifiedCount)) that look most alike were compared"
        : "those that look most alike were taken"
      Terminal.error.line(
        "chorus: about \(Format.count(answer.textCount)) different texts match; \(compared). A "
          + "higher --limit takes more."
      )
    }
  }

  private func printLine(
    _ match: Match,
    isTruncated: Bool,
    of query: Query,
    named name: String?
  ) throws {
    var object = MatchObject(match)
    object.query = name
    object.family = OrNull(catalogue?.family(of: match)?.name)
    object.truncated = isTruncated ? true : nil
    if query.mode == .contains, query.hasSlots { object.addSlots(of: match) }
    if showsText { object.addText(of: match) }
    if explains {
      object.explanation = ExplanationObject(try snapshot.explanation(of: match, for: query))
    }
    try lines.write(object)
  }

  private func printTable(_ answer: Answer, of query: Query, named name: String?) throws {
    if let name {
      Terminal.output.line(Terminal.output.bold(Format.safe(name)))
    }
    guard !answer.matches.isEmpty else {
      if !output.quiet { Terminal.output.line("No match.") }
      return
    }
    var table = Table(
      [
        ("score", .right), ("similarity", .right), ("contained", .right), ("time", .left),
        ("account", .left), ("id", .left),
      ] + (catalogue == nil ? [] : [("family", .left)])
    )
    for match in answer.matches {
      table.add(
        [
          Format.decimal(match.score, 3), Format.decimal(match.similarity, 3),
          Format.decimal(match.containment, 3), match.time.description, match.account, match.id,
        ] + (catalogue.map { [$0.family(of: match)?.name ?? ""] } ?? [])
      )
    }
    table.print()
    if !output.quiet, answer.textCount > answer.matches.count {
      let about = answer.isTruncated || answer.matches[0].isEstimate ? "About " : ""
      Terminal.output.line("\(about)\(Format.count(answer.textCount)) different texts match.")
    }
    guard showsText || explains else { return }
    for match in answer.matches {
      Terminal.output.line()
      Terminal.output.line(Terminal.output.bold(Format.safe(match.id)))
      if explains { try printExplanation(match, of: query) }
      if showsText { printText(match, of: query) }
    }
  }

  private func printExplanation(_ match: Match, of query: Query) throws {
    let explanation = try snapshot.explanation(of: match, for: query)
    for sentence in explanation.sentences { Terminal.output.line("  " + sentence) }
    if let catalogue {
      let family = catalogue.family(of: match)
      Terminal.output.line(
        family.map {
          "  It is of the family \($0.name): \(Format.count($0.spread.promptCount)) prompts of "
            + "\(Format.count($0.spread.accountCount)) accounts."
        } ?? "  It is of no family."
      )
    }
    guard !explanation.isEstimate else { return }
    func list(_ title: String, _ spans: [Range<Int>]) {
      let text = spans.map { "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: " ")
      Terminal.output.line("  \(title): \(text.isEmpty ? "none" : text)")
    }
    list("Bytes of the query that both have", explanation.sharedInQuery)
    list("Bytes of the prompt that both have", explanation.sharedInPrompt)
    list("Bytes of the query that differ", explanation.differingInQuery)
    list("Bytes of the prompt that differ", explanation.differingInPrompt)
  }

  /// Prints a match's text; what matches is bold in it where that is known.
  private func printText(_ match: Match, of query: Query) {
    let text = match.text
    func string(_ range: Range<Int>) -> String {
      Format.printable(String(decoding: text[range], as: UTF8.self))
    }
    guard let span = match.span else { return Terminal.output.line(string(0..<text.count)) }
    var line = string(0..<span.lowerBound)
    var start = span.lowerBound
    for filler in match.fillers where filler.lowerBound >= start {
      line += Terminal.output.bold(string(start..<filler.lowerBound))
      line += Terminal.output.slot(string(filler))
      start = filler.upperBound
    }
    let end = max(start, span.upperBound)
    line += Terminal.output.bold(string(start..<end)) + string(end..<text.count)
    Terminal.output.line(line)
  }
}

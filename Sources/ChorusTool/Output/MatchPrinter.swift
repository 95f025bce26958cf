// SPDX-License-Identifier: Apache-2.0

import Chorus

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

  private struct Row: Encodable {
    var query: String?
    var id: String
    var account: String
    var time: String
    var similarity: Double
    var containment: Double
    var score: Double
    var family: String?
    var estimated: Bool?
    var truncated: Bool?
    var span: [Int]?
    var slots: [[Int]]?
    var text: String?
    var explanation: ExplanationRow?
  }

  private struct ExplanationRow: Encodable {
    var bandLanes: [Int]
    var agreement: Int
    var lanes: Int
    var estimate: Double
    var estimateDeviation: Double
    var sharedShingles: Int?
    var queryShingles: Int?
    var promptShingles: Int?
    var cosine: Double
    var sharedInQuery: [[Int]]?
    var sharedInPrompt: [[Int]]?
    var differingInQuery: [[Int]]?
    var differingInPrompt: [[Int]]?
    var says: [String]

    enum CodingKeys: String, CodingKey {
      case agreement, lanes, estimate, cosine, says
      case bandLanes = "band_lanes"
      case estimateDeviation = "estimate_deviation"
      case sharedShingles = "shared_shingles"
      case queryShingles = "query_shingles"
      case promptShingles = "prompt_shingles"
      case sharedInQuery = "shared_in_query"
      case sharedInPrompt = "shared_in_prompt"
      case differingInQuery = "differing_in_query"
      case differingInPrompt = "differing_in_prompt"
    }

    init(_ explanation: Explanation) {
      bandLanes = explanation.bandLaneCounts
      agreement = explanation.agreement
      lanes = Signature.laneCount
      estimate = explanation.estimate.similarity
      estimateDeviation = explanation.estimate.deviation
      sharedShingles = explanation.overlap?.sharedCount
      queryShingles = explanation.overlap?.firstCount
      promptShingles = explanation.overlap?.secondCount
      cosine = explanation.cosine
      if !explanation.isEstimate {
        func pairs(_ spans: [Range<Int>]) -> [[Int]] {
          spans.map { [$0.lowerBound, $0.upperBound] }
        }
        sharedInQuery = pairs(explanation.sharedInQuery)
        sharedInPrompt = pairs(explanation.sharedInPrompt)
        differingInQuery = pairs(explanation.differingInQuery)
        differingInPrompt = pairs(explanation.differingInPrompt)
      }
      says = explanation.sentences
    }
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
    let isFragment = query.mode == .contains
    let explanation = explains ? try snapshot.explanation(of: match, for: query) : nil
    try lines.write(
      Row(
        query: name,
        id: match.id,
        account: match.account,
        time: match.time.description,
        similarity: match.similarity,
        containment: match.containment,
        score: match.score,
        family: catalogue?.family(of: match)?.name,
        estimated: match.isEstimate ? true : nil,
        truncated: isTruncated ? true : nil,
        span: match.span.map { [$0.lowerBound, $0.upperBound] },
        slots: isFragment && query.hasSlots
          ? match.fillers.map { [$0.lowerBound, $0.upperBound] } : nil,
        text: showsText ? String(decoding: match.text, as: UTF8.self) : nil,
        explanation: explanation.map { ExplanationRow($0) }
      )
    )
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

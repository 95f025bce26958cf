// SPDX-License-Identifier: Apache-2.0

import Chorus
import ChorusTestSupport
import Foundation
import Testing

struct FamilyCommandTests {
  /// An index with one family of twelve accounts among unrelated prompts.
  private static func program(
    _ text: (inout SeededCorpus, Int) -> String = { corpus, _ in
      "Grade the essay between the lines and name its weakest paragraph.\n"
        + corpus.text(wordCount: 20)
    }
  ) throws -> Program {
    var corpus = SeededCorpus(seed: 221)
    corpus.appendNoise(count: 150, accountCount: 80)
    for place in 0..<48 {
      corpus.append(text(&corpus, place), account: "account-\(place % 12)", family: 0)
    }
    let program = try Program()
    let run = try program.run("index", program.index, program.write("x.jsonl", corpus.prompts))
    #expect(run.status == 0)
    return program
  }

  /// The cells of comma-separated values, read byte by byte as RFC 4180 has them.
  private static func rows(_ csv: String) -> [[String]] {
    var rows: [[[UInt8]]] = [[[]]]
    var isQuoted = false
    for byte in csv.utf8 {
      switch byte {
      case UInt8(ascii: "\""): isQuoted.toggle()
      case UInt8(ascii: ",") where !isQuoted: rows[rows.count - 1].append([])
      case UInt8(ascii: "\n") where !isQuoted: rows.append([[]])
      default: rows[rows.count - 1][rows[rows.count - 1].count - 1].append(byte)
      }
    }
    return rows.filter { $0 != [[]] }.map { row in row.map { String(decoding: $0, as: UTF8.self) } }
  }

  @Test func `a family has its keys`() throws {
    let program = try Self.program()
    let objects = try program.run("families", program.index, "--json").objects()
    #expect(objects.count == 1)
    let keys = Set(try #require(objects.first).keys)
    let promised: Set<String> = [
      "family", "kind", "template", "slots", "prompts", "distinct", "accounts", "first_seen",
      "last_seen", "spread_score", "campaign",
    ]
    #expect(promised.subtracting(keys).isEmpty)
    #expect(objects.first?["prompts"] as? Int == 48)
    #expect(objects.first?["accounts"] as? Int == 12)
  }

  @Test func `members are named with account and time`() throws {
    let program = try Self.program()
    let objects = try program.run("members", program.index, "--json").objects()
    #expect(objects.count == 48)
    for object in objects { #expect(Set(object.keys) == ["family", "id", "account", "time"]) }
  }

  @Test func `one family is shown with its template and accounts`() throws {
    let program = try Self.program()
    let name =
      try program.run("families", program.index, "--json").objects()[0]["family"] as? String
    let run = try program.run("family", program.index, try #require(name))
    #expect(run.status == 0)
    #expect(run.output.contains("name its weakest paragraph."))
    #expect(run.output.contains("account-3"))
  }

  @Test func `a family that is not there ends with 1`() throws {
    let program = try Self.program()
    let run = try program.run("family", program.index, "f-00000000")
    #expect(run.status == 1)
    #expect(run.errors.contains("f-00000000"))
  }

  @Test func `more accounts than a family has leave it out`() throws {
    let program = try Self.program()
    let run = try program.run("families", program.index, "--json", "--min-accounts", "13")
    #expect(run.output.isEmpty)
    #expect(run.status == 0)
  }

  @Test func `cells of a table for spreadsheets stay cells`() throws {
    // A quotation mark with a combining accent is one character to Swift and two to a spreadsheet.
    let program = try Self.program { corpus, _ in
      "=1+1,\"sum\u{22}\u{301},=cmd(calc) and then grade the following essay for its style\n"
        + corpus.text(wordCount: 20)
    }
    let rows = Self.rows(try program.run("families", program.index, "--csv").output)
    #expect(rows.count == 2)
    for row in rows { #expect(row.count == 10) }
    for cell in rows.joined() { #expect(!cell.hasPrefix("=")) }
  }

  @Test func `control characters of a template do not reach the terminal`() throws {
    let program = try Self.program { corpus, _ in
      "Grade the \u{1B}[31messay between the lines and name its weakest paragraph.\n"
        + corpus.text(wordCount: 20)
    }
    let name =
      try program.run("families", program.index, "--json").objects()[0]["family"] as? String
    let runs = [
      try program.run("families", program.index),
      try program.run("families", program.index, "--csv"),
      try program.run("family", program.index, try #require(name)),
    ]
    for run in runs { #expect(!run.output.unicodeScalars.contains("\u{1B}")) }
  }

  @Test func `prompts of known families are told as they arrive`() throws {
    let program = try Self.program()
    var more = SeededCorpus(seed: 222)
    more.appendNoise(count: 30)
    for place in 0..<9 {
      more.append(
        "Grade the essay between the lines and name its weakest paragraph.\n"
          + more.text(wordCount: 20),
        account: "late-\(place)"
      )
    }
    let prompts = more.prompts.map { prompt in
      var prompt = prompt
      prompt.id = "more-" + prompt.id
      return prompt
    }
    let input = try program.write("more.jsonl", prompts)
    let seen = program.folder.path(of: "seen.jsonl")
    let early = try program.run("index", program.index, input, "--families", seen)
    #expect(early.status == 1)
    #expect(early.errors.contains("chorus families"))
    let name = try program.run("families", program.index, "--json").objects()[0]["family"]
    let run = try program.run("index", program.index, input, "--families", seen, "--json")
    #expect(run.status == 0)
    #expect(try run.objects()[0]["of_known_families"] as? Int == 9)
    let text = try String(contentsOfFile: seen, encoding: .utf8)
    let rows = try Program.Run(status: 0, output: text, errors: "").objects()
    #expect(Set(rows.compactMap { $0["account"] as? String }) == Set((0..<9).map { "late-\($0)" }))
    #expect(rows.allSatisfy { $0["family"] as? String == name as? String })
  }
}

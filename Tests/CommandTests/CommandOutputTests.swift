// SPDX-License-Identifier: Apache-2.0

import Chorus
import ChorusTestSupport
import Foundation
import Testing

struct CommandOutputTests {
  private static func corpus(_ count: Int = 8) -> SeededCorpus {
    var corpus = SeededCorpus(seed: 211)
    corpus.appendNoise(count: count)
    return corpus
  }

  // MARK: Keys of JSON

  @Test func `the summary of index has its keys and counts`() throws {
    let program = try Program()
    var prompts = Self.corpus().prompts
    prompts.append(prompts[0])
    let lines = prompts.map(Program.line).joined(separator: "\n") + "\n{}\n"
    let file = try program.folder.write("x.jsonl", lines)
    let run = try program.run("index", program.index, file, "--json")
    let summary = try #require(try run.objects().first)
    #expect(summary["prompts"] as? Int == 8)
    #expect(summary["distinct"] as? Int == 8)
    #expect(summary["rejected"] as? Int == 1)
    #expect(summary["duplicate_ids"] as? Int == 1)
    #expect(
      summary["text_bytes"] as? Int == prompts.dropLast().map(\.text.utf8.count).reduce(0, +)
    )
    #expect(summary["index_bytes"] as? Int ?? 0 > 0)
    #expect(summary["seconds"] as? Double ?? -1 >= 0)
  }

  @Test func `stats has its keys`() throws {
    let program = try Program()
    let prompts = try program.makeIndex()
    let object = try #require(try program.run("stats", program.index, "--json").objects().first)
    #expect(object["prompts"] as? Int == prompts.count)
    #expect(object["accounts"] as? Int == Set(prompts.map(\.account)).count)
    #expect(object["segments"] as? Int == 2)
    #expect(object["distinct"] as? Int == prompts.count)
    #expect(object["format_version"] as? Int == 3)
    #expect(object["bytes_per_prompt"] as? Double ?? 0 > 0)
    #expect((object["bytes"] as? [String: Any])?.isEmpty == false)
    #expect((object["parameters"] as? [String: Any])?["shingle_width"] as? Int == 3)
  }

  @Test func `the parts of stats add up to its total`() throws {
    let program = try Program()
    try program.makeIndex()
    let object = try #require(try program.run("stats", program.index, "--json").objects().first)
    let bytes = try #require(object["bytes"] as? [String: Int])
    let parts = bytes.filter { $0.key != "total" }
    #expect(parts.values.reduce(0, +) == bytes["total"])
  }

  @Test func `a match of query has its keys`() throws {
    let program = try Program()
    let prompts = try program.makeIndex()
    let run = try program.run("query", program.index, prompts[7].text, "--json")
    let match = try #require(try run.objects().first)
    #expect(match["id"] as? String == prompts[7].id)
    #expect(match["account"] as? String == prompts[7].account)
    #expect(match["time"] as? String == prompts[7].time.description)
    for key in ["similarity", "containment", "score"] { #expect(match[key] as? Double == 1) }
  }

  @Test func `query prints text only when asked`() throws {
    let program = try Program()
    let prompts = try program.makeIndex()
    let text = prompts[7].text
    let without = try program.run("query", program.index, text, "--json").objects()
    let with = try program.run("query", program.index, text, "--json", "--text").objects()
    #expect(without.first?["text"] == nil)
    #expect(with.first?["text"] as? String == text)
  }

  @Test func `verify has its keys`() throws {
    let program = try Program()
    let prompts = try program.makeIndex()
    let object = try #require(try program.run("verify", program.index, "--json").objects().first)
    #expect(object["segments"] as? Int == 2)
    #expect(object["prompts"] as? Int == prompts.count)
    #expect((object["faults"] as? [Any])?.isEmpty == true)
  }

  // MARK: Queries

  @Test func `query by id leaves the prompt itself out`() throws {
    let program = try Program()
    let prompts = try program.makeIndex()
    let run = try program.run("query", program.index, "--id", prompts[0].id, "--json")
    let ids = try run.objects().compactMap { $0["id"] as? String }
    #expect(!ids.isEmpty)
    #expect(!ids.contains(prompts[0].id))
  }

  @Test func `query takes its text from a file or standard input`() throws {
    let program = try Program()
    let prompts = try program.makeIndex()
    let text = prompts[8].text
    let file = try program.folder.write("text.txt", text)
    let wanted = try program.run("query", program.index, text, "--json").output
    #expect(try program.run("query", program.index, "--file", file, "--json").output == wanted)
    #expect(
      try program.run("query", program.index, "--file", "-", "--json", input: text).output == wanted
    )
  }

  @Test func `filters of query narrow the answer`() throws {
    let program = try Program()
    let prompts = try program.makeIndex()
    func ids(_ option: String, _ value: String) throws -> [String] {
      let run = try program.run(
        "query",
        program.index,
        prompts[0].text,
        "--threshold",
        "0.1",
        option,
        value,
        "--json"
      )
      return try run.objects().compactMap { $0["id"] as? String }.sorted()
    }
    let family = prompts.filter { $0.family != nil }
    #expect(try ids("--limit", "100") == family.map(\.id))
    #expect(
      try ids("--account", family[1].account)
        == family.filter { $0.account == family[1].account }.map(\.id)
    )
    #expect(try ids("--since", family[2].time.description) == family[2...].map(\.id))
    #expect(try ids("--until", family[2].time.description) == family[..<2].map(\.id))
  }

  @Test func `a kept attribute can be asked for`() throws {
    let program = try Program()
    var prompts = Self.corpus().prompts
    for place in prompts.indices {
      prompts[place].text = prompts[0].text
      prompts[place].attributes = [("model", place < 3 ? "small" : "large")]
    }
    let file = try program.write("x.jsonl", prompts)
    try program.run("index", program.index, file, "--attribute", "model")
    let run = try program.run(
      "query",
      program.index,
      prompts[0].text,
      "--attribute",
      "model=small",
      "--json"
    )
    #expect(try run.objects().count == 3)
  }

  @Test(arguments: ["scalar", "neon", "avx2", "avx512"])
  func `answers are the same on every instruction set`(_ isa: String) throws {
    let program = try Program()
    let prompts = try program.makeIndex()
    let wanted = try program.run("query", program.index, prompts[0].text, "--json")
    let found = try program.run(
      "query",
      program.index,
      prompts[0].text,
      "--json",
      environment: ["CHORUS_ISA": isa]
    )
    #expect(found.output == wanted.output)
    #expect(
      try program.run("verify", program.index, environment: ["CHORUS_ISA": isa]).status == 0
    )
  }

  // MARK: Input

  @Test(arguments: [[], ["-"]])
  func `index reads standard input`(_ rest: [String]) throws {
    let program = try Program()
    let lines = Self.corpus().prompts.map(Program.line).joined(separator: "\n")
    let run =
      rest.isEmpty
      ? try program.run("index", program.index, "--json", input: lines)
      : try program.run("index", program.index, "-", "--json", input: lines)
    #expect(try run.objects().first?["prompts"] as? Int == 8)
  }

  @Test func `a run that was killed can be run again with nothing lost or doubled`() throws {
    let program = try Program()
    let prompts = Self.corpus(40).prompts
    let pipe = Pipe()
    let process = try program.start(
      ["index", program.index],
      input: pipe.fileHandleForReading
    )
    let half = prompts.prefix(20).map { Program.line($0) + "\n" }.joined()
    try pipe.fileHandleForWriting.write(contentsOf: Data(half.utf8))
    #expect(kill(process.processIdentifier, SIGKILL) == 0)
    process.waitUntilExit()
    let run = try program.run("index", program.index, program.write("x.jsonl", prompts), "--json")
    #expect(run.status == 0)
    let stats = try program.run("stats", program.index, "--json").objects()
    #expect(stats.first?["prompts"] as? Int == 40)
    #expect(try program.run("verify", program.index).status == 0)
  }

  // MARK: Rejects

  @Test func `a reject has its file, line, offset and reason`() throws {
    let program = try Program()
    let good = Self.corpus().prompts.map(Program.line)
    let bad = ["not json", "{\"id\":\"x\"}", "[]"]
    let lines = [good[0], bad[0], good[1], bad[1], "", bad[2], good[2]]
    let file = try program.folder.write("x.jsonl", lines.joined(separator: "\n"))
    let rejects = program.folder.path(of: "rejects.jsonl")
    try program.run("index", program.index, file, "--rejects", rejects)
    let found = try Program.Run(
      status: 0,
      output: String(decoding: program.folder.read("rejects.jsonl"), as: UTF8.self),
      errors: ""
    )
    .objects()
    #expect(found.map { $0["file"] as? String } == [file, file, file])
    #expect(found.map { $0["line"] as? Int } == [2, 4, 6])
    #expect(found.allSatisfy { ($0["reason"] as? String)?.isEmpty == false })
    let bytes = try program.folder.read("x.jsonl")
    for (reject, line) in zip(found, bad) {
      let offset = try #require(reject["offset"] as? Int)
      #expect(bytes[offset...].starts(with: Array(line.utf8)))
    }
  }

  @Test func `good records around bad ones are all taken`() throws {
    let program = try Program()
    let good = Self.corpus().prompts.map(Program.line)
    let lines = good.flatMap { [$0, "{\"id\":", "\u{0}"] }.joined(separator: "\n")
    let run = try program.run(
      "index",
      program.index,
      program.folder.write("x.jsonl", lines),
      "--json"
    )
    #expect(try run.objects().first?["prompts"] as? Int == good.count)
    #expect(try run.objects().first?["rejected"] as? Int == 2 * good.count)
  }

  // MARK: What is said where

  private static let secret = "xyzzyplugh"

  @Test func `neither errors nor rejects have a prompt's text in them`() throws {
    let program = try Program()
    let secret = Self.secret
    let lines = [
      "{\"id\":\"1\",\"account\":\"a\",\"time\":\"never\",\"text\":\"\(secret)\"}",
      "{\"id\":\"2\",\"account\":\"a\",\"time\":1,\"text\":{\"x\":\"\(secret)\"}}",
      "{\"id\":\"3\",\"text\":\"\(secret)\"}",
      "{\"id\":\"4\",\"account\":\"a\",\"time\":1,\"text\":\"\(secret)",
      "\(secret)",
    ]
    let file = try program.folder.write("x.jsonl", lines.joined(separator: "\n"))
    let rejects = program.folder.path(of: "rejects.jsonl")
    let runs = [
      try program.run("index", program.index, file, "--rejects", rejects),
      try program.run("index", program.index, file, "--on-error", "stop"),
      try program.run("query", program.index, secret, "--mode", "contains"),
      try program.run("query", program.folder.path(of: "none"), secret),
    ]
    for run in runs { #expect(!(run.errors + run.output).contains(secret)) }
    let rejected = String(decoding: try program.folder.read("rejects.jsonl"), as: UTF8.self)
    #expect(rejected.split(separator: "\n").count == 5)
    #expect(!rejected.contains(secret))
  }

  @Test func `damage is reported without a prompt's text`() throws {
    let program = try Program()
    var corpus = SeededCorpus(seed: 212)
    for place in 0..<30 { corpus.append("\(Self.secret) number \(place)", account: "a") }
    try program.run("index", program.index, program.write("x.jsonl", corpus.prompts))
    let name = try #require(try program.segmentNames().first)
    let count = try program.folder.read("index/" + name).count
    for place in stride(from: 0, to: count, by: max(1, count / 12)) {
      try program.change(name) { $0.flipping(4, at: place) }
      let run = try program.run("verify", program.index)
      #expect(run.status == 4, "byte \(place)")
      #expect(!(run.output + run.errors).contains(Self.secret))
      try program.change(name) { $0.flipping(4, at: place) }
    }
  }

  @Test func `an error is one sentence on standard error`() throws {
    let run = try Program().run("stats", "no-such-folder")
    #expect(run.output.isEmpty)
    #expect(run.errors.hasPrefix("chorus: Cannot"))
    #expect(run.errors.split(separator: "\n").count == 1)
  }

  @Test(arguments: ["index", "query", "verify"])
  func `quiet prints nothing but results and errors`(_ command: String) throws {
    let program = try Program()
    let prompts = try program.makeIndex()
    let run =
      switch command {
      case "index": try program.run("index", program.index, "--quiet", input: "")
      case "query": try program.run("query", program.index, "not there", "--quiet")
      default: try program.run("verify", program.index, "--quiet")
      }
    #expect(run.output.isEmpty && run.errors.isEmpty)
    #expect(!prompts.isEmpty)
  }

  @Test func `control characters of a prompt do not reach the terminal`() throws {
    let program = try Program()
    var corpus = SeededCorpus(seed: 213)
    corpus.append("red \u{1B}[31malert\u{7}\u{9B}2J and more words", account: "a\u{1B}[2J")
    var prompts = corpus.prompts
    prompts[0].id = "id\u{1B}]0;title\u{7}"
    try program.run("index", program.index, program.write("x.jsonl", prompts))
    let run = try program.run("query", program.index, prompts[0].text, "--text")
    #expect(run.output.contains("alert"))
    let isControl: (Unicode.Scalar) -> Bool = { scalar in
      scalar.value != 10 && (scalar.value < 32 || (127..<160).contains(scalar.value))
    }
    #expect(!run.output.unicodeScalars.contains(where: isControl))
  }
}

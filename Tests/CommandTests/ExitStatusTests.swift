// SPDX-License-Identifier: Apache-2.0

import Chorus
import ChorusTestSupport
import Foundation
import Testing

/// 0 done, 1 the run failed, 2 wrong usage, 3 finished with rejects, 4 damaged or foreign.
struct ExitStatusTests {
  private static let commands = [
    "index", "query", "families", "family", "members", "stats", "verify", "simulate",
  ]

  /// Commands that read an index, with what else they need.
  private static let readers: [[String]] = [
    ["stats"], ["verify"], ["query", "some words to look for"], ["families"], ["members"],
  ]

  private static func run(_ program: Program, _ reader: [String]) throws -> Program.Run {
    reader.count == 1
      ? try program.run(reader[0], program.index)
      : try program.run(reader[0], program.index, reader[1])
  }

  // MARK: 0

  @Test(arguments: commands)
  func `the help of a command is printed and ends with 0`(_ command: String) throws {
    let run = try Program().run(command, "--help")
    #expect(run.status == 0)
    #expect(run.output.contains("USAGE: chorus \(command)"))
    #expect(run.errors.isEmpty)
  }

  @Test(arguments: ["--help", "--version"])
  func `the program's own flags end with 0`(_ flag: String) throws {
    let run = try Program().run(flag)
    #expect(run.status == 0)
    #expect(!run.output.isEmpty)
    #expect(run.errors.isEmpty)
  }

  @Test(arguments: readers)
  func `a sound index ends with 0`(_ reader: [String]) throws {
    let program = try Program()
    try program.makeIndex()
    let run = try Self.run(program, reader)
    #expect(run.status == 0)
    #expect(run.errors.isEmpty)
  }

  @Test func `a query without a match ends with 0`() throws {
    let program = try Program()
    try program.makeIndex()
    #expect(try program.run("query", program.index, "nothing like this anywhere").status == 0)
  }

  // MARK: 1

  @Test(arguments: readers)
  func `an index that is not there ends with 1`(_ reader: [String]) throws {
    let run = try Self.run(Program(), reader)
    #expect(run.status == 1)
    #expect(run.output.isEmpty)
    #expect(run.errors.hasPrefix("chorus: "))
  }

  @Test func `an input that is not there ends with 1 and leaves nothing behind`() throws {
    let program = try Program()
    let run = try program.run("index", program.index, program.folder.path(of: "none.jsonl"))
    #expect(run.status == 1)
    #expect(run.errors.contains("none.jsonl"))
    #expect(try !program.folder.names().contains("index"))
  }

  @Test func `an id that is not there ends with 1`() throws {
    let program = try Program()
    try program.makeIndex()
    let run = try program.run("query", program.index, "--id", "nobody")
    #expect(run.status == 1)
    #expect(run.errors.contains("'nobody'"))
  }

  @Test func `an index that another process writes to ends with 1`() throws {
    let program = try Program()
    let prompts = try program.makeIndex()
    let lock = try DiskStorage(existing: program.index).lock()
    let run = try program.run("index", program.index, program.write("c.jsonl", prompts))
    #expect(run.status == 1)
    #expect(run.errors.contains("another process is writing"))
    withExtendedLifetime(lock) {}
  }

  @Test func `the first bad record ends with 1 when asked to stop`() throws {
    let program = try Program()
    var corpus = SeededCorpus(seed: 202)
    corpus.appendNoise(count: 2)
    let lines = corpus.prompts.map(Program.line)
    let file = try program.folder.write("x.jsonl", "\(lines[0])\n{}\n\(lines[1])\n")
    let run = try program.run("index", program.index, file, "--on-error", "stop")
    #expect(run.status == 1)
    #expect(run.errors.contains("line 2, offset \(lines[0].utf8.count + 1)"))
  }

  // MARK: 2

  @Test(arguments: commands)
  func `an unknown flag ends with 2`(_ command: String) throws {
    let run = try Program().run(command, "folder", "--no-such-flag")
    #expect(run.status == 2)
    #expect(run.output.isEmpty)
    #expect(run.errors.hasPrefix("Error: "))
  }

  @Test(arguments: commands.filter { $0 != "simulate" })
  func `a command without its index ends with 2`(_ command: String) throws {
    #expect(try Program().run(command).status == 2)
  }

  @Test func `an unknown command ends with 2`() throws {
    #expect(try Program().run("no-such-command").status == 2)
  }

  @Test(arguments: [
    [], ["text", "--id", "x"], ["text", "--threshold", "1.5"], ["text", "--limit", "0"],
    ["text", "--since", "yesterday"], ["text", "--until", "2026-02-30"],
    ["text", "--mode", "like"],
    ["text", "--attribute", "model"], ["  "],
  ])
  func `a query that cannot be understood ends with 2`(_ rest: [String]) throws {
    let program = try Program()
    try program.makeIndex()
    let process = try program.start(["query", program.index] + rest, input: nil)
    process.waitUntilExit()
    #expect(process.terminationStatus == 2)
  }

  @Test(arguments: [
    ["--id-field", "a..b"], ["--max-record-bytes", "0"], ["--buffer-mib", "0"],
    ["--on-error", "ask"], ["--max-record-bytes", "many"],
  ])
  func `options of index that cannot be kept end with 2`(_ rest: [String]) throws {
    let program = try Program()
    let file = try program.folder.write("x.jsonl", "")
    let process = try program.start(["index", program.index, file] + rest, input: nil)
    process.waitUntilExit()
    #expect(process.terminationStatus == 2)
    #expect(try !program.folder.names().contains("index"))
  }

  // MARK: 3

  @Test func `a run with rejects ends with 3`() throws {
    let program = try Program()
    let prompts = try program.makeIndex()
    let file = try program.folder.write("x.jsonl", "not json\n" + Program.line(prompts[0]))
    #expect(try program.run("index", program.index, file).status == 3)
  }

  @Test func `ids that are there already are no rejects`() throws {
    let program = try Program()
    let prompts = try program.makeIndex()
    let run = try program.run("index", program.index, program.write("c.jsonl", prompts))
    #expect(run.status == 0)
  }

  // MARK: 4

  @Test(arguments: readers)
  func `a folder that is no index ends with 4`(_ reader: [String]) throws {
    let program = try Program()
    try program.folder.write("index/letter.txt", "dear reader")
    let run = try Self.run(program, reader)
    #expect(run.status == 4)
    #expect(run.errors.contains(program.index))
  }

  @Test func `a folder with other files is no place for an index and stays as it is`() throws {
    let program = try Program()
    try program.folder.write("index/letter.txt", "dear reader")
    var corpus = SeededCorpus(seed: 203)
    corpus.appendNoise(count: 2)
    let run = try program.run("index", program.index, program.write("x.jsonl", corpus.prompts))
    #expect(run.status == 4)
    #expect(try DiskStorage(existing: program.index).names() == ["letter.txt"])
  }

  @Test(arguments: readers)
  func `a segment cut short ends with 4`(_ reader: [String]) throws {
    let program = try Program()
    try program.makeIndex()
    let name = try #require(try program.segmentNames().first)
    try program.change(name) { $0.dropLast(100) }
    let run = try Self.run(program, reader)
    #expect(run.status == 4)
    #expect((run.errors + run.output).contains(name))
  }

  @Test(arguments: readers)
  func `a newer format ends with 4`(_ reader: [String]) throws {
    let program = try Program()
    try program.makeIndex()
    try program.change("manifest") { $0.withFormatVersion(9) }
    let run = try Self.run(program, reader)
    #expect(run.status == 4)
    #expect((run.errors + run.output).contains("format 9"))
  }

  @Test(arguments: readers)
  func `a segment that is gone ends with 4`(_ reader: [String]) throws {
    let program = try Program()
    try program.makeIndex()
    let name = try #require(try program.segmentNames().last)
    try FileManager.default.removeItem(atPath: program.index + "/" + name)
    #expect(try Self.run(program, reader).status == 4)
  }

  @Test func `a damaged index is not written to`() throws {
    let program = try Program()
    let prompts = try program.makeIndex()
    try program.change("manifest") { $0.dropLast(1) }
    let before = try DiskStorage(existing: program.index).names()
    let run = try program.run("index", program.index, program.write("c.jsonl", prompts))
    #expect(run.status == 4)
    #expect(try DiskStorage(existing: program.index).names() == before)
  }

  @Test func `verify names every segment that is damaged inside`() throws {
    let program = try Program()
    try program.makeIndex()
    let names = try program.segmentNames()
    for name in names { try program.change(name) { $0.flipping(1, at: 70) } }
    let run = try program.run("verify", program.index)
    #expect(run.status == 4)
    for name in names { #expect((run.output + run.errors).contains(name)) }
  }

  @Test func `verify names every segment that cannot be opened`() throws {
    let program = try Program()
    try program.makeIndex()
    let names = try program.segmentNames()
    for name in names { try program.change(name) { $0.dropLast(1) } }
    let run = try program.run("verify", program.index)
    #expect(run.status == 4)
    for name in names { #expect((run.output + run.errors).contains(name)) }
  }
}

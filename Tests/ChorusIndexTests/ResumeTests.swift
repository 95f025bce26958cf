// SPDX-License-Identifier: Apache-2.0

import Chorus
import ChorusTestSupport
import Foundation
import Testing

/// A run over files that was stopped goes on where it stood, and only where the file is the same.
struct ResumeTests {
  /// Lines of JSON, long enough for several blocks.
  private static func lines(_ count: Int, prefix: String = "p") -> [String] {
    var corpus = SeededCorpus(seed: 61)
    let text = corpus.text(wordCount: 400)
    return (0..<count).map { number in
      #"{"id":"\#(prefix)\#(number)","account":"a\#(number % 7)","time":\#(1000 + number),"text":""#
        + #""\#(number) \#(text)"}"#.dropFirst()
    }
  }

  private static let count = 2600

  private static func run(
    _ storage: any Storage,
    _ files: [String]
  ) throws -> (
    BulkIndexer.Outcome, IndexWriter.Counts
  ) {
    var options = IndexWriter.Options(segmentRowCount: 300)
    options.compaction = nil
    let writer = try IndexWriter(storage, options: options)
    let outcome = try BulkIndexer(writer).run(files.map { .file($0) })
    return (outcome, writer.counts)
  }

  private static func ids(_ storage: any Storage) throws -> [String] {
    try Index(storage).snapshot().livePrompts().map(\.id).sorted()
  }

  private static let wanted = (0..<count).map { "p\($0)" }.sorted()

  @Test func `there are several blocks`() throws {
    #expect(Self.lines(Self.count).joined().utf8.count > 5 << 20)
  }

  @Test(arguments: [false, true])
  func `a stopped run goes on where it stood`(_ isCompressed: Bool) throws {
    let folder = try TemporaryFolder()
    let text = Self.lines(Self.count).joined(separator: "\n") + "\n"
    var path = folder.path + "/prompts.jsonl"
    try Data(text.utf8).write(to: URL(filePath: path))
    if isCompressed {
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/env")
      process.arguments = ["gzip", path]
      try process.run()
      process.waitUntilExit()
      path += ".gz"
    }
    let whole = FaultyStorage()
    _ = try Self.run(whole, [path])
    #expect(whole.stepCount > 40)
    var continuedCount = 0
    for step in stride(from: 3, to: whole.stepCount, by: 11) {
      let storage = FaultyStorage(failingStep: step)
      #expect(failure { _ = try Self.run(storage, [path]) }?.code == .ioFailure)
      let left = storage.survivors(of: .powerLost)
      let before = try left.names().contains("manifest") ? Self.ids(left).count : 0
      let (outcome, counts) = try Self.run(left, [path])
      // Nothing is read twice: what is left out is there, what is read is new.
      #expect(counts.duplicateIDs == 0)
      #expect(counts.prompts == Self.count - before)
      if before > 0, before < Self.count { #expect(outcome.continued.count == 1) }
      continuedCount += outcome.continued.count
      #expect(try Self.ids(left) == Self.wanted)
      #expect(try Index(left).snapshot().manifest.sources.isEmpty)
    }
    #expect(continuedCount > 2)
  }

  @Test func `a file that has other bytes now is read from its beginning`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/prompts.jsonl"
    try Data((Self.lines(Self.count).joined(separator: "\n") + "\n").utf8)
      .write(to: URL(filePath: path))
    let whole = FaultyStorage()
    _ = try Self.run(whole, [path])
    let storage = FaultyStorage(failingStep: whole.stepCount - 4)
    _ = failure { _ = try Self.run(storage, [path]) }
    let left = storage.survivors(of: .killed)
    #expect(try !Index(left).snapshot().manifest.sources.isEmpty)
    let other = Self.lines(Self.count, prefix: "q")
    try Data((other.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: path))
    let (outcome, counts) = try Self.run(left, [path])
    #expect(outcome.continued.isEmpty)
    #expect(counts.prompts == Self.count)
  }

  @Test func `a run that ended is not taken for one that was stopped`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/prompts.jsonl"
    try Data((Self.lines(100).joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: path))
    let storage = MemoryStorage()
    _ = try Self.run(storage, [path])
    let (outcome, counts) = try Self.run(storage, [path])
    #expect(outcome.continued.isEmpty)
    #expect(counts.duplicateIDs == 100 && counts.prompts == 0)
  }

  @Test func `another run in between keeps the place of the first`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/prompts.jsonl"
    let other = folder.path + "/other.jsonl"
    try Data((Self.lines(Self.count).joined(separator: "\n") + "\n").utf8)
      .write(to: URL(filePath: path))
    try Data((Self.lines(10, prefix: "o").joined(separator: "\n") + "\n").utf8)
      .write(to: URL(filePath: other))
    let whole = FaultyStorage()
    _ = try Self.run(whole, [path])
    let storage = FaultyStorage(failingStep: whole.stepCount - 4)
    _ = failure { _ = try Self.run(storage, [path]) }
    let left = storage.survivors(of: .killed)
    _ = try Self.run(left, [other])
    let (outcome, counts) = try Self.run(left, [path])
    #expect(outcome.continued.count == 1)
    #expect(counts.duplicateIDs == 0)
    #expect(try Self.ids(left).count == Self.count + 10)
  }
}

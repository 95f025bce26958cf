// SPDX-License-Identifier: Apache-2.0

import Chorus
import ChorusTestSupport
import Testing

/// The example of the README, compiled and run.
@Suite struct QuickStartTests {
  @Test func `a dozen lines index a file and list its families`() throws {
    let folder = try TemporaryFolder()
    var corpus = SeededCorpus(seed: 51)
    corpus.appendNoise(count: 200, accountCount: 100)
    corpus.appendFamily(size: 60, accountCount: 20)
    let lines = corpus.prompts.map { prompt in
      #"{"id":"\#(prompt.id)","account":"\#(prompt.account)","time":"\#(prompt.time)","#
        + #""text":"\#(prompt.text)"}"#
    }
    let traffic = try folder.write("traffic.jsonl", lines.joined(separator: "\n"))

    let writer = try IndexWriter(DiskStorage(creating: folder.path(of: "traffic.idx")))
    _ = try BulkIndexer(writer).run([.file(traffic)])
    let snapshot = try Index(path: folder.path(of: "traffic.idx")).snapshot()
    var found: [(accounts: Int, prompts: Int)] = []
    for family in try FamilyMiner().mine(snapshot).families {
      found.append((family.spread.accountCount, family.spread.promptCount))
      #expect(family.template.slots.count >= 1)
    }

    #expect(found.map(\.accounts) == [20])
    #expect(found.map(\.prompts) == [60])
  }
}

// SPDX-License-Identifier: Apache-2.0

import Chorus
import ChorusTestSupport
import Testing

struct StatisticsTests {
  private static let prompts = SeededCorpus.mixed(seed: 61).prompts

  private static func storage(_ segmentRowCount: Int) throws -> MemoryStorage {
    let storage = MemoryStorage()
    try IndexWriter.add(prompts, to: storage, segmentRowCount: segmentRowCount)
    return storage
  }

  @Test(arguments: [10, 1000])
  func `prompts, accounts and times are those that went in`(_ segmentRowCount: Int) throws {
    let statistics = try Index(Self.storage(segmentRowCount)).snapshot().statistics()
    #expect(statistics.prompts == Self.prompts.count)
    #expect(statistics.accounts == Set(Self.prompts.map(\.account)).count)
    #expect(statistics.times?.lowerBound == Self.prompts.map(\.time).min())
    #expect(statistics.times?.upperBound == Self.prompts.map(\.time).max())
  }

  @Test func `distinct texts and their bytes are those of the different texts`() throws {
    let texts = Set(Self.prompts.map(\.text))
    let statistics = try Index(Self.storage(1000)).snapshot().statistics()
    #expect(statistics.distinct == texts.count)
    #expect(statistics.textByteCount == UInt64(texts.map(\.utf8.count).reduce(0, +)))
  }

  @Test(arguments: [10, 1000])
  func `the parts add up to the total`(_ segmentRowCount: Int) throws {
    let statistics = try Index(Self.storage(segmentRowCount)).snapshot().statistics()
    #expect(statistics.parts.map(\.byteCount).reduce(0, +) == statistics.totalByteCount)
  }

  @Test(arguments: [10, 1000])
  func `the total is the bytes of the segments' files`(_ segmentRowCount: Int) throws {
    let storage = try Self.storage(segmentRowCount)
    let statistics = try Index(storage).snapshot().statistics()
    var sum = 0
    for name in try storage.names() where name.hasPrefix("segment-") {
      sum += storage.bytes(of: name)?.count ?? 0
    }
    #expect(statistics.totalByteCount == UInt64(sum))
  }

  @Test func `segments are counted`() throws {
    let snapshot = try Index(Self.storage(10)).snapshot()
    #expect(try snapshot.statistics().segments == snapshot.segments.count)
    #expect(snapshot.segments.count > 5)
  }

  @Test func `every parameter of the plan is given`() throws {
    let statistics = try Index(Self.storage(1000)).snapshot().statistics()
    #expect(
      statistics.parameters.map(\.name) == SketchPlan.standard.parameters.map(\.name)
    )
    #expect(
      statistics.parameters.map(\.value) == SketchPlan.standard.parameters.map(\.value)
    )
  }

  @Test func `an empty index has nothing of anything`() throws {
    let statistics = try Snapshot.of([]).statistics()
    #expect(statistics.prompts == 0)
    #expect(statistics.times == nil)
    #expect(statistics.totalByteCount == 0)
  }

  // MARK: Verification

  @Test(arguments: [1, 10, 1000])
  func `verifying a sound index finds nothing`(_ segmentRowCount: Int) throws {
    let report = try Index(Self.storage(segmentRowCount)).snapshot().verify()
    #expect(report.faults.isEmpty)
  }

  @Test func `verifying reads every segment, prompt and row`() throws {
    let snapshot = try Index(Self.storage(10)).snapshot()
    let report = snapshot.verify()
    #expect(report.segmentCount == snapshot.segments.count)
    #expect(report.promptCount == Self.prompts.count)
    #expect(report.rowCount == snapshot.rowCount)
    #expect(try report.byteCount == snapshot.statistics().totalByteCount)
  }

  @Test(arguments: ["", " ", "?", "\u{1F600}", "\u{AC00}\u{11A8}", "a\u{0}b", "\u{FFFD}"])
  func `a prompt of any text makes a sound index`(_ text: String) throws {
    var corpus = SeededCorpus(seed: 62)
    corpus.append(text, account: "a")
    corpus.append("and another one", account: "b")
    let snapshot = try Snapshot.of(corpus.prompts)
    #expect(snapshot.verify().faults.isEmpty)
    #expect(try snapshot.text(ofID: "prompt-0") == Array(text.utf8))
  }

  @Test func `ids, accounts and attributes of any characters make a sound index`() throws {
    var corpus = SeededCorpus(seed: 63)
    corpus.appendNoise(count: 6)
    var prompts = corpus.prompts
    for (place, odd) in ["", " ", "\u{0}", "\n", "\u{1F600}", "/../x"].enumerated() {
      prompts[place].id = odd
      prompts[place].account = odd
      prompts[place].attributes = [(odd, odd)]
    }
    let snapshot = try Snapshot.of(prompts)
    #expect(snapshot.verify().faults.isEmpty)
    #expect(try Set(snapshot.prompts().map(\.id)) == Set(prompts.map(\.id)))
  }
}

// SPDX-License-Identifier: Apache-2.0

import ChorusCampaign
import ChorusCore
import ChorusFamily
import ChorusIndex
import ChorusStore
import ChorusTestSupport
import Testing

/// Verdicts are kept, known again, and lost by nothing but taking them back.
@Suite struct VerdictTests {
  private let storage = MemoryStorage()

  private func verdict(_ name: String, _ families: [String]) -> Verdict {
    Verdict(
      campaign: name,
      decision: .benign,
      note: "a load test\nof ours",
      time: Timestamp(milliseconds: 5),
      families: families
    )
  }

  private func campaign(_ name: String, _ families: [String]) -> Campaign {
    Campaign(
      name: name,
      score: 1,
      families: families,
      accounts: [],
      promptCount: 0,
      firstSeen: .earliest,
      lastSeen: .end,
      signals: []
    )
  }

  private func book() throws -> (VerdictBook, Snapshot) {
    var corpus = SeededCorpus(seed: 31)
    corpus.appendNoise(count: 20)
    try IndexWriter.add(corpus.prompts, to: storage)
    let index = try Index(storage)
    return (VerdictBook(index), try index.snapshot())
  }

  @Test func `a verdict is read again as it was given`() throws {
    let (book, snapshot) = try book()
    #expect(try book.verdicts(for: snapshot).isEmpty)
    let given = verdict("c-1", ["f-1", "f-2"])
    try book.give(given, for: snapshot)
    #expect(try book.verdicts(for: snapshot) == [given])
  }

  @Test func `a later verdict about the same campaign takes the place of the one before`() throws {
    let (book, snapshot) = try book()
    try book.give(verdict("c-1", ["f-1", "f-2"]), for: snapshot)
    var later = verdict("c-1", ["f-1"])
    later.decision = .confirmed
    try book.give(later, for: snapshot)
    #expect(try book.verdicts(for: snapshot) == [later])
    let renamed = verdict("c-9", ["f-1", "f-3", "f-1"])
    try book.give(renamed, for: snapshot)
    #expect(try book.verdicts(for: snapshot).map(\.campaign).contains("c-9"))
  }

  @Test func `a campaign is known again by its name or by most of its families`() {
    let given = verdict("c-1", ["f-1", "f-2", "f-3"])
    #expect(given.concerns(campaign("c-1", ["f-9"])))
    #expect(given.concerns(campaign("c-2", ["f-1", "f-2", "f-8"])))
    #expect(!given.concerns(campaign("c-2", ["f-1", "f-8"])))
    #expect(!given.concerns(campaign("c-2", ["f-1", "f-7", "f-8"])))
  }

  @Test func `a verdict by name comes before one by families, in lists and in names`() throws {
    var list = CampaignFinder().find(FamilyActivity(), families: [])
    list.campaigns = [campaign("c-1", ["f-1", "f-2"]), campaign("c-2", ["f-3"])]
    let benign = verdict("c-9", ["f-1", "f-2"])
    #expect(list.suspected(given: [benign]).map(\.name) == ["c-2"])
    #expect(list.campaignNames(given: [benign]) == ["f-3": "c-2"])
    var confirmed = verdict("c-1", [])
    confirmed.decision = .confirmed
    #expect(list.campaigns[0].verdict(among: [benign, confirmed]) == confirmed)
    #expect(list.suspected(given: [benign, confirmed]).map(\.name) == ["c-1", "c-2"])
    #expect(
      list.campaignNames(given: [benign, confirmed]) == ["f-1": "c-1", "f-2": "c-1", "f-3": "c-2"]
    )
  }

  @Test func `a verdict that is taken back is gone`() throws {
    let (book, snapshot) = try book()
    try book.give(verdict("c-1", ["f-1"]), for: snapshot)
    #expect(try !book.withdraw(about: campaign("c-2", ["f-2"]), for: snapshot))
    #expect(try book.withdraw(about: campaign("c-3", ["f-1"]), for: snapshot))
    #expect(try book.verdicts(for: snapshot).isEmpty)
  }

  @Test func `deletions, compaction and writing leave verdicts alone`() throws {
    let (book, snapshot) = try book()
    let given = verdict("c-1", ["f-1"])
    try book.give(given, for: snapshot)
    let writer = try IndexWriter(storage)
    _ = try writer.delete([.account("stranger-1")])
    try writer.compact()
    #expect(try book.verdicts(for: Index(storage).snapshot()) == [given])
    #expect(try Index(storage).verify().faults.isEmpty)
  }

  @Test func `a damaged verdict is named and never another verdict`() throws {
    let (book, snapshot) = try book()
    let given = verdict("c-1", ["f-1"])
    try book.give(given, for: snapshot)
    let bytes = try #require(storage.bytes(of: "verdict-c-1"))
    for place in bytes.indices {
      let sink = try storage.create("verdict-c-1")
      try sink.append(bytes.flipping(1, at: place))
      try sink.close()
      let read = try book.verdicts(for: snapshot)
      let damaged = try book.damagedFiles(for: snapshot)
      #expect((read, damaged) == ([given], []) || (read, damaged) == ([], ["verdict-c-1"]))
      #expect(try Index(storage).verify().faults.isEmpty == damaged.isEmpty)
    }
  }

  @Test func `a verdict can be given again where it was damaged`() throws {
    let (book, snapshot) = try book()
    let given = verdict("c-1", ["f-1"])
    let sink = try storage.create("verdict-c-1")
    try sink.append([1, 2, 3])
    try sink.close()
    try book.give(given, for: snapshot)
    #expect(try book.verdicts(for: snapshot) == [given])
  }

  @Test func `a verdict of another name than its file's is none, and removes nothing else`() throws
  {
    let (book, snapshot) = try book()
    try book.give(verdict("c-1", ["f-1"]), for: snapshot)
    try storage.rename("verdict-c-1", to: "verdict-c-2")
    #expect(try book.verdicts(for: snapshot).isEmpty)
    #expect(try book.damagedFiles(for: snapshot) == ["verdict-c-2"])
    _ = try book.withdraw(about: campaign("c-1", ["f-1"]), for: snapshot)
    #expect(try storage.names().contains("verdict-c-2"))
  }

  @Test func `a note that is too long is refused`() throws {
    let (book, snapshot) = try book()
    var long = verdict("c-1", ["f-1"])
    long.note = String(repeating: "x", count: VerdictBook.largestNoteByteCount + 1)
    #expect(failure { try book.give(long, for: snapshot) }?.code == .invalidInput)
    #expect(try book.verdicts(for: snapshot).isEmpty)
  }
}

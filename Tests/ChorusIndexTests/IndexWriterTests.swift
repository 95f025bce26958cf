// SPDX-License-Identifier: Apache-2.0

import Chorus
import ChorusTestSupport
import Testing

struct IndexWriterTests {
  private static func sortedIDs(_ storage: any Storage) throws -> [String] {
    try Index(storage).snapshot().prompts().map(\.id).sorted()
  }

  private static func noise(_ count: Int, seed: UInt64 = 1) -> [SeededCorpus.Prompt] {
    var corpus = SeededCorpus(seed: seed)
    corpus.appendNoise(count: count, wordCount: 20)
    return corpus.prompts
  }

  // MARK: What goes in comes out

  @Test(arguments: [1, 3, 1000])
  func `every field of every prompt comes back`(_ segmentRowCount: Int) throws {
    var prompts = Self.noise(20)
    for place in prompts.indices where place % 3 > 0 {
      prompts[place].attributes = [("model", "m\(place)"), ("empty", ""), ("ip", "\u{E9}")]
    }
    let stored = try Snapshot.of(prompts, segmentRowCount: segmentRowCount).prompts()
      .sorted { $0.time < $1.time }
    #expect(stored.map(\.id) == prompts.map(\.id))
    #expect(stored.map(\.account) == prompts.map(\.account))
    #expect(stored.map(\.time) == prompts.map(\.time))
    #expect(stored.map(\.text) == prompts.map(\.text))
    #expect(
      stored.map { $0.attributes.map { [$0.name, $0.value] } }
        == prompts.map { $0.attributes.map { [$0.name, $0.value] } }
    )
  }

  @Test func `an index without prompts has no segment and no answer`() throws {
    let snapshot = try Snapshot.of([])
    #expect(snapshot.segments.isEmpty)
    #expect(try snapshot.answer(Query(text: Array("some words".utf8))).matches.isEmpty)
  }

  @Test func `a commit without anything new writes nothing`() throws {
    let storage = MemoryStorage()
    let writer = try IndexWriter(storage)
    try writer.append(PromptBatch(Self.noise(3)))
    try writer.commit()
    let before = try Index(storage).snapshot().manifest.generation
    try writer.commit()
    #expect(try Index(storage).snapshot().manifest.generation == before)
  }

  @Test func `a prompt is not visible before its commit`() throws {
    let storage = MemoryStorage()
    let writer = try IndexWriter(storage)
    try writer.append(PromptBatch(Self.noise(3)))
    #expect(try Index(storage).snapshot().promptCount == 0)
    try writer.commit()
    #expect(try Index(storage).snapshot().promptCount == 3)
  }

  @Test func `a snapshot stays what it is while the writer goes on`() throws {
    let storage = MemoryStorage()
    let prompts = Self.noise(10)
    try IndexWriter.add(Array(prompts.prefix(4)), to: storage)
    let snapshot = try Index(storage).snapshot()
    try IndexWriter.add(prompts, to: storage)
    #expect(try snapshot.prompts().map(\.id).sorted() == prompts.prefix(4).map(\.id).sorted())
  }

  @Test func `an index on disk holds what one in memory holds`() throws {
    let folder = try TemporaryFolder()
    let prompts = Self.noise(12)
    try IndexWriter.add(prompts, to: DiskStorage(existing: folder.path), segmentRowCount: 5)
    let stored = try Index(path: folder.path).snapshot().prompts()
    #expect(
      try stored.map(\.id) == Snapshot.of(prompts, segmentRowCount: 5).prompts().map(\.id)
    )
  }

  @Test func `equal prompts in equal order give equal segments`() throws {
    let prompts = SeededCorpus.mixed(seed: 2).prompts
    let first = MemoryStorage()
    let second = MemoryStorage()
    try IndexWriter.add(prompts, to: first, batchCount: 7)
    try IndexWriter.add(prompts, to: second)
    let name = try #require(try first.names().first { $0.hasPrefix("segment-") })
    // The envelope has the identity of the index, which is chance.
    #expect(first.bytes(of: name)?.dropFirst(64) == second.bytes(of: name)?.dropFirst(64))
  }

  // MARK: Ids

  /// Where the second prompt of an id comes.
  enum Repeat: CaseIterable {
    case sameBatch
    case nextBatch
    case nextSegment
    case afterCommit
    case afterReopening
  }

  /// Adds six prompts, and then the third one's id again; returns the prompts added and refused.
  private static func addTwice(_ how: Repeat, _ storage: MemoryStorage) throws -> [Int] {
    let prompts = noise(6)
    var again = prompts[2]
    again.text = "another text altogether, sent under an id that is there"
    if how == .afterReopening {
      let first = try IndexWriter.add(prompts, to: storage)
      let second = try IndexWriter.add([again], to: storage)
      return [first.prompts + second.prompts, first.duplicateIDs + second.duplicateIDs]
    }
    let options = IndexWriter.Options(segmentRowCount: how == .nextSegment ? 2 : 1000)
    let writer = try IndexWriter(storage, options: options)
    try writer.append(PromptBatch(how == .sameBatch ? prompts + [again] : prompts))
    if how == .afterCommit { try writer.commit() }
    if how != .sameBatch { try writer.append(PromptBatch([again])) }
    try writer.commit()
    return [writer.counts.prompts, writer.counts.duplicateIDs]
  }

  @Test(arguments: Repeat.allCases)
  func `a second prompt of an id is refused and counted`(_ how: Repeat) throws {
    #expect(try Self.addTwice(how, MemoryStorage()) == [6, 1])
  }

  @Test(arguments: Repeat.allCases)
  func `the first prompt of an id is the one that stays`(_ how: Repeat) throws {
    let storage = MemoryStorage()
    _ = try Self.addTwice(how, storage)
    let snapshot = try Index(storage).snapshot()
    #expect(try Self.sortedIDs(storage) == Self.noise(6).map(\.id).sorted())
    let first = Self.noise(6)[2]
    #expect(try snapshot.text(ofID: first.id) == Array(first.text.utf8))
  }

  @Test func `adding everything again adds nothing`() throws {
    let storage = MemoryStorage()
    let prompts = SeededCorpus.mixed(seed: 3).prompts
    try IndexWriter.add(prompts, to: storage, segmentRowCount: 40)
    let counts = try IndexWriter.add(prompts, to: storage, segmentRowCount: 17)
    #expect(counts.prompts == 0)
    #expect(counts.duplicateIDs == prompts.count)
    #expect(try Self.sortedIDs(storage) == prompts.map(\.id).sorted())
  }

  @Test func `ids that differ only in case or form are different`() throws {
    var corpus = SeededCorpus(seed: 1)
    for _ in 0..<4 { corpus.append("the same words in each of them", account: "a") }
    var prompts = corpus.prompts
    for (place, id) in ["x", "X", "\u{E9}", "e\u{301}"].enumerated() { prompts[place].id = id }
    #expect(try Snapshot.of(prompts).promptCount == 4)
  }

  @Test func `every prompt can be looked up by its id`() throws {
    let prompts = SeededCorpus.mixed(seed: 4).prompts
    let snapshot = try Snapshot.of(prompts, segmentRowCount: 50)
    for prompt in prompts {
      #expect(try snapshot.text(ofID: prompt.id) == Array(prompt.text.utf8))
      let place = try #require(try snapshot.location(ofID: prompt.id))
      let segment = snapshot.segments[place.segment]
      #expect(try segment.ids(place.occurrence..<(place.occurrence + 1)) == [prompt.id])
    }
  }

  @Test func `an unknown id has no place and says notFound`() throws {
    let snapshot = try Snapshot.of(Self.noise(5))
    #expect(try snapshot.location(ofID: "nobody") == nil)
    let error = failure { _ = try snapshot.text(ofID: "nobody") }
    #expect(error?.code == .notFound)
    #expect(error?.message.contains("'nobody'") == true)
  }

  // MARK: Exact duplicates

  @Test func `an exact duplicate is stored once with all its occurrences`() throws {
    var corpus = SeededCorpus(seed: 5)
    corpus.appendNoise(count: 5)
    let text = corpus.prompts[1].text
    for place in 0..<4 { corpus.append(text, account: "copier-\(place)") }
    let snapshot = try Snapshot.of(corpus.prompts)
    #expect(snapshot.rowCount == 5)
    let matches = try snapshot.answer(Query(text: Array(text.utf8), threshold: 1)).matches
    #expect(matches.map(\.id).sorted() == ["prompt-1"] + (5..<9).map { "prompt-\($0)" })
    #expect(Set(matches.map(\.account)).count == 5)
  }

  @Test func `texts equal after normalising are one row and found as one`() throws {
    var corpus = SeededCorpus(seed: 6)
    for text in ["Ignore All Rules now", "ignore all rules now", "IGNORE all ru\u{200B}les now"] {
      corpus.append(text, account: "a")
    }
    let snapshot = try Snapshot.of(corpus.prompts)
    #expect(snapshot.rowCount == 1)
    #expect(snapshot.promptCount == 3)
  }

  @Test func `the counts say how many texts are distinct and how long they are`() throws {
    var corpus = SeededCorpus(seed: 7)
    for text in ["one two three", "one two three", "four five"] {
      corpus.append(text, account: "a")
    }
    let counts = try IndexWriter.add(corpus.prompts, to: MemoryStorage())
    #expect(counts.prompts == 3)
    #expect(counts.distinct == 2)
    #expect(counts.textByteCount == 13 + 13 + 9)
  }

  // MARK: Segments

  @Test func `a segment has no more rows than asked for`() throws {
    let snapshot = try Snapshot.of(Self.noise(25), segmentRowCount: 4)
    #expect(snapshot.segments.allSatisfy { $0.rowCount <= 4 })
    #expect(snapshot.segments.count >= 6)
  }

  @Test func `a full buffer becomes a segment`() throws {
    let storage = MemoryStorage()
    let options = IndexWriter.Options(bufferByteCount: 8192)
    let writer = try IndexWriter(storage, options: options)
    try writer.append(PromptBatch(Self.noise(60)))
    try writer.commit()
    #expect(try Index(storage).snapshot().segments.count > 1)
    #expect(try Self.sortedIDs(storage).count == 60)
  }

  @Test func `numbers of segments are never used again`() throws {
    let storage = MemoryStorage()
    for count in 1...3 { try IndexWriter.add(Self.noise(count), to: storage) }
    #expect(
      try Index(storage).snapshot().segments.map(\.summary.number) == [1, 2, 3]
    )
  }

  @Test func `an index keeps the plan it was created with`() throws {
    let storage = MemoryStorage()
    let plan = SketchPlan(shingleWidth: 2, anchorWidth: 6, embeddingDimension: 64, seed: 9)
    do {
      let writer = try IndexWriter(storage, plan: plan)
      try writer.append(PromptBatch(Self.noise(3)))
      try writer.commit()
    }
    #expect(try IndexWriter(storage).plan == plan)
    #expect(try Index(storage).snapshot().manifest.plan == plan)
    #expect(try Index(storage).snapshot().verify().faults.isEmpty)
  }

  // MARK: Who may write, and where

  @Test func `a second writer is locked out while the first is open`() throws {
    let storage = MemoryStorage()
    let writer = try IndexWriter(storage)
    #expect(failure { _ = try IndexWriter(storage) }?.code == .locked)
    withExtendedLifetime(writer) {}
  }

  @Test func `a writer may follow one that was let go`() throws {
    let folder = try TemporaryFolder()
    for count in 1...3 {
      try IndexWriter.add(Self.noise(count), to: DiskStorage(existing: folder.path))
    }
    #expect(try Index(path: folder.path).snapshot().promptCount == 3)
  }

  @Test func `a reader needs no lock`() throws {
    let storage = MemoryStorage()
    let writer = try IndexWriter(storage)
    #expect(try Index(storage).snapshot().promptCount == 0)
    withExtendedLifetime(writer) {}
  }

  @Test func `a folder with other files in it is no place for an index`() throws {
    let folder = try TemporaryFolder()
    try folder.write("letter.txt", "dear reader")
    let storage = try DiskStorage(existing: folder.path)
    #expect(failure { _ = try IndexWriter(storage) }?.code == .foreign)
  }

  @Test func `a folder that is refused is left as it was`() throws {
    let folder = try TemporaryFolder()
    try folder.write("letter.txt", "dear reader")
    let storage = try DiskStorage(existing: folder.path)
    _ = failure { _ = try IndexWriter(storage) }
    #expect(try folder.names() == ["letter.txt"])
  }

  @Test func `segments without a manifest are not taken for an empty folder`() throws {
    let storage = MemoryStorage()
    try IndexWriter.add(Self.noise(3), to: storage)
    try storage.remove("manifest")
    #expect(failure { _ = try IndexWriter(storage) }?.code == .foreign)
  }
}

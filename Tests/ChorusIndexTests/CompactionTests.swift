// SPDX-License-Identifier: Apache-2.0

import Chorus
import ChorusTestSupport
import Testing

/// Merging segments changes no answer, folds exact duplicates, and erases what was deleted.
struct CompactionTests {
  private static let prompts: [SeededCorpus.Prompt] = {
    var corpus = SeededCorpus(seed: 5)
    corpus.appendFamily(size: 12, accountCount: 4)
    corpus.appendNoise(count: 40, wordCount: 30)
    for place in 0..<8 {
      corpus.append(corpus.prompts[3 * place].text, account: "copier", attributes: [("m", "x")])
    }
    return corpus.prompts
  }()

  /// An index of many segments, which are not merged.
  private static func divided(
    _ storage: any Storage,
    keepsText: Bool = true
  ) throws(ChorusError) {
    var options = IndexWriter.Options(segmentRowCount: 4)
    options.compaction = nil
    options.keepsText = keepsText
    let writer = try IndexWriter(storage, options: options)
    for start in stride(from: 0, to: prompts.count, by: 5) {
      try writer.append(PromptBatch(prompts[start..<min(start + 5, prompts.count)]))
    }
    try writer.commit()
  }

  private static func answers(_ snapshot: Snapshot) throws -> [[String]] {
    try prompts.flatMap { prompt -> [[String]] in
      try [Query.Mode.similar, .contains].map { mode in
        let query = Query(
          text: Array(prompt.text.utf8),
          mode: mode,
          limit: 100,
          threshold: 0.2
        )
        return try snapshot.answer(query).matches.map { match in
          "\(match.id) \(match.account) \(match.time) \(match.similarity) \(match.score)"
        }.sorted()
      }
    }
  }

  @Test func `answers are the same before and after, and those of one segment`() throws {
    let storage = MemoryStorage()
    try Self.divided(storage)
    let before = try Index(storage).snapshot()
    #expect(before.segments.count > 10)
    let writer = try IndexWriter(storage)
    try writer.compact()
    let after = try Index(storage).snapshot()
    #expect(after.segments.count == 1)
    #expect(after.verify().faults.isEmpty)
    let whole = try Snapshot.of(Self.prompts)
    let wanted = try Self.answers(whole)
    #expect(try Self.answers(before) == wanted)
    #expect(try Self.answers(after) == wanted)
    // Duplicates of other segments are rows no more.
    #expect(before.rowCount > after.rowCount)
    #expect(after.rowCount == whole.rowCount)
    #expect(try after.livePrompts().map(\.id).sorted() == Self.prompts.map(\.id).sorted())
  }

  @Test func `a merged segment is what one of all prompts would have been`() throws {
    let storage = MemoryStorage()
    try Self.divided(storage)
    try IndexWriter(storage).compact()
    let merged = try Index(storage).snapshot().segments[0].summary
    let whole = try Snapshot.of(Self.prompts).segments[0].summary
    #expect(merged.rowCount == whole.rowCount)
    #expect(merged.byteCount == whole.byteCount)
  }

  @Test func `an index without texts answers the same before and after`() throws {
    let storage = MemoryStorage()
    try Self.divided(storage, keepsText: false)
    let before = try Index(storage).snapshot()
    try IndexWriter(storage).compact()
    let after = try Index(storage).snapshot()
    #expect(after.segments.count == 1)
    #expect(after.verify().faults.isEmpty)
    for prompt in Self.prompts {
      let query = Query(text: Array(prompt.text.utf8), limit: 100, threshold: 0.3)
      let (old, new) = (try before.answer(query).matches, try after.answer(query).matches)
      #expect(old.map(\.id).sorted() == new.map(\.id).sorted())
      #expect(old.map(\.similarity).sorted() == new.map(\.similarity).sorted())
      #expect(new.allSatisfy { $0.isEstimate })
      #expect(new.contains { $0.id == prompt.id && $0.similarity == 1 })
    }
  }

  @Test func `segments are merged on the way, and there are few`() throws {
    let storage = MemoryStorage()
    var options = IndexWriter.Options()
    options.compaction = CompactionPolicy()
    let writer = try IndexWriter(storage, options: options)
    for prompt in Self.prompts {
      try writer.append(PromptBatch([prompt]))
      try writer.commit()
    }
    #expect(writer.segmentCount <= 9)
    #expect(writer.counts.mergedSegments > 20)
    #expect(try Index(storage).snapshot().promptCount == Self.prompts.count)
    #expect(try Index(storage).verify().faults.isEmpty)
  }

  @Test func `merging what pays waits for the segment that is being written`() throws {
    let storage = MemoryStorage()
    var options = IndexWriter.Options(segmentRowCount: 4)
    options.compaction = nil
    let writer = try IndexWriter(storage, options: options)
    for prompt in Self.prompts {
      try writer.append(PromptBatch([prompt]))
      try writer.compact(isComplete: false)
    }
    try writer.commit()
    #expect(try Index(storage).snapshot().promptCount == Self.prompts.count)
    #expect(try Index(storage).verify().faults.isEmpty)
  }

  @Test func `a damaged segment stops a merge and nothing is lost`() throws {
    let storage = MemoryStorage()
    try Self.divided(storage)
    let name = "segment-00000003"
    let sound = try #require(storage.bytes(of: name))
    let names = try storage.names()
    // A byte of a block, which opening does not read.
    storage.set(name, to: sound.flipping(1, at: 80))
    let writer = try IndexWriter(storage)
    #expect(failure { try writer.compact() }?.code == .corrupted)
    storage.set(name, to: sound)
    let kept = try storage.names().filter { $0.hasPrefix("segment") }
    #expect(kept.count >= names.count - 2)
    #expect(try Index(storage).snapshot().promptCount == Self.prompts.count)
  }

  // MARK: The policy

  private static func candidate(
    _ rowCount: Int,
    deleted: Int = 0
  ) -> CompactionPolicy.Candidate {
    CompactionPolicy.Candidate(
      rowCount: rowCount,
      promptCount: rowCount,
      deletedCount: deleted,
      textByteCount: UInt64(rowCount) * 600
    )
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `a policy keeps the number of segments and of rewritings logarithmic`(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let policy = CompactionPolicy()
    var segments: [CompactionPolicy.Candidate] = []
    var added = 0
    var written = 0
    for _ in 0..<3000 {
      let size = 500 + Int(generator.next() % 1500)
      segments.append(Self.candidate(size))
      added += size
      while let range = policy.next(segments, isComplete: false) {
        let size = segments[range].reduce(0) { $0 + $1.rowCount }
        #expect(range.count == policy.fanIn)
        #expect(size <= policy.largestRowCount)
        segments.replaceSubrange(range, with: [Self.candidate(size)])
        written += size
      }
    }
    // Three million rows: full segments of at least an eighth of a million, few of each tier below.
    #expect(segments.count < 60)
    #expect(written < 6 * added)
    #expect(segments.reduce(0) { $0 + $1.rowCount } == added)
  }

  @Test func `a complete merge ends, and leaves nothing deleted`() {
    let policy = CompactionPolicy()
    var segments = (0..<50).map { Self.candidate(40_000 + $0, deleted: $0 % 3) }
    var rounds = 0
    while let range = policy.next(segments, isComplete: true) {
      let size = segments[range].reduce(0) { $0 + $1.rowCount - $1.deletedCount }
      segments.replaceSubrange(range, with: size == 0 ? [] : [Self.candidate(size)])
      rounds += 1
      guard rounds < 200 else { break }
    }
    #expect(rounds < 100)
    #expect(segments.allSatisfy { $0.deletedCount == 0 })
    #expect(segments.allSatisfy { $0.rowCount <= policy.largestRowCount })
  }

  @Test func `a segment with much deleted is written again`() {
    let policy = CompactionPolicy()
    let segments = [Self.candidate(900_000), Self.candidate(900_000, deleted: 300_000)]
    #expect(policy.next(segments, isComplete: false) == 1..<2)
    #expect(policy.next([Self.candidate(900_000, deleted: 9)], isComplete: false) == nil)
  }
}

// SPDX-License-Identifier: Apache-2.0

import Chorus
import ChorusTestSupport
import Foundation
import Testing

/// Answers against brute force over a whole corpus: a seeded one, or the prompts of a file.
///
/// `Tools/truth PROMPTS.jsonl` runs it in a release build over a file of JSON Lines.
struct TruthTests {
  /// A corpus with the shingles of all its prompts.
  private struct Corpus {
    var batch = PromptBatch()
    var texts: [[UInt8]] = []
    var ids: [String] = []
    var shingles: [[UInt32]] = []

    static let path = ProcessInfo.processInfo.environment["CHORUS_TRUTH_PROMPTS"]

    init() throws {
      if let path = Self.path {
        var options = IngestOptions()
        options.takesBareTexts = true
        let source = try PromptSource(inputs: [.file(path)], options: options)
        let parser = try RecordParser(options: options)
        while let block = try source.next() {
          let parsed = parser.parse(block).batch
          for record in parsed.records {
            append(parsed.string(record.id), Array(parsed.bytes(record.text)))
          }
        }
      } else {
        var seeded = SeededCorpus(seed: 61)
        for words in [1, 3, 9, 20] {
          let template = seeded.template(wordCount: 40, slotCount: 2)
          seeded.appendFamily(
            size: 120,
            accountCount: 9,
            template: template,
            fillerWordCount: words
          )
        }
        seeded.appendNoise(count: 1000)
        for place in 0..<600 {
          let original = seeded.prompts[seeded.number(below: 1400)].text
          seeded.append(seeded.edited(original, editCount: place % 9), account: "editor")
        }
        for prompt in seeded.prompts { append(prompt.id, Array(prompt.text.utf8)) }
      }
      let all = texts
      let step = 256
      shingles = Parallel.map((all.count + step - 1) / step) { number in
        let sketcher = Sketcher()
        return all[(number * step)..<min((number + 1) * step, all.count)].map {
          sketcher.shingleSet($0.span)
        }
      }.flatMap(\.self)
    }

    private mutating func append(_ id: String, _ text: [UInt8]) {
      batch.append(
        id: id,
        account: "account",
        time: Timestamp(milliseconds: Int64(ids.count)),
        text: String(decoding: text, as: UTF8.self)
      )
      ids.append(id)
      texts.append(text)
    }

    /// The index of the corpus in so many segments.
    func index(segmentCount: Int) throws -> MemoryStorage {
      let storage = MemoryStorage()
      var options = IndexWriter.Options()
      options.compaction = nil
      let writer = try IndexWriter(storage, options: options)
      let width = (ids.count + segmentCount - 1) / segmentCount
      for start in stride(from: 0, to: ids.count, by: width) {
        var part = PromptBatch()
        for place in start..<min(start + width, ids.count) {
          part.append(
            id: ids[place],
            account: "account",
            time: Timestamp(milliseconds: Int64(place)),
            text: String(decoding: texts[place], as: UTF8.self)
          )
        }
        try writer.append(part)
        try writer.commit()
      }
      return storage
    }

    /// A thousand texts to ask about, or as many as there are: prompts, and prompts with some words
    /// left out.
    func questions() -> [[UInt8]] {
      stride(from: 0, to: texts.count, by: max(1, texts.count / 1000)).map { place in
        guard place % 2 == 1 else { return texts[place] }
        let words = texts[place].split(separator: 0x20)
        let kept = words.enumerated().filter { ($0.offset + place) % 11 != 0 }.map(\.element)
        return kept.isEmpty ? texts[place] : Array(kept.joined(separator: [0x20]))
      }
    }
  }

  private static func visible(_ answer: Answer) -> [String] {
    answer.matches.map { "\($0.id) \($0.similarity) \($0.containment) \($0.score)" }
  }

  private static func answers(
    _ snapshot: Snapshot,
    _ queries: [Query]
  ) throws -> [Answer] {
    try snapshot.answers(queries).map { try $0.get() }
  }

  @Test func `similar finds what brute force finds, in 1, 7 and 50 segments`() throws {
    let corpus = try Corpus()
    let questions = corpus.questions()
    let sets = corpus.shingles
    let exact = Parallel.map(questions.count) { number -> [(place: Int, jaccard: Double)] in
      let question = questions[number]
      let asked = Sketcher().shingleSet(question.span)
      return sets.enumerated().compactMap { place, set in
        let jaccard = ShingleOverlap(asked, set).jaccard
        return jaccard >= 0.5 ? (place, jaccard) : nil
      }
    }
    let one = try Index(corpus.index(segmentCount: 1)).snapshot()
    for (threshold, least) in [(0.7, 0.99), (0.5, 0.95)] {
      let queries = questions.map { text in
        Query(text: text, limit: corpus.ids.count, threshold: threshold)
      }
      let answers = try Self.answers(one, queries)
      var (wanted, found) = (0, 0)
      for (number, answer) in answers.enumerated() {
        let truth = Dictionary(
          uniqueKeysWithValues: exact[number].filter { $0.jaccard >= threshold }
            .map { (corpus.ids[$0.place], $0.jaccard) }
        )
        wanted += truth.count
        found += answer.matches.count
        for match in answer.matches { #expect(match.similarity == truth[match.id]) }
        #expect(!answer.isTruncated)
      }
      let recall = Double(found) / Double(max(wanted, 1))
      print("similar, threshold \(threshold): \(found) of \(wanted) pairs, recall \(recall)")
      #expect(recall >= least)
      #expect(wanted > 2 * questions.count / 3)
      let visible = answers.map(Self.visible)
      for segmentCount in [7, 50] {
        let storage = try corpus.index(segmentCount: segmentCount)
        let many = try Index(storage).snapshot()
        #expect(many.segments.count == segmentCount)
        #expect(try Self.answers(many, queries).map(Self.visible) == visible)
        if segmentCount == 50 {
          try IndexWriter(storage).compact()
          let merged = try Index(storage).snapshot()
          #expect(merged.segments.count < segmentCount)
          #expect(try Self.answers(merged, queries).map(Self.visible) == visible)
        }
      }
    }
  }

  @Test func `contains finds exactly the prompts that have the fragment`() throws {
    let corpus = try Corpus()
    let tokens = corpus.texts.map { Oracle.tokens(String(decoding: $0, as: UTF8.self)) }
    var queries: [Query] = []
    var wanted: [Set<String>] = []
    let step = max(1, corpus.texts.count / (Corpus.path == nil ? 100 : 300))
    for place in stride(from: 0, to: corpus.texts.count, by: step) {
      // From the middle: as many words as have twelve tokens.
      let words = corpus.texts[place].split { $0 == 0x20 || $0 == 0x0A }
      let start = words.count / 3
      var count = 1
      var fragment: [UInt8] = []
      var run: [UInt64] = []
      while start + count <= words.count, run.count < 12 {
        fragment = Array(words[start..<(start + count)].joined(separator: [0x20]))
        run = Oracle.tokens(String(decoding: fragment, as: UTF8.self))
        count += 1
      }
      guard run.count >= 12 else { continue }
      queries.append(Query(text: fragment, mode: .contains, limit: corpus.ids.count))
      let first = run[0]
      let holding = tokens.indices.filter { text in
        tokens[text].indices.contains { start in
          tokens[text][start] == first && tokens[text][start...].starts(with: run)
        }
      }
      wanted.append(Set(holding.map { corpus.ids[$0] }))
    }
    #expect(queries.count > 50)
    for segmentCount in [1, 7] {
      let snapshot = try Index(corpus.index(segmentCount: segmentCount)).snapshot()
      let answers = try Self.answers(snapshot, queries)
      for (answer, ids) in zip(answers, wanted) { #expect(Set(answer.matches.map(\.id)) == ids) }
    }
    let pairCount = wanted.reduce(0) { $0 + $1.count }
    print("contains: \(queries.count) fragments, \(pairCount) pairs, recall and precision 1")
  }
}

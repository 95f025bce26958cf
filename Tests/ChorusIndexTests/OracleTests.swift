// SPDX-License-Identifier: Apache-2.0

import Chorus
import ChorusTestSupport
import Testing

struct OracleTests {
  private static let everything = 10_000

  private static func answer(
    _ snapshot: Snapshot,
    _ text: String,
    mode: Query.Mode = .similar,
    threshold: Double = 0.5
  ) throws -> Answer {
    try snapshot.answer(
      Query(text: Array(text.utf8), mode: mode, limit: everything, threshold: threshold)
    )
  }

  /// The queries of a corpus: some of its texts, and edited ones.
  private static func queries(_ corpus: inout SeededCorpus) -> [String] {
    (0..<40).map { place in
      let text = corpus.prompts[corpus.number(below: corpus.prompts.count)].text
      return place % 2 == 0 ? text : corpus.edited(text, editCount: 1 + place % 4)
    }
  }

  @Test(arguments: [1, 2] as [UInt64])
  func `a returned similarity is the exact one`(_ seed: UInt64) throws {
    var corpus = SeededCorpus.mixed(seed: seed)
    let oracle = Oracle(corpus.prompts)
    let snapshot = try Snapshot.of(corpus.prompts)
    for text in Self.queries(&corpus) {
      let exact = oracle.similarities(to: text)
      for match in try Self.answer(snapshot, text, threshold: 0.1).matches {
        #expect(match.similarity == exact[match.id], "\(match.id)")
      }
    }
  }

  @Test func `a returned containment is the exact one`() throws {
    var corpus = SeededCorpus.mixed(seed: 3)
    let oracle = Oracle(corpus.prompts)
    let snapshot = try Snapshot.of(corpus.prompts)
    for text in Self.queries(&corpus) {
      let exact = oracle.containments(of: text)
      for match in try Self.answer(snapshot, text, threshold: 0.1).matches {
        #expect(match.containment == exact[match.id], "\(match.id)")
      }
    }
  }

  @Test(arguments: [0.2, 0.5, 0.9, 1.0])
  func `no match is below the threshold`(_ threshold: Double) throws {
    var corpus = SeededCorpus.mixed(seed: 4)
    let snapshot = try Snapshot.of(corpus.prompts)
    for text in Self.queries(&corpus) {
      let matches = try Self.answer(snapshot, text, threshold: threshold).matches
      #expect(matches.allSatisfy { $0.similarity >= threshold })
    }
  }

  // A pair of similarity 0.7 is missed once in a thousand; over these seeded pairs none is.
  @Test(arguments: [5, 6] as [UInt64])
  func `every prompt of similarity 0.7 or more is found`(_ seed: UInt64) throws {
    var corpus = SeededCorpus.mixed(seed: seed)
    let oracle = Oracle(corpus.prompts)
    let snapshot = try Snapshot.of(corpus.prompts)
    var pairCount = 0
    for text in Self.queries(&corpus) {
      let wanted = oracle.similarities(to: text).filter { $0.value >= 0.7 }.keys.sorted()
      let found = try Self.answer(snapshot, text, threshold: 0.7).matches.map(\.id).sorted()
      #expect(found == wanted)
      pairCount += wanted.count
    }
    #expect(pairCount > 80)
  }

  @Test func `most prompts of similarity 0.5 or more are found`() throws {
    var corpus = SeededCorpus.mixed(seed: 7)
    let oracle = Oracle(corpus.prompts)
    let snapshot = try Snapshot.of(corpus.prompts)
    var wantedCount = 0
    var foundCount = 0
    for text in Self.queries(&corpus) {
      wantedCount += oracle.similarities(to: text).count { $0.value >= 0.5 }
      foundCount += try Self.answer(snapshot, text, threshold: 0.5).matches.count
    }
    #expect(wantedCount > 100)
    // A pair at 0.5 exactly is found with probability 0.88, and most lie above.
    #expect(Double(foundCount) >= 0.88 * Double(wantedCount))
  }

  @Test func `the text of a prompt is returned as it was received`() throws {
    let corpus = SeededCorpus.mixed(seed: 8)
    let snapshot = try Snapshot.of(corpus.prompts)
    let texts = Dictionary(uniqueKeysWithValues: corpus.prompts.map { ($0.id, $0.text) })
    for match in try Self.answer(snapshot, corpus.prompts[0].text, threshold: 0.2).matches {
      #expect(String(decoding: match.text, as: UTF8.self) == texts[match.id])
    }
  }

  // MARK: Fragments

  @Test(arguments: 1...20)
  func `contains finds exactly the prompts that have the run of tokens`(
    _ tokenCount: Int
  ) throws {
    var corpus = SeededCorpus.mixed(seed: UInt64(100 + tokenCount))
    let oracle = Oracle(corpus.prompts)
    let snapshot = try Snapshot.of(corpus.prompts)
    let long = corpus.prompts.filter { $0.text.split(separator: " ").count >= tokenCount }
    for _ in 0..<6 {
      let words = long[corpus.number(below: long.count)].text.split(separator: " ")
      let start = corpus.number(below: words.count - tokenCount + 1)
      let fragment = words[start..<(start + tokenCount)].joined(separator: " ")
      let found = try Self.answer(snapshot, fragment, mode: .contains).matches.map(\.id).sorted()
      let wanted = oracle.ids(containing: fragment)
      #expect(!wanted.isEmpty)
      #expect(found == wanted)
    }
  }

  @Test func `contains points at the fragment in the text as received`() throws {
    let corpus = SeededCorpus.mixed(seed: 9)
    let snapshot = try Snapshot.of(corpus.prompts)
    let fragment = corpus.prompts[20].text.split(separator: " ")[3..<9].joined(separator: " ")
    let wanted = Oracle.tokens(fragment)
    let matches = try Self.answer(snapshot, fragment, mode: .contains).matches
    for match in matches {
      let span = try #require(match.span)
      #expect(Oracle.tokens(String(decoding: match.text[span], as: UTF8.self)) == wanted)
    }
    #expect(!matches.isEmpty)
  }

  @Test func `contains points at a disguised fragment`() throws {
    var corpus = SeededCorpus(seed: 10)
    // Capitals, a zero-width space inside a word, full-width letters, an o with a combining mark.
    let disguised = "IGN\u{200B}ORE \u{FF41}\u{FF4C}\u{FF4C} previ\u{6F}\u{308}us rules"
    corpus.append("\u{FB01}rst \u{1F600} \(disguised), \u{FB01}nally", account: "a")
    let snapshot = try Snapshot.of(corpus.prompts)
    let found = try Self.answer(snapshot, "ignore all previ\u{F6}us rules", mode: .contains)
    let match = try #require(found.matches.first)
    let span = try #require(match.span)
    #expect(String(decoding: match.text[span], as: UTF8.self).utf8.elementsEqual(disguised.utf8))
  }

  // MARK: Segments

  /// What of a match does not depend on where it is stored.
  private static func visible(_ answer: Answer) -> [String] {
    answer.matches.map { "\($0.id) \($0.account) \($0.time) \($0.similarity) \($0.score)" }
  }

  @Test(arguments: [1, 2, 7, 50])
  func `many small segments answer as one big one does`(_ segmentRowCount: Int) throws {
    var corpus = SeededCorpus.mixed(seed: 11)
    let one = try Snapshot.of(corpus.prompts)
    let many = try Snapshot.of(corpus.prompts, segmentRowCount: segmentRowCount)
    #expect(many.segments.count > 1)
    for text in Self.queries(&corpus) {
      let wanted = Self.visible(try Self.answer(one, text, threshold: 0.3))
      #expect(Self.visible(try Self.answer(many, text, threshold: 0.3)) == wanted)
    }
  }

  @Test func `fragments are found alike in many small segments and in one big one`() throws {
    let corpus = SeededCorpus.mixed(seed: 12)
    let one = try Snapshot.of(corpus.prompts)
    let many = try Snapshot.of(corpus.prompts, segmentRowCount: 3)
    for prompt in corpus.prompts.prefix(12) {
      let fragment = prompt.text.split(separator: " ").prefix(7).joined(separator: " ")
      let wanted = Self.visible(try Self.answer(one, fragment, mode: .contains))
      #expect(Self.visible(try Self.answer(many, fragment, mode: .contains)) == wanted)
    }
  }

  @Test func `the order of the prompts does not change the answers`() throws {
    var corpus = SeededCorpus.mixed(seed: 13)
    var generator = SeededGenerator(seed: 13)
    let forward = try Snapshot.of(corpus.prompts)
    let shuffled = try Snapshot.of(corpus.prompts.shuffled(using: &generator))
    for text in Self.queries(&corpus) {
      let wanted = Self.visible(try Self.answer(forward, text))
      #expect(Self.visible(try Self.answer(shuffled, text)) == wanted)
    }
  }

  @Test func `a smaller limit gives the front of the larger answer`() throws {
    let corpus = SeededCorpus.mixed(seed: 14)
    let snapshot = try Snapshot.of(corpus.prompts, segmentRowCount: 20)
    let text = corpus.prompts[0].text
    let all = Self.visible(try Self.answer(snapshot, text, threshold: 0.2))
    for limit in [1, 2, 5, 100] {
      let some = try snapshot.answer(Query(text: Array(text.utf8), limit: limit, threshold: 0.2))
      #expect(Self.visible(some) == Array(all.prefix(limit)))
    }
  }

  @Test func `matches are ranked by score, then time, then id`() throws {
    let corpus = SeededCorpus.mixed(seed: 15)
    let snapshot = try Snapshot.of(corpus.prompts)
    let matches = try Self.answer(snapshot, corpus.prompts[3].text, threshold: 0.1).matches
    #expect(matches.count > 5)
    for (first, second) in zip(matches, matches.dropFirst()) {
      #expect((-first.score, first.time, first.id) < (-second.score, second.time, second.id))
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import Chorus
import ChorusTestSupport
import Testing

struct ExplanationTests {
  private static func query(_ text: String, mode: Query.Mode = .similar) -> Query {
    Query(text: Array(text.utf8), mode: mode, limit: 50, threshold: 0.4)
  }

  /// The tokens of parts of a text.
  private static func tokens(_ text: [UInt8], _ parts: [Range<Int>]) -> [UInt64] {
    parts.flatMap { Oracle.tokens(String(decoding: text[$0], as: UTF8.self)) }
  }

  @Test func `the numbers are those of the match`() throws {
    var corpus = SeededCorpus.mixed(seed: 51)
    let snapshot = try Snapshot.of(corpus.prompts, segmentRowCount: 40)
    var count = 0
    for _ in 0..<20 {
      let text = corpus.prompts[corpus.number(below: corpus.prompts.count)].text
      let query = Self.query(corpus.edited(text, editCount: 2))
      for match in try snapshot.answer(query).matches {
        let explanation = try snapshot.explanation(of: match, for: query)
        let overlap = try #require(explanation.overlap)
        #expect(overlap.jaccard == match.similarity)
        #expect(overlap.containment == match.containment)
        #expect(
          abs(0.8 * match.similarity + 0.2 * max(0, explanation.cosine) - match.score) < 1e-12
        )
        let distance = abs(explanation.estimate.similarity - match.similarity)
        #expect(distance < 6 * explanation.estimate.deviation + 0.01)
        #expect(explanation.bandLaneCounts.count == Signature.bandCount)
        #expect(explanation.bandLaneCounts.contains { $0 > 0 })
        count += 1
      }
    }
    #expect(count > 50)
  }

  @Test func `an equal text shares everything`() throws {
    let corpus = SeededCorpus.mixed(seed: 52)
    let snapshot = try Snapshot.of(corpus.prompts)
    let text = corpus.prompts[3].text
    let match = try #require(try snapshot.answer(Self.query(text)).matches.first)
    let explanation = try snapshot.explanation(of: match, for: Self.query(text))
    #expect(explanation.agreement == Signature.laneCount)
    #expect(explanation.bandLaneCounts.allSatisfy { $0 == 3 })
    #expect(explanation.sharedInQuery == explanation.sharedInPrompt)
    #expect(Self.tokens(match.text, explanation.sharedInPrompt) == Oracle.tokens(text))
  }

  @Test func `shared spans are where the shared words stand, in both texts`() throws {
    var corpus = SeededCorpus(seed: 53)
    let shared = "Count the apples in the basket and write the number down"
    corpus.append("Please! \u{1F600} \(shared), \u{FB01}nally, for Robert", account: "a")
    let text = "\(shared) twice for Alice"
    let snapshot = try Snapshot.of(corpus.prompts)
    let query = Self.query(text)
    let match = try #require(try snapshot.answer(query).matches.first)
    let explanation = try snapshot.explanation(of: match, for: query)
    let inPrompt = explanation.sharedInPrompt.map {
      String(decoding: match.text[$0], as: UTF8.self)
    }
    #expect(inPrompt == [shared])
    let inQuery = explanation.sharedInQuery.map {
      String(decoding: Array(text.utf8)[$0], as: UTF8.self)
    }
    #expect(inQuery == [shared])
    let rest = explanation.differingInQuery.map {
      String(decoding: Array(text.utf8)[$0], as: UTF8.self)
    }
    #expect(rest == [" twice for Alice"])
  }

  @Test func `sentences have numbers and none of the text`() throws {
    var corpus = SeededCorpus(seed: 54)
    corpus.append("xylophone quartz xylophone vexing jackdaws", account: "a")
    let snapshot = try Snapshot.of(corpus.prompts)
    let query = Self.query("xylophone quartz xylophone vexing jackdaws love")
    let match = try #require(try snapshot.answer(query).matches.first)
    let sentences = try snapshot.explanation(of: match, for: query).sentences
    #expect(sentences.count == 4)
    for word in ["xylophone", "quartz", "vexing", "jackdaws"] {
      #expect(!sentences.contains { $0.contains(word) })
    }
    #expect(sentences.contains { $0.contains("0.750") })
  }

  @Test func `without texts an explanation says that it is an estimate`() throws {
    let corpus = SeededCorpus.mixed(seed: 55)
    let storage = MemoryStorage()
    var options = IndexWriter.Options()
    options.keepsText = false
    let writer = try IndexWriter(storage, options: options)
    try writer.append(corpus.batch)
    try writer.commit()
    let snapshot = try Index(storage).snapshot()
    let query = Self.query(corpus.prompts[3].text)
    let match = try #require(try snapshot.answer(query).matches.first)
    let explanation = try snapshot.explanation(of: match, for: query)
    #expect(explanation.isEstimate)
    #expect(explanation.overlap == nil)
    #expect(explanation.sharedInPrompt.isEmpty)
    #expect(explanation.agreement == Signature.laneCount)
    #expect(explanation.cosine > 0.8)
    #expect(explanation.sentences.contains { $0.contains("estimated") })
  }

  @Test func `a match of another index is refused where it does not fit`() throws {
    let corpus = SeededCorpus.mixed(seed: 56)
    let large = try Snapshot.of(corpus.prompts)
    let small = try Snapshot.of(Array(corpus.prompts.prefix(1)))
    let query = Self.query(corpus.prompts[90].text)
    let match = try #require(try large.answer(query).matches.first)
    #expect(failure { _ = try small.explanation(of: match, for: query) }?.code == .invalidInput)
  }

  @Test func `what is shared and what differs are a text, in order`() throws {
    var corpus = SeededCorpus.mixed(seed: 57)
    let snapshot = try Snapshot.of(corpus.prompts)
    for place in 0..<12 {
      let query = Self.query(corpus.edited(corpus.prompts[5 * place].text, editCount: 1 + place))
      for match in try snapshot.answer(query).matches {
        let explanation = try snapshot.explanation(of: match, for: query)
        let sides = [
          (explanation.sharedInQuery, explanation.differingInQuery, query.text.count),
          (explanation.sharedInPrompt, explanation.differingInPrompt, match.text.count),
        ]
        for (shared, differing, count) in sides {
          let parts = (shared + differing).sorted { $0.lowerBound < $1.lowerBound }
          #expect(parts.allSatisfy { !$0.isEmpty })
          #expect(parts.first?.lowerBound == 0)
          #expect(parts.last?.upperBound == count)
          #expect(zip(parts, parts.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
        }
      }
    }
  }
}

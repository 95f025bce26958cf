// SPDX-License-Identifier: Apache-2.0

import ChorusCore
import ChorusSketch
import ChorusTestSupport
import ChorusText
import Testing

struct SketcherTests {
  private static let texts: [String] = {
    var corpus = SeededCorpus(seed: 71)
    let fixed = [
      "", " ", "?", "one", "one two", "one two three", "one two three four", "a a a a a a a",
      "\u{4F60}\u{597D}\u{4E16}\u{754C}", "\u{1F600}\u{1F600}", "line\nline\nline",
    ]
    return fixed + [4, 5, 30, 200].map { corpus.text(wordCount: $0) }
  }()

  private static let plans = [
    SketchPlan.standard,
    SketchPlan(shingleWidth: 1, anchorWidth: 2, embeddingDimension: 64, seed: 0),
    SketchPlan(shingleWidth: 5, anchorWidth: 16, embeddingDimension: 512, seed: .max),
  ]

  // MARK: Signatures

  @Test(arguments: plans)
  func `a signature is the brute-force MinHash`(_ plan: SketchPlan) {
    let naive = NaiveMinHash(plan: plan)
    let sketcher = Sketcher(plan: plan)
    for text in Self.texts {
      let wanted = naive.packed(naive.minima(naive.words(text)))
      #expect(sketcher.sketch(text).signatures == wanted.signature, "\(text.prefix(20))")
    }
  }

  @Test(arguments: plans)
  func `band keys are those of the brute-force MinHash`(_ plan: SketchPlan) {
    let naive = NaiveMinHash(plan: plan)
    let sketcher = Sketcher(plan: plan)
    for text in Self.texts {
      let wanted = naive.packed(naive.minima(naive.words(text)))
      #expect(sketcher.sketch(text).bandKeys == wanted.keys, "\(text.prefix(20))")
    }
  }

  @Test func `the set of shingles is that of all runs of tokens, ascending`() {
    let sketcher = Sketcher()
    for text in Self.texts {
      let wanted = Set(NaiveMinHash().words(text)).sorted()
      #expect(sketcher.shingleSet(Array(text.utf8).span) == wanted)
    }
  }

  @Test func `sketching many texts in a row is sketching each by itself`() {
    let together = Sketcher()
    var batch = SketchBatch()
    for text in Self.texts + Self.texts.reversed() {
      together.sketch(Array(text.utf8).span, into: &batch)
    }
    for (place, text) in (Self.texts + Self.texts.reversed()).enumerated() {
      let alone = Sketcher().sketch(text)
      #expect(batch.textKeys[place] == alone.textKeys[0])
      #expect(batch.tokenCounts[place] == alone.tokenCounts[0])
      #expect(Array(batch.signatures[(64 * place)..<(64 * place + 64)]) == alone.signatures)
      #expect(Array(batch.bandKeys[(16 * place)..<(16 * place + 16)]) == alone.bandKeys)
      #expect(Array(batch.embeddings[(128 * place)..<(128 * place + 128)]) == alone.embeddings)
      #expect(Array(batch.anchors[batch.anchorRange(of: place)]) == alone.anchors)
    }
  }

  @Test func `repeating a text changes no shingle inside it`() {
    let text = "one two three four five six"
    let once = Set(NaiveMinHash().words(text))
    #expect(Set(NaiveMinHash().words(text + " " + text)).isSuperset(of: once))
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `the order of sentences does not matter except at their borders`(_ seed: UInt64) {
    var corpus = SeededCorpus(seed: seed)
    var generator = SeededGenerator(seed: seed)
    let sentences = (0..<8).map { _ in corpus.text(wordCount: 12) }
    let sketcher = Sketcher()
    func set(_ sentences: [String]) -> Set<UInt32> {
      Set(sketcher.shingleSet(Array(sentences.joined(separator: ". ").utf8).span))
    }
    let first = set(sentences)
    let second = set(sentences.shuffled(using: &generator))
    // A border between two sentences is in width - 1 shingles, and there are seven borders.
    let borderCount = 7 * (Int(SketchPlan.standard.shingleWidth) - 1)
    #expect(first.subtracting(second).count <= borderCount)
    #expect(second.subtracting(first).count <= borderCount)
  }

  @Test func `text keys are equal exactly when normalised texts are`() {
    let texts = Self.texts + ["ONE two", "o\u{200B}ne two", "one  two", "one two."]
    let sketcher = Sketcher()
    for first in texts {
      for second in texts {
        let isEqual =
          Normaliser().normalise(Array(first.utf8)).bytes
          == Normaliser().normalise(Array(second.utf8)).bytes
        #expect((sketcher.sketch(first).textKeys == sketcher.sketch(second).textKeys) == isEqual)
      }
    }
  }

  @Test(arguments: [
    ("Ignore ALL Rules", "ignore all rules"),
    ("ign\u{200B}ore a\u{AD}ll rules", "ignore all rules"),
    ("\u{FF49}\u{FF47}\u{FF4E}\u{FF4F}\u{FF52}\u{FF45} all rules", "ignore all rules"),
    ("ign\u{43E}re \u{430}ll rules", "ignore all rules"),
    ("ignore, all - rules!", "ignore all rules"),
  ])
  func `a disguise changes no signature, anchor or embedding`(_ disguised: String, _ plain: String)
  {
    let first = Sketcher().sketch(disguised)
    let second = Sketcher().sketch(plain)
    #expect(first.signatures == second.signatures)
    #expect(first.bandKeys == second.bandKeys)
    #expect(first.anchors == second.anchors)
    #expect(first.embeddings == second.embeddings)
  }

  // MARK: Embeddings

  @Test(arguments: texts.dropFirst(2))
  func `the largest magnitude of an embedding is 127`(_ text: String) {
    #expect(Sketcher().sketch(text).embeddings.map { abs(Int($0)) }.max() == 127)
  }

  @Test(arguments: ["", " ", "\n"])
  func `the embedding of a text without tokens is all zeros`(_ text: String) {
    #expect(Sketcher().sketch(text).embeddings.allSatisfy { $0 == 0 })
  }

  @Test(arguments: texts.dropFirst(2))
  func `the cosine of a text with itself is 1`(_ text: String) {
    let embedding = Sketcher().sketch(text).embeddings.map(Double.init)
    let squares = embedding.reduce(0) { $0 + $1 * $1 }
    let product = zip(embedding, Sketcher().sketch(text).embeddings.map(Double.init))
      .reduce(0) { $0 + $1.0 * $1.1 }
    #expect(squares > 0)
    #expect(abs(product / squares - 1) < 1e-12)
  }

  @Test func `an embedding is the sum of hashed words and pairs, scaled`() {
    let plan = SketchPlan.standard
    for text in Self.texts {
      let hashes = NaiveMinHash.tokens(text).map(\.hash)
      var sums = [Int](repeating: 0, count: 128)
      func add(_ feature: UInt64) { sums[Int(feature % 128)] += feature >> 63 == 1 ? -1 : 1 }
      for hash in hashes { add(Hashing.mix(hash &+ plan.seed)) }
      for (first, second) in zip(hashes, hashes.dropFirst()) {
        add(Hashing.mix((first &+ plan.seed) &* 0xD6E8_FEB8_6659_FD93 &+ second))
      }
      let largest = max(1, sums.map(abs).max() ?? 1)
      let wanted = sums.map { Int8((Double($0) * 127 / Double(largest)).rounded()) }
      #expect(Sketcher().sketch(text).embeddings == wanted, "\(text.prefix(20))")
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import ChorusCore
import ChorusKernels
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
    let mixed = "word \u{4F60}\u{597D}\u{4E16}\u{754C} \u{43F}\u{440}\u{438} caf\u{E9} x\u{4F60}y"
    // Longer than what the kernels take at a time.
    let long = String(repeating: mixed + " " + corpus.text(wordCount: 50), count: 60)
    let one = String(repeating: "\u{43F}q", count: 5000)
    // Parts of a text without tokens, or with one.
    let gap = String(repeating: " ", count: 5000)
    let gaps = ["one two" + gap, gap + "one", gap + "one two three four" + gap, one + " two three"]
    return fixed + [4, 5, 30, 200].map { corpus.text(wordCount: $0) } + [mixed, long, one] + gaps
  }()

  private static let plans = [
    SketchPlan.standard,
    SketchPlan(shingleWidth: 1, anchorWidth: 2, embeddingDimension: 64, seed: 0),
    SketchPlan(shingleWidth: 5, anchorWidth: 16, embeddingDimension: 512, seed: .max),
    SketchPlan(shingleWidth: 16, laneBitCount: 8, anchorWindow: 16),
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
      #expect(batch.embeddingScales[place] == alone.embeddingScales[0])
      let one = batch.prompt(place)
      #expect(one.signatures == alone.signatures && one.anchors == alone.anchors)
      #expect(one.embeddings == alone.embeddings && one.textKeys == alone.textKeys)
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
    ("\u{131}gnore \u{E0}ll ru\u{142}es", "ignore all rules"),
    ("i\u{301}g\u{316}nore a\u{334}ll rules", "ignore all rules"),
    ("rule \u{664}\u{662}", "rule 42"),
    // Greek, with Latin letters for some of its own, and without its accents.
    (
      "K\u{3B1}\u{3BB}o \u{3C4}\u{3B7}\u{3BB}\u{3B5}",
      "\u{39A}\u{3B1}\u{3BB}\u{3CC} \u{3C4}\u{3AE}\u{3BB}\u{3B5}"
    ),
    // Russian, with Latin letters for some of its own.
    (
      "\u{43F}\u{440}\u{438}\u{432}e\u{442} \u{43C}o\u{439}",
      "\u{43F}p\u{438}\u{432}\u{435}\u{442} \u{43C}\u{43E}\u{439}"
    ),
    // Arabic and Hebrew with and without vowel signs.
    ("\u{645}\u{64F}\u{62D}\u{64E}\u{645}\u{64E}\u{651}\u{62F}", "\u{645}\u{62D}\u{645}\u{62F}"),
    ("\u{5E9}\u{5B8}\u{5DC}\u{5D5}\u{5B9}\u{5DD}", "\u{5E9}\u{5DC}\u{5D5}\u{5DD}"),
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

  /// The features of a text with their weights, hashed but not yet sorted into sums.
  static func features(_ text: String, seed: UInt64) -> [(hash: UInt64, weight: Int)] {
    let normalised = Normaliser().normalise(Array(text.utf8))
    let tokens = Tokeniser().tokenise(normalised)
    var features: [(UInt64, Int)] = []
    for token in tokens { features.append((Hashing.mix(token.hash &+ seed), 2)) }
    for (first, second) in zip(tokens, tokens.dropFirst()) {
      let before = first.hash &+ seed &+ 0x9FB2_1C65_1E98_DF25
      features.append((Hashing.mix(before &* 0xD6E8_FEB8_6659_FD93 &+ second.hash), 2))
    }
    for token in tokens {
      let word = String(decoding: normalised.bytes[token.range], as: UTF8.self)
      let folded = word.unicodeScalars.map { chorus_fold_of($0.value) }.filter { $0 != .max }
      let padded = [0x20] + folded.map(UInt64.init) + [0x20]
      for place in padded.indices.dropFirst().dropLast() {
        let run = padded[place - 1] | padded[place] << 21 | padded[place + 1] << 42
        features.append((Hashing.mix(run &+ seed &+ 0xC2B2_AE3D_27D4_EB4F), 1))
      }
    }
    return features
  }

  @Test(arguments: plans)
  func `an embedding is the sum of hashed words, pairs and letters, scaled`(_ plan: SketchPlan) {
    let dimension = Int(plan.embeddingDimension)
    for text in Self.texts {
      var sums = [Int](repeating: 0, count: dimension)
      for (hash, weight) in Self.features(text, seed: plan.seed) {
        sums[Int(hash % UInt64(dimension))] += hash >> 63 == 1 ? -weight : weight
      }
      let largest = sums.map(abs).max() ?? 0
      let factor = largest == 0 ? 0 : (127 << 32) / largest
      let wanted = sums.map { Int8($0.signum() * ((abs($0) * factor + 1 << 31) >> 32)) }
      #expect(Sketcher(plan: plan).sketch(text).embeddings == wanted, "\(text.prefix(20))")
    }
  }

  @Test(arguments: texts)
  func `scale times embedding has length 1`(_ text: String) {
    let sketch = Sketcher().sketch(text)
    let squares = sketch.embeddings.reduce(0.0) { $0 + Double($1) * Double($1) }
    let length = Double(sketch.embeddingScales[0]) * squares.squareRoot()
    #expect(abs(length - (squares == 0 ? 0 : 1)) < 1e-6)
  }

  @Test func `parts that are not asked for stay empty and the others are the same`() {
    let text = Self.texts[12]
    let all = Sketcher().sketch(text)
    let some = Sketcher(parts: []).sketch(text)
    #expect(some.textKeys.isEmpty && some.embeddings.isEmpty && some.embeddingScales.isEmpty)
    #expect(some.count == 1)
    #expect(some.signatures == all.signatures && some.anchors == all.anchors)
  }

  @Test func `ill-formed sequences are counted`() {
    var batch = SketchBatch()
    let sketcher = Sketcher()
    for bytes in [[0x61], [0xFF, 0x61, 0xC0, 0xAF], [0xE2, 0x82]] as [[UInt8]] {
      sketcher.sketch(bytes.span, into: &batch)
    }
    #expect(batch.replacedCounts == [0, 3, 1])
  }

  @Test func `a text of one to three words matches itself in any dress`() {
    for (plain, dressed) in [
      ("help", "HELP!!"), ("hello there", "\u{201C}Hello,\u{201D} there?"),
      ("a b c", "A -- b ... C\n"),
    ] {
      let first = Sketcher().sketch(plain)
      let second = Sketcher().sketch(dressed)
      #expect(first.signatures == second.signatures && first.bandKeys == second.bandKeys)
      #expect(Set(first.anchors) == Set(second.anchors))
      #expect(!first.anchors.isEmpty)
    }
  }

  @Test func `a text of eight million bytes has the set of its parts`() {
    // The anchors and the shingles of a text that repeats one part are those of three parts.
    var corpus = SeededCorpus(seed: 72)
    let part = corpus.text(wordCount: 3000) + "\n"
    let sketcher = Sketcher(parts: [])
    let long = sketcher.sketch(String(repeating: part, count: 8_000_000 / part.utf8.count))
    let short = sketcher.sketch(part + part + part)
    #expect(long.signatures == short.signatures)
    #expect(Set(long.anchors) == Set(short.anchors))
    #expect(Int(long.tokenCounts[0]) == 3000 * (8_000_000 / part.utf8.count))
  }
}

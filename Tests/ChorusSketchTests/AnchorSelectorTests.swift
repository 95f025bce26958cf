// SPDX-License-Identifier: Apache-2.0

import ChorusSketch
import ChorusTestSupport
import ChorusText
import Testing

struct AnchorSelectorTests {
  private static func anchors(_ text: String, _ plan: SketchPlan = .standard) -> [UInt64] {
    Sketcher(plan: plan).sketch(text).distinctAnchors(of: 0)
  }

  private static let texts: [String] = {
    var corpus = SeededCorpus(seed: 81)
    let fixed = ["", "?", "one", "one two three", "a a a a a a a a", "x\ny\nz", "one\ntwo three"]
    let mixed = "step one: \u{4F60}\u{597D}\u{4E16}\u{754C} and\nthen \u{E01}\u{E34}\u{E19}\u{E17}"
    let gap = String(repeating: "\n ", count: 3000)
    let word = String(repeating: "x", count: 5000)
    let gaps = [
      "one two" + gap, gap + "one", word + " two three four five six seven", "a b c" + gap + word,
      "one two three four five six" + gap + "seven eight" + gap,
    ]
    let long = (0..<40).map { _ in corpus.text(wordCount: 150) }.joined(separator: "\n")
    return fixed + [4, 5, 6, 7, 60, 300].map { corpus.text(wordCount: $0) } + [
      mixed, String(repeating: mixed + " ", count: 9), long,
      String(repeating: "\u{4F60} ", count: 7000),
    ] + gaps
  }()

  private static let plans = [1, 2, 3, 4, 7, 16].flatMap { window in
    [2, 4, 16].map { SketchPlan(anchorWidth: $0, anchorWindow: window) }
  }

  @Test(arguments: plans)
  func `anchors are those of the definition`(_ plan: SketchPlan) {
    let naive = NaiveMinHash(plan: plan)
    for (number, text) in Self.texts.enumerated() {
      #expect(Set(Self.anchors(text, plan)) == naive.anchors(text), "text \(number)")
    }
  }

  @Test(arguments: texts)
  func `distinct anchors are ascending and distinct`(_ text: String) {
    let anchors = Self.anchors(text)
    #expect(zip(anchors, anchors.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test(arguments: texts)
  func `anchors have 40 bits`(_ text: String) {
    #expect(Self.anchors(text).allSatisfy { $0 < 1 << 40 })
  }

  @Test(arguments: texts)
  func `a text has an anchor exactly when it has a token`(_ text: String) {
    #expect(Self.anchors(text).isEmpty == NaiveMinHash.tokens(text).isEmpty)
  }

  @Test(arguments: 0..<12 as Range<UInt64>)
  func `a run of tokens has its inner anchors in whatever text it stands`(_ seed: UInt64) {
    var corpus = SeededCorpus(seed: seed)
    let selector = AnchorSelector(plan: .standard)
    for tokenCount in 4...12 {
      let run = (0..<tokenCount).map { _ in corpus.word() }.joined(separator: " ")
      let inner = selector.inner(NaiveMinHash.tokens(run), window: 1)
      #expect(!inner.isEmpty)
      let around = [corpus.text(wordCount: 9), corpus.text(wordCount: 7)]
      for text in [run, "\(around[0]) \(run)", "\(run). \(around[1])", "\(around[0])\n\(run)\nz"] {
        #expect(Set(inner).isSubset(of: Self.anchors(text)))
      }
    }
  }

  @Test(arguments: 0..<4)
  func `a run that is too short has no inner anchor`(_ tokenCount: Int) {
    let run = Array(repeating: "word", count: tokenCount).joined(separator: " ")
    #expect(AnchorSelector(plan: .standard).inner(NaiveMinHash.tokens(run), window: 1).isEmpty)
  }

  @Test(arguments: plans)
  func `the guarantee holds from the length that is named`(_ plan: SketchPlan) {
    for ofCharacters in [false, true] {
      let count = plan.guaranteedTokenCount(ofCharacters: ofCharacters)
      let words = (0..<count).map { place -> String in
        guard ofCharacters else { return "w\(place)" }
        return Unicode.Scalar(UInt32(0x4E00 + 7 * place)).map { String(Character($0)) } ?? ""
      }
      let text = words.joined(separator: ofCharacters ? "" : " ")
      let tokens = NaiveMinHash.tokens(text)
      #expect(tokens.count == count)
      let inner = AnchorSelector(plan: plan).inner(tokens, window: plan.anchorWindow)
      #expect(!inner.isEmpty)
      let shorter = Array(tokens.dropLast())
      #expect(AnchorSelector(plan: plan).inner(shorter, window: plan.anchorWindow).isEmpty)
      // Whatever stands around it, in the middle of a line.
      for (before, behind) in [
        ("x y z a b c d e f ", " q r s"), ("", ""), ("n0nce42 ", " t u v w"),
      ] {
        #expect(Set(inner).isSubset(of: Self.anchors(before + text + behind, plan)))
      }
    }
  }

  @Test func `unrelated texts share no anchor`() {
    let first = (0..<200).map { "a\($0)" }.joined(separator: " ")
    let second = (0..<200).map { "b\($0)" }.joined(separator: " ")
    #expect(Set(Self.anchors(first)).isDisjoint(with: Self.anchors(second)))
  }

  @Test func `the seed of the plan changes every anchor`() {
    let text = Self.texts[10]
    let other = Sketcher(plan: SketchPlan(seed: 1)).sketch(text).anchors
    #expect(Set(Self.anchors(text)).isDisjoint(with: other))
  }

  @Test(arguments: texts)
  func `the runs of a text are its anchors`(_ text: String) {
    var found = Set<UInt64>()
    AnchorSelector(plan: .standard).forEachRun(of: NaiveMinHash.tokens(text)) {
      found.insert($0.anchor)
    }
    #expect(found.sorted() == Self.anchors(text, SketchPlan(anchorWindow: 1)))
  }

  @Test(arguments: texts)
  func `a run lies inside its text`(_ text: String) {
    let tokens = NaiveMinHash.tokens(text)
    AnchorSelector(plan: .standard).forEachRun(of: tokens) { run in
      #expect(run.start >= 0 && run.count > 0 && run.start + run.count <= tokens.count)
    }
  }

  @Test func `texts that begin with the same words share an anchor`() {
    #expect(!Set(Self.anchors("rewrite this please")).isDisjoint(with: Self.anchors("rewrite it")))
  }

  @Test func `texts that end with the same words share an anchor`() {
    #expect(!Set(Self.anchors("a b c now")).isDisjoint(with: Self.anchors("quite other now")))
  }

  @Test func `lines that begin with the same words share an anchor`() {
    let first = Self.anchors("one\nstep two: begin")
    #expect(!Set(first).isDisjoint(with: Self.anchors("other words\nstep two, end\nx")))
  }

  // MARK: The sample

  /// The marked body anchors of a text, as often as they are marked.
  private static func sample(_ text: String, window: UInt32) -> [UInt64] {
    var batch = Sketcher().sketch(text)
    var scratch: [UInt64] = []
    AnchorSelector.markSample(
      &batch.anchors,
      in: batch.anchorRange(of: 0),
      window: window,
      scratch: &scratch
    )
    return batch.anchors.filter { $0 & AnchorSelector.sampleBit != 0 }
      .map { $0 & ~AnchorSelector.sampleBit }
  }

  @Test(arguments: 0..<6 as Range<UInt64>, [1, 2, 5, 9, 16] as [UInt32])
  func `the sample is the least anchor of each window`(_ seed: UInt64, _ window: UInt32) {
    var corpus = SeededCorpus(seed: seed)
    // The last ones are sketched in parts.
    for wordCount in [1, 3, 4, 8, 11, 12, 13, 40, 300, 2240, 5000] {
      let text = corpus.text(wordCount: wordCount)
      let runs = AnchorSelector(plan: .standard)
      var body: [UInt64] = []
      runs.forEachRun(of: NaiveMinHash.tokens(text)) { run in
        if !AnchorSelector.isPlaced(run.anchor) { body.append(run.anchor) }
      }
      var wanted = Set<UInt64>()
      let width = min(Int(window), body.count)
      for start in 0...(body.count - width) {
        if let least = body[start..<(start + width)].min() { wanted.insert(least) }
      }
      #expect(Set(Self.sample(text, window: window)) == wanted, "\(wordCount) words")
    }
  }

  @Test(arguments: 0..<6 as Range<UInt64>)
  func `a run of a dozen tokens is in the sample of whatever text it stands in`(_ seed: UInt64) {
    var corpus = SeededCorpus(seed: seed)
    let selector = AnchorSelector(plan: .standard)
    for tokenCount in 12...20 {
      let run = corpus.text(wordCount: tokenCount)
      let tokens = NaiveMinHash.tokens(run)
      let inner = selector.inner(tokens, window: 9)
      #expect(!inner.isEmpty)
      for length in [0, 5, 60, 2230] {
        let text = "\(corpus.text(wordCount: length)) \(run) \(corpus.text(wordCount: length))"
        #expect(Set(inner).isSubset(of: Self.sample(text, window: 9)))
      }
    }
  }
}

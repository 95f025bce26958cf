// SPDX-License-Identifier: Apache-2.0

import ChorusSketch
import ChorusTestSupport
import ChorusText
import Testing

struct AnchorSelectorTests {
  private static func anchors(_ text: String) -> [UInt64] { Sketcher().sketch(text).anchors }

  private static let texts: [String] = {
    var corpus = SeededCorpus(seed: 81)
    let fixed = ["", "?", "one", "one two three", "a a a a a a a a", "x\ny\nz", "one\ntwo three"]
    return fixed + [4, 5, 6, 7, 60, 300].map { corpus.text(wordCount: $0) }
  }()

  @Test(arguments: texts)
  func `anchors are ascending and distinct`(_ text: String) {
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
      let inner = selector.inner(NaiveMinHash.tokens(run))
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
    #expect(AnchorSelector(plan: .standard).inner(NaiveMinHash.tokens(run)).isEmpty)
  }

  @Test func `the guarantee holds from the length that is named`() {
    for width in 2...16 as ClosedRange<UInt32> {
      let plan = SketchPlan(anchorWidth: width)
      let count = AnchorSelector.guaranteedTokenCount(plan)
      let tokens = NaiveMinHash.tokens((0..<count).map { "w\($0)" }.joined(separator: " "))
      #expect(!AnchorSelector(plan: plan).inner(tokens).isEmpty)
      #expect(AnchorSelector(plan: plan).inner(Array(tokens.dropLast())).isEmpty)
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
    #expect(found.sorted() == Self.anchors(text))
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
}

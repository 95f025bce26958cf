// SPDX-License-Identifier: Apache-2.0

import Benchmark
import Chorus
import ChorusKernels

/// One stage of the way from text to sketch a suite, over a thousand prompts.
func sketchBenchmarks() {
  textBenchmarks()
  for (name, plan, parts, check) in [
    ("sketch.signature-anchors", SketchPlan.standard, [], (7_699_098, 6_957_153)),
    ("sketch.signature-anchors.8-bits", SketchPlan(laneBitCount: 8), [], (14_777_360, 7_213_078)),
    ("sketch.signature-anchors.window-4", SketchPlan(anchorWindow: 4), [], (641_595, 4_025_425)),
    ("sketch.all", SketchPlan.standard, .all, (2_978_874, 6_615_079)),
  ] as [(String, SketchPlan, Sketcher.Parts, (Int, Int))] {
    Benchmark("\(name).1k-prompts") { benchmark in
      let batch = Corpus.batches[0]
      let sketcher = Sketcher(plan: plan, parts: parts)
      var sketches = SketchBatch()
      benchmark.startMeasurement()
      for record in batch.records {
        sketcher.sketch(batch.arena.span.extracting(record.text.bounds), into: &sketches)
      }
      benchmark.stopMeasurement()
      var value = Hashing.hash64(sketches.signatures) &+ UInt64(sketches.anchors.count)
      for byte in sketches.embeddings { value = value &* 31 &+ UInt64(UInt8(bitPattern: byte)) }
      Corpus.check(Int(Hashing.mix(value) >> 40), smoke: check.0, real: check.1, name)
    }
  }
  kernelBenchmarks()
}

private func textBenchmarks() {
  Benchmark("text.normalise.ascii.1k-prompts") { benchmark in
    try measureNormaliser(benchmark, Corpus.asciiTexts, smoke: 243_809, real: 233_060)
  }
  Benchmark("text.normalise.wide.1k-prompts") { benchmark in
    try measureNormaliser(benchmark, Corpus.wideTexts, smoke: 436_128, real: 416_382)
  }
  Benchmark("text.tokenise.1k-prompts") { benchmark in
    let texts = Corpus.asciiTexts.map { Normaliser().normalise($0) }
    let tokeniser = Tokeniser()
    var tokens: [Token] = []
    var count = 0
    benchmark.startMeasurement()
    for text in texts {
      tokeniser.tokenise(text, into: &tokens)
      count += tokens.count
    }
    benchmark.stopMeasurement()
    Corpus.check(count, smoke: 42_704, real: 40_793, "text.tokenise.1k-prompts")
  }
}

private func measureNormaliser(
  _ benchmark: Benchmark,
  _ texts: [[UInt8]],
  smoke: Int,
  real: Int
) throws {
  let normaliser = Normaliser()
  var text = NormalisedText()
  var count = 0
  benchmark.startMeasurement()
  for source in texts {
    normaliser.normalise(source.span, into: &text)
    count += text.bytes.count
  }
  benchmark.stopMeasurement()
  Corpus.check(count, smoke: smoke, real: real, benchmark.name)
}

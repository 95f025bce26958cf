// SPDX-License-Identifier: Apache-2.0

import Benchmark
import Chorus

func sketchBenchmarks() {
  Benchmark("text.tokenise.1k-prompts") { benchmark in
    let batch = Corpus.batches[0]
    let normaliser = Normaliser()
    let tokeniser = Tokeniser()
    var text = NormalisedText()
    var tokens: [Token] = []
    var count = 0
    benchmark.startMeasurement()
    for record in batch.records {
      normaliser.normalise(batch.arena.span.extracting(record.text.bounds), into: &text)
      tokeniser.tokenise(text, into: &tokens)
      count += tokens.count
    }
    benchmark.stopMeasurement()
    Corpus.check(count, smoke: 42_704, real: 40_793, "text.tokenise.1k-prompts")
  }

  Benchmark("sketch.all.1k-prompts") { benchmark in
    let batch = Corpus.batches[0]
    let sketcher = Sketcher()
    var sketches = SketchBatch()
    benchmark.startMeasurement()
    for record in batch.records {
      sketcher.sketch(batch.arena.span.extracting(record.text.bounds), into: &sketches)
    }
    benchmark.stopMeasurement()
    let value = Hashing.hash64(sketches.signatures) >> 40
    Corpus.check(Int(value), smoke: 7_041_918, real: 9_859_936, "sketch.all.1k-prompts")
  }
}

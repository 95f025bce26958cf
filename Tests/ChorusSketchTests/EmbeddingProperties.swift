// SPDX-License-Identifier: Apache-2.0

import ChorusSketch
import ChorusTestSupport
import Testing

/// The cosine of two embeddings estimates that of the weighted counts of their features.
///
/// Signed hashing into d sums has, for vectors x and y of length 1, the mean of their cosine c and
/// a variance of at most (1 + c^2) / d (Weinberger and others, 2009). Rounding adds little.
struct EmbeddingProperties {
  /// The exact cosine, by the features themselves.
  private static func exact(_ first: String, _ second: String) -> Double {
    let counts = [first, second].map { text in
      Dictionary(
        SketcherTests.features(text, seed: SketchPlan.standard.seed).map {
          ($0.hash, Double($0.weight))
        },
        uniquingKeysWith: +
      )
    }
    func product(_ lhs: [UInt64: Double], _ rhs: [UInt64: Double]) -> Double {
      lhs.reduce(0) { $0 + $1.value * (rhs[$1.key] ?? 0) }
    }
    let lengths = product(counts[0], counts[0]) * product(counts[1], counts[1])
    return product(counts[0], counts[1]) / lengths.squareRoot()
  }

  private static func estimate(
    _ first: String,
    _ second: String,
    dimension: UInt32,
    seed: UInt64
  ) -> Double {
    let sketcher = Sketcher(plan: SketchPlan(embeddingDimension: dimension, seed: seed))
    let sketches = [first, second].map { sketcher.sketch($0) }
    let product = zip(sketches[0].embeddings, sketches[1].embeddings).reduce(0.0) {
      $0 + Double($1.0) * Double($1.1)
    }
    return product * Double(sketches[0].embeddingScales[0])
      * Double(sketches[1].embeddingScales[0])
  }

  /// Pairs of texts of 80 words that have a share of their words in common.
  private static func pairs(_ count: Int, seed: UInt64) -> [(String, String)] {
    var corpus = SeededCorpus(seed: seed)
    return (0..<count).map { place in
      let shared = place % 9 * 10
      let front = corpus.text(wordCount: max(1, shared))
      return (
        front + " " + corpus.text(wordCount: 81 - shared),
        front + " " + corpus.text(wordCount: 81 - shared)
      )
    }
  }

  @Test(arguments: [64, 128, 512, 2048] as [UInt32])
  func `the error of the cosine is what signed hashing says`(_ dimension: UInt32) {
    // Each pair under a seed of its own: common runs of letters meet in the same sums otherwise.
    let pairs = Self.pairs(SlowTests.areWanted ? 3600 : 180, seed: 73)
    let errors = pairs.enumerated().map { number, pair in
      Self.estimate(pair.0, pair.1, dimension: dimension, seed: UInt64(number))
        - Self.exact(pair.0, pair.1)
    }
    let count = Double(errors.count)
    let mean = errors.reduce(0, +) / count
    let size = errors.reduce(0) { $0 + abs($1) } / count
    if SlowTests.areWanted {
      print("embedding of \(dimension) dimensions: mean error \(mean), mean size \(size)")
    }
    // The variance is at most 2 / d; the mean of n errors varies by that over n. A normal error has
    // a mean size of 0.8 standard deviations.
    let deviation = (2 / Double(dimension)).squareRoot()
    #expect(abs(mean) < 4 * deviation / count.squareRoot())
    #expect(size < 0.8 * deviation)
    #expect(size > 0.1 * deviation)
  }
}

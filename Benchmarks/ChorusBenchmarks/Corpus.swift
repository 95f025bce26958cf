// SPDX-License-Identifier: Apache-2.0

import Benchmark
import Chorus
import ChorusSimulate
import Foundation

/// Simulated traffic at two sizes: smoke, which CI runs so that nothing rots, and real.
enum Corpus {
  /// Whether to run at the small size.
  static let isSmoke = ProcessInfo.processInfo.environment["CHORUS_BENCHMARK_SMOKE"] != nil

  /// The prompts of the corpus.
  static let promptCount = isSmoke ? 2000 : 100_000

  /// The corpus in batches of a thousand prompts.
  static let batches: [PromptBatch] = {
    var batches: [PromptBatch] = []
    let prompts = TrafficGenerator(promptCount: promptCount, seed: 1).prompts()
    for start in stride(from: 0, to: prompts.count, by: 1000) {
      var batch = PromptBatch()
      for prompt in prompts[start..<min(start + 1000, prompts.count)] {
        batch.append(
          id: prompt.id,
          account: prompt.account,
          time: prompt.time,
          text: prompt.text
        )
      }
      batches.append(batch)
    }
    return batches
  }()

  /// A thousand ASCII prompts.
  static let asciiTexts: [[UInt8]] = batches[0].records.map { Array(batches[0].bytes($0.text)) }

  /// A thousand prompts of the same words in capitals and Cyrillic letters, some with accents.
  static let wideTexts: [[UInt8]] = asciiTexts.map { text in
    var wide = String.UnicodeScalarView()
    for byte in text {
      let scalar = Unicode.Scalar(byte)
      guard ("a"..."z").contains(scalar) else {
        wide.append(scalar)
        continue
      }
      let letter = UInt32(byte) - 0x61 + (byte % 5 == 0 ? 0x410 : 0x430)
      if let letter = Unicode.Scalar(letter) { wide.append(letter) }
      if byte == 0x79 { wide.append("\u{306}") }
    }
    return Array(String(wide).utf8)
  }

  /// The corpus as an index in memory.
  static let snapshot: Snapshot = {
    do {
      let storage = MemoryStorage()
      let writer = try IndexWriter(storage)
      for batch in batches { try writer.append(batch) }
      try writer.commit()
      return try Index(storage).snapshot()
    } catch { fatalError("the corpus cannot be indexed: \(error)") }
  }()

  /// Stops the run when a result is not what it must be at this size.
  static func check(_ value: Int, smoke: Int, real: Int, _ name: String) {
    let expected = isSmoke ? smoke : real
    guard value != expected else { return }
    // One run of all benchmarks says all the values that have changed.
    if ProcessInfo.processInfo.environment["CHORUS_BENCHMARK_VALUES"] != nil {
      return print("\(name): \(value)")
    }
    fatalError("\(name): the check value is \(value) and must be \(expected)")
  }
}

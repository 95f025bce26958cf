// SPDX-License-Identifier: Apache-2.0

import Chorus
import ChorusTestSupport

/// What an answer must be, computed the slow way: every prompt, on its text, with sets of tokens.
struct Oracle {
  private struct Entry {
    var prompt: SeededCorpus.Prompt
    var tokens: [UInt64]
    var shingles: Set<[UInt64]>
  }

  private let entries: [Entry]
  private let width = Int(SketchPlan.standard.shingleWidth)

  init(_ prompts: [SeededCorpus.Prompt]) {
    let width = width
    entries = prompts.map { prompt in
      let tokens = Self.tokens(prompt.text)
      return Entry(prompt: prompt, tokens: tokens, shingles: Self.shingles(tokens, width))
    }
  }

  /// Returns the exact similarity of each prompt to a text, by id.
  func similarities(to text: String) -> [String: Double] {
    let wanted = Self.shingles(Self.tokens(text), width)
    var result: [String: Double] = [:]
    for entry in entries {
      let shared = wanted.intersection(entry.shingles).count
      let all = wanted.union(entry.shingles).count
      result[entry.prompt.id] = all == 0 ? 0 : Double(shared) / Double(all)
    }
    return result
  }

  /// Returns the share of a text's shingles that each prompt contains, by id.
  func containments(of text: String) -> [String: Double] {
    let wanted = Self.shingles(Self.tokens(text), width)
    return Dictionary(
      uniqueKeysWithValues: entries.map { entry in
        let shared = wanted.intersection(entry.shingles).count
        return (entry.prompt.id, Double(shared) / Double(max(wanted.count, 1)))
      }
    )
  }

  /// Returns the ids of the prompts that have the tokens of a text in one run, ascending.
  func ids(containing text: String) -> [String] {
    let wanted = Self.tokens(text)
    return entries.filter { Self.contains($0.tokens, wanted) }.map(\.prompt.id).sorted()
  }

  static func tokens(_ text: String) -> [UInt64] {
    Tokeniser().tokenise(Normaliser().normalise(Array(text.utf8))).map(\.hash)
  }

  private static func shingles(_ tokens: [UInt64], _ width: Int) -> Set<[UInt64]> {
    guard tokens.count > width else { return tokens.isEmpty ? [] : [tokens] }
    return Set((0...(tokens.count - width)).map { Array(tokens[$0..<($0 + width)]) })
  }

  /// Whether runs of tokens stand in others, each behind the one before it, by trying all places.
  static func contains(_ tokens: [UInt64], inOrder runs: [[UInt64]]) -> Bool {
    guard let run = runs.first else { return true }
    guard tokens.count >= run.count else { return false }
    return (0...(tokens.count - run.count)).contains { start in
      Array(tokens[start..<(start + run.count)]) == run
        && contains(Array(tokens[(start + run.count)...]), inOrder: Array(runs.dropFirst()))
    }
  }

  private static func contains(_ tokens: [UInt64], _ wanted: [UInt64]) -> Bool {
    guard tokens.count >= wanted.count else { return false }
    return (0...(tokens.count - wanted.count)).contains { start in
      Array(tokens[start..<(start + wanted.count)]) == wanted
    }
  }
}

extension SeededCorpus {
  /// A corpus of families, their edited copies and noise; about 160 prompts.
  static func mixed(seed: UInt64) -> SeededCorpus {
    var corpus = SeededCorpus(seed: seed, vocabularyCount: 1024)
    for fillerWordCount in [1, 2, 4, 8] {
      let template = corpus.template(wordCount: 48, slotCount: 2)
      corpus.appendFamily(
        size: 16,
        accountCount: 5,
        template: template,
        fillerWordCount: fillerWordCount
      )
    }
    corpus.appendNoise(count: 50)
    for _ in 0..<30 {
      let original = corpus.prompts[corpus.number(below: corpus.prompts.count)].text
      let edits = corpus.number(below: 6)
      corpus.append(corpus.edited(original, editCount: edits), account: "editor")
    }
    // A word, two words, and exact copies.
    for text in ["hello", "hello there", corpus.prompts[3].text, corpus.prompts[70].text] {
      corpus.append(text, account: "copier")
    }
    return corpus
  }
}

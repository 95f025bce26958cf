// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore

/// Makes ordinary prompts: sentences of varied shape over a skewed vocabulary.
struct ProseGenerator {
  private var generator: SeededGenerator
  /// How many sentences stand where there would be one.
  private let lengthFactor: Int

  init(seed: UInt64, lengthFactor: Int = 1) {
    generator = SeededGenerator(seed: seed)
    self.lengthFactor = lengthFactor
  }

  /// Returns an ordinary prompt of one to nine sentences.
  mutating func prompt() -> String {
    let count = [1, 1, 1, 2, 2, 3, 4, 5, 7, 9][number(10)]
    return (0..<count).map { _ in sentence() }.joined(separator: " ")
  }

  /// Returns one sentence, or as many as the factor says.
  mutating func sentence() -> String {
    var text = oneSentence()
    for _ in 1..<max(1, lengthFactor) { text += " " + oneSentence() }
    return text
  }

  private mutating func oneSentence() -> String {
    switch number(14) {
    case 0: "How do I \(verb()) a \(phrase()) before the \(noun()) starts to \(verb())?"
    case 1: "My \(phrase()) in \(place()) cannot \(verb()) the \(noun())."
    case 2: "\(name()) wants to \(verb()) \(number(90) + 3) \(noun())s and a \(phrase())."
    case 3: "Why would a \(noun()) \(verb()) when its \(noun()) is \(adjective())?"
    case 4:
      "Write \(verb())_\(noun())(\(noun()), \(noun())) to \(verb()) any \(noun())."
    case 5: "The \(phrase()) and the \(noun()) both \(verb()), but \(name()) says \(adjective())."
    case 6:
      "Is \(place()) a \(adjective()) place for a \(noun()), or should we \(verb()) in \(place())?"
    case 7: "Compare \(noun()) with \(noun()): which is more \(adjective()) to \(verb())?"
    case 8: "On day \(number(31) + 1), \(name()) had to \(verb()) our \(phrase()) twice."
    case 9: "Explain \(adjective()) \(noun())s to \(name()), who can barely \(verb()) a \(noun())."
    case 10:
      "\(noun().uppercased()), \(noun()), \(adjective()) \(noun()): "
        + "\(verb()) all of it by \(number(12) + 1) pm."
    case 11: "Suppose \(number(800) + 20) \(phrase())s \(verb()); how many \(noun())s remain?"
    case 12:
      "Translate '\(adjective()) \(noun())' and \(verb()) whatever \(name()) sent from \(place())."
    default: "Nobody in \(place()) could \(verb()) that \(phrase()) without a \(noun())."
    }
  }

  /// Returns an adjective and a noun.
  mutating func phrase() -> String { adjective() + " " + noun() }

  mutating func noun() -> String { pick(Vocabulary.nouns) }

  mutating func adjective() -> String { pick(Vocabulary.adjectives) }

  mutating func verb() -> String { pick(Vocabulary.verbs) }

  mutating func name() -> String { uniform(Vocabulary.names) }

  mutating func place() -> String { uniform(Vocabulary.places) }

  /// Returns a number below a bound.
  mutating func number(_ bound: Int) -> Int { Int(generator.next() % UInt64(bound)) }

  /// Returns a number in `0..<1`.
  mutating func fraction() -> Double { Double(generator.next() >> 11) / 9_007_199_254_740_992 }

  /// Returns an element, each with the same chance.
  mutating func uniform<Element>(_ elements: [Element]) -> Element {
    elements[number(elements.count)]
  }

  /// Returns a word, the first ones more often, as in natural text.
  private mutating func pick(_ words: [String]) -> String {
    let skewed = fraction() * fraction()
    return words[min(words.count - 1, Int(skewed * Double(words.count)))]
  }
}

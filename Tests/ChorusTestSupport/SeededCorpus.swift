// SPDX-License-Identifier: Apache-2.0

/// Prompts made up from a seed, with the truth about them.
///
/// Words follow a Zipf-like law, so that unrelated prompts share common words and few shingles, as
/// real ones do. A template is fixed text with slots; a family is a template filled for several
/// accounts. Equal seeds and calls give equal corpora on every machine.
package struct SeededCorpus: Sendable {
  /// A prompt and the family it was cut from, if any.
  package struct Prompt: Sendable {
    /// The prompt's own id.
    package var id: String
    /// The account that sent it.
    package var account: String
    /// When it was sent.
    package var time: Timestamp
    /// Its text.
    package var text: String
    /// The number of the family that it was cut from.
    package var family: Int?
    /// Its attributes.
    package var attributes: [(name: String, value: String)] = []
  }

  /// Fixed pieces of text; between each two of them is a slot.
  package struct Template: Sendable {
    /// The fixed pieces, one more than there are slots.
    package var pieces: [String]

    /// Returns the text with these fillers in the slots.
    package func filled(_ fillers: [String]) -> String {
      var text = pieces[0]
      for (filler, piece) in zip(fillers, pieces.dropFirst()) { text += " \(filler) \(piece)" }
      return text
    }
  }

  /// All prompts made so far, in the order in which they were sent.
  package private(set) var prompts: [Prompt] = []
  /// The templates of the families, by number.
  package private(set) var templates: [Template] = []

  private var generator: SeededGenerator
  private let vocabulary: [String]
  private var clock = Timestamp(milliseconds: 1_767_225_600_000)

  /// Creates an empty corpus.
  package init(seed: UInt64, vocabularyCount: Int = 4096) {
    generator = SeededGenerator(seed: seed)
    var words: [String] = []
    var known = Set<String>()
    while words.count < vocabularyCount {
      let word = Self.word(&generator)
      if known.insert(word).inserted { words.append(word) }
    }
    vocabulary = words
  }

  private static func word(_ generator: inout SeededGenerator) -> String {
    let heads = ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "st", "tr", "ch"]
    let vowels = ["a", "e", "i", "o", "u", "ai", "ou"]
    var word = ""
    for _ in 0...Int(generator.next() % 3) {
      word += heads[Int(generator.next() % UInt64(heads.count))]
      word += vowels[Int(generator.next() % UInt64(vowels.count))]
    }
    return word
  }
}

extension SeededCorpus {
  /// Returns the next number below a bound.
  package mutating func number(below bound: Int) -> Int {
    Int(generator.next() % UInt64(bound))
  }

  /// Returns a word; the chance of a rank is about as one over the rank.
  package mutating func word() -> String {
    let octaves = vocabulary.count.bitWidth - vocabulary.count.leadingZeroBitCount - 1
    let octave = number(below: octaves)
    return vocabulary[(1 << octave) - 1 + number(below: 1 << octave)]
  }

  /// Returns a run of words, with a stop after every dozen or so.
  package mutating func text(wordCount: Int) -> String {
    var words: [String] = []
    for place in 0..<wordCount {
      let isEnd = place + 1 < wordCount && number(below: 12) == 0
      words.append(word() + (isEnd ? "." : ""))
    }
    return words.joined(separator: " ")
  }

  /// Returns a text with some of its words replaced.
  package mutating func edited(_ text: String, editCount: Int) -> String {
    var words = text.split(separator: " ").map(String.init)
    for _ in 0..<editCount { words[number(below: words.count)] = word() }
    return words.joined(separator: " ")
  }

  /// Returns a template.
  package mutating func template(wordCount: Int = 36, slotCount: Int = 3) -> Template {
    let share = wordCount / (slotCount + 1)
    return Template(pieces: (0...slotCount).map { _ in text(wordCount: share) })
  }
}

extension SeededCorpus {
  /// Adds one prompt, sent a minute after the one before it.
  package mutating func append(
    _ text: String,
    account: String,
    family: Int? = nil,
    attributes: [(name: String, value: String)] = []
  ) {
    clock.milliseconds += 60_000
    prompts.append(
      Prompt(
        id: "prompt-\(prompts.count)",
        account: account,
        time: clock,
        text: text,
        family: family,
        attributes: attributes
      )
    )
  }

  /// Adds unrelated prompts, each of 5 words to `wordCount`, sent by accounts in turn.
  package mutating func appendNoise(count: Int, accountCount: Int = 10, wordCount: Int = 60) {
    for place in 0..<count {
      let words = min(wordCount, 5 + number(below: max(1, wordCount - 4)))
      append(text(wordCount: words), account: "stranger-\(place % accountCount)")
    }
  }

  /// Adds a family: one template filled `size` times, sent by `accountCount` accounts in turn.
  ///
  /// - Returns: The family's number.
  @discardableResult
  package mutating func appendFamily(
    size: Int,
    accountCount: Int,
    template: Template? = nil,
    fillerWordCount: Int = 3
  ) -> Int {
    let family = templates.count
    let template = template ?? self.template()
    templates.append(template)
    for place in 0..<size {
      let fillers = template.pieces.dropFirst().map { _ in
        text(wordCount: 1 + number(below: fillerWordCount))
      }
      append(
        template.filled(fillers),
        account: "family-\(family)-account-\(place % accountCount)",
        family: family
      )
    }
    return family
  }

  /// The prompts as a batch.
  package var batch: PromptBatch { PromptBatch(prompts) }
}

extension PromptBatch {
  /// Creates a batch of prompts.
  package init(_ prompts: some Sequence<SeededCorpus.Prompt>) {
    self.init()
    for prompt in prompts {
      append(
        id: prompt.id,
        account: prompt.account,
        time: prompt.time,
        text: prompt.text,
        attributes: prompt.attributes
      )
    }
  }
}

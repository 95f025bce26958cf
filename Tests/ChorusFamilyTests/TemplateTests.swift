// SPDX-License-Identifier: Apache-2.0

import ChorusFamily
import ChorusIndex
import ChorusTestSupport
import Testing

@Suite struct TemplateTests {
  /// Mines one family of prompts among unrelated ones.
  private func family(seed: UInt64, _ text: (inout SeededCorpus, Int) -> String) throws -> Family {
    var corpus = SeededCorpus(seed: seed)
    corpus.appendNoise(count: 200, accountCount: 100)
    for place in 0..<60 {
      corpus.append(text(&corpus, place), account: "account-\(place % 15)", family: 0)
    }
    return try #require(try Found(corpus.prompts).catalogue.families.first)
  }

  @Test func `fixed text is written as it was sent, with slots between`() throws {
    let family = try family(seed: 31) { corpus, _ in
      "Translate the following Sentence into Plain words: \(corpus.text(wordCount: 9))\n"
        + "Then rate how Hard it was, from 1 to 5."
    }
    let expected =
      "Translate the following Sentence into Plain words: {1}\n"
      + "Then rate how Hard it was, from 1 to 5."
    #expect(family.template.text == expected)
    #expect(family.kind == .template)
    #expect(family.template.slots.count == 1)
  }

  @Test func `a label between two slots is fixed text`() throws {
    let family = try family(seed: 32) { corpus, _ in
      "Use the passage below and nothing else to answer.\n\(corpus.text(wordCount: 30))\n"
        + "Question: \(corpus.text(wordCount: 9))\nAnswer:"
    }
    let expected =
      "Use the passage below and nothing else to answer.\n{1}\nQuestion: {2}\nAnswer:"
    #expect(family.template.text == expected)
  }

  @Test func `slots are told by what fills them`() throws {
    let colours = ["red", "green", "blue"]
    let family = try family(seed: 33) { corpus, place in
      "Write a report about item number \(1000 + place * 7) in the store, "
        + "with the cover painted in a \(colours[place % 3]) tone, as told by the notes "
        + "at https://\(corpus.word())\(place).example/x before anything else: "
        + corpus.text(wordCount: 20)
    }
    #expect(family.template.slots.map(\.kind) == [.number, .list, .url, .text])
    #expect(Set(family.template.slots[1].examples) == Set(colours))
    #expect(family.template.slots[1].fillerCount == 3)
  }

  @Test func `members that deviate and other writings are counted`() throws {
    let head = "Summarise the letter below in two plain sentences for a busy reader"
    let tail = "and do not add anything that the letter itself does not say to them"
    let family = try family(seed: 36) { corpus, place in
      let filler = corpus.text(wordCount: 8)
      // One in twelve lacks the end; one in four shouts.
      if place % 12 == 0 { return "\(head) \(filler)" }
      let text = "\(head) \(filler) \(tail)"
      return place % 4 == 1 ? text.uppercased() : text
    }
    #expect(family.spread.promptCount >= 55)
    #expect(family.template.variantCount == 2)
    #expect(family.template.text.hasPrefix(head))
    #expect(family.template.deviatingShare < 0.1)
  }

  @Test func `the fixed share is the share of the members' bytes`() throws {
    let fixed = String(repeating: "constant words stand here ", count: 4)
    let family = try family(seed: 34) { corpus, _ in
      fixed + "and then a value: " + corpus.text(wordCount: 6)
    }
    #expect(family.template.fixedShare > 0.6)
    #expect(family.template.fixedShare < 0.95)
    #expect(family.template.fixedByteCount == (fixed + "and then a value: ").utf8.count)
  }

  @Test func `text in a script without spaces has a template too`() throws {
    // Chinese: "please translate the following into English: "
    let head =
      "\u{8BF7}\u{628A}\u{4E0B}\u{9762}\u{7684}\u{5185}\u{5BB9}\u{7FFB}\u{8BD1}\u{6210}"
      + "\u{82F1}\u{6587}\u{5E76}\u{4E14}\u{4FDD}\u{7559}\u{539F}\u{6765}\u{7684}\u{683C}\u{5F0F}"
    let family = try family(seed: 35) { corpus, _ in head + "\n" + corpus.text(wordCount: 12) }
    #expect(family.template.text == head + "\n{1}")
  }
}

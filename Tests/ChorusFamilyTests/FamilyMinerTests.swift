// SPDX-License-Identifier: Apache-2.0

import ChorusFamily
import ChorusIndex
import ChorusTestSupport
import Testing

@Suite struct FamilyMinerTests {
  @Test(arguments: [1, 2, 3] as [UInt64])
  func `planted families are found exactly and nothing else is`(seed: UInt64) throws {
    let corpus = SeededCorpus.mixed(seed: seed)
    let found = try Found(corpus.prompts)
    #expect(found.sets == corpus.truth)
  }

  @Test func `unrelated prompts have no family`() throws {
    var corpus = SeededCorpus(seed: 4)
    corpus.appendNoise(count: 600, accountCount: 200)
    #expect(try Found(corpus.prompts).catalogue.families.isEmpty)
  }

  @Test func `one account's batch is no family however large`() throws {
    var corpus = SeededCorpus(seed: 5)
    corpus.appendNoise(count: 200, accountCount: 100)
    corpus.appendFamily(size: 200, accountCount: 1)
    #expect(try Found(corpus.prompts).catalogue.families.isEmpty)
  }

  @Test func `a family needs the accounts that were asked for`() throws {
    var corpus = SeededCorpus(seed: 6)
    corpus.appendNoise(count: 200, accountCount: 100)
    corpus.appendFamily(size: 60, accountCount: 9)
    #expect(try Found(corpus.prompts, minimumAccountCount: 10).catalogue.families.isEmpty)
    #expect(try Found(corpus.prompts, minimumAccountCount: 9).sets == corpus.truth)
  }

  @Test func `an empty index has no families`() throws {
    #expect(try Found([]).catalogue.families.isEmpty)
  }

  @Test func `a fixed fragment inside unrelated prompts is a family of its own kind`() throws {
    var corpus = SeededCorpus(seed: 7)
    let fragment = corpus.text(wordCount: 24)
    corpus.appendNoise(count: 200, accountCount: 100)
    for place in 0..<60 {
      let head = corpus.text(wordCount: 20)
      let tail = corpus.text(wordCount: 20)
      let text = [
        fragment + "\n" + tail, head + "\n" + fragment, head + " " + fragment + " " + tail,
      ]
      corpus.append(text[place % 3], account: "carrier-\(place % 20)", family: 0)
    }
    let found = try Found(corpus.prompts)
    #expect(found.sets == corpus.truth)
    #expect(found.catalogue.families.first?.kind == .fragment)
  }

  @Test func `a nonce before or behind a short template costs no member`() throws {
    var corpus = SeededCorpus(seed: 9)
    corpus.appendNoise(count: 300, accountCount: 150)
    let fixed = corpus.text(wordCount: 9)
    for place in 0..<80 {
      let prompt = "\(fixed) \(corpus.text(wordCount: 2))"
      let nonce = "x\(place)q\(place * 7919 % 997)z"
      let dressed = [
        prompt, "[\(nonce)] \(prompt)", "\(nonce)\n\(prompt)", "\(prompt)\n\nref: \(nonce)",
      ]
      corpus.append(dressed[place % 4], account: "sender-\(place % 20)", family: 0)
    }
    #expect(try Found(corpus.prompts).sets == corpus.truth)
  }

  @Test func `a template of seventy thousand words is a family like another`() throws {
    var corpus = SeededCorpus(seed: 10)
    corpus.appendNoise(count: 100, accountCount: 50)
    let fixed = (0..<70_000).map { "w\($0)" }.joined(separator: " ")
    for place in 0..<12 {
      let text = "\(fixed) \(corpus.text(wordCount: 3))"
      corpus.append(text, account: "sender-\(place)", family: 0)
    }
    #expect(try Found(corpus.prompts).sets == corpus.truth)
  }

  @Test func `two templates under one wrapper stay two`() throws {
    var corpus = SeededCorpus(seed: 8)
    let wrapper = corpus.text(wordCount: 60)
    corpus.appendNoise(count: 200, accountCount: 100)
    for _ in 0..<2 {
      var template = corpus.template()
      template.pieces[0] = wrapper + "\n" + template.pieces[0]
      corpus.appendFamily(size: 60, accountCount: 15, template: template)
    }
    for place in 0..<120 {
      corpus.append(wrapper + "\n" + corpus.text(wordCount: 40), account: "customer-\(place)")
    }
    let found = try Found(corpus.prompts)
    for family in corpus.truth { #expect(found.sets.contains(family)) }
  }

  @Test(arguments: [true, false])
  func `long values of one slot are one family, and templates of different crowds are not`(
    isOneCrowd: Bool
  ) throws {
    var corpus = SeededCorpus(seed: 12)
    corpus.appendNoise(count: 200, accountCount: 100)
    let wrapper = corpus.text(wordCount: 40)
    for value in 0..<6 {
      let passage = corpus.text(wordCount: 80)
      for place in 0..<40 {
        let crowd = isOneCrowd ? 0 : value
        corpus.append(
          "\(wrapper)\n\(passage)\n\(corpus.text(wordCount: 5))",
          account: "sender-\(crowd)-\((place * 7 + value) % 20)",
          family: crowd
        )
      }
    }
    #expect(try Found(corpus.prompts).sets == corpus.truth)
  }

  @Test func `a few common words do not glue the templates of one pool`() throws {
    var corpus = SeededCorpus(seed: 13)
    let label = "now choose the letter"
    for place in 0..<600 {
      let text = corpus.text(wordCount: 12)
      corpus.append(
        "\(text) now choose \(corpus.word()) choose the \(corpus.word()) the letter",
        account: "person-\(place)"
      )
    }
    for family in 0..<6 {
      let template = corpus.template()
      for place in 0..<40 {
        let fillers = template.pieces.dropFirst().map { _ in corpus.text(wordCount: 3) }
        corpus.append(
          "\(template.filled(fillers))\n\(label)",
          account: "sender-\((place * 7 + family) % 30)",
          family: family
        )
      }
    }
    let found = try Found(corpus.prompts)
    for family in corpus.truth { #expect(found.sets.contains(family)) }
  }

  @Test func `the same prompt from many accounts is a family`() throws {
    var corpus = SeededCorpus(seed: 9)
    corpus.appendNoise(count: 200, accountCount: 100)
    let text = corpus.text(wordCount: 60)
    for place in 0..<30 { corpus.append(text, account: "copy-\(place)", family: 0) }
    let found = try Found(corpus.prompts)
    #expect(found.sets == corpus.truth)
    #expect(found.catalogue.families.first?.spread.distinctCount == 1)
    #expect(found.catalogue.families.first?.spread.promptCount == 30)
  }

  @Test func `disguises do not hide a member`() throws {
    var corpus = SeededCorpus(seed: 10)
    corpus.appendNoise(count: 200, accountCount: 100)
    let template = corpus.template()
    for place in 0..<60 {
      let fillers = template.pieces.dropFirst().map { _ in corpus.text(wordCount: 2) }
      let text = Self.disguised(template.filled(fillers), way: place % 5)
      corpus.append(text, account: "masked-\(place % 15)", family: 0)
    }
    #expect(try Found(corpus.prompts).sets == corpus.truth)
  }

  private static func disguised(_ text: String, way: Int) -> String {
    switch way {
    case 0: text.uppercased()
    case 1: text.split(separator: " ").joined(separator: " \u{00A0}\t")  // spacing
    case 2: String(text.flatMap { [$0, "\u{200B}"] })  // zero-width spaces
    case 3: String(text.map { $0 == "a" ? "\u{0430}" : $0 })  // Cyrillic a
    default: "x7k2q9\n" + text  // a nonce
    }
  }

  @Test func `spread counts prompts, texts, accounts and times`() throws {
    var corpus = SeededCorpus(seed: 11)
    corpus.appendNoise(count: 150, accountCount: 100)
    corpus.appendFamily(size: 45, accountCount: 15)
    let members = corpus.prompts.filter { $0.family == 0 }
    let spread = try #require(try Found(corpus.prompts).catalogue.families.first).spread
    #expect(spread.promptCount == 45)
    #expect(spread.distinctCount == Set(members.map(\.text)).count)
    #expect(spread.accountCount == 15)
    #expect(spread.firstSeen == members.map(\.time).min())
    #expect(spread.lastSeen == members.map(\.time).max())
  }
}

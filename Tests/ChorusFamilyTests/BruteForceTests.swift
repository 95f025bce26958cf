// SPDX-License-Identifier: Apache-2.0

import ChorusFamily
import ChorusIndex
import ChorusTestSupport
import Testing

/// Mining against an oracle that tries everything, where it is plain what the families are.
@Suite struct BruteForceTests {
  private static let seeds: [UInt64] = [71, 72, 73]

  // MARK: The engine

  @Test(arguments: Planted.allCases, seeds)
  func `mining finds what trying everything finds`(_ planted: Planted, seed: UInt64) throws {
    let prompts = planted.corpus(seed: seed).prompts
    let wanted = BruteForceMiner(prompts).families()
    #expect(wanted.isEmpty == (planted == .nothing))
    #expect(try Found(prompts).sets == wanted)
  }

  @Test(arguments: Planted.allCases, [40, 130])
  func `it does so in many segments`(_ planted: Planted, segmentRowCount: Int) throws {
    let prompts = planted.corpus(seed: 74).prompts
    let found = try Found(prompts, segmentRowCount: segmentRowCount)
    #expect(found.sets == BruteForceMiner(prompts).families())
  }

  @Test(arguments: 200..<216 as Range<UInt64>)
  func `it does so for templates of any size, crowd and slots`(seed: UInt64) throws {
    let prompts = SeededCorpus.drawn(seed: seed).prompts
    #expect(try Found(prompts).sets == BruteForceMiner(prompts).families())
  }

  @Test(arguments: 300..<330 as Range<UInt64>)
  func `one common word behind a wrapper neither makes a family nor loses members`(
    seed: UInt64
  ) throws {
    var corpus = SeededCorpus(seed: seed)
    corpus.appendNoise(count: 100, accountCount: 50)
    corpus.appendWrapper(restCount: 150, isMarked: false)
    #expect(try Found(corpus.prompts).sets == corpus.truth)
  }

  @Test(arguments: [9, 10, 11, 12])
  func `it does so for any number of accounts that is asked for`(minimum: Int) throws {
    for planted in [Planted.floors, .onceEach] {
      let prompts = planted.corpus(seed: 75).prompts
      let wanted = BruteForceMiner(prompts, minimumAccountCount: minimum).families()
      #expect(wanted.count == max(0, 12 - minimum))
      #expect(try Found(prompts, minimumAccountCount: minimum).sets == wanted)
    }
  }

  @Test(arguments: seeds)
  func `unrelated prompts and one account's batches have no family by either`(
    seed: UInt64
  ) throws {
    var corpus = SeededCorpus(seed: seed)
    corpus.appendNoise(count: 400, accountCount: 200)
    for accountCount in [1, 5, 9] { corpus.appendFamily(size: 90, accountCount: accountCount) }
    #expect(BruteForceMiner(corpus.prompts).families().isEmpty)
    #expect(try Found(corpus.prompts).sets.isEmpty)
  }

  // MARK: The oracle

  @Test(arguments: Planted.allCases, [3, 4, 5, 6])
  func `the oracle finds what was planted, by runs of any width`(
    _ planted: Planted,
    width: Int
  ) {
    let corpus = planted.corpus(seed: 76)
    let found = BruteForceMiner(corpus.prompts, width: width).families()
    #expect(found == corpus.truth(accountCount: 10))
  }

  @Test(arguments: 200..<216 as Range<UInt64>)
  func `the oracle finds what was drawn`(seed: UInt64) {
    let corpus = SeededCorpus.drawn(seed: seed)
    #expect(BruteForceMiner(corpus.prompts).families() == corpus.truth(accountCount: 10))
  }

  @Test func `the oracle sees a member go, a stranger come and a crowd shrink`() {
    var corpus = SeededCorpus(seed: 77)
    corpus.appendNoise(count: 100, accountCount: 50)
    corpus.appendFamily(size: 30, accountCount: 10)
    let whole = BruteForceMiner(corpus.prompts).families()
    #expect(whole == corpus.truth)
    let last = corpus.prompts[129]
    let fewer = BruteForceMiner(corpus.prompts.dropLast()).families()
    #expect(fewer == Set(whole.map { $0.subtracting([last.id]) }))
    var more = corpus.prompts
    more[0].text = last.text
    #expect(BruteForceMiner(more).families() == Set(whole.map { $0.union([more[0].id]) }))
    let small = corpus.prompts.filter { $0.account != last.account }
    #expect(BruteForceMiner(small).families().isEmpty)
  }

  @Test func `the oracle takes in a text with seven tenths of the runs and no fewer`() {
    var corpus = SeededCorpus(seed: 78)
    // 23 words have 20 runs.
    let fixed = (0..<23).map { "fixed\($0)" }
    for place in 0..<30 {
      let text = "\(fixed.joined(separator: " ")) \(corpus.text(wordCount: 9))"
      corpus.append(text, account: "sender-\(place % 10)", family: 0)
    }
    for (count, family) in [(17, 0), (16, nil)] {
      let text = "\(fixed.prefix(count).joined(separator: " ")) \(corpus.text(wordCount: 9))"
      corpus.append(text, account: "damaged-\(count)", family: family)
    }
    #expect(BruteForceMiner(corpus.prompts).families() == corpus.truth)
  }

  @Test(arguments: [true, false])
  func `the oracle counts the words that stand in one order`(isOneOrder: Bool) {
    var corpus = SeededCorpus(seed: 79)
    let pieces = (0..<2).map { piece in
      (0..<6).map { "fixed\(piece)x\($0)" }.joined(separator: " ")
    }
    for place in 0..<40 {
      let isTurned = !isOneOrder && place % 2 == 1
      corpus.append(
        [
          pieces[isTurned ? 1 : 0], corpus.text(wordCount: 9), pieces[isTurned ? 0 : 1],
        ].joined(separator: " "),
        account: "sender-\(place % 20)",
        family: 0
      )
    }
    let found = BruteForceMiner(corpus.prompts).families()
    #expect(found == (isOneOrder ? corpus.truth : []))
  }
}

/// Corpora in which it is plain what the families are, by what makes them hard.
///
/// All fixed text is in pieces of twelve words or more: of shorter ones a segment with less than
/// five of a family's prompts may have nothing to find them by.
enum Planted: CaseIterable, Sendable {
  /// Unrelated prompts alone.
  case nothing
  /// Templates of one to three slots.
  case templates
  /// Slots of one word, of up to a dozen, and of more than the fixed text has.
  case slots
  /// Accounts one fewer than are needed, as many, and one more.
  case floors
  /// The same, and each account sends one prompt.
  case onceEach
  /// One account sends most, with enough others and with too few; another sends its own.
  case busyAccounts
  /// One text sent by many accounts, and one by too few.
  case copies
  /// A passage anywhere in unrelated prompts.
  case fragment
  /// A passage behind half the prompts of two templates, and behind unrelated text.
  case shared
  /// Templates whose slots are lines.
  case lines
  /// A word of the fixed text replaced here and there, and prompts that have one piece of it.
  case damage
  /// A slot that takes three short values.
  case list
  /// One template with a slot that takes six long values.
  case passages
  /// Templates of six crowds that begin with the same passage.
  case crowds
  /// One crowd that sends two templates.
  case oneCrowd
  /// Three templates under one wrapper.
  case wrapped
  /// Templates under one wrapper, most of whose prompts are of no template.
  case wrapper
  /// Templates under one wrapper that a good part of its prompts are of, beginning like any text.
  case wrapperOfMany
  /// Templates under two wrappers under a third.
  case nested

  /// Returns a corpus; its prompts know their families, those with too few accounts too.
  func corpus(seed: UInt64) -> SeededCorpus {
    var corpus = SeededCorpus(seed: seed)
    corpus.appendNoise(count: 150, accountCount: 75)
    switch self {
    case .nothing: corpus.appendNoise(count: 250, accountCount: 125)
    case .templates: corpus.appendTemplates([(60, 3, 3), (28, 1, 3), (39, 2, 3)])
    case .slots: corpus.appendTemplates([(39, 2, 1), (28, 1, 12), (48, 3, 80)])
    case .floors, .onceEach: corpus.appendCrowds(promptCount: self == .floors ? 4 : 1)
    case .busyAccounts: corpus.appendBusyAccounts()
    case .copies: corpus.appendCopies()
    case .fragment: corpus.appendCarriers()
    case .shared: corpus.appendShared()
    case .lines: corpus.appendLines()
    case .damage: corpus.appendDamage()
    case .list: corpus.appendList()
    case .passages: corpus.appendPassages(crowdCount: 1)
    case .crowds: corpus.appendPassages(crowdCount: 6)
    case .oneCrowd: corpus.appendOneCrowd()
    case .wrapped: _ = corpus.appendWrapped(templateCount: 3)
    case .wrapper: corpus.appendWrapper(restCount: 120, isMarked: true)
    case .wrapperOfMany: corpus.appendWrapper(restCount: 60, isMarked: false)
    case .nested: corpus.appendNested()
    }
    corpus.appendNoise(count: 30, accountCount: 30)
    return corpus
  }
}

extension SeededCorpus {
  /// The ids of the prompts of each family that has enough accounts.
  func truth(accountCount: Int) -> Set<Set<String>> {
    let families = Dictionary(grouping: prompts.filter { $0.family != nil }, by: \.family)
    let large = families.values.filter { Set($0.map(\.account)).count >= accountCount }
    return Set(large.map { Set($0.map(\.id)) })
  }

  /// One to five templates of any size among unrelated prompts.
  static func drawn(seed: UInt64) -> SeededCorpus {
    var corpus = SeededCorpus(seed: seed)
    corpus.appendNoise(
      count: 100 + corpus.number(below: 200),
      accountCount: 50 + corpus.number(below: 100)
    )
    for _ in 0...corpus.number(below: 5) {
      let accountCount = 6 + corpus.number(below: 20)
      let size = accountCount * (1 + corpus.number(below: 4)) + corpus.number(below: 6)
      let slotCount = 1 + corpus.number(below: 4)
      let wordCount = (slotCount + 1) * (6 + corpus.number(below: 8))
      corpus.appendFamily(
        size: size,
        accountCount: accountCount,
        template: corpus.template(wordCount: wordCount, slotCount: slotCount),
        fillerWordCount: [1, 3, 12, 40][corpus.number(below: 4)]
      )
    }
    return corpus
  }

  /// Returns a template filled with up to some words in each slot.
  private mutating func filled(_ template: Template, fillerWordCount: Int = 3) -> String {
    let fillers = template.pieces.dropFirst().map { _ in
      text(wordCount: 1 + number(below: fillerWordCount))
    }
    return template.filled(fillers)
  }

  fileprivate mutating func appendTemplates(_ shapes: [(words: Int, slots: Int, filler: Int)]) {
    for shape in shapes {
      appendFamily(
        size: 48,
        accountCount: 16,
        template: template(wordCount: shape.words, slotCount: shape.slots),
        fillerWordCount: shape.filler
      )
    }
  }

  fileprivate mutating func appendCrowds(promptCount: Int) {
    for accountCount in [9, 10, 11] {
      appendFamily(
        size: promptCount * accountCount,
        accountCount: accountCount,
        template: template(wordCount: 48, slotCount: 3)
      )
    }
  }

  fileprivate mutating func appendBusyAccounts() {
    appendFamily(size: 150, accountCount: 1, template: template(wordCount: 48, slotCount: 3))
    for others in [8, 12] {
      let template = template(wordCount: 48, slotCount: 3)
      for place in 0..<(100 + 3 * others) {
        let account = place < 100 ? "busy" : "other-\(others)-\(place % others)"
        append(filled(template), account: account, family: others)
      }
    }
  }

  fileprivate mutating func appendCopies() {
    for (family, accountCount) in [(1, 30), (2, 9)] {
      let copy = text(wordCount: 60)
      for place in 0..<90 {
        let account = "copier-\(family)-\(place % accountCount)"
        append(copy, account: account, family: family)
      }
    }
  }

  fileprivate mutating func appendCarriers() {
    let passage = text(wordCount: 24)
    for place in 0..<60 {
      let head = text(wordCount: 20)
      let tail = text(wordCount: 20)
      let texts = [
        "\(passage)\n\(tail)", "\(head)\n\(passage)", "\(head) \(passage) \(tail)",
      ]
      append(texts[place % 3], account: "carrier-\(place % 20)", family: 0)
    }
  }

  fileprivate mutating func appendShared() {
    let passage = text(wordCount: 20)
    for family in 0..<2 {
      let template = template(wordCount: 60, slotCount: 3)
      for place in 0..<60 {
        let prompt = filled(template)
        append(
          number(below: 2) == 0 ? "\(prompt)\n\(passage)" : prompt,
          account: "sender-\(family)-\(place % 20)",
          family: family
        )
      }
    }
    for place in 0..<90 {
      append("\(text(wordCount: 20))\n\(passage)", account: "carrier-\(place % 30)", family: 2)
    }
  }

  fileprivate mutating func appendLines() {
    for (family, fillerWordCount) in [1, 5, 40].enumerated() {
      let template = template(wordCount: 45, slotCount: 2)
      for place in 0..<48 {
        let lines = template.pieces.map { piece in
          "\(piece)\n\(text(wordCount: 1 + number(below: fillerWordCount)))"
        }
        let account = "writer-\(family)-\(place % 12)"
        append(lines.joined(separator: "\n"), account: account, family: family)
      }
    }
  }

  fileprivate mutating func appendDamage() {
    let whole = template(wordCount: 60, slotCount: 3)
    for place in 0..<80 {
      var template = whole
      if place % 10 == 3 {
        let piece = number(below: 4)
        template.pieces[piece] = edited(template.pieces[piece], editCount: 1)
      }
      let isRest = place % 20 == 7
      if isRest { for piece in 1...3 { template.pieces[piece] = text(wordCount: 15) } }
      append(filled(template), account: "sender-\(place % 20)", family: isRest ? nil : 0)
    }
  }

  fileprivate mutating func appendList() {
    let template = template(wordCount: 48, slotCount: 2)
    let values = (0..<3).map { _ in text(wordCount: 2) }
    for place in 0..<90 {
      let fillers = [values[number(below: 3)], text(wordCount: 8)]
      append(template.filled(fillers), account: "sender-\(place % 22)", family: 0)
    }
  }

  fileprivate mutating func appendPassages(crowdCount: Int) {
    let head = text(wordCount: 40)
    for value in 0..<6 {
      let passage = text(wordCount: 80)
      let crowd = value % crowdCount
      for place in 0..<40 {
        append(
          "\(head)\n\(passage)\n\(text(wordCount: 5))",
          account: "sender-\(crowd)-\((place * 7 + value) % 20)",
          family: crowd
        )
      }
    }
  }

  fileprivate mutating func appendOneCrowd() {
    for family in 0..<2 {
      let template = template(wordCount: 42, slotCount: 2)
      for place in 0..<45 {
        append(filled(template), account: "sender-\(place % 15)", family: family)
      }
    }
  }

  /// Adds templates that begin with the same passage, each with a crowd of its own, and returns it.
  ///
  /// Behind it stands a word that no other text has, if they are marked.
  fileprivate mutating func appendWrapped(templateCount: Int, isMarked: Bool = true) -> String {
    let wrapper = text(wordCount: 12 + number(below: 40))
    for number in 0..<templateCount {
      var template = template(wordCount: 60, slotCount: 2)
      template.pieces[0] = "\(wrapper)\n\(isMarked ? "subject\(number) " : "")\(template.pieces[0])"
      appendFamily(size: 45, accountCount: 15, template: template)
    }
    return wrapper
  }

  fileprivate mutating func appendWrapper(restCount: Int, isMarked: Bool) {
    let wrapper = appendWrapped(templateCount: 2, isMarked: isMarked)
    for place in 0..<restCount {
      append("\(wrapper)\n\(text(wordCount: 40))", account: "customer-\(place)", family: 9)
    }
  }

  fileprivate mutating func appendNested() {
    let outer = text(wordCount: 14)
    for group in 0..<2 {
      let inner = text(wordCount: 40)
      for number in 0..<2 {
        var template = template(wordCount: 100, slotCount: 1)
        let subject = "subject\(group)\(number)"
        template.pieces[0] = "\(outer)\n\(inner)\n\(subject) \(template.pieces[0])"
        appendFamily(size: 42, accountCount: 14, template: template)
      }
    }
  }
}

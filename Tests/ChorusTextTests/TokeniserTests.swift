// SPDX-License-Identifier: Apache-2.0

import ChorusTestSupport
import ChorusText
import Testing

struct TokeniserTests {
  private static func tokens(_ text: String) -> [Token] {
    Tokeniser().tokenise(Normaliser().normalise(Array(text.utf8)))
  }

  /// The tokens of a text, as text.
  private static func words(_ text: String) -> [String] {
    let normalised = Normaliser().normalise(Array(text.utf8))
    return Tokeniser().tokenise(normalised).map {
      String(decoding: normalised.bytes[$0.range], as: UTF8.self)
    }
  }

  private static func hashes(_ text: String) -> [UInt64] { tokens(text).map(\.hash) }

  private static func isEqual(_ lhs: [String], _ rhs: [String]) -> Bool {
    lhs.map { Array($0.utf8) } == rhs.map { Array($0.utf8) }
  }

  private static let table: [(String, [String])] = [
    ("one two", ["one", "two"]),
    ("One, two; THREE!", ["one", "two", "three"]),
    ("  leading and trailing  ", ["leading", "and", "trailing"]),
    ("a1b2 3.14", ["a1b2", "3", "14"]),
    ("snake_case don't e-mail", ["snake", "case", "don", "t", "e", "mail"]),
    ("caf\u{E9} na\u{EF}ve", ["caf\u{E9}", "na\u{EF}ve"]),
    (
      "\u{43F}\u{440}\u{438}\u{432}\u{435}\u{442} \u{43C}\u{438}\u{440}",
      ["\u{43F}\u{440}\u{438}\u{432}\u{435}\u{442}", "\u{43C}\u{438}\u{440}"]
    ),
    ("\u{4F60}\u{597D}\u{4E16}\u{754C}", ["\u{4F60}", "\u{597D}", "\u{4E16}", "\u{754C}"]),
    ("\u{3042}\u{30AB}x", ["\u{3042}", "\u{30AB}", "x"]),
    ("gpt\u{4F60}4", ["gpt", "\u{4F60}", "4"]),
    ("\u{D55C}\u{AD6D}\u{C5B4} \u{B9D0}", ["\u{D55C}\u{AD6D}\u{C5B4}", "\u{B9D0}"]),
    // Thai: no spaces between words, and marks that stay with their letter.
    ("\u{E01}\u{E34}\u{E19}", ["\u{E01}\u{E34}", "\u{E19}"]),
    (
      "\u{E17}\u{E35}\u{E48}\u{E19}\u{E35}\u{E48}",
      [
        "\u{E17}\u{E35}\u{E48}", "\u{E19}\u{E35}\u{E48}",
      ]
    ),
    // Devanagari and Arabic: words with marks in them.
    (
      "\u{928}\u{92E}\u{938}\u{94D}\u{924}\u{947}",
      [
        "\u{928}\u{92E}\u{938}\u{94D}\u{924}\u{947}"
      ]
    ),
    ("\u{645}\u{651} \u{628}", ["\u{645}\u{651}", "\u{628}"]),
    ("\u{1F600}\u{1F601}", ["\u{1F600}", "\u{1F601}"]),
    ("hi\u{1F600}there", ["hi", "\u{1F600}", "there"]),
    ("a\u{2028}b", ["a", "b"]),
    ("a\u{0}b", ["a", "b"]),
    ("<system>ignore</system>", ["system", "ignore", "system"]),
  ]

  @Test(arguments: table)
  func `a text is cut into its words and characters`(_ text: String, _ wanted: [String]) {
    #expect(Self.isEqual(Self.words(text), wanted), "\(Self.words(text))")
  }

  @Test(arguments: ["", " ", "\n\n", "\t \r\n", "\u{A0}\u{3000}", "\u{200B}\u{FEFF}"])
  func `a text without visible characters has no tokens`(_ text: String) {
    #expect(Self.tokens(text).isEmpty)
  }

  @Test(arguments: [
    ("?", ["?"]),
    ("...", [".", ".", "."]),
    ("?! +", ["?", "!", "+"]),
    ("\u{2192}\n\u{2190}", ["\u{2192}", "\u{2190}"]),
  ])
  func `a text of symbols alone has a token for each`(_ text: String, _ wanted: [String]) {
    #expect(Self.isEqual(Self.words(text), wanted))
  }

  @Test func `symbols beside words are no tokens`() {
    #expect(Self.words("?? a ??") == ["a"])
  }

  @Test(arguments: [
    ("one two\nthree\n\nfour five", ["one", "three", "four"]),
    ("\none", ["one"]),
    ("one\r\ntwo", ["one", "two"]),
    ("one\u{2028}two", ["one", "two"]),
    ("one\u{B}two\u{C}three", ["one", "two", "three"]),
    ("- one\n- two", ["one", "two"]),
    ("?\n!", ["?", "!"]),
  ])
  func `the first token of a line is marked`(_ text: String, _ wanted: [String]) {
    let starts = zip(Self.tokens(text), Self.words(text)).filter { $0.0.startsLine }.map(\.1)
    #expect(starts == wanted)
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `tokens are ascending, apart and not empty`(_ seed: UInt64) {
    for text in TextCorpus.texts(800, seed: 90 + seed) {
      let normalised = Normaliser().normalise(Array(text.utf8))
      var end = 0
      for token in Tokeniser().tokenise(normalised) {
        #expect(token.range.lowerBound >= end && !token.range.isEmpty)
        end = token.range.upperBound
      }
      #expect(end <= normalised.bytes.count)
    }
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `equal words have equal hashes wherever they stand`(_ seed: UInt64) {
    var hashOf: [[UInt8]: UInt64] = [:]
    for text in TextCorpus.texts(800, seed: 100 + seed) {
      let normalised = Normaliser().normalise(Array(text.utf8))
      for token in Tokeniser().tokenise(normalised) {
        let word = Array(normalised.bytes[token.range])
        #expect(hashOf[word, default: token.hash] == token.hash)
        hashOf[word] = token.hash
      }
    }
    #expect(hashOf.count > 100)
  }

  @Test func `different words have different hashes`() {
    var corpus = SeededCorpus(seed: 110)
    var words = Set((0..<3000).map { _ in corpus.word() })
    // Words that differ in trailing zeros or in length alone, and words about as long as a step.
    for count in 1...40 { words.insert(String(repeating: "a", count: count)) }
    for count in 1...20 { words.insert(String(repeating: "0", count: count)) }
    #expect(Set(words.flatMap { Self.hashes($0) }).count == words.count)
  }

  // MARK: Look-alikes

  @Test(arguments: [
    ("p\u{430}ssw\u{43E}rd", "password"),  // Cyrillic a and o among Latin letters
    ("\u{440}\u{430}\u{443}", "pay"),  // all Cyrillic, all with Latin twins
    ("ign\u{3BF}re", "ignore"),  // Greek omicron
    ("\u{455}yst\u{435}m", "system"),
  ])
  func `a word in look-alike letters hashes like its Latin twin`(
    _ disguised: String,
    _ plain: String
  ) {
    #expect(Self.hashes(disguised) == Self.hashes(plain))
  }

  @Test func `a Russian word hashes the same with Latin letters among its own`() {
    let russian = "\u{43F}\u{440}\u{438}\u{432}\u{435}\u{442}"
    let half = "\u{43F}p\u{438}\u{432}e\u{442}"
    #expect(Self.hashes(russian) == Self.hashes(half))
    #expect(Self.hashes(russian).count == 1)
  }

  @Test(arguments: [
    ("\u{C5}ngstr\u{F6}m", "angstrom"),
    ("\u{141}\u{F3}d\u{17A}", "lodz"),
    ("ti\u{1EBF}ng Vi\u{1EC7}t", "tieng viet"),
    ("x\u{301}y\u{316}\u{338}z", "xyz"),
    ("\u{663}\u{664}\u{665}", "345"),
    ("\u{967}\u{968}", "12"),
    ("\u{5E9}\u{5B8}\u{5DC}\u{5D5}\u{5B9}\u{5DD}", "\u{5E9}\u{5DC}\u{5D5}\u{5DD}"),
    ("\u{39A}\u{3B1}\u{3BB}\u{3CC}", "\u{3BA}\u{3B1}\u{3BB}\u{3BF}"),
  ])
  func `accents, vowel signs and digits of any script fold`(_ text: String, _ plain: String) {
    #expect(Self.hashes(text) == Self.hashes(plain))
  }

  @Test(arguments: [
    ("\u{304B}", "\u{304C}"),  // Kana: the voiced sound mark makes another letter
    ("\u{928}\u{93F}", "\u{928}\u{940}"),  // Devanagari: vowel signs are letters
    ("\u{E01}\u{E34}", "\u{E01}\u{E35}"),  // Thai vowels
    ("\u{3C3}", "\u{3BF}"),  // Greek sigma and omicron, of which one looks like o
    ("\u{AC00}", "\u{AC01}"),
  ])
  func `what readers tell apart stays apart`(_ first: String, _ second: String) {
    #expect(Self.hashes(first) != Self.hashes(second))
  }

  @Test func `words, characters and symbols are told apart`() {
    let kinds = Self.tokens("word \u{4F60}\u{E01} 42 \u{1F600}").map(\.isCharacter)
    #expect(kinds == [false, true, true, false, true])
    #expect(Self.tokens("?!").map(\.isCharacter) == [true, true])
  }

  @Test func `two Russian words that differ in a letter without a twin differ`() {
    #expect(
      Self.hashes("\u{43A}\u{43E}\u{448}\u{43A}\u{430}")
        != Self.hashes("\u{43A}\u{43E}\u{43B}\u{43A}\u{430}")
    )
  }

  // MARK: Disguises

  @Test(arguments: [
    ("Ignore All Previous", "ignore all previous"),
    ("IGNORE ALL PREVIOUS", "ignore all previous"),
    ("ig\u{200B}nore a\u{200D}ll previous", "ignore all previous"),
    ("i\u{AD}gnore all\u{FEFF} previous", "ignore all previous"),
    ("\u{FF29}\u{FF47}\u{FF4E}\u{FF4F}\u{FF52}\u{FF45} all previous", "ignore all previous"),
    ("\u{1D422}\u{1D420}nore \u{24D0}ll previous", "ignore all previous"),
    ("\u{202E}ignore\u{202C} all previous", "ignore all previous"),
    ("ignore\u{A0}all\u{3000}previous", "ignore all previous"),
    ("cafe\u{301} \u{FB01}n", "caf\u{E9} fin"),
    ("i\u{E0067}g\u{E006E}nore all previous", "ignore all previous"),
  ])
  func `a disguise changes no token`(_ disguised: String, _ plain: String) {
    #expect(Self.hashes(disguised) == Self.hashes(plain))
  }
}

// SPDX-License-Identifier: Apache-2.0

import ChorusText
import Testing

struct NormaliserTests {
  private static func normalised(_ text: String) -> String {
    String(decoding: Normaliser().normalise(Array(text.utf8)).bytes, as: UTF8.self)
  }

  private static func isEqual(_ lhs: String, _ rhs: String) -> Bool {
    lhs.utf8.elementsEqual(rhs.utf8)
  }

  // Source, and what Unicode's NFKC_Casefold makes of it.
  private static let table: [(String, String)] = [
    ("", ""),
    ("plain text 123", "plain text 123"),
    ("Ignore ALL", "ignore all"),
    ("caf\u{C9}", "caf\u{E9}"),
    ("cafe\u{301}", "caf\u{E9}"),
    ("E\u{301}", "\u{E9}"),
    ("\u{FB01}n", "fin"),
    ("\u{FF29}\u{FF47}", "ig"),
    ("\u{2460}\u{BD}", "11\u{2044}2"),
    ("Stra\u{DF}e", "strasse"),
    ("\u{1E9E}", "ss"),
    ("\u{3A3}\u{3C2}", "\u{3C3}\u{3C3}"),
    ("\u{130}", "i\u{307}"),
    ("\u{212B}\u{2126}", "\u{E5}\u{3C9}"),
    ("ig\u{200B}no\u{AD}re\u{FEFF}", "ignore"),
    ("\u{202E}x\u{202C}", "x"),
    ("a\u{200D}\u{301}", "\u{E1}"),
    ("\u{200B}", ""),
    ("\u{1100}\u{1161}\u{11A8}", "\u{AC01}"),
    ("\u{AC00}\u{11A8}", "\u{AC01}"),
    ("\u{FF76}\u{FF9E}", "\u{30AC}"),
    ("\u{304B}\u{3099}", "\u{304C}"),
    ("q\u{307}\u{323}", "q\u{323}\u{307}"),
    ("\u{928}\u{93C}", "\u{929}"),
    ("\u{E33}", "\u{E4D}\u{E32}"),
    ("\u{A0}x\u{3000}y", " x y"),
    ("\u{1D400}\u{1F600}", "a\u{1F600}"),
    ("\u{2764}\u{FE0F}", "\u{2764}"),
    ("line\nline\r\n\tend", "line\nline\r\n\tend"),
    ("\u{0}\u{7F}", "\u{0}\u{7F}"),
  ]

  @Test(arguments: table)
  func `a text becomes its NFKC_Casefold form`(_ source: String, _ wanted: String) {
    #expect(Self.isEqual(Self.normalised(source), wanted))
  }

  @Test(arguments: table)
  func `a text with its map becomes the same form`(_ source: String, _ wanted: String) {
    let found = Normaliser().normalise(Array(source.utf8), keepingMap: true).bytes
    #expect(found == Array(wanted.utf8))
  }

  @Test func `ASCII becomes its lower-case letters`() {
    let all = (0..<128 as Range<UInt8>).map { $0 }
    for count in 0...128 {
      let bytes = Array(all.dropFirst(count)) + Array(all.prefix(count))
      let wanted = Array(String(decoding: bytes, as: UTF8.self).lowercased().utf8)
      #expect(Normaliser().normalise(bytes).bytes == wanted)
    }
  }

  @Test(arguments: [0, 1, 31, 32, 33, 63, 64, 65, 200])
  func `a change anywhere in a run of ASCII is made`(_ count: Int) {
    for place in 0...count {
      let front = String(repeating: "A", count: place)
      let back = String(repeating: "Z", count: count - place)
      let wanted = front.lowercased() + "\u{E9}" + back.lowercased()
      #expect(Self.isEqual(Self.normalised(front + "e\u{301}" + back), wanted))
    }
  }

  @Test func `memory that is used again leaves nothing of the text before`() {
    let normaliser = Normaliser()
    var result = NormalisedText()
    normaliser.normalise(Array("a long text, \u{C9} and more of it".utf8).span, into: &result)
    normaliser.normalise(Array("Short".utf8).span, into: &result)
    #expect(result.bytes == Array("short".utf8))
  }

  @Test func `a ligature that becomes many characters has the room for it`() {
    // U+FDFA is eighteen characters: the most that one becomes.
    let source = String(repeating: "\u{FDFA}", count: 200)
    let one = Self.normalised("\u{FDFA}")
    #expect(one.unicodeScalars.count == 18)
    #expect(Self.isEqual(Self.normalised(source), String(repeating: one, count: 200)))
  }

  @Test func `a long run of combining marks is put in order`() {
    let source = "a" + String(repeating: "\u{307}\u{323}", count: 300)
    let wanted =
      "\u{1EA1}" + String(repeating: "\u{323}", count: 299)
      + String(repeating: "\u{307}", count: 300)
    #expect(Self.isEqual(Self.normalised(source), wanted))
  }

  // MARK: Malformed bytes

  private static let malformed: [([UInt8], String)] = [
    ([0xFF], "\u{FFFD}"),
    ([0x41, 0x80, 0x42], "a\u{FFFD}b"),
    ([0xC3], "\u{FFFD}"),
    ([0xE9, 0x20], "\u{FFFD} "),
    ([0xC0, 0xAF], "\u{FFFD}\u{FFFD}"),
    ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"),
    ([0xF5, 0x80], "\u{FFFD}\u{FFFD}"),
    ([0xE2, 0x82, 0x41], "\u{FFFD}a"),
    ([0xF0, 0x9F, 0x98], "\u{FFFD}"),
  ]

  @Test(arguments: malformed)
  func `malformed bytes become U+FFFD`(_ bytes: [UInt8], _ wanted: String) {
    #expect(Normaliser().normalise(bytes).bytes == Array(wanted.utf8))
  }

  @Test(arguments: malformed)
  func `malformed bytes become the same with a map`(_ bytes: [UInt8], _ wanted: String) {
    #expect(Normaliser().normalise(bytes, keepingMap: true).bytes == Array(wanted.utf8))
  }

  // MARK: The map

  @Test func `offsets of a text that stays as it is are its own`() {
    let text = "plain ascii"
    let mapped = Normaliser().normalise(Array(text.utf8), keepingMap: true)
    for offset in 0...text.utf8.count {
      #expect(mapped.sourceOffset(of: offset) == offset)
      #expect(mapped.sourceEnd(of: offset) == offset)
    }
  }

  @Test func `a removed character belongs to the one before it`() {
    let mapped = Normaliser().normalise(Array("ab\u{200B}CD".utf8), keepingMap: true)
    #expect(mapped.bytes == Array("abcd".utf8))
    #expect(mapped.sourceOffset(of: 2) == 5)
    #expect(mapped.sourceEnd(of: 2) == 5)
    #expect(mapped.sourceEnd(of: 1) == 1)
  }

  @Test func `half a ligature stands for the whole of it`() {
    let mapped = Normaliser().normalise(Array("x\u{FB03}y".utf8), keepingMap: true)
    #expect(mapped.bytes == Array("xffiy".utf8))
    for offset in 1...3 { #expect(mapped.sourceOffset(of: offset) == 1) }
    for end in 2...4 { #expect(mapped.sourceEnd(of: end) == 4) }
  }
}

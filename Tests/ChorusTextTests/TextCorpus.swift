// SPDX-License-Identifier: Apache-2.0

import ChorusTestSupport

/// Seeded mixes of everything that makes text difficult.
enum TextCorpus {
  /// Pieces by kind; a text is a run of them.
  static let pieces: [String] = [
    "word", "Word", "MIXED Case", "x", " ", "\n", "\t", "0123", "!?", "-",
    // Accented letters, composed and decomposed, and marks in either order.
    "\u{E9}", "e\u{301}", "\u{C5}", "A\u{30A}", "q\u{323}\u{307}", "q\u{307}\u{323}", "\u{301}",
    // Ligatures, widths, circles, fractions, the sharp s and its capital.
    "\u{FB01}", "\u{FB03}", "\u{FF21}\u{FF42}", "\u{2460}", "\u{BD}", "\u{DF}", "\u{1E9E}",
    "\u{212B}", "\u{2126}", "\u{FDFA}", "\u{3392}", "\u{FF76}\u{FF9E}",
    // Hangul: syllables and jamo that join.
    "\u{AC00}", "\u{1100}\u{1161}", "\u{1100}\u{1161}\u{11A8}", "\u{AC00}\u{11A8}", "\u{11A8}",
    "\u{1161}",
    // What disappears: zero-width, joiners, bidirectional controls, soft hyphens, selectors, tags.
    "\u{200B}", "\u{200C}", "\u{200D}", "\u{202E}", "\u{AD}", "\u{FEFF}", "\u{FE0F}",
    "\u{E0041}", "\u{180E}", "\u{2060}", "a\u{200D}\u{301}", "\u{115F}", "\u{3164}",
    // Scripts.
    "\u{43F}\u{440}\u{438}", "\u{41F}\u{420}", "\u{3A3}\u{3C3}\u{3C2}", "\u{130}", "\u{131}",
    "\u{4F60}\u{597D}", "\u{3042}\u{3099}", "\u{304B}\u{3099}", "\u{E19}\u{E49}\u{E33}",
    "\u{E33}", "\u{645}\u{651}\u{650}", "\u{915}\u{94D}\u{937}", "\u{928}\u{93C}", "\u{FB2E}",
    "\u{1F600}", "\u{1F468}\u{200D}\u{1F469}", "\u{1F1E9}\u{1F1EA}", "\u{2764}\u{FE0F}",
    "\u{1D400}", "\u{1F150}", "\u{F73}", "\u{10FFFF}", "\u{FFFD}", "\u{0}", "\u{7F}", "\u{85}",
    "\u{2028}", "\u{A0}", "\u{3000}",
  ]

  /// Returns seeded texts of up to `pieceCount` pieces.
  static func texts(_ count: Int, pieceCount: Int = 12, seed: UInt64) -> [String] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in
      var text = ""
      for _ in 0...(generator.next() % UInt64(pieceCount)) {
        text += pieces[Int(generator.next() % UInt64(pieces.count))]
      }
      return text
    }
  }

  /// Returns seeded texts with some of their bytes changed, added or lost.
  static func malformed(_ count: Int, seed: UInt64) -> [[UInt8]] {
    var generator = SeededGenerator(seed: seed)
    let telling: [UInt8] = [0x80, 0xBF, 0xC0, 0xC3, 0xE0, 0xE2, 0xED, 0xF0, 0xF4, 0xF5, 0xFF, 0x41]
    return texts(count, seed: seed).map { text in
      var bytes = Array(text.utf8)
      for _ in 0...(generator.next() % 3) {
        let place = Int(generator.next() % UInt64(bytes.count))
        let byte = telling[Int(generator.next() % UInt64(telling.count))]
        switch generator.next() % 3 {
        case 0: bytes[place] = byte
        case 1: bytes.insert(byte, at: place)
        default: if bytes.count > 1 { bytes.remove(at: place) }
        }
      }
      return bytes
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import CICU
import ChorusText
import Testing

/// The normaliser, which gives ICU only the stretches that need all rules, agrees with ICU on the
/// whole text.
struct NormaliserOracleTests {
  private static func whole(_ text: String) -> [UInt8] {
    let source = Array(text.utf8)
    var target = [UInt8](repeating: 0, count: 40 * source.count + 64)
    let count = unsafe chorus_icu_nfkc_casefold(source, source.count, &target, target.count)
    return Array(target.prefix(max(0, count)))
  }

  private static func agrees(_ text: String) -> Bool {
    Normaliser().normalise(Array(text.utf8)).bytes == whole(text)
  }

  /// Code points that join, reorder, disappear and stay.
  private static let around = [
    "", "a", "E", "\u{E9}", "\u{3B1}", "\u{301}", "\u{316}", "\u{345}", "\u{200B}", "\u{1100}",
    "\u{AC00}", "\u{11A8}", "\u{928}", "\u{93C}", "\u{94D}", "\u{304B}", "\u{3099}", "\u{FF76}",
    "\u{FF9E}", "\u{DF}", "\u{410}",
  ]

  @Test func `every code point by itself and between letters`() {
    var failures: [String] = []
    for value in 0..<0x110000 as Range<UInt32> {
      guard let scalar = Unicode.Scalar(value) else { continue }
      // Private planes and most ideographs are all alike.
      if value > 0x31350 && value < 0xE0000 { continue }
      if (0x4E00..<0x9F00).contains(value) && value % 61 != 0 { continue }
      if (0xAC00..<0xD700).contains(value) && value % 27 != 0 { continue }
      let text = String(Character(scalar))
      if !Self.agrees("x" + text + "\u{301}y") { failures.append(String(value, radix: 16)) }
    }
    #expect(failures.isEmpty)
  }

  @Test(arguments: around)
  func `code points that matter next to each other`(_ first: String) {
    for second in Self.around {
      for third in Self.around {
        for fourth in Self.around {
          let text = first + second + third + fourth
          #expect(Self.agrees(text), "\(text.unicodeScalars.map { $0.value })")
        }
      }
    }
  }

  @Test(arguments: 0..<6 as Range<UInt64>)
  func `texts of everything difficult`(_ seed: UInt64) {
    let different = TextCorpus.texts(1500, pieceCount: 30, seed: 170 + seed).first {
      !Self.agrees($0)
    }
    #expect(different == nil)
  }
}

// SPDX-License-Identifier: Apache-2.0

import ChorusTestSupport
import ChorusText
import Foundation
import Testing

struct NormaliserProperties {
  private static func normalised(_ bytes: [UInt8]) -> [UInt8] {
    Normaliser().normalise(bytes).bytes
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `normalising twice is normalising once`(_ seed: UInt64) {
    let unstable = TextCorpus.texts(1500, seed: seed).first { text in
      let once = Self.normalised(Array(text.utf8))
      return Self.normalised(once) != once
    }
    #expect(unstable == nil)
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `a text comes out the same with and without its map`(_ seed: UInt64) {
    for text in TextCorpus.texts(1500, seed: 10 + seed) {
      let mapped = Normaliser().normalise(Array(text.utf8), keepingMap: true)
      #expect(mapped.bytes == Self.normalised(Array(text.utf8)), "\(Array(text.unicodeScalars))")
    }
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `a malformed text comes out the same with and without its map`(_ seed: UInt64) {
    let different = TextCorpus.malformed(1000, seed: 20 + seed).first { bytes in
      Normaliser().normalise(bytes, keepingMap: true).bytes != Self.normalised(bytes)
    }
    #expect(different == nil)
  }

  // A line break starts a new stretch, whatever comes after it but a combining mark.
  @Test(arguments: 0..<2 as Range<UInt64>)
  func `texts normalised apart are the text normalised together`(_ seed: UInt64) {
    let texts = TextCorpus.texts(600, seed: 30 + seed)
    for (first, second) in zip(texts, texts.dropFirst()) {
      let together = Self.normalised(Array((first + "\nx" + second).utf8))
      let apart =
        Self.normalised(Array((first + "\n").utf8))
        + Self.normalised(Array(("x" + second).utf8))
      #expect(together == apart, "\(Array((first + second).unicodeScalars))")
    }
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `what comes out is valid UTF-8, whatever goes in`(_ seed: UInt64) {
    let invalid = TextCorpus.malformed(1500, seed: 40 + seed).first { bytes in
      String(validating: Self.normalised(bytes), as: UTF8.self) == nil
    }
    #expect(invalid == nil)
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `random bytes come out as valid UTF-8`(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let texts = (0..<300).map { count in
      (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    }
    let invalid = texts.first { bytes in
      String(validating: Self.normalised(bytes), as: UTF8.self) == nil
    }
    #expect(invalid == nil)
  }

  // Foundation has its own tables, of another version of Unicode, and no case folding that is the
  // same for every letter: on text without capitals and without what disappears, NFKC must agree,
  // canonically, which is how Swift compares strings; Foundation leaves some of it uncomposed.
  @Test(arguments: 0..<4 as Range<UInt64>)
  func `text that is folded already agrees with Foundation's NFKC`(_ seed: UInt64) {
    let gone: [ClosedRange<UInt32>] = [
      0xAD...0xAD, 0x115F...0x1160, 0x180B...0x180F, 0x200B...0x200F, 0x202A...0x202E,
      0x2060...0x206F, 0x3164...0x3164, 0xFE00...0xFE0F, 0xFEFF...0xFEFF, 0xE0000...0xE0FFF,
    ]
    var compared = 0
    for text in TextCorpus.texts(2000, seed: 50 + seed) {
      let scalars = text.unicodeScalars
      let isFolded = scalars.allSatisfy { scalar in
        !scalar.properties.changesWhenCaseFolded && !gone.contains { $0.contains(scalar.value) }
      }
      let wanted = text.precomposedStringWithCompatibilityMapping
      guard isFolded, !wanted.unicodeScalars.contains(where: \.properties.changesWhenCaseFolded)
      else { continue }
      let found = String(decoding: Self.normalised(Array(text.utf8)), as: UTF8.self)
      #expect(found == wanted, "\(Array(scalars))")
      compared += 1
    }
    #expect(compared > 100)
  }

  @Test func `every code point by itself agrees with the scalar properties of Swift`() {
    // NFKC_Casefold is NFKC of the mapping; for a single letter with a simple lower-case twin and
    // no decomposition it is that twin.
    for value in stride(from: 0x80 as UInt32, to: 0x2000, by: 1) {
      guard let scalar = Unicode.Scalar(value), scalar.properties.changesWhenLowercased else {
        continue
      }
      let lower = scalar.properties.lowercaseMapping
      guard lower.unicodeScalars.count == 1, scalar.properties.age?.major ?? 99 < 15,
        lower.unicodeScalars.first?.properties.changesWhenCaseFolded == false,
        String(scalar).precomposedStringWithCompatibilityMapping.unicodeScalars.first == scalar
      else { continue }
      // Cherokee is the one script that folds to its capitals.
      guard !(0x13A0...0x13FF).contains(value) else { continue }
      #expect(Self.normalised(Array(String(scalar).utf8)) == Array(lower.utf8), "\(scalar)")
    }
  }

  // MARK: The map

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `source offsets are ascending and inside the source`(_ seed: UInt64) {
    for text in TextCorpus.texts(600, seed: 60 + seed) {
      let source = Array(text.utf8)
      let mapped = Normaliser().normalise(source, keepingMap: true)
      let offsets = (0...mapped.bytes.count).map { mapped.sourceOffset(of: $0) }
      let ends = (0...mapped.bytes.count).map { mapped.sourceEnd(of: $0) }
      for list in [offsets, ends] {
        #expect(list.allSatisfy { (0...source.count).contains($0) })
        #expect(zip(list, list.dropFirst()).allSatisfy { $0 <= $1 })
      }
      #expect(offsets.last == source.count && ends.first == 0)
    }
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `the source of a run normalises to a text that has the run in it`(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for text in TextCorpus.texts(600, seed: 70 + seed) {
      let source = Array(text.utf8)
      let mapped = Normaliser().normalise(source, keepingMap: true)
      guard !mapped.bytes.isEmpty else { continue }
      let start = Int(generator.next() % UInt64(mapped.bytes.count))
      let end = start + 1 + Int(generator.next() % UInt64(mapped.bytes.count - start))
      let first = mapped.sourceOffset(of: start)
      let last = mapped.sourceEnd(of: end)
      guard first < last else {
        Issue.record("\(start)..<\(end) has no source in \(Array(text.unicodeScalars))")
        continue
      }
      let found = Self.normalised(Array(source[first..<last]))
      let run = Array(mapped.bytes[start..<end])
      let isInside = (0...max(0, found.count - run.count)).contains {
        found.count >= run.count && Array(found[$0..<($0 + run.count)]) == run
      }
      #expect(isInside, "\(start)..<\(end) of \(Array(text.unicodeScalars))")
    }
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `an ASCII letter that stands by itself points at itself`(_ seed: UInt64) {
    for text in TextCorpus.texts(400, seed: 80 + seed) {
      // Stars are found nowhere else and join with nothing.
      let source = Array(("*" + text + "*\u{4E00}*").utf8)
      let mapped = Normaliser().normalise(source, keepingMap: true)
      let starts = mapped.bytes.indices.filter { mapped.bytes[$0] == 0x2A }
      let wanted = source.indices.filter { source[$0] == 0x2A }
      #expect(starts.map { mapped.sourceOffset(of: $0) } == wanted)
    }
  }
}

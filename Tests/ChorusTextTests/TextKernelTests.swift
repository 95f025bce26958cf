// SPDX-License-Identifier: Apache-2.0

import ChorusKernels
import ChorusTestSupport
import Testing

/// The kernels of text, called as they are: every instruction set, and bytes that are no text.
struct TextKernelTests {
  private static let tables: [UInt32] = [0, 1, 2, 3].filter { isa in
    unsafe chorus_kernels_for(chorus_isa(isa)) != nil
  }

  private static let lengths = Array(0...4) + [15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 1000]

  /// Lowers bytes with one table, from `shift` bytes into an allocation.
  private static func lower(_ bytes: [UInt8], isa: UInt32, shift: Int = 0) -> [UInt8] {
    let source = [UInt8](repeating: 0, count: shift) + bytes
    // A guard behind the target shows writing past it.
    var target = [UInt8](repeating: 0xEE, count: shift + bytes.count + 8)
    let count = unsafe source.withUnsafeBufferPointer { input in
      unsafe target.withUnsafeMutableBufferPointer { output -> Int in
        guard let table = unsafe chorus_kernels_for(chorus_isa(isa)),
          let source = input.baseAddress, let target = output.baseAddress
        else { return 0 }
        let lower = unsafe table.pointee.lower_ascii
        return unsafe lower(source + shift, bytes.count, target + shift)
      }
    }
    #expect(target[(shift + bytes.count)...].allSatisfy { $0 == 0xEE }, "wrote past its target")
    return Array(target[shift..<(shift + count)])
  }

  private static func naive(_ bytes: [UInt8]) -> [UInt8] {
    bytes.prefix { $0 < 0x80 }.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
  }

  @Test func `there is a scalar table and at least one for this machine`() {
    #expect(Self.tables.contains(0))
  }

  @Test(arguments: tables)
  func `every ASCII byte is lowered as it should be`(_ isa: UInt32) {
    let all = (0..<128 as Range<UInt8>).map { $0 }
    #expect(Self.lower(all, isa: isa) == Self.naive(all))
  }

  @Test(arguments: tables)
  func `lowering stops at the first byte that is not ASCII`(_ isa: UInt32) {
    for length in Self.lengths where length > 0 {
      let ascii = (0..<length).map { UInt8(0x40 + $0 % 32) }
      let places = length < 70 ? Array(0..<length) : [0, 31, 32, 63, 64, 65, length - 1]
      for place in places {
        for stop in [0x80, 0xC1, 0xFF] as [UInt8] {
          var bytes = ascii
          bytes[place] = stop
          #expect(Self.lower(bytes, isa: isa) == Self.naive(bytes), "\(length), \(place)")
        }
      }
    }
  }

  @Test(arguments: tables)
  func `random bytes of any length are lowered as by the definition`(_ isa: UInt32) {
    var generator = SeededGenerator(seed: 120)
    for length in Self.lengths {
      for limit in [0x80, 0x81, 0x100] as [UInt64] {
        let bytes = (0..<length).map { _ in UInt8((generator.next() >> 7) % limit) }
        #expect(Self.lower(bytes, isa: isa) == Self.naive(bytes), "\(length)")
      }
    }
  }

  @Test(arguments: tables)
  func `lowering needs no alignment`(_ isa: UInt32) {
    let bytes = (0..<100).map { UInt8($0 + 20) }
    for shift in 0..<64 {
      #expect(Self.lower(bytes, isa: isa, shift: shift) == Self.naive(bytes), "\(shift)")
    }
  }

  // MARK: Tokens

  /// All tokens of a text by one table, as plain values.
  private static func tokens(
    _ bytes: [UInt8],
    isa: UInt32,
    takingSymbols: Bool = false
  ) -> [[UInt64]] {
    guard let table = unsafe chorus_kernels_for(chorus_isa(isa)) else { return [] }
    var state = chorus_tokeniser(
      offset: 0,
      readable: bytes.count,
      starts_line: true,
      takes_symbols: takingSymbols
    )
    let capacity = Int(CHORUS_TOKEN_CAPACITY)
    var found: [[UInt64]] = []
    while state.offset < bytes.count {
      let before = state.offset
      // A guard behind the target shows writing past it.
      let guardToken = chorus_token(hash: 7, start: 7, end: 7)
      var part = [chorus_token](repeating: guardToken, count: capacity + 1)
      let count = unsafe table.pointee.tokenise(bytes, bytes.count, &state, &part)
      #expect(count <= capacity && part[capacity].hash == 7, "wrote past its target")
      #expect(state.offset > before && state.offset <= bytes.count)
      guard state.offset > before else { break }
      found += part.prefix(count).map { [$0.hash, UInt64($0.start), UInt64($0.end)] }
    }
    return found
  }

  /// Texts whose tokens lie across the blocks of 64 bytes and the windows of the kernels.
  private static let long: [String] = {
    var texts = TextCorpus.texts(60, pieceCount: 1500, seed: 140)
    for length in [1, 15, 16, 17, 63, 64, 65, 500, 2047, 2048, 2049, 2120, 5000, 20_000] {
      let word = String(repeating: "abcdefg", count: length / 7 + 1).prefix(length)
      texts.append("x \(word) y\n\(word)")
      texts.append(String(repeating: "\u{43F}", count: length) + " z")
      texts.append(String(repeating: "\u{4E2D}", count: length) + "z")
      texts.append("\u{4E2D}" + String(repeating: "\u{5B0}", count: length) + "abc")
      texts.append("a" + String(repeating: "\u{300}\u{316}", count: length) + "\u{E9}")
      texts.append(String(repeating: "a ", count: length) + String(repeating: "\n", count: length))
    }
    return texts
  }()

  @Test(arguments: tables)
  func `long texts are cut as by the definition`(_ isa: UInt32) {
    for (number, text) in Self.long.enumerated() {
      let bytes = Array(text.utf8)
      #expect(Self.tokens(bytes, isa: isa) == Self.tokens(bytes, isa: 0), "text \(number)")
    }
  }

  @Test(arguments: tables)
  func `short texts are cut as by the definition`(_ isa: UInt32) {
    for text in TextCorpus.texts(1500, seed: 150) {
      let bytes = Array(text.utf8)
      #expect(Self.tokens(bytes, isa: isa) == Self.tokens(bytes, isa: 0))
      #expect(
        Self.tokens(bytes, isa: isa, takingSymbols: true)
          == Self.tokens(bytes, isa: 0, takingSymbols: true)
      )
    }
  }

  @Test(arguments: tables)
  func `bytes that are no text are cut as by the definition`(_ isa: UInt32) {
    for bytes in TextCorpus.malformed(1500, seed: 160) {
      #expect(Self.tokens(bytes, isa: isa) == Self.tokens(bytes, isa: 0))
    }
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `cutting bytes that are no text stays inside them`(_ seed: UInt64) {
    for bytes in TextCorpus.malformed(800, seed: 130 + seed) {
      var end: UInt64 = 0
      for token in Self.tokens(bytes, isa: 0) {
        let start = token[1] & ~UInt64(CHORUS_LINE_START)
        let stop = token[2] & ~UInt64(CHORUS_CHARACTER)
        #expect(start >= end && stop > start && stop <= bytes.count)
        end = stop
      }
    }
  }

  // MARK: Code points

  @Test func `a code point beyond Unicode is a separator and folds to itself`() {
    for value in [0x110000, 0x110001, UInt32.max] {
      #expect(chorus_class_of(value) == CHORUS_CLASS_SEPARATOR)
      #expect(chorus_fold_of(value) == value)
    }
  }

  @Test func `ASCII never folds`() {
    for value in 0..<0x80 as Range<UInt32> { #expect(chorus_fold_of(value) == value) }
  }

  @Test func `what a code point folds to does not fold again`() {
    for value in 0..<0x110000 as Range<UInt32> {
      let folded = chorus_fold_of(value)
      guard folded != value, folded != .max else { continue }
      #expect(chorus_fold_of(folded) == folded, "\(String(value, radix: 16))")
      #expect(chorus_class_of(folded) == CHORUS_CLASS_WORD, "\(String(value, radix: 16))")
    }
  }

  @Test func `the first code point of a text has its length, or that of one replacement`() {
    let table: [([UInt8], Int, UInt32)] = [
      ([0x41, 0x80], 1, 0x41), ([0xC3, 0xA9], 2, 0xE9), ([0xE2, 0x82, 0xAC], 3, 0x20AC),
      ([0xF0, 0x9F, 0x98, 0x80], 4, 0x1F600), ([0x80], 1, .max), ([0xC0, 0xAF], 1, .max),
      ([0xE2, 0x82, 0x41], 2, .max), ([0xE2, 0x82], 2, .max), ([0xF0, 0x9F, 0x98], 3, .max),
      ([0xED, 0xA0, 0x80], 1, .max), ([0xF4, 0x90, 0x80, 0x80], 1, .max), ([0xE0, 0x80], 1, .max),
    ]
    for (bytes, length, wanted) in table {
      var codePoint: UInt32 = 0
      let found = unsafe chorus_code_point_length(bytes, bytes.count, &codePoint)
      #expect(found == length && codePoint == wanted, "\(bytes)")
    }
  }
}

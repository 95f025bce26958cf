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

  // MARK: Tokens of any bytes

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `cutting bytes that are no text stays inside them`(_ seed: UInt64) {
    for bytes in TextCorpus.malformed(800, seed: 130 + seed) {
      var tokens = [chorus_token](
        repeating: chorus_token(hash: 7, start: 7, end: 7),
        count: bytes.count + 1
      )
      let count = unsafe chorus_tokenise(bytes, bytes.count, &tokens)
      #expect(count <= bytes.count)
      var end: UInt32 = 0
      for token in tokens.prefix(count) {
        let start = token.start & ~CHORUS_LINE_START
        #expect(start >= end && token.end > start && Int(token.end) <= bytes.count)
        end = token.end
      }
      #expect(tokens[bytes.count].hash == 7)
    }
  }

  @Test func `the stable prefix of folded ASCII is all of it`() {
    let text = Array("no capital letters 123 \n\t~".utf8)
    #expect(unsafe chorus_stable_prefix(text, text.count) == text.count)
  }

  @Test func `the stable prefix ends before what folding changes`() {
    for end in ["A", "\u{C9}", "\u{301}", "\u{200B}", "\u{FB01}", "\u{1161}", "\u{FF21}"] {
      let text = Array(("abc \u{4F60}" + end + "x").utf8)
      #expect(unsafe chorus_stable_prefix(text, text.count) == 7, "\(end.unicodeScalars)")
    }
  }

  @Test func `a code point beyond Unicode is a separator`() {
    for value in [0x110000, 0x110001, UInt32.max] {
      #expect(chorus_code_point_properties(value) == UInt8(CHORUS_CLASS_SEPARATOR.rawValue))
    }
  }

  @Test func `a look-alike is a lower-case letter or a digit, and never ASCII itself`() {
    for value in 0...0x1FFFF as ClosedRange<UInt32> {
      let letter = chorus_confusable_letter(value)
      guard letter != 0 else { continue }
      #expect(value >= 0x80)
      #expect((0x61...0x7A).contains(letter) || (0x30...0x39).contains(letter), "\(value)")
    }
  }
}

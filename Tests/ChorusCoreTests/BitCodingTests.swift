// SPDX-License-Identifier: Apache-2.0

import ChorusCore
import Testing

struct BitCodingTests {
  @Test(arguments: 0..<20 as Range<UInt64>)
  func `numbers come back as they were written`(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let numbers = (0..<300).map { _ -> (value: UInt64, bitCount: UInt64) in
      let bitCount = generator.next() % 65
      return (bitCount == 0 ? 0 : generator.next() >> (64 - bitCount), bitCount)
    }
    var writer = BitWriter()
    for number in numbers { writer.write(number.value, bitCount: number.bitCount) }
    let bytes = writer.finish()
    #expect(bytes.count == (numbers.reduce(0) { $0 + Int($1.bitCount) } + 7) / 8)
    var reader = BitReader(bytes[...])
    for number in numbers { #expect(reader.read(bitCount: number.bitCount) == number.value) }
    #expect(reader.isAtEnd)
  }

  @Test func `the end of the bytes is noticed`() {
    var reader = BitReader([0xFF, 0x01][...])
    #expect(reader.read(bitCount: 10) == 0x1FF)
    #expect(reader.read(bitCount: 7) == nil)
    #expect(reader.read(bitCount: 6) == 0)
    #expect(reader.isAtEnd)
    #expect(reader.read(bitCount: 1) == nil)
    var rest = BitReader([0x80][...])
    _ = rest.read(bitCount: 3)
    #expect(!rest.isAtEnd)
  }
}

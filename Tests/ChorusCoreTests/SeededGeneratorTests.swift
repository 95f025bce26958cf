// SPDX-License-Identifier: Apache-2.0

import ChorusCore
import Testing

struct SeededGeneratorTests {
  // The first numbers of SplitMix64, as published with its reference implementation.
  @Test(
    arguments: [
      (0, [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F]),
      (1_234_567, [0x599E_D017_FB08_FC85, 0x2C73_F084_5854_0FA5, 0x883E_BCE5_A3F2_7C77]),
    ] as [(UInt64, [UInt64])]
  )
  func `a stream is that of SplitMix64`(_ seed: UInt64, _ wanted: [UInt64]) {
    var generator = SeededGenerator(seed: seed)
    #expect(wanted.map { _ in generator.next() } == wanted)
  }

  @Test func `equal seeds give equal streams`() {
    var first = SeededGenerator(seed: 42)
    var second = SeededGenerator(seed: 42)
    for _ in 0..<100 { #expect(first.next() == second.next()) }
  }

  @Test func `mixing gives different numbers for different ones`() {
    #expect(Set((0..<10_000 as Range<UInt64>).map(Hashing.mix)).count == 10_000)
  }

  // The published test value of XXH3 with 64 bits and seed 0, and that of nothing.
  @Test func `the hash of nothing is that of XXH3`() {
    #expect(Hashing.hash64([UInt8]()) == 0x2D06_8005_38D3_94C2)
  }

  @Test func `an array, a slice and a span of equal bytes have equal hashes`() {
    for count in 0..<300 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
      let longer = [1, 2, 3] + bytes + [4]
      #expect(Hashing.hash64(bytes) == Hashing.hash64(longer[3..<(3 + count)]))
      #expect(Hashing.hash64(bytes) == Hashing.hash64(bytes.span))
    }
  }

  @Test func `hashes of 128 bits differ in both halves`() {
    let hashes = (0..<1000 as Range<UInt16>).map { value in
      Hashing.hash128([UInt8(value % 256), UInt8(value / 256)][...])
    }
    #expect(Set(hashes.map(\.low)).count == 1000)
    #expect(Set(hashes.map(\.high)).count == 1000)
  }
}

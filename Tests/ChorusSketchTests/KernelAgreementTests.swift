// SPDX-License-Identifier: Apache-2.0

import ChorusCore
import ChorusKernels
import ChorusSketch
import ChorusTestSupport
import Testing

/// Every instruction set that this machine has, the scalar one first.
enum InstructionSet: UInt32, CaseIterable {
  case scalar
  case neon
  case avx2
  case avx512

  static let available = allCases.filter { $0.kernels != nil }

  var kernels: chorus_kernels? {
    guard let table = unsafe chorus_kernels_for(chorus_isa(rawValue)) else { return nil }
    return unsafe table.pointee
  }
}

/// Each instruction set gives the bits of the scalar definition.
struct KernelAgreementTests {
  private static let lengths = Array(0...3) + [15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 500]

  /// Values with many extremes among them.
  private static func values<T: FixedWidthInteger>(
    _ count: Int,
    _ generator: inout SeededGenerator
  ) -> [T] {
    let extremes: [T] = [.min, .max, 0, 1, .max - 1, .min + 1]
    return (0..<count).map { _ in
      let random = generator.next()
      return random % 3 == 0
        ? extremes[Int(random >> 32) % extremes.count] : T(truncatingIfNeeded: random >> 8)
    }
  }

  // MARK: Minimise

  private static func minimise(
    _ isa: InstructionSet,
    _ words: [UInt32],
    _ multipliers: [UInt32],
    _ lanes: [UInt32]
  ) throws -> [UInt32] {
    let kernels = try #require(isa.kernels)
    var lanes = lanes
    unsafe kernels.minimise(words, words.count, multipliers, &lanes)
    return lanes
  }

  @Test(arguments: InstructionSet.available)
  func `minimise is the naive minimum of products`(_ isa: InstructionSet) throws {
    var generator = SeededGenerator(seed: 91)
    for length in Self.lengths {
      let words: [UInt32] = Self.values(length, &generator)
      let multipliers = Self.values(128, &generator).map { (value: UInt32) in value | 1 }
      let lanes: [UInt32] = Self.values(128, &generator)
      let wanted = (0..<128).map { lane in
        words.map { $0 &* multipliers[lane] }.reduce(lanes[lane], min)
      }
      #expect(try Self.minimise(isa, words, multipliers, lanes) == wanted, "\(length) shingles")
    }
  }

  @Test(arguments: InstructionSet.available)
  func `minimise leaves the lanes of an empty set alone`(_ isa: InstructionSet) throws {
    let ones = [UInt32](repeating: .max, count: 128)
    #expect(try Self.minimise(isa, [], [UInt32](repeating: 3, count: 128), ones) == ones)
  }

  @Test(arguments: InstructionSet.available)
  func `a sketch is the same on every instruction set`(_ isa: InstructionSet) throws {
    var corpus = SeededCorpus(seed: 92)
    let naive = NaiveMinHash()
    for wordCount in [1, 3, 10, 33, 150] {
      let text = corpus.text(wordCount: wordCount)
      let ones = [UInt32](repeating: .max, count: 128)
      let minima = try Self.minimise(isa, naive.words(text), naive.multipliers, ones)
      #expect(naive.packed(minima).signature == Sketcher().sketch(text).signatures)
      #expect(naive.packed(minima).keys == Sketcher().sketch(text).bandKeys)
    }
  }

  // MARK: Agreement

  @Test(arguments: InstructionSet.available)
  func `agreement counts equal lanes`(_ isa: InstructionSet) throws {
    let kernels = try #require(isa.kernels)
    var generator = SeededGenerator(seed: 93)
    for rowCount in Self.lengths {
      let query: [UInt8] = Self.values(64, &generator)
      var rows: [UInt8] = []
      for row in 0..<rowCount {
        // Near copies, so that all counts from 0 to 128 come up.
        var copy = query
        for _ in 0..<(row % 66) {
          copy[Int(generator.next() % 64)] = UInt8(truncatingIfNeeded: generator.next() >> 9)
        }
        rows += row == 3 ? query.map { ~$0 } : copy
      }
      var counts = [UInt8](repeating: 0xAA, count: rowCount)
      unsafe kernels.agreement(query, rows, rowCount, &counts)
      let wanted = (0..<rowCount).map { row in
        UInt8(NaiveMinHash.agreement(query, Array(rows[(64 * row)..<(64 * row + 64)])))
      }
      #expect(counts == wanted, "\(rowCount) rows")
    }
  }

  @Test(arguments: InstructionSet.available)
  func `agreement needs no alignment`(_ isa: InstructionSet) throws {
    let kernels = try #require(isa.kernels)
    var generator = SeededGenerator(seed: 94)
    let bytes: [UInt8] = Self.values(64 * 4 + 16, &generator)
    for shift in 0..<16 {
      var counts = [UInt8](repeating: 0, count: 3)
      unsafe bytes.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        unsafe kernels.agreement(base + shift, base + shift + 64, 3, &counts)
      }
      let query = Array(bytes[shift..<(shift + 64)])
      let wanted = (1...3).map { row in
        let start = shift + 64 * row
        return UInt8(NaiveMinHash.agreement(query, Array(bytes[start..<(start + 64)])))
      }
      #expect(counts == wanted, "shifted by \(shift)")
    }
  }

  // MARK: Dot products

  private static func naiveDot(_ query: ArraySlice<Int8>, _ row: ArraySlice<Int8>) -> Int32 {
    zip(query, row).reduce(0) { $0 + Int32($1.0) * Int32($1.1) }
  }

  @Test(arguments: InstructionSet.available, [64, 128, 192, 256, 512, 4096])
  func `dot is the sum of products`(_ isa: InstructionSet, _ dimension: Int) throws {
    let kernels = try #require(isa.kernels)
    var generator = SeededGenerator(seed: 95)
    for rowCount in [0, 1, 2, 5] {
      let query: [Int8] = Self.values(dimension, &generator)
      let rows: [Int8] = Self.values(dimension * rowCount, &generator)
      var products = [Int32](repeating: -1, count: rowCount)
      unsafe kernels.dot(query, rows, rowCount, dimension, &products)
      let wanted = (0..<rowCount).map { row in
        Self.naiveDot(query[...], rows[(row * dimension)..<((row + 1) * dimension)])
      }
      #expect(products == wanted, "\(rowCount) rows")
    }
  }

  @Test(
    arguments: InstructionSet.available,
    [(-128, -128), (-128, 127), (127, -128), (127, 127)] as [(Int8, Int8)]
  )
  func `dot does not overflow at the largest dimension`(
    _ isa: InstructionSet,
    _ values: (Int8, Int8)
  ) throws {
    let kernels = try #require(isa.kernels)
    let dimension = 65_536
    let query = [Int8](repeating: values.0, count: dimension)
    let row = [Int8](repeating: values.1, count: dimension)
    var products: [Int32] = [0]
    unsafe kernels.dot(query, row, 1, dimension, &products)
    #expect(products == [Int32(values.0) * Int32(values.1) * 65_536])
  }

  @Test(arguments: InstructionSet.available)
  func `dot needs no alignment`(_ isa: InstructionSet) throws {
    let kernels = try #require(isa.kernels)
    var generator = SeededGenerator(seed: 96)
    let values: [Int8] = Self.values(64 * 3 + 16, &generator)
    for shift in 0..<16 {
      var products: [Int32] = [0, 0]
      unsafe values.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        unsafe kernels.dot(base + shift, base + shift + 64, 2, 64, &products)
      }
      let wanted = [1, 2].map { row in
        let start = shift + 64 * row
        return Self.naiveDot(values[shift..<(shift + 64)], values[start..<(start + 64)])
      }
      #expect(products == wanted, "shifted by \(shift)")
    }
  }

  @Test func `a table is of the set that was asked for`() {
    for isa in InstructionSet.available { #expect(isa.kernels?.isa.rawValue == isa.rawValue) }
  }

  @Test func `the chosen table is one that the machine has`() {
    let chosen = unsafe chorus_kernels_best().pointee.isa.rawValue
    #expect(InstructionSet.available.map(\.rawValue).contains(chosen))
  }
}

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

  private static func words(_ count: Int, _ generator: inout SeededGenerator) -> [UInt64] {
    values(count, &generator)
  }

  // MARK: Tokens taken apart, shingles, anchors

  @Test(arguments: InstructionSet.available)
  func `unpack gives hashes and line starts`(_ isa: InstructionSet) throws {
    let kernels = try #require(isa.kernels)
    var generator = SeededGenerator(seed: 97)
    for length in Self.lengths {
      for hasCharacters in [false, true] {
        let tokens = (0..<length).map { place in
          chorus_token(
            hash: generator.next(),
            start: UInt32(place) | (generator.next() % 3 == 0 ? CHORUS_LINE_START : 0),
            end: UInt32(place + 1)
              | (hasCharacters && place == length / 2 ? CHORUS_CHARACTER : 0)
          )
        }
        var hashes = [UInt64](repeating: 0, count: length + 8)
        var starts = [UInt32](repeating: 0, count: length + 8)
        var count = 0
        let areWords = unsafe kernels.unpack(tokens, length, &hashes, &starts, &count)
        #expect(Array(hashes.prefix(length)) == tokens.map(\.hash))
        let wanted = tokens.indices.filter { tokens[$0].start & CHORUS_LINE_START != 0 }
        #expect(starts.prefix(count).map(Int.init) == wanted)
        #expect(areWords == (length == 0 || !hasCharacters))
      }
    }
  }

  @Test(arguments: InstructionSet.available)
  func `shingle is the mixed polynomial of each run`(_ isa: InstructionSet) throws {
    let kernels = try #require(isa.kernels)
    var generator = SeededGenerator(seed: 98)
    for length in Self.lengths {
      let hashes = Self.words(length, &generator)
      for width in 1...16 where width <= length {
        for shift in [0, 24] as [UInt32] {
          let seed = generator.next()
          var shingles = [UInt64](repeating: 0, count: length - width + 1)
          unsafe kernels.shingle(hashes, length, width, seed, shift, &shingles)
          let wanted = (0...(length - width)).map { start in
            let sum = hashes[start..<(start + width)].reduce(seed) {
              $0 &* 0xD6E8_FEB8_6659_FD93 &+ $1
            }
            return Hashing.mix(sum) >> UInt64(shift)
          }
          #expect(shingles == wanted, "\(length) hashes, width \(width)")
        }
      }
    }
  }

  @Test(arguments: InstructionSet.available)
  func `select takes the least of every window`(_ isa: InstructionSet) throws {
    let kernels = try #require(isa.kernels)
    var generator = SeededGenerator(seed: 99)
    for length in Self.lengths + [255, 256, 257, 600] {
      for limit in [3, 50, 1 << 40] as [UInt64] {
        let anchors = (0..<length).map { _ in generator.next() % limit }
        for window in 1...16 {
          var chosen = [UInt64](repeating: 0, count: length + 1)
          let count = unsafe kernels.select(anchors, length, window, &chosen)
          let wanted = anchors.indices.filter { place in
            let first = max(0, place - window + 1)
            let last = min(place, length - window)
            return first <= last
              && (first...last).contains { anchors[$0..<($0 + window)].min() == anchors[place] }
          }
          #expect(chosen.prefix(count) == wanted.map { anchors[$0] }[...], "\(length), \(window)")
        }
      }
    }
  }

  // MARK: Minimise and pack

  private static func minimise(
    _ isa: InstructionSet,
    _ shingles: [UInt64],
    _ multipliers: [UInt32],
    _ lanes: [UInt32]
  ) throws -> [UInt32] {
    let kernels = try #require(isa.kernels)
    var lanes = lanes
    unsafe kernels.minimise(shingles, shingles.count, multipliers, &lanes)
    return lanes
  }

  @Test(arguments: InstructionSet.available)
  func `minimise is the naive minimum of products`(_ isa: InstructionSet) throws {
    var generator = SeededGenerator(seed: 91)
    for length in Self.lengths {
      let shingles = Self.words(length, &generator)
      let multipliers = Self.values(128, &generator).map { (value: UInt32) in value | 1 }
      let lanes: [UInt32] = Self.values(128, &generator)
      let wanted = (0..<128).map { lane in
        shingles.map { max(1, UInt32($0 >> 32)) &* multipliers[lane] }.reduce(lanes[lane], min)
      }
      #expect(try Self.minimise(isa, shingles, multipliers, lanes) == wanted, "\(length) shingles")
    }
  }

  @Test(arguments: InstructionSet.available)
  func `minimise leaves the lanes of an empty set alone`(_ isa: InstructionSet) throws {
    let ones = [UInt32](repeating: .max, count: 128)
    #expect(try Self.minimise(isa, [], [UInt32](repeating: 3, count: 128), ones) == ones)
  }

  @Test(arguments: InstructionSet.available, [4, 8] as [UInt32])
  func `pack keeps the bits and the keys of the definition`(
    _ isa: InstructionSet,
    _ bits: UInt32
  ) throws {
    let kernels = try #require(isa.kernels)
    let naive = NaiveMinHash(plan: SketchPlan(laneBitCount: bits))
    var generator = SeededGenerator(seed: 90)
    for _ in 0..<200 {
      let lanes: [UInt32] = Self.values(128, &generator)
      var signature = [UInt8](repeating: 0, count: Int(16 * bits))
      var keys = [UInt32](repeating: 0, count: 16)
      unsafe kernels.pack(lanes, bits, &signature, &keys)
      #expect(signature == naive.packed(lanes).signature)
      #expect(keys == naive.packed(lanes).keys)
    }
  }

  // MARK: Embeddings

  @Test(arguments: InstructionSet.available)
  func `accumulate adds each feature to its sum`(_ isa: InstructionSet) throws {
    let kernels = try #require(isa.kernels)
    var generator = SeededGenerator(seed: 89)
    for length in Self.lengths {
      let features = Self.words(length, &generator)
      for dimension in [64, 128, 4096] {
        var sums = (0..<dimension).map { Int32($0) - 50 }
        var wanted = sums
        for feature in features.map(Hashing.mix) {
          wanted[Int(feature % UInt64(dimension))] += feature >> 63 == 1 ? -3 : 3
        }
        unsafe kernels.accumulate(features, length, 3, &sums, dimension)
        #expect(sums == wanted, "\(length) features")
      }
    }
  }

  @Test(arguments: InstructionSet.available)
  func `letters are accumulated as runs of three around all but spaces`(
    _ isa: InstructionSet
  ) throws {
    let kernels = try #require(isa.kernels)
    var generator = SeededGenerator(seed: 88)
    for length in Self.lengths {
      let letters = (0..<length).map { _ in
        [0x20, 0x61, 0x7A, 0x10FFFF][Int(generator.next() % 4)] as UInt32
      }
      var sums = [Int32](repeating: 0, count: 128)
      var wanted = sums
      for place in letters.indices.dropFirst().dropLast() where letters[place] != 0x20 {
        let run =
          UInt64(letters[place - 1]) | UInt64(letters[place]) << 21 | UInt64(letters[place + 1])
          << 42
        let feature = Hashing.mix(run &+ 99)
        wanted[Int(feature % 128)] += feature >> 63 == 1 ? -1 : 1
      }
      unsafe kernels.accumulate_letters(letters, length, 99, &sums, 128)
      #expect(sums == wanted, "\(length) letters")
    }
  }

  // MARK: Agreement

  /// Counts with a query that begins at `shift`, and rows behind it.
  private static func agreement(
    _ isa: InstructionSet,
    bits: Int,
    _ bytes: [UInt8],
    shift: Int = 0
  ) throws -> [UInt8] {
    let kernels = try #require(isa.kernels)
    let rowCount = (bytes.count - shift) / (16 * bits) - 1
    var counts = [UInt8](repeating: 0xAA, count: rowCount)
    unsafe bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      let kernel = unsafe bits == 8 ? kernels.agreement_8_bits : kernels.agreement_4_bits
      unsafe kernel(base + shift, base + shift + 16 * bits, rowCount, &counts)
    }
    return counts
  }

  private static func naiveAgreement(_ bits: Int, _ lhs: [UInt8], _ rhs: [UInt8]) -> UInt8 {
    guard bits == 8 else { return UInt8(NaiveMinHash.agreement(lhs, rhs)) }
    return zip(lhs, rhs).reduce(0) { $0 + ($1.0 == $1.1 ? 1 : 0) }
  }

  @Test(arguments: InstructionSet.available, [4, 8])
  func `agreement counts equal lanes`(_ isa: InstructionSet, _ bits: Int) throws {
    let width = 16 * bits
    var generator = SeededGenerator(seed: 93)
    for rowCount in Self.lengths {
      let query: [UInt8] = Self.values(width, &generator)
      var rows: [UInt8] = []
      for row in 0..<rowCount {
        // Near copies, so that all counts from 0 to 128 come up.
        var copy = query
        for _ in 0..<(row % 130) {
          copy[Int(generator.next() % UInt64(width))] = UInt8(truncatingIfNeeded: generator.next())
        }
        rows += row == 3 ? query.map { ~$0 } : copy
      }
      let wanted = (0..<rowCount).map { row in
        Self.naiveAgreement(bits, query, Array(rows[(width * row)..<(width * (row + 1))]))
      }
      #expect(try Self.agreement(isa, bits: bits, query + rows) == wanted)
    }
  }

  @Test(arguments: InstructionSet.available, [4, 8])
  func `agreement needs no alignment`(_ isa: InstructionSet, _ bits: Int) throws {
    let width = 16 * bits
    var generator = SeededGenerator(seed: 94)
    let bytes: [UInt8] = Self.values(width * 4 + 16, &generator)
    for shift in 0..<16 {
      let counts = try Self.agreement(isa, bits: bits, bytes, shift: shift).prefix(3)
      let query = Array(bytes[shift..<(shift + width)])
      let wanted = (1...3).map { row in
        let start = shift + width * row
        return Self.naiveAgreement(bits, query, Array(bytes[start..<(start + width)]))
      }
      #expect(counts == wanted[...], "shifted by \(shift)")
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

// SPDX-License-Identifier: Apache-2.0

import ChorusCore
import ChorusSketch
import ChorusText

/// MinHash as the papers have it, one value at a time: the oracle for signatures and band keys.
struct NaiveMinHash {
  let plan: SketchPlan
  let multipliers: [UInt32]

  init(plan: SketchPlan = .standard) {
    self.plan = plan
    var generator = SeededGenerator(seed: plan.seed)
    multipliers = (0..<128).map { _ in UInt32(truncatingIfNeeded: generator.next()) | 1 }
  }

  /// Returns the 32-bit hashes of the runs of tokens of a text.
  func words(_ text: String) -> [UInt32] {
    let tokens = Self.tokens(text).map(\.hash)
    guard !tokens.isEmpty else { return [] }
    let width = min(Int(plan.shingleWidth), tokens.count)
    return (0...(tokens.count - width)).map { start in
      var sum = plan.seed
      for token in tokens[start..<(start + width)] {
        sum = sum &* 0xD6E8_FEB8_6659_FD93 &+ token
      }
      return UInt32(Hashing.mix(sum) >> 32)
    }
  }

  /// Returns the least permuted value of each lane.
  func minima(_ words: [UInt32]) -> [UInt32] {
    multipliers.map { factor in words.map { $0 &* factor }.min() ?? .max }
  }

  /// Returns the four bits a lane, two lanes a byte, and the sixteen keys.
  func packed(_ minima: [UInt32]) -> (signature: [UInt8], keys: [UInt32]) {
    let mixed = minima.enumerated().map { lane, value in
      Self.mix32(value &+ UInt32(lane) &* 0x9E37_79B9)
    }
    let signature = (0..<64).map { (byte: Int) -> UInt8 in
      let low = mixed[2 * byte] % 16
      let high = mixed[2 * byte + 1] % 16
      return UInt8(high * 16 + low)
    }
    let keys = (0..<16).map { (band: Int) -> UInt32 in
      var key: UInt32 = 0
      for lane in (4 * band)..<(4 * band + 4) { key = key << 8 | mixed[lane] >> 24 }
      return key
    }
    return (signature, keys)
  }

  static func tokens(_ text: String) -> [Token] {
    Tokeniser().tokenise(Normaliser().normalise(Array(text.utf8)))
  }

  /// Returns the lanes that agree in two signatures.
  static func agreement(_ lhs: [UInt8], _ rhs: [UInt8]) -> Int {
    var count = 0
    for (left, right) in zip(lhs, rhs) {
      if left % 16 == right % 16 { count += 1 }
      if left / 16 == right / 16 { count += 1 }
    }
    return count
  }

  private static func mix32(_ value: UInt32) -> UInt32 {
    var h = value
    h = (h ^ h >> 16) &* 0x85EB_CA6B
    h = (h ^ h >> 13) &* 0xC2B2_AE35
    return h ^ h >> 16
  }
}

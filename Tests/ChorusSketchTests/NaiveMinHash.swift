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

  /// Returns the elements of the set of a text: the high halves of the hashes of its runs.
  func words(_ text: String) -> [UInt32] {
    runs(Self.tokens(text), width: Int(plan.shingleWidth), seed: plan.seed).map {
      max(1, UInt32($0.hash >> 32))
    }
  }

  /// Returns the runs of tokens that are worth `width` words, or that of all tokens.
  func runs(
    _ tokens: [Token],
    width: Int,
    seed: UInt64
  ) -> [(hash: UInt64, start: Int, count: Int)] {
    var runs: [(UInt64, Int, Int)] = []
    for start in tokens.indices {
      var fifths = 0
      var end = start
      while fifths < 5 * width, end < tokens.count {
        fifths += tokens[end].isCharacter ? 3 : 5
        end += 1
      }
      guard fifths >= 5 * width else { break }
      runs.append((Self.hash(tokens[start..<end], seed: seed), start, end - start))
    }
    if runs.isEmpty, !tokens.isEmpty {
      runs.append((Self.hash(tokens[...], seed: seed), 0, tokens.count))
    }
    return runs
  }

  private static func hash(_ run: ArraySlice<Token>, seed: UInt64) -> UInt64 {
    Hashing.mix(run.reduce(seed) { $0 &* 0xD6E8_FEB8_6659_FD93 &+ $1.hash })
  }

  /// Returns the anchors of a text, window by window.
  func anchors(_ text: String) -> Set<UInt64> {
    let tokens = Self.tokens(text)
    let window = Int(plan.anchorWindow)
    let body = runs(tokens, width: Int(plan.anchorWidth), seed: ~plan.seed).map {
      (anchor: $0.hash >> 25, start: $0.start)
    }
    var anchors = Set<UInt64>()
    if body.count >= window {
      for start in 0...(body.count - window) {
        if let least = body[start..<(start + window)].map(\.anchor).min() { anchors.insert(least) }
      }
    }
    for run in body.prefix(window - 1) + body.suffix(window - 1) { anchors.insert(run.anchor) }
    for run in body where tokens[run.start].startsLine { anchors.insert(run.anchor) }
    for count in [1, 2, 4, 6] where count <= tokens.count {
      anchors.insert(placed(tokens.prefix(count), 1))
      anchors.insert(placed(tokens.suffix(count), 2))
    }
    for (start, token) in tokens.enumerated() where token.startsLine {
      for count in [2, 4] where start + count <= tokens.count {
        anchors.insert(placed(tokens[start..<(start + count)], 3))
      }
    }
    return anchors
  }

  private func placed(_ run: ArraySlice<Token>, _ place: UInt64) -> UInt64 {
    let sum = run.reduce(0) { $0 &* 0xD6E8_FEB8_6659_FD93 &+ $1.hash }
    let number = (16 * place + UInt64(run.count)) &* 0x9E37_79B9_7F4A_7C15
    return Hashing.mix(sum ^ (~plan.seed &+ number)) >> 25 | 1 << 39
  }

  /// Returns the least permuted value of each lane.
  func minima(_ words: [UInt32]) -> [UInt32] {
    multipliers.map { factor in words.map { $0 &* factor }.min() ?? .max }
  }

  /// Returns the four or eight bits a lane, and the sixteen keys.
  func packed(_ minima: [UInt32]) -> (signature: [UInt8], keys: [UInt32]) {
    let mixed = minima.enumerated().map { lane, value in
      Self.mix32(value &+ UInt32(lane) &* 0x9E37_79B9)
    }
    let halves = (0..<64).map { (byte: Int) -> UInt8 in
      let low = mixed[2 * byte] % 16
      let high = mixed[2 * byte + 1] % 16
      return UInt8(high * 16 + low)
    }
    let signature = plan.laneBitCount == 8 ? mixed.map { UInt8($0 % 256) } : halves
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

// SPDX-License-Identifier: Apache-2.0

import ChorusFamily
import Testing

/// What became of families: which went on, which went into others, which were parted.
@Suite struct LineageTests {
  /// Sixty-four members with these numbers.
  private func sample(_ start: UInt32) -> [UInt32] { Array(start..<(start + 64)) }

  @Test func `a family that grew goes on`() {
    let hashes = sample(0) + sample(1000) + sample(2000)
    let now = hashes.map { $0 < 2000 ? Int32(1) : -1 }
    #expect(Lineage([sample(0)], now, rowHashes: hashes).heirs == [[1]])
  }

  @Test func `families that became one have one heir`() {
    let hashes = sample(0) + sample(1000)
    let now = [Int32](repeating: 3, count: hashes.count)
    #expect(Lineage([sample(0), sample(1000)], now, rowHashes: hashes).heirs == [[3], [3]])
  }

  @Test func `a family that was parted has several, the one with most members first`() {
    let now = sample(0).map { $0 < 24 ? Int32(0) : 1 }
    #expect(Lineage([sample(0)], now, rowHashes: sample(0)).heirs == [[1, 0]])
  }

  @Test func `a family that has only a few members of another is no heir`() {
    let now = sample(0).map { $0 < 8 ? Int32(0) : 1 }
    #expect(Lineage([sample(0)], now, rowHashes: sample(0)).heirs == [[1]])
  }

  @Test func `a family whose members are in none has no heir`() {
    let none = [Int32](repeating: -1, count: 64)
    #expect(Lineage([sample(0)], none, rowHashes: sample(0)).heirs == [[]])
  }

  @Test func `members that are gone do not count`() {
    let left = Array(sample(0).prefix(8))
    let now = [Int32](repeating: 2, count: left.count)
    #expect(Lineage([sample(0)], now, rowHashes: left).heirs == [[2]])
  }
}

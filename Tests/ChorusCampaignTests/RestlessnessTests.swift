// SPDX-License-Identifier: Apache-2.0

import ChorusCampaign
import ChorusCore
import ChorusFamily
import ChorusTestSupport
import Foundation
import Testing

/// Whether each account by itself sends at all hours.
@Suite struct RestlessnessTests {
  /// Times of an account on so many days, within so many hours of a start of its own.
  private static func times(
    _ account: UInt32,
    dayCount: Int,
    hourCount: Int,
    _ generator: inout SeededGenerator
  ) -> [FamilyActivity.Event] {
    let start = Int(generator.next() % 24)
    return (0..<dayCount).flatMap { day in
      (0..<3).map { _ in
        let hour = (start + Int(generator.next() % UInt64(hourCount))) % 24
        let second = Int(generator.next() % 3600)
        let time = Int64(day * 86_400 + hour * 3600 + second) * 1000
        return FamilyActivity.Event(family: -1, account: account, time: .init(milliseconds: time))
      }
    }
  }

  private static func crowd(
    _ accounts: Range<UInt32>,
    hourCount: Int,
    _ generator: inout SeededGenerator
  ) -> [FamilyActivity.Event] {
    accounts.flatMap { account in
      times(account, dayCount: 2 + Int(generator.next() % 12), hourCount: hourCount, &generator)
    }
  }

  @Test(arguments: [12, 60])
  func `people of other hours seldom look restless`(accountCount: UInt32) {
    var generator = SeededGenerator(seed: UInt64(accountCount))
    var counts = [Int](repeating: 0, count: 12)
    let drawCount = 200
    for _ in 0..<drawCount {
      let others = Self.crowd(10_000..<10_150, hourCount: 9, &generator)
      let group = Self.crowd(0..<accountCount, hourCount: 9, &generator)
      let bits = Restlessness(others).bits(group).bits
      for level in counts.indices where bits >= Double(level) { counts[level] += 1 }
    }
    // The law is approximate; four standard deviations above what it claims are allowed.
    for level in 2..<counts.count {
      let claimed = Double(drawCount) * Double(sign: .plus, exponent: -level, significand: 1)
      #expect(Double(counts[level]) <= claimed + 4 * claimed.squareRoot() + 1, "\(level) bits")
    }
  }

  @Test func `machines are found among people who sleep, and not among machines`() {
    var generator = SeededGenerator(seed: 5)
    let group = Self.crowd(0..<30, hourCount: 24, &generator)
    let people = Self.crowd(1000..<1300, hourCount: 9, &generator)
    let machines = Self.crowd(1000..<1300, hourCount: 24, &generator)
    let found = Restlessness(people).bits(group)
    #expect(found.bits > 20)
    #expect(found.flatShare > 0.7)
    #expect(Restlessness(machines).bits(group).bits < 8)
  }

  @Test func `people all over the world are flat together and not each by themselves`() {
    var generator = SeededGenerator(seed: 6)
    let group = Self.crowd(0..<60, hourCount: 9, &generator)
    let people = Self.crowd(1000..<1400, hourCount: 9, &generator)
    #expect(Restlessness(people).bits(group).bits < 8)
  }

  @Test func `there is nothing to say with few others, few accounts or one day each`() {
    var generator = SeededGenerator(seed: 7)
    let group = Self.crowd(0..<30, hourCount: 24, &generator)
    let few = Self.crowd(1000..<1099, hourCount: 9, &generator)
    let people = Self.crowd(1000..<1300, hourCount: 9, &generator)
    #expect(Restlessness(few).bits(group).bits == 0)
    #expect(Restlessness(people).bits(group.filter { $0.account < 2 }).bits == 0)
    let oneDay = (0..<30).flatMap { account in
      Self.times(UInt32(account), dayCount: 1, hourCount: 24, &generator)
    }
    #expect(Restlessness(people).bits(oneDay).bits == 0)
    #expect(Restlessness([]).bits([]).bits == 0)
  }

  @Test func `accounts are not compared with themselves`() {
    var generator = SeededGenerator(seed: 8)
    let people = Self.crowd(0..<150, hourCount: 9, &generator)
    let group = people.filter { $0.account < 51 }
    #expect(Restlessness(people).bits(group).bits == 0)
    // Nor with others of their group, who may be machines in all that they do.
    let machines = Self.crowd(1000..<1060, hourCount: 24, &generator)
    let others = Restlessness(people).bits(machines)
    #expect(others.bits > 20)
    #expect(Restlessness(people + machines).bits(machines) == others)
  }

  @Test(arguments: [1, 2, 5, 40, 120])
  func `the tail of a gamma variable is its sum`(shape: Int) {
    for factor in [1.1, 1.5, 3, 10] {
      let value = Double(shape) * factor
      var term = 1.0
      var sum = 1.0
      for place in 1..<max(shape, 1) {
        term *= value / Double(place)
        sum += term
      }
      let wanted = (value - log(sum)) / log(2)
      #expect(abs(GammaTail.bits(value, shape: shape) - wanted) < 1e-6 * (1 + wanted))
    }
    #expect(GammaTail.bits(0, shape: shape) == 0)
  }
}

// SPDX-License-Identifier: Apache-2.0

import ChorusCore
import Foundation
import Testing

struct TimestampTests {
  private static let utc: Calendar = {
    var calendar = Calendar(identifier: .gregorian)
    if let zone = TimeZone(secondsFromGMT: 0) { calendar.timeZone = zone }
    return calendar
  }()

  /// The milliseconds since 1970 of a moment by Foundation's calendar.
  private static func milliseconds(_ fields: [Int]) -> Int64? {
    let components = DateComponents(
      year: fields[0],
      month: fields[1],
      day: fields[2],
      hour: fields[3],
      minute: fields[4],
      second: fields[5]
    )
    guard components.isValidDate(in: utc), let date = utc.date(from: components) else { return nil }
    return Int64(date.timeIntervalSince1970) * 1000 + Int64(fields[6])
  }

  private static func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// The RFC 3339 form of year, month, day, hour, minute, second, millisecond.
  private static func text(_ fields: [Int], zone: String = "Z") -> String {
    "\(padded(fields[0], 4))-\(padded(fields[1], 2))-\(padded(fields[2], 2))T"
      + "\(padded(fields[3], 2)):\(padded(fields[4], 2)):\(padded(fields[5], 2))"
      + ".\(padded(fields[6], 3))\(zone)"
  }

  private static func parse(_ text: String) -> Int64? {
    Timestamp(rfc3339: text.utf8)?.milliseconds
  }

  private static func randomFields(_ generator: inout SeededGenerator) -> [Int] {
    [
      1970 + Int(generator.next() % 230), 1 + Int(generator.next() % 12),
      1 + Int(generator.next() % 31), Int(generator.next() % 24), Int(generator.next() % 60),
      Int(generator.next() % 60), Int(generator.next() % 1000),
    ]
  }

  // MARK: Against Foundation's calendar

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `a date means what Foundation's calendar says, or nothing`(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<500 {
      let fields = Self.randomFields(&generator)
      #expect(Self.parse(Self.text(fields)) == Self.milliseconds(fields), "\(fields)")
    }
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `a zone moves the moment by its hours and minutes`(_ seed: UInt64) {
    var generator = SeededGenerator(seed: 10 + seed)
    for _ in 0..<300 {
      var fields = Self.randomFields(&generator)
      fields[0] = 1971 + fields[0] % 200
      fields[2] = 1 + fields[2] % 28
      let hours = Int(generator.next() % 24)
      let minutes = Int(generator.next() % 60)
      let isEast = generator.next() % 2 == 0
      let zone = (isEast ? "+" : "-") + Self.padded(hours, 2) + ":" + Self.padded(minutes, 2)
      let shift = Int64(hours * 60 + minutes) * 60_000 * (isEast ? -1 : 1)
      #expect(
        Self.parse(Self.text(fields, zone: zone)) == Self.milliseconds(fields).map { $0 + shift }
      )
    }
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `a moment that is printed and read is the same moment`(_ seed: UInt64) {
    var generator = SeededGenerator(seed: 20 + seed)
    for _ in 0..<500 {
      let moment = Timestamp(
        milliseconds: Int64(generator.next() % UInt64(Timestamp.end.milliseconds))
      )
      #expect(Timestamp(rfc3339: moment.description.utf8) == moment)
    }
  }

  @Test func `every day from 1970 to 2199 is printed as Foundation says`() {
    for day in stride(from: 0 as Int64, to: 84_006, by: 11) {
      let date = Date(timeIntervalSince1970: Double(day) * 86_400)
      let parts = Self.utc.dateComponents([.year, .month, .day], from: date)
      let fields = [parts.year ?? 0, parts.month ?? 0, parts.day ?? 0, 0, 0, 0, 0]
      #expect(Timestamp(milliseconds: day * 86_400_000).description == Self.text(fields))
    }
  }

  // MARK: Forms

  @Test(
    arguments: [
      ("1970-01-01T00:00:00Z", 0),
      ("1970-01-01T00:00:00.000Z", 0),
      ("2026-04-22T00:00:46.960Z", 1_776_816_046_960),
      ("2026-04-22t00:00:46.960z", 1_776_816_046_960),
      ("2026-04-22 00:00:46.960Z", 1_776_816_046_960),
      ("2026-04-22T00:00:46,960Z", 1_776_816_046_960),
      ("2026-04-22T02:00:46.960+02:00", 1_776_816_046_960),
      ("2026-04-22T02:00:46.960+0200", 1_776_816_046_960),
      ("2026-04-21T19:00:46.960-05:00", 1_776_816_046_960),
      ("2026-04-22T00:00:46.960999999Z", 1_776_816_046_960),
      ("2026-04-22T00:00:46.9Z", 1_776_816_046_900),
      ("2026-04-22T00:00:46.09Z", 1_776_816_046_090),
      ("2026-04-22T00:00:46-00:00", 1_776_816_046_000),
      ("1970-01-01T01:00:00+01:00", 0),
      ("2199-12-31T23:59:59.999Z", 7_258_118_399_999),
      ("2016-12-31T23:59:60Z", 1_483_228_799_000),
    ] as [(String, Int64)]
  )
  func `a form of RFC 3339 is its moment`(_ text: String, _ wanted: Int64) {
    #expect(Self.parse(text) == wanted)
  }

  @Test(arguments: [
    "2000-02-29", "2024-02-29", "2400-02-29", "2096-02-29", "2023-02-29", "1900-02-29",
    "2100-02-29", "2023-02-30", "2023-04-31", "2023-04-30", "2023-12-31", "2023-12-32",
    "2023-00-10", "2023-13-10", "2023-01-00", "2023-06-31", "2023-09-31", "2023-11-31",
  ])
  func `a date is taken exactly when the calendar has it`(_ date: String) {
    let parts = date.split(separator: "-").compactMap { Int($0) }
    let wanted = Self.milliseconds(parts + [0, 0, 0, 0]).flatMap { milliseconds in
      0..<Timestamp.end.milliseconds ~= milliseconds ? milliseconds : nil
    }
    #expect(Self.parse(date + "T00:00:00Z") == wanted)
  }

  @Test(arguments: [
    "", "2026", "2026-04-22", "2026-04-22T00:00:46", "2026-04-22T00:00Z", "2026-4-22T00:00:46Z",
    "2026-04-22T24:00:00Z", "2026-04-22T00:60:00Z", "2026-04-22T00:00:61Z",
    "2026-04-22T00:00:46.Z", "2026-04-22T00:00:46Zx", "2026-04-22T00:00:46 Z",
    " 2026-04-22T00:00:46Z", "2026/04/22T00:00:46Z", "2026-04-22T00:00:46+24:00",
    "2026-04-22T00:00:46+02:60", "2026-04-22T00:00:46+2:00", "2026-04-22T00:00:46+02",
    "+2026-04-22T00:00:46Z", "-026-04-22T00:00:46Z", "2026-04-22T00:00:4\u{0665}Z",
    "1969-12-31T23:59:59.999Z", "2200-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
    "1970-01-01T00:00:00+00:01", "2026-04-22T00:00:46.00000000000000000000000000000000Z",
    "now", "1776816000",
  ])
  func `anything else is refused`(_ text: String) {
    #expect(Self.parse(text) == nil)
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `a form with one byte changed is refused or another moment inside the range`(
    _ seed: UInt64
  ) {
    var generator = SeededGenerator(seed: 30 + seed)
    let form = Array("2026-04-22T10:20:46.960+02:00".utf8)
    for _ in 0..<1000 {
      var bytes = form
      let place = Int(generator.next() % UInt64(bytes.count))
      bytes[place] = UInt8(truncatingIfNeeded: generator.next())
      guard let moment = Timestamp(rfc3339: bytes) else { continue }
      #expect(moment >= .earliest && moment < .end)
    }
  }

  // MARK: Numbers

  @Test(
    arguments: [
      (0, 0),
      (1, 1000),
      (1_776_816_046, 1_776_816_046_000),
      (1_776_816_046.96, 1_776_816_046_960),
      (1_776_816_046_960, 1_776_816_046_960),
      (100_000_000_000, 100_000_000_000),
      (7_258_118_399, 7_258_118_399_000),
      (7_258_118_399_999, 7_258_118_399_999),
      (0.0004, 0),
      (0.0006, 1),
    ] as [(Double, Int64)]
  )
  func `a number is seconds when small and milliseconds when large`(
    _ value: Double,
    _ wanted: Int64
  ) {
    #expect(Timestamp(epoch: value)?.milliseconds == wanted)
  }

  @Test(
    arguments: [
      -1, -0.001, .nan, .infinity, -.infinity, 7_258_118_400, 7_258_118_400_000, 99_999_999_999,
      1e14, 1e300, .greatestFiniteMagnitude,
    ] as [Double]
  )
  func `a number that is no moment in the range is refused`(_ value: Double) {
    #expect(Timestamp(epoch: value) == nil)
  }

  // MARK: The ends of the range of numbers

  @Test(arguments: [.min, .min + 1, -1, .max] as [Int64])
  func `any number of milliseconds can be printed`(_ milliseconds: Int64) async {
    await #expect(processExitsWith: .success) { [milliseconds] in
      #expect(!Timestamp(milliseconds: milliseconds).description.isEmpty)
    }
  }

  @Test func `a moment before 1970 is printed with its own date`() {
    #expect(Timestamp(milliseconds: -1).description == "1969-12-31T23:59:59.999Z")
  }

  @Test func `moments are ordered as their milliseconds`() {
    #expect(Timestamp(milliseconds: 1) < Timestamp(milliseconds: 2))
    #expect(!(Timestamp(milliseconds: 2) < Timestamp(milliseconds: 2)))
  }

  @Test(arguments: [
    ("2026-04-22", 1_776_816_000_000), ("2026-04-22T00:00:00Z", 1_776_816_000_000),
    ("1776816000", 1_776_816_000_000), ("1776816000000", 1_776_816_000_000), ("0", 0),
  ])
  func `a time is read in any form`(text: String, milliseconds: Int64) {
    #expect(Timestamp(anyForm: text) == Timestamp(milliseconds: milliseconds))
  }

  @Test(arguments: ["", "2026-02-30", "2026-04", "soon", "-1", "nan", "1e300", "9999-01-01"])
  func `what is no time in any form is none`(text: String) {
    #expect(Timestamp(anyForm: text) == nil)
  }
}

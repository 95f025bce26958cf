// SPDX-License-Identifier: Apache-2.0

/// A moment in time, in milliseconds since 1970-01-01T00:00:00Z.
public struct Timestamp: Hashable, Comparable, Sendable {
  /// Milliseconds since the epoch.
  public var milliseconds: Int64

  /// Creates a moment.
  @inlinable
  public init(milliseconds: Int64) { self.milliseconds = milliseconds }

  /// Returns whether one moment is before another.
  @inlinable
  public static func < (lhs: Self, rhs: Self) -> Bool { lhs.milliseconds < rhs.milliseconds }

  /// The earliest moment that is accepted: 1970-01-01T00:00:00Z.
  public static let earliest = Self(milliseconds: 0)
  /// The first moment that is no longer accepted: 2200-01-01T00:00:00Z.
  public static let end = Self(milliseconds: 7_258_118_400_000)
}

extension Timestamp {
  /// Creates a moment from a number of seconds or milliseconds since the epoch.
  ///
  /// A number of at least 10^11 is taken as milliseconds: as seconds it would lie past the year
  /// 5000, and as milliseconds a smaller one would lie before 1973-03-04.
  ///
  /// - Returns: `nil` when the moment is outside ``earliest``..<``end`` or not a number.
  public init?(epoch value: Double) {
    guard value.isFinite, value >= 0, value < 1e14 else { return nil }
    let milliseconds = value >= 1e11 ? value : value * 1000
    let moment = Self(milliseconds: Int64(milliseconds.rounded()))
    guard moment < Self.end else { return nil }
    self = moment
  }

  /// Creates a moment from what a person or a program writes: RFC 3339, a date alone, which is its
  /// midnight in UTC, or a number of seconds or milliseconds since the epoch.
  ///
  /// - Returns: `nil` when the text has another form, or lies outside ``earliest``..<``end``.
  public init?(anyForm text: String) {
    if let time = Self(rfc3339: text.utf8) {
      self = time
    } else if let time = Self(rfc3339: (text + "T00:00:00Z").utf8) {
      self = time
    } else if let number = Double(text), let time = Self(epoch: number) {
      self = time
    } else {
      return nil
    }
  }

  /// Creates a moment from the RFC 3339 form, such as `2026-04-22T00:00:46.960Z`.
  ///
  /// A space or a lower-case `t` may stand for the `T`; fractions beyond milliseconds are cut; a
  /// leap second counts as the second before it.
  ///
  /// - Returns: `nil` when the bytes have another form, name no real date, or lie outside
  ///   ``earliest``..<``end``.
  /// - Complexity: O(1).
  public init?(rfc3339 text: some Collection<UInt8>) {
    var reader = DigitReader(Array(text.prefix(40)))
    guard text.count <= 40,
      let year = reader.number(4), reader.skip("-"),
      let month = reader.number(2), reader.skip("-"),
      let day = reader.number(2), reader.skip("T", "t", " "),
      let hour = reader.number(2), reader.skip(":"),
      let minute = reader.number(2), reader.skip(":"),
      let second = reader.number(2)
    else { return nil }
    guard let fraction = reader.milliseconds(), let zone = reader.zoneMinutes(), reader.isAtEnd
    else { return nil }
    guard (1...12).contains(month), hour < 24, minute < 60, second <= 60,
      (1...Self.dayCount(year: year, month: month)).contains(day)
    else { return nil }
    let days = Self.days(year: year, month: month, day: day)
    let minutes = days * 1440 + hour * 60 + minute - zone
    let moment = Self(milliseconds: Int64((minutes * 60 + min(second, 59)) * 1000 + fraction))
    guard moment >= Self.earliest, moment < Self.end else { return nil }
    self = moment
  }

  /// The number of days in a month of the Gregorian calendar.
  private static func dayCount(year: Int, month: Int) -> Int {
    if month == 2 {
      return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    }
    return [4, 6, 9, 11].contains(month) ? 30 : 31
  }

  /// Days since 1970-01-01 of a Gregorian date, by counting years from March so that the leap day
  /// comes last.
  private static func days(year: Int, month: Int, day: Int) -> Int {
    let shifted = month > 2 ? year : year - 1
    let monthFromMarch = month > 2 ? month - 3 : month + 9
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
    return 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
  }
}

extension Timestamp: CustomStringConvertible {
  /// The RFC 3339 form in UTC with milliseconds.
  public var description: String {
    let day = Int(milliseconds.dividedFloor(by: 86_400_000))
    let rest = Int(milliseconds) &- day &* 86_400_000
    let (year, month, dayOfMonth) = Self.date(days: day)
    return Self.pad(year, 4) + "-" + Self.pad(month, 2) + "-" + Self.pad(dayOfMonth, 2) + "T"
      + Self.pad(rest / 3_600_000, 2) + ":" + Self.pad(rest / 60_000 % 60, 2) + ":"
      + Self.pad(rest / 1000 % 60, 2) + "." + Self.pad(rest % 1000, 3) + "Z"
  }

  private static func pad(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  private static func date(days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let leaps = dayOfEra / 1460 - dayOfEra / 36_524 + dayOfEra / 146_096
    let yearOfEra = (dayOfEra - leaps) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }
}

extension Int64 {
  fileprivate func dividedFloor(by divisor: Int64) -> Int64 {
    let quotient = self / divisor
    return self % divisor < 0 ? quotient - 1 : quotient
  }
}

/// Reads the fixed-width fields of a time.
private struct DigitReader {
  private let bytes: [UInt8]
  private var offset = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { offset == bytes.count }

  mutating func number(_ width: Int) -> Int? {
    guard offset + width <= bytes.count else { return nil }
    var value = 0
    for byte in bytes[offset..<(offset + width)] {
      guard (0x30...0x39).contains(byte) else { return nil }
      value = value * 10 + Int(byte - 0x30)
    }
    offset += width
    return value
  }

  mutating func skip(_ choices: Unicode.Scalar...) -> Bool {
    guard offset < bytes.count, choices.contains(where: { $0.value == UInt32(bytes[offset]) })
    else { return false }
    offset += 1
    return true
  }

  /// Reads an optional fraction of a second.
  mutating func milliseconds() -> Int? {
    guard skip(".", ",") else { return 0 }
    var value = 0
    var digits = 0
    while let digit = number(1) {
      if digits < 3 { value = value * 10 + digit }
      digits += 1
    }
    guard digits > 0 else { return nil }
    for _ in 0..<max(0, 3 - digits) { value *= 10 }
    return value
  }

  /// Reads `Z` or an offset such as `+02:00`, in minutes east of UTC.
  mutating func zoneMinutes() -> Int? {
    if skip("Z", "z") { return 0 }
    let sign = skip("+") ? 1 : skip("-") ? -1 : 0
    guard sign != 0, let hours = number(2), hours < 24 else { return nil }
    _ = skip(":")
    guard let minutes = number(2), minutes < 60 else { return nil }
    return sign * (hours * 60 + minutes)
  }
}

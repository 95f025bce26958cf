// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore

/// Reads the time of a record in any of its forms.
///
/// Traffic comes in order of time, so the day of the last record is kept and only the time of day
/// read anew. The result never depends on that.
struct RecordTime {
  /// The last date, such as `2026-04-22`.
  private var day = DayKey()
  /// When that day begins, in UTC.
  private var midnight = Timestamp.earliest

  /// Returns a moment from RFC 3339, or from a string of digits, which is an epoch number.
  mutating func moment(string bytes: [UInt8], in range: Range<Int>) -> Timestamp? {
    if let moment = quickMoment(bytes, range) { return moment }
    if !range.isEmpty, bytes[range].allSatisfy({ (0x30...0x39).contains($0) }) {
      return moment(number: bytes, in: range)
    }
    return Timestamp(rfc3339: bytes[range])
  }

  /// Returns a moment from a JSON number of seconds or milliseconds.
  func moment(number bytes: [UInt8], in range: Range<Int>) -> Timestamp? {
    Double(String(decoding: bytes[range], as: UTF8.self)).flatMap(Timestamp.init(epoch:))
  }
}

extension RecordTime {
  /// The byte counts of the two forms that are read quickly: `2026-04-22T00:00:46Z`, and the same
  /// with milliseconds.
  private enum FormByteCount {
    static let seconds = 20
    static let milliseconds = 24
  }

  /// Returns the moment of the commonest form, UTC in seconds or in milliseconds.
  ///
  /// Anything else is `nil` and left to the full reader.
  private mutating func quickMoment(_ bytes: [UInt8], _ range: Range<Int>) -> Timestamp? {
    let start = range.lowerBound
    let hasFraction = range.count == FormByteCount.milliseconds
    // The comparison with the array's count lets the compiler leave out the checks below.
    guard hasFraction || range.count == FormByteCount.seconds, range.upperBound <= bytes.count,
      bytes[start + 10] == UInt8(ascii: "T"), bytes[range.upperBound - 1] == UInt8(ascii: "Z"),
      var milliseconds = Self.timeOfDay(Self.word(bytes, start + 11))
    else { return nil }
    if hasFraction {
      let (hundreds, tens) = (bytes[start + 20] &- 0x30, bytes[start + 21] &- 0x30)
      let ones = bytes[start + 22] &- 0x30
      guard bytes[start + 19] == UInt8(ascii: "."), hundreds < 10, tens < 10, ones < 10
      else { return nil }
      milliseconds += Int64(hundreds) * 100 + Int64(tens) * 10 + Int64(ones)
    }
    guard let midnight = midnight(bytes, start) else { return nil }
    return Timestamp(milliseconds: midnight.milliseconds + milliseconds)
  }

  /// Returns when the day whose date begins at `start` begins.
  private mutating func midnight(_ bytes: [UInt8], _ start: Int) -> Timestamp? {
    let key = DayKey(
      yearAndMonth: Self.word(bytes, start),
      day: UInt16(bytes[start + 8]) | UInt16(bytes[start + 9]) << 8
    )
    if key == day { return midnight }
    let date = Array(bytes[start..<(start + 10)])
    guard let moment = Timestamp(rfc3339: date + Array("T00:00:00Z".utf8)) else { return nil }
    day = key
    midnight = moment
    return moment
  }

  /// Returns eight bytes as a little-endian number.
  private static func word(_ bytes: [UInt8], _ start: Int) -> UInt64 {
    var word: UInt64 = 0
    for place in 0..<8 { word |= UInt64(bytes[start + place]) << UInt64(8 * place) }
    return word
  }

  /// Returns the milliseconds since midnight of the eight bytes `HH:MM:SS`, or `nil` when they are
  /// something else.
  private static func timeOfDay(_ word: UInt64) -> Int64? {
    // The two colons become zero like digits; a byte above 9 then shows in its top bit.
    let values = word ^ 0x3030_3A30_303A_3030
    let colons: UInt64 = 0x0000_FF00_00FF_0000
    guard values & colons == 0,
      (values | ((values & 0x7F7F_7F7F_7F7F_7F7F) + 0x7676_7676_7676_7676))
        & 0x8080_8080_8080_8080 == 0
    else { return nil }
    let hour = pair(values)
    let minute = pair(values >> 24)
    let second = pair(values >> 48)
    guard hour < 24, minute < 60, second < 60 else { return nil }
    return (hour * 3600 + minute * 60 + second) * 1000
  }

  /// Returns the number of the two decimal digits in the lowest two bytes.
  private static func pair(_ values: UInt64) -> Int64 {
    Int64(values & 0xFF) * 10 + Int64(values >> 8 & 0xFF)
  }
}

/// The ten bytes of a date as numbers, to be compared quickly.
private struct DayKey: Equatable {
  var yearAndMonth: UInt64 = 0
  var day: UInt16 = 0
}

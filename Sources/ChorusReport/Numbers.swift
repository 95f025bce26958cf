// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import Glibc

/// Numbers and times as people read them.
enum Numbers {
  /// A count with a separator: 28800000 is `28,800,000`.
  static func count(_ value: Int) -> String {
    let digits = Array(String(value))
    var text = ""
    for (place, digit) in digits.enumerated() {
      if place > 0, (digits.count - place).isMultiple(of: 3), digits[place - 1] != "-" {
        text.append(",")
      }
      text.append(digit)
    }
    return text
  }

  /// A count of things: `1 prompt`, `2 prompts`.
  static func count(_ value: Int, _ one: String, _ many: String? = nil) -> String {
    count(value) + " " + (value == 1 ? one : many ?? one + "s")
  }

  /// A number with a fixed number of decimals.
  static func decimal(_ value: Double, _ places: Int) -> String {
    let scaled = (abs(value) * pow(10, Double(places))).rounded()
    guard scaled < 1e15 else { return String(value) }
    let digits = String(Int(scaled))
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    let sign = value < 0 && scaled > 0 ? "-" : ""
    return places == 0
      ? sign + padded : sign + padded.dropLast(places) + "." + padded.suffix(places)
  }

  /// A number with two digits that count: `0.00018`.
  static func short(_ value: Double) -> Markup {
    guard value > 0, value < 1 else { return "\(decimal(value, value == 0 ? 0 : 1))" }
    let exponent = Int(log10(value).rounded(.down))
    return exponent < -6 ? power(log10(value)) : "\(decimal(value, 1 - exponent))"
  }

  /// The probability that so many bits stand for.
  static func probability(bits: Double) -> Markup {
    guard bits > 0 else { return "1" }
    return bits < 10 ? "\(decimal(exp2(-bits), 3))" : power(-bits * M_LN2 / M_LN10)
  }

  /// 10 to a power below 0, with one digit that counts.
  private static func power(_ logarithm: Double) -> Markup {
    guard logarithm.isFinite, logarithm > -1e9 else { return "0" }
    var exponent = Int(logarithm.rounded(.down))
    var digit = Int(pow(10, logarithm - Double(exponent)).rounded())
    if digit == 10 {
      digit = 1
      exponent += 1
    }
    return "\(digit)&nbsp;&times;&nbsp;10<sup>&minus;\(-exponent)</sup>"
  }

  /// The day of a moment: `2026-04-22`.
  static func day(_ time: Timestamp) -> String { String(time.description.prefix(10)) }

  /// The minute of a moment: `2026-04-22 14:53`.
  static func minute(_ time: Timestamp) -> String {
    day(time) + " " + time.description.dropFirst(11).prefix(5)
  }
}

// SPDX-License-Identifier: Apache-2.0

/// What fills a slot of one member, and what kind of text it is.
package struct SlotText: Sendable {
  /// The filler without white space at its ends.
  package let text: String

  /// Takes the filler of a slot.
  package init(_ bytes: ArraySlice<UInt8>) {
    let isSpace: (UInt8) -> Bool = { $0 <= 0x20 }
    let start = bytes.firstIndex { !isSpace($0) } ?? bytes.endIndex
    let end = bytes.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? start
    text = String(decoding: bytes[start..<end], as: UTF8.self)
  }

  /// The kind that nearly all fillers are of.
  ///
  /// - Parameters:
  ///   - texts: The fillers.
  ///   - fillerCount: How many different ones there are.
  /// - Returns: The first kind that four fifths are of, the narrowest ones first.
  package static func kind(_ texts: [SlotText], fillerCount: Int) -> Slot.Kind {
    func nearlyAll(_ test: (SlotText) -> Bool) -> Bool {
      Double(texts.filter(test).count) >= 0.8 * Double(texts.count)
    }
    if nearlyAll({ $0.text.isEmpty }) { return .empty }
    if nearlyAll(\.isDate) { return .date }
    if nearlyAll(\.isNumber) { return .number }
    if nearlyAll(\.isURL) { return .url }
    if nearlyAll(\.isJSON) { return .json }
    // A few values, each several times in the sample.
    if texts.count >= 8, 4 * fillerCount <= texts.count { return .list }
    if nearlyAll(\.isName) { return .name }
    if nearlyAll({ $0.wordCount <= 4 }) { return .short }
    if nearlyAll(\.isCode) { return .code }
    return nearlyAll({ $0.text.contains { $0.isNewline } }) ? .lines : .text
  }

  // MARK: Numbers and dates

  private var isNumber: Bool {
    let allowed = text.utf8.allSatisfy { Self.isDigit($0) || "+-.,:/%$ ".utf8.contains($0) }
    return allowed && text.utf8.contains(where: Self.isDigit)
  }

  /// Three numbers with `-`, `/` or `.` between, one of which can be a year, a month and a day; a
  /// time of day with `:`; or both.
  private var isDate: Bool {
    let words = text.split { " ,TZ".contains($0) }
    guard !words.isEmpty, words.count <= 3 else { return false }
    return words.allSatisfy { Self.isDay($0) || Self.isTimeOfDay($0) }
  }

  private static func isDay(_ word: Substring) -> Bool {
    for separator in ["-", "/", "."] as [Character] where word.contains(separator) {
      let numbers = word.split(separator: separator, omittingEmptySubsequences: false)
      guard numbers.count == 3, numbers.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isDigit) })
      else { return false }
      let values = numbers.compactMap { Int($0) }
      guard values.count == 3, (1...31).contains(values[1]) else { return false }
      let isYearFirst = numbers[0].count == 4 && (1...31).contains(values[2])
      let isYearLast = [2, 4].contains(numbers[2].count) && (1...31).contains(values[0])
      return isYearFirst || isYearLast
    }
    return false
  }

  private static func isTimeOfDay(_ word: Substring) -> Bool {
    let numbers = word.split(separator: ":", omittingEmptySubsequences: false)
    guard (2...3).contains(numbers.count) else { return false }
    let limits = [24, 60, 61]
    return numbers.enumerated().allSatisfy { place, number in
      // Seconds may have a fraction, and an offset behind it.
      let digits = place == 2 ? number.prefix { $0.isNumber } : number
      guard (1...2).contains(digits.count), let value = Int(digits) else { return false }
      return value < limits[place]
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  // MARK: Words

  private var isURL: Bool { text.hasPrefix("http://") || text.hasPrefix("https://") }

  private var wordCount: Int { text.split(whereSeparator: \.isWhitespace).count }

  /// One to four words that begin with a capital, small ones such as "of" between them, and no end
  /// of a sentence.
  private var isName: Bool {
    let words = text.split(whereSeparator: \.isWhitespace)
    guard let first = words.first, let last = words.last, words.count <= 4 else { return false }
    guard first.first?.isUppercase ?? false, last.first?.isUppercase ?? false else { return false }
    return words.allSatisfy { word in
      word.allSatisfy { $0.isLetter || "'\u{2019}.-&".contains($0) }
        && ((word.first?.isUppercase ?? false) || word.count <= 3)
    }
  }

  // MARK: Structure

  /// Brackets that match, in text that begins and ends with one and has names or commas.
  private var isJSON: Bool {
    let bytes = Array(text.utf8)
    guard let first = bytes.first, let last = bytes.last, bytes.count >= 2,
      (first == UInt8(ascii: "{") && last == UInt8(ascii: "}"))
        || (first == UInt8(ascii: "[") && last == UInt8(ascii: "]"))
    else { return false }
    var open: [UInt8] = []
    var isInString = false
    var isEscaped = false
    for byte in bytes {
      if isInString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInString = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isInString = true
      case UInt8(ascii: "{"), UInt8(ascii: "["): open.append(byte)
      case UInt8(ascii: "}"): if open.popLast() != UInt8(ascii: "{") { return false }
      case UInt8(ascii: "]"): if open.popLast() != UInt8(ascii: "[") { return false }
      default: break
      }
    }
    // An object has names; what else stands in brackets is a set phrase.
    return open.isEmpty && !isInString
      && (first == UInt8(ascii: "[") || bytes.contains(UInt8(ascii: "\"")))
  }

  /// Several lines, a good part of which are indented, end as statements do, or are full of the
  /// signs that programs have and prose has not.
  private var isCode: Bool {
    let lines = text.split(whereSeparator: \.isNewline)
    guard lines.count >= 2 else { return false }
    let telling = lines.filter { line in
      let signs = line.utf8.filter { "(){}[];=<>_#&|*".utf8.contains($0) }.count
      let isIndented = line.hasPrefix("  ") || line.hasPrefix("\t")
      let ending = line.last { !$0.isWhitespace }
      return 10 * signs >= line.utf8.count || (ending.map { ";{}:".contains($0) } ?? false)
        || (isIndented && signs > 0)
    }
    return 2 * telling.count >= lines.count
  }
}

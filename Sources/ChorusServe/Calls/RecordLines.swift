// SPDX-License-Identifier: Apache-2.0

/// The records of a JSON body, each on a line of its own as files have them.
///
/// Only the outermost brackets and the strings are looked at: whether a record is JSON is for the
/// reader of records to say, so that a bad one is refused alone.
struct RecordLines {
  /// The lines.
  private(set) var bytes: [UInt8] = []
  /// The number of records.
  private(set) var count = 0
  /// Whether the body was one record and no array.
  let isSingle: Bool
  /// How many values and brackets begin in the body, about.
  private(set) var valueCount = 0

  /// What stands for a line break within a string, where JSON has none: still no JSON.
  private static let broken: UInt8 = 0x01

  /// Splits a body.
  ///
  /// - Throws: A ``Problem`` when it is neither an object nor an array from beginning to end.
  /// - Complexity: O(*n*).
  init(json body: [UInt8]) throws(Problem) {
    var place = Self.skip(body, from: 0)
    guard place < body.count else { throw .invalid("The body is empty.") }
    isSingle = body[place] != UInt8(ascii: "[")
    bytes.reserveCapacity(body.count + 1)
    if isSingle {
      guard body[place] == UInt8(ascii: "{") else {
        throw .invalid("The body must be an object or an array of objects.")
      }
      appendElement(body, &place, end: nil)
      count = 1
      return
    }
    place = Self.skip(body, from: place + 1)
    if place < body.count, body[place] == UInt8(ascii: "]") {
      place += 1
    } else {
      while true {
        let start = bytes.count
        appendElement(body, &place, end: UInt8(ascii: "]"))
        guard place < body.count, bytes.count > start + 1 else {
          throw .invalid("The array of the body ends too early, or has an empty place.")
        }
        count += 1
        place += 1
        if body[place - 1] == UInt8(ascii: "]") { break }
        place = Self.skip(body, from: place)
      }
    }
    guard Self.skip(body, from: place) == body.count else {
      throw .invalid("Something follows the array of the body.")
    }
  }

  private static func skip(_ body: [UInt8], from start: Int) -> Int {
    var place = start
    while place < body.count, [0x20, 0x09, 0x0A, 0x0D].contains(body[place]) { place += 1 }
    return place
  }

  /// Appends what comes up to a comma or an end outside all brackets, on one line.
  private mutating func appendElement(_ body: [UInt8], _ place: inout Int, end: UInt8?) {
    var depth = 0
    var isString = false
    var isEscaped = false
    while place < body.count {
      let byte = body[place]
      if isString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isString = false
        }
        bytes.append(byte == 0x0A || byte == 0x0D ? Self.broken : byte)
      } else {
        if depth == 0, let end, byte == end || byte == UInt8(ascii: ",") { break }
        switch byte {
        case UInt8(ascii: "\""): isString = true
        case UInt8(ascii: ","): valueCount += 1
        case UInt8(ascii: "{"), UInt8(ascii: "["):
          depth += 1
          valueCount += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
        default: break
        }
        bytes.append(byte == 0x0A || byte == 0x0D ? 0x20 : byte)
      }
      place += 1
    }
    bytes.append(0x0A)
  }
}

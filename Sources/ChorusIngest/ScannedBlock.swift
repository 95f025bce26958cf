// SPDX-License-Identifier: Apache-2.0

/// The wanted fields of a block of lines, before anyone has judged them.
struct ScannedBlock {
  /// The bytes of all values, in the order in which they were met.
  var arena: [UInt8] = []
  /// The lines that are not blank.
  var lines: [ScannedLine] = []
  /// For each line, ``slotCount`` values.
  var values: [ScannedValue] = []
  /// How many values a line has.
  let slotCount: Int

  init(slotCount: Int) { self.slotCount = slotCount }
}

/// A line that is not blank.
struct ScannedLine {
  /// Where it begins in the block.
  let offset: Int
  /// Its bytes, without the line break.
  let count: Int
  /// How many line breaks are before it in the block.
  let number: Int
  /// Why it cannot be read, or `nil`; its values mean nothing then.
  let reason: RejectReason?
}

/// The value found at one of the wanted paths.
struct ScannedValue {
  /// What a value is; the numbers are those of `chorus_json_kind`.
  enum Kind: UInt8 {
    case absent = 0
    case null = 1
    case string = 2
    case number = 3
    case boolean = 4
    case array = 5
    case object = 6
    case chat = 7
    case invalidChat = 8
  }

  /// Where its bytes begin in the arena.
  let offset: UInt32
  let count: UInt32
  let kind: Kind

  var bounds: Range<Int> { Int(offset)..<(Int(offset) + Int(count)) }

  /// A Boolean value that says whether there is nothing: no such key, or null.
  var isMissing: Bool { kind == .absent || kind == .null }
}

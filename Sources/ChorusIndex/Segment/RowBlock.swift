// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore

/// The byte form of up to ``SegmentFormat/blockItemCount`` rows.
///
///     RowBlock = textOffset:u64 firstOccurrence:u32 textKey:5 bytes of each row
///                textByteCount:varint of each row, tokenCount:varint of each,
///                occurrenceCount:varint of each
///
/// The offset is where the first row's text begins in the segment's text.
struct RowBlock {
  private static let keyByteCount = Int(SegmentFormat.textKeyBitCount / 8)

  private let textOffset: Int
  private let firstOccurrence: Int
  private var keys = ByteWriter()
  private var textByteCounts = ByteWriter()
  private var tokenCounts = ByteWriter()
  private var occurrenceCounts = ByteWriter()

  init(textOffset: Int, firstOccurrence: Int) {
    self.textOffset = textOffset
    self.firstOccurrence = firstOccurrence
  }

  mutating func append(
    textKey: UInt64,
    textByteCount: Int,
    tokenCount: Int,
    occurrenceCount: Int
  ) {
    for place in 0..<Self.keyByteCount {
      keys.write(UInt8(truncatingIfNeeded: textKey >> UInt64(8 * place)))
    }
    textByteCounts.writeVarint(UInt64(textByteCount))
    tokenCounts.writeVarint(UInt64(tokenCount))
    occurrenceCounts.writeVarint(UInt64(occurrenceCount))
  }

  var encoded: [UInt8] {
    var writer = ByteWriter()
    writer.write(UInt64(textOffset))
    writer.write(UInt32(firstOccurrence))
    for part in [keys, textByteCounts, tokenCounts, occurrenceCounts] {
      writer.write(bytes: part.bytes)
    }
    return writer.bytes
  }

  /// Decodes the rows of a block, or returns `nil` when it is malformed.
  ///
  /// `hasText` says whether the segment has the texts that the rows speak of.
  static func decode(_ bytes: [UInt8], count: Int, hasText: Bool) -> [Segment.Row]? {
    var reader = ByteReader(bytes)
    guard let offset = try? reader.readUInt64(), var textOffset = Int(exactly: offset),
      let first = try? reader.readUInt32(),
      let keys = try? reader.readBytes(count * keyByteCount)
    else { return nil }
    var occurrence = Int(first)
    var counts: [[Int]] = []
    for _ in 0..<3 {
      var column: [Int] = []
      column.reserveCapacity(count)
      for _ in 0..<count {
        guard let value = try? reader.readCount() else { return nil }
        column.append(value)
      }
      counts.append(column)
    }
    guard reader.isAtEnd else { return nil }
    var rows: [Segment.Row] = []
    rows.reserveCapacity(count)
    for row in 0..<count {
      var key: UInt64 = 0
      for place in 0..<keyByteCount {
        key |= UInt64(keys[keys.startIndex + row * keyByteCount + place]) << UInt64(8 * place)
      }
      // Nothing can be that large in a segment, and nothing can overflow below.
      guard counts[0][row] <= 1 << 40, textOffset <= 1 << 48, counts[2][row] >= 1,
        counts[2][row] <= SegmentFormat.maximumCount, occurrence <= SegmentFormat.maximumCount
      else { return nil }
      let textEnd = textOffset + (hasText ? counts[0][row] : 0)
      rows.append(
        Segment.Row(
          textKey: key,
          textByteCount: counts[0][row],
          tokenCount: counts[1][row],
          textRange: textOffset..<textEnd,
          occurrenceRange: occurrence..<(occurrence + counts[2][row])
        )
      )
      textOffset = textEnd
      occurrence += counts[2][row]
    }
    return rows
  }

  /// Decodes one row of a block, or returns `nil` when what is read of it is malformed.
  static func decode(
    _ bytes: [UInt8],
    row: Int,
    count: Int,
    hasText: Bool
  ) -> Segment.Row? {
    let keyStart = 12
    let columnStart = keyStart + count * keyByteCount
    guard row < count, bytes.count >= columnStart else { return nil }
    var head = ByteReader(bytes[..<keyStart])
    guard let offset = try? head.readUInt64(), let first = try? head.readUInt32(),
      offset <= 1 << 48, first <= SegmentFormat.maximumCount
    else { return nil }
    var key: UInt64 = 0
    for place in 0..<keyByteCount {
      key |= UInt64(bytes[keyStart + row * keyByteCount + place]) << UInt64(8 * place)
    }
    let span = bytes.span
    var place = columnStart
    guard let text = column(span, &place, row: row, count: count),
      let tokens = column(span, &place, row: row, count: count),
      let occurrences = column(span, &place, row: row, count: count, isLast: true),
      text.value <= 1 << 40, text.sum <= 1 << 48, occurrences.value >= 1,
      occurrences.value <= SegmentFormat.maximumCount,
      occurrences.sum <= SegmentFormat.maximumCount
    else { return nil }
    let textStart = Int(offset) + (hasText ? text.sum : 0)
    let occurrence = Int(first) + occurrences.sum
    return Segment.Row(
      textKey: key,
      textByteCount: text.value,
      tokenCount: tokens.value,
      textRange: textStart..<(textStart + (hasText ? text.value : 0)),
      occurrenceRange: occurrence..<(occurrence + occurrences.value)
    )
  }

  /// Reads a column of varints: the sum of those before a row, and the row's own.
  private static func column(
    _ bytes: Span<UInt8>,
    _ place: inout Int,
    row: Int,
    count: Int,
    isLast: Bool = false
  ) -> (sum: Int, value: Int)? {
    var sum: UInt64 = 0
    var own: UInt64 = 0
    for number in 0..<(isLast ? row + 1 : count) {
      var value: UInt64 = 0
      var shift: UInt64 = 0
      while true {
        guard place < bytes.count, shift < 49 else { return nil }
        let byte = bytes[place]
        place += 1
        value |= UInt64(byte & 0x7F) << shift
        if byte < 0x80 { break }
        shift += 7
      }
      // 256 values below 2^56 have a sum below 2^64.
      if number < row { sum += value } else if number == row { own = value }
    }
    guard sum <= 1 << 50, own <= 1 << 50 else { return nil }
    return (Int(sum), Int(own))
  }
}

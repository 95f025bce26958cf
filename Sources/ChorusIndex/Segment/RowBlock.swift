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
}

// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore

/// The byte form of up to ``SegmentFormat/blockItemCount`` occurrences.
///
///     OccurrenceBlock = firstTime:i64 firstRow:u32 idOffset:u64 attributeOffset:u64
///                       timeBits:u8 accountBits:u8 idBits:u8 attributeBits:u8 Item*
///     Item            = isNextRow:1 bit, time - firstTime, account, id byte count,
///                       attribute byte count: the bits named above, least bit first
///
/// `firstTime` is the earliest; the row is that of the item before, or the one behind it.
struct OccurrenceBlock {
  let encoded: [UInt8]

  init(_ occurrences: ArraySlice<SegmentBuffer.Occurrence>, idOffset: Int, attributeOffset: Int) {
    var firstTime = Int64.max
    var lastTime = Int64.min
    var account: UInt32 = 0
    var idCount = 0
    var attributeCount = 0
    for occurrence in occurrences {
      firstTime = min(firstTime, occurrence.time.milliseconds)
      lastTime = max(lastTime, occurrence.time.milliseconds)
      account = max(account, occurrence.account)
      idCount = max(idCount, Int(occurrence.id.count))
      attributeCount = max(attributeCount, Int(occurrence.attributes.count))
    }
    let widths = [
      Self.width(UInt64(bitPattern: lastTime &- firstTime)), Self.width(UInt64(account)),
      Self.width(UInt64(idCount)), Self.width(UInt64(attributeCount)),
    ]
    var writer = ByteWriter()
    var row = occurrences.first?.row ?? 0
    writer.write(firstTime)
    writer.write(row)
    writer.write(UInt64(idOffset))
    writer.write(UInt64(attributeOffset))
    for width in widths { writer.write(UInt8(width)) }
    var bits = BitWriter()
    for occurrence in occurrences {
      bits.write(UInt64(occurrence.row - row), bitCount: 1)
      row = occurrence.row
      bits.write(
        UInt64(bitPattern: occurrence.time.milliseconds &- firstTime),
        bitCount: widths[0]
      )
      bits.write(UInt64(occurrence.account), bitCount: widths[1])
      bits.write(UInt64(occurrence.id.count), bitCount: widths[2])
      bits.write(UInt64(occurrence.attributes.count), bitCount: widths[3])
    }
    writer.write(bytes: bits.finish())
    encoded = writer.bytes
  }

  private static func width(_ value: UInt64) -> UInt64 {
    UInt64(UInt64.bitWidth - value.leadingZeroBitCount)
  }

  /// Decodes the occurrences of a block, or returns `nil` when it is malformed.
  static func decode(_ bytes: [UInt8], count: Int) -> [Segment.Occurrence]? {
    var reader = ByteReader(bytes)
    guard let firstTime = try? reader.readInt64(), var row = try? reader.readUInt32(),
      let idStart = try? reader.readUInt64(), let attributeStart = try? reader.readUInt64(),
      let widths = try? reader.readBytes(4), widths.allSatisfy({ $0 <= 64 }),
      idStart <= 1 << 48, attributeStart <= 1 << 48
    else { return nil }
    let width = widths.map { UInt64($0) }
    guard width[1] <= 32, width[2] <= 32, width[3] <= 32,
      let rest = try? reader.readBytes(reader.remainingCount)
    else { return nil }
    var bits = BitReader(rest)
    var idOffset = Int(idStart)
    var attributeOffset = Int(attributeStart)
    var occurrences: [Segment.Occurrence] = []
    occurrences.reserveCapacity(count)
    for _ in 0..<count {
      guard let step = bits.read(bitCount: 1), let time = bits.read(bitCount: width[0]),
        let account = bits.read(bitCount: width[1]), let idCount = bits.read(bitCount: width[2]),
        let attributeCount = bits.read(bitCount: width[3]), row < SegmentFormat.maximumCount
      else { return nil }
      row += UInt32(step)
      let idEnd = idOffset + Int(idCount)
      let attributeEnd = attributeOffset + Int(attributeCount)
      occurrences.append(
        Segment.Occurrence(
          time: Timestamp(milliseconds: firstTime &+ Int64(bitPattern: time)),
          account: UInt32(account),
          row: row,
          idRange: idOffset..<idEnd,
          attributeRange: attributeOffset..<attributeEnd
        )
      )
      idOffset = idEnd
      attributeOffset = attributeEnd
    }
    return bits.isAtEnd ? occurrences : nil
  }
}

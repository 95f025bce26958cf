// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore

/// The form in which a log keeps prompts.
///
///     Batch  = kind:u8 (0) count:varint Prompt*
///     Prompt = id, account: counted bytes; time:i64; text, attributes: counted bytes
enum BatchCoding {
  /// Returns the byte form of some prompts of a batch.
  static func encode(_ batch: PromptBatch, _ places: [Int]) -> [UInt8] {
    var writer = ByteWriter(reserving: batch.arena.count)
    writer.write(UInt8(0))
    writer.writeVarint(UInt64(places.count))
    for place in places {
      let record = batch.records[place]
      writer.writeCounted(batch.bytes(record.id))
      writer.writeCounted(batch.bytes(record.account))
      writer.write(record.time.milliseconds)
      writer.writeCounted(batch.bytes(record.text))
      writer.writeCounted(batch.bytes(record.attributes))
    }
    return writer.bytes
  }

  /// Returns the prompts of a byte form, or `nil` when it is malformed.
  static func decode(_ bytes: ArraySlice<UInt8>) -> PromptBatch? {
    var reader = ByteReader(bytes)
    var batch = PromptBatch()
    func take(_ reader: inout ByteReader) -> ByteRange? {
      guard let count = try? reader.readCount(), let bytes = try? reader.readBytes(count) else {
        return nil
      }
      let start = batch.arena.count
      batch.arena.append(contentsOf: bytes)
      return ByteRange(offset: start, count: count)
    }
    guard let kind = try? reader.readUInt8(), kind == 0, let count = try? reader.readCount() else {
      return nil
    }
    for _ in 0..<count {
      guard let id = take(&reader), let account = take(&reader),
        let time = try? reader.readInt64(), let text = take(&reader),
        let attributes = take(&reader)
      else { return nil }
      batch.records.append(
        PromptRecord(
          id: id,
          account: account,
          text: text,
          attributes: attributes,
          time: Timestamp(milliseconds: time)
        )
      )
    }
    return reader.isAtEnd ? batch : nil
  }
}

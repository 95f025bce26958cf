// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusSketch
internal import ChorusStore

/// Turns a buffer into a segment file.
///
/// Rows are renumbered so that prompts of one template stand together: text compresses against its
/// neighbours, and a template's postings become runs. Anchors that few rows share are dropped but
/// for a sample, which is where most of the bytes would be.
struct SegmentWriter: ~Copyable {
  private var buffer: SegmentBuffer
  private let codeByteCount: Int
  private let signatureByteCount: Int
  /// For each new row, the row of the buffer.
  private var order: [UInt32] = []

  init(_ buffer: consuming SegmentBuffer, plan: SketchPlan) {
    codeByteCount = EmbeddingCode.byteCount(dimension: Int(plan.embeddingDimension))
    signatureByteCount = plan.signatureByteCount
    self.buffer = buffer
  }

  /// Writes the segment and makes it durable.
  mutating func write(
    to storage: any Storage,
    envelope: Envelope
  ) throws(ChorusError) -> SegmentSummary {
    var anchors = SortedPostings(
      buffer.anchorPostings,
      keyBitCount: SegmentFormat.anchorKeyBitCount,
      hasAscendingRows: buffer.hasAscendingRows
    )
    let bands = SortedPostings(
      buffer.bandPostings,
      keyBitCount: SegmentFormat.bandKeyBitCount,
      hasAscendingRows: buffer.hasAscendingRows
    )
    var weights = [UInt32](repeating: 0, count: buffer.rowCount)
    for occurrence in buffer.occurrences { weights[Int(occurrence.row)] += 1 }
    let shared = anchors.thin(weights: weights)
    order = Self.similarityOrder(shared, rowCount: buffer.rowCount)
    var newRows = [UInt32](repeating: 0, count: order.count)
    for (new, old) in order.enumerated() { newRows[Int(old)] = UInt32(new) }
    for place in buffer.occurrences.indices {
      buffer.occurrences[place].row = newRows[Int(buffer.occurrences[place].row)]
    }
    sortOccurrences()

    let name = SegmentFormat.fileName(envelope.number)
    let file = try BlockFileWriter(storage, name: name, envelope: envelope)
    try writeRows(to: file)
    try writeOccurrences(to: file)
    try writeSketches(to: file)
    let rowCount = buffer.rowCount
    try Self.write(bands, SegmentFormat.bandPostings, newRows, limit: rowCount, to: file)
    try Self.write(anchors, SegmentFormat.anchorPostings, newRows, limit: rowCount, to: file)
    try writeText(to: file)
    let byteCount = try file.finish()
    return SegmentSummary(
      number: envelope.number,
      byteCount: byteCount,
      rowCount: rowCount,
      occurrenceCount: buffer.occurrences.count,
      accountCount: buffer.accountNames.count,
      textByteCount: buffer.textByteCounts.reduce(0) { $0 + UInt64($1) },
      firstTime: buffer.occurrences.map(\.time).min() ?? Timestamp(milliseconds: 0),
      lastTime: buffer.occurrences.map(\.time).max() ?? Timestamp(milliseconds: 0)
    )
  }

  /// Orders rows by the least anchor that each shares with another.
  ///
  /// That is a min-wise sample of a row's shared text, and so most likely the same for prompts of
  /// one template. Rows that share nothing come last, as they were.
  private static func similarityOrder(_ shared: LargeArray<UInt64>, rowCount: Int) -> [UInt32] {
    let shift = SegmentFormat.positionBitCount
    let mask: UInt64 = 1 << shift - 1
    let none: UInt64 = 1 << (64 - shift) - 1
    var keyed = (0..<rowCount).map { row in min(shared[row], none) << shift | UInt64(row) }
    PostingKernels.sort(&keyed, lowBit: Int(shift))
    return keyed.map { UInt32($0 & mask) }
  }

  private mutating func sortOccurrences() {
    let shift = SegmentFormat.positionBitCount
    let mask: UInt64 = 1 << shift - 1
    var keyed = buffer.occurrences.enumerated().map { place, occurrence in
      UInt64(occurrence.row) << shift | UInt64(place)
    }
    PostingKernels.sort(&keyed, lowBit: Int(shift))
    let sorted = keyed.map { buffer.occurrences[Int($0 & mask)] }
    buffer.occurrences = sorted
  }

  private func writeRows(to file: BlockFileWriter) throws(ChorusError) {
    file.beginSection(SegmentFormat.rows, itemCount: buffer.rowCount)
    var textOffset = 0
    var occurrence = 0
    for start in stride(from: 0, to: order.count, by: SegmentFormat.blockItemCount) {
      var block = RowBlock(textOffset: textOffset, firstOccurrence: occurrence)
      for new in start..<min(start + SegmentFormat.blockItemCount, order.count) {
        let old = Int(order[new])
        var count = 0
        while occurrence < buffer.occurrences.count, buffer.occurrences[occurrence].row == new {
          occurrence += 1
          count += 1
        }
        block.append(
          textKey: buffer.textKeys[old],
          textByteCount: Int(buffer.textByteCounts[old]),
          tokenCount: Int(buffer.tokenCounts[old]),
          occurrenceCount: count
        )
        textOffset += buffer.textRange(of: old).count
      }
      try file.writeBlock(block.encoded, firstKey: UInt64(start), isCompressible: false)
    }
  }

  private func writeOccurrences(to file: BlockFileWriter) throws(ChorusError) {
    let occurrences = buffer.occurrences
    file.beginSection(SegmentFormat.occurrences, itemCount: occurrences.count)
    var idOffset = 0
    var attributeOffset = 0
    for start in stride(from: 0, to: occurrences.count, by: SegmentFormat.blockItemCount) {
      let range = start..<min(start + SegmentFormat.blockItemCount, occurrences.count)
      let block = OccurrenceBlock(
        occurrences[range],
        idOffset: idOffset,
        attributeOffset: attributeOffset
      )
      try file.writeBlock(block.encoded, firstKey: UInt64(start), isCompressible: false)
      for occurrence in occurrences[range] {
        idOffset += Int(occurrence.id.count)
        attributeOffset += Int(occurrence.attributes.count)
      }
    }
    let ids = LargeArray<UInt8>()
    let attributes = LargeArray<UInt8>()
    let idPostings = LargeArray<UInt64>()
    ids.reserve(idOffset)
    attributes.reserve(attributeOffset)
    idPostings.reserve(occurrences.count)
    for (place, occurrence) in occurrences.enumerated() {
      let id = occurrence.id.bounds
      ids.append(contentsOf: buffer.arena, id)
      attributes.append(contentsOf: buffer.arena, occurrence.attributes.bounds)
      let hash = Hashing.hash64(ids.elements((ids.count - id.count)..<ids.count))
      let key = SegmentFormat.idPostingKey(hash)
      idPostings.append(key << SegmentFormat.positionBitCount | UInt64(place))
    }
    try file.writeSection(
      SegmentFormat.ids,
      itemCount: occurrences.count,
      bytes: ids,
      blockByteCount: SegmentFormat.idBlockByteCount,
      isCompressible: true
    )
    try file.writeSection(
      SegmentFormat.attributes,
      itemCount: occurrences.count,
      bytes: attributes,
      blockByteCount: SegmentFormat.textBlockByteCount,
      isCompressible: true
    )
    var accounts = ByteWriter()
    for name in buffer.accountNames { accounts.writeCounted(name) }
    try file.writeSection(
      SegmentFormat.accounts,
      itemCount: buffer.accountNames.count,
      bytes: accounts.bytes,
      isCompressible: true
    )
    let sorted = SortedPostings(
      idPostings,
      keyBitCount: SegmentFormat.idKeyBitCount,
      hasAscendingRows: true
    )
    try Self.write(
      sorted,
      SegmentFormat.idPostings,
      nil,
      limit: occurrences.count,
      to: file
    )
  }

  private func writeSketches(to file: BlockFileWriter) throws(ChorusError) {
    let signatures = LargeArray<UInt8>()
    let codes = LargeArray<UInt8>()
    signatures.reserve(buffer.signatures.count)
    codes.reserve(buffer.embeddingCodes.count)
    for old in order {
      let signature = Int(old) * signatureByteCount
      signatures.append(
        contentsOf: buffer.signatures,
        signature..<(signature + signatureByteCount)
      )
      let code = Int(old) * codeByteCount
      codes.append(contentsOf: buffer.embeddingCodes, code..<(code + codeByteCount))
    }
    try file.writeSection(
      SegmentFormat.signatures,
      itemCount: order.count,
      bytes: signatures,
      blockByteCount: SegmentFormat.sketchBlockByteCount,
      isCompressible: true
    )
    try file.writeSection(
      SegmentFormat.embeddings,
      itemCount: order.count,
      bytes: codes,
      blockByteCount: SegmentFormat.sketchBlockByteCount,
      isCompressible: true
    )
  }

  /// Writes postings whose rows, or occurrences, are below a limit.
  private static func write(
    _ postings: SortedPostings,
    _ tag: BlockFileFormat.SectionTag,
    _ rows: [UInt32]?,
    limit: Int,
    to file: BlockFileWriter
  ) throws(ChorusError) {
    file.beginSection(tag, itemCount: postings.count)
    let width = UInt64.bitWidth - UInt64(max(limit - 1, 0)).leadingZeroBitCount
    for block in postings.encode(rows, width: width).joined() {
      try file.writeBlock(block.bytes, firstKey: block.firstKey, isCompressible: false)
    }
  }

  /// Writes the texts one after the other, so that neighbours compress each other.
  private func writeText(to file: BlockFileWriter) throws(ChorusError) {
    let texts = LargeArray<UInt8>()
    texts.reserve(buffer.texts.count)
    for old in order {
      texts.append(contentsOf: buffer.texts, buffer.textRange(of: Int(old)))
    }
    try file.writeSection(
      SegmentFormat.text,
      itemCount: buffer.keepsText ? order.count : 0,
      bytes: texts,
      blockByteCount: SegmentFormat.textBlockByteCount,
      isCompressible: true
    )
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusSketch
internal import ChorusStore

/// Turns a buffer into a segment file.
///
/// Rows are renumbered so that prompts of one template stand together: text compresses against its
/// neighbours, and a template's postings become runs.
struct SegmentWriter {
  private var buffer: SegmentBuffer
  private let dimension: Int
  private let signatureByteCount: Int
  /// For each new row, the row of the buffer.
  private var order: [UInt32] = []

  init(_ buffer: consuming SegmentBuffer, plan: SketchPlan) {
    dimension = Int(plan.embeddingDimension)
    signatureByteCount = plan.signatureByteCount
    self.buffer = buffer
  }

  /// Writes the segment and makes it durable.
  mutating func write(
    to storage: any Storage,
    envelope: Envelope
  ) throws(ChorusError) -> SegmentSummary {
    let firstBit = Int(SegmentFormat.positionBitCount)
    // Rows are appended in ascending order, so a stable sort by key leaves them ascending.
    PostingKernels.sort(&buffer.anchorPostings, lowBit: firstBit)
    PostingKernels.removeRepetitions(&buffer.anchorPostings)
    PostingKernels.sort(&buffer.bandPostings, lowBit: firstBit)
    order = similarityOrder()
    var newRows = [UInt32](repeating: 0, count: order.count)
    for (new, old) in order.enumerated() { newRows[Int(old)] = UInt32(new) }
    PostingKernels.renumber(&buffer.anchorPostings, newRows)
    PostingKernels.renumber(&buffer.bandPostings, newRows)
    for place in buffer.occurrences.indices {
      buffer.occurrences[place].row = newRows[Int(buffer.occurrences[place].row)]
    }
    sortOccurrences()

    let name = SegmentFormat.fileName(envelope.number)
    let file = try BlockFileWriter(storage, name: name, envelope: envelope)
    try writeRows(to: file)
    try writeOccurrences(to: file)
    try writeSketches(to: file)
    try writePostings(buffer.bandPostings, SegmentFormat.bandPostings, to: file)
    try writePostings(buffer.anchorPostings, SegmentFormat.anchorPostings, to: file)
    try writeText(to: file)
    let byteCount = try file.finish()
    return SegmentSummary(
      number: envelope.number,
      byteCount: byteCount,
      rowCount: buffer.rowCount,
      occurrenceCount: buffer.occurrences.count,
      accountCount: buffer.accountNames.count,
      textByteCount: UInt64(buffer.texts.count),
      firstTime: buffer.occurrences.map(\.time).min() ?? Timestamp(milliseconds: 0),
      lastTime: buffer.occurrences.map(\.time).max() ?? Timestamp(milliseconds: 0)
    )
  }

  /// Orders rows by the least anchor that each shares with another.
  ///
  /// That is a min-wise sample of a row's shared text, and so most likely the same for prompts of
  /// one template. Rows that share nothing come last, as they were.
  private func similarityOrder() -> [UInt32] {
    let shift = SegmentFormat.positionBitCount
    let mask: UInt64 = 1 << shift - 1
    let postings = buffer.anchorPostings
    let none: UInt64 = 1 << (64 - shift) - 1
    var bestKeys = [UInt64](repeating: none, count: buffer.rowCount)
    for (place, posting) in postings.enumerated() {
      let key = posting >> shift
      let isShared =
        (place > 0 && postings[place - 1] >> shift == key)
        || (place + 1 < postings.count && postings[place + 1] >> shift == key)
      let row = Int(posting & mask)
      if isShared, bestKeys[row] == none { bestKeys[row] = key }
    }
    var keyed = bestKeys.enumerated().map { row, key in key << shift | UInt64(row) }
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
    var rows = ByteWriter(reserving: buffer.rowCount * SegmentFormat.rowByteCount)
    var textOffset: UInt64 = 0
    var occurrence = 0
    for (new, old) in order.enumerated() {
      let textCount = buffer.textRanges[Int(old)].count
      rows.write(buffer.textKeys[Int(old)])
      rows.write(textOffset)
      rows.write(UInt32(textCount))
      rows.write(buffer.tokenCounts[Int(old)])
      rows.write(UInt32(occurrence))
      textOffset += UInt64(textCount)
      while occurrence < buffer.occurrences.count, buffer.occurrences[occurrence].row == new {
        occurrence += 1
      }
    }
    try file.writeSection(
      SegmentFormat.rows,
      itemCount: buffer.rowCount,
      bytes: rows.bytes,
      isCompressible: false
    )
  }

  private func writeOccurrences(to file: BlockFileWriter) throws(ChorusError) {
    let count = buffer.occurrences.count
    var columns = ByteWriter(reserving: count * SegmentFormat.occurrenceByteCount)
    var ids = ByteWriter()
    var attributes = ByteWriter()
    var idPostings: [UInt64] = []
    idPostings.reserveCapacity(count)
    for (place, occurrence) in buffer.occurrences.enumerated() {
      let id = buffer.arena[occurrence.id.bounds]
      columns.write(occurrence.time.milliseconds)
      columns.write(occurrence.account)
      columns.write(occurrence.row)
      columns.write(UInt32(ids.bytes.count))
      columns.write(UInt32(attributes.bytes.count))
      ids.write(bytes: id)
      attributes.write(bytes: buffer.arena[occurrence.attributes.bounds])
      let key = SegmentFormat.idPostingKey(Hashing.hash64(id))
      idPostings.append(key << SegmentFormat.positionBitCount | UInt64(place))
    }
    PostingKernels.sort(&idPostings, lowBit: Int(SegmentFormat.positionBitCount))
    try file.writeSection(
      SegmentFormat.occurrences,
      itemCount: count,
      bytes: columns.bytes,
      isCompressible: false
    )
    try file.writeSection(
      SegmentFormat.ids,
      itemCount: count,
      bytes: ids.bytes,
      isCompressible: true
    )
    try file.writeSection(
      SegmentFormat.attributes,
      itemCount: count,
      bytes: attributes.bytes,
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
    try writePostings(idPostings, SegmentFormat.idPostings, to: file)
  }

  private func writeSketches(to file: BlockFileWriter) throws(ChorusError) {
    var signatures: [UInt8] = []
    var embeddings: [UInt8] = []
    signatures.reserveCapacity(buffer.signatures.count)
    embeddings.reserveCapacity(buffer.embeddings.count)
    for old in order {
      let signature = Int(old) * signatureByteCount
      signatures.append(
        contentsOf: buffer.signatures[signature..<(signature + signatureByteCount)]
      )
      let embedding = Int(old) * dimension
      for value in buffer.embeddings[embedding..<(embedding + dimension)] {
        embeddings.append(UInt8(bitPattern: value))
      }
    }
    try file.writeSection(
      SegmentFormat.signatures,
      itemCount: order.count,
      bytes: signatures,
      isCompressible: false
    )
    try file.writeSection(
      SegmentFormat.embeddings,
      itemCount: order.count,
      bytes: embeddings,
      isCompressible: true
    )
  }

  private func writePostings(
    _ postings: [UInt64],
    _ tag: BlockFileFormat.SectionTag,
    to file: BlockFileWriter
  ) throws(ChorusError) {
    file.beginSection(tag, itemCount: postings.count)
    var start = 0
    while start < postings.count {
      let (bytes, taken) = PostingKernels.encodeBlock(postings, from: start)
      try file.writeBlock(
        bytes,
        firstKey: postings[start] >> SegmentFormat.positionBitCount,
        isCompressible: false
      )
      start += taken
    }
  }

  /// Writes the texts one after the other, so that neighbours compress each other.
  private func writeText(to file: BlockFileWriter) throws(ChorusError) {
    var texts: [UInt8] = []
    texts.reserveCapacity(buffer.texts.count)
    for old in order { texts.append(contentsOf: buffer.texts[buffer.textRanges[Int(old)]]) }
    try file.writeSection(
      SegmentFormat.text,
      itemCount: order.count,
      bytes: texts,
      isCompressible: true
    )
  }
}

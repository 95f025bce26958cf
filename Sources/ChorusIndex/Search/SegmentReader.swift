// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusStore

/// Reads what a query needs of one segment, keeping the block of each kind that was last read.
///
/// For one thread; queries that go through rows in ascending order read each block once.
final class SegmentReader {
  let segment: Segment
  /// The bytes read: those of blocks as stored, each time that one is read.
  private(set) var readByteCount = 0

  private var lastRow: (number: Int, row: Segment.Row)?
  private var occurrences: (number: Int, items: [Segment.Occurrence])?
  private var blocks: [UInt32: (number: Int, bytes: [UInt8])] = [:]

  init(_ segment: Segment) { self.segment = segment }

  /// Returns a row.
  func row(_ row: Int) throws(ChorusError) -> Segment.Row {
    if let lastRow, lastRow.number == row { return lastRow.row }
    let bytes = try block(row / SegmentFormat.blockItemCount, of: segment.rowSection)
    let found = try segment.row(row, inBlock: bytes)
    lastRow = (row, found)
    return found
  }

  /// Returns an occurrence.
  func occurrence(_ place: Int) throws(ChorusError) -> Segment.Occurrence {
    let width = SegmentFormat.blockItemCount
    let number = place / width
    if let occurrences, occurrences.number == number { return occurrences.items[place % width] }
    let count = segment.summary.occurrenceCount
    let range = (number * width)..<min((number + 1) * width, count)
    let items = try segment.occurrences(range)
    readByteCount += segment.file.storedByteCount(ofBlock: number, of: segment.occurrenceSection)
    occurrences = (number, items)
    return items[place % width]
  }

  /// Returns the text of a row as received; empty where texts are not stored.
  func text(ofRow row: Int) throws(ChorusError) -> [UInt8] {
    try bytes(try self.row(row).textRange, of: segment.textSection)
  }

  /// Returns the id of an occurrence.
  func id(_ occurrence: Segment.Occurrence) throws(ChorusError) -> String {
    String(decoding: try bytes(occurrence.idRange, of: segment.idSection), as: UTF8.self)
  }

  /// Returns the attributes of an occurrence.
  func attributes(
    _ occurrence: Segment.Occurrence
  ) throws(ChorusError) -> [(name: String, value: String)] {
    let bytes = try bytes(occurrence.attributeRange, of: segment.attributeSection)
    guard let attributes = AttributeCodec.decode(bytes[...]) else {
      throw segment.file.damaged("an attribute is malformed", at: 0)
    }
    return attributes
  }

  /// Returns the stored code of a row's embedding.
  func embeddingCode(ofRow row: Int, byteCount: Int) throws(ChorusError) -> [UInt8] {
    try bytes((row * byteCount)..<((row + 1) * byteCount), of: segment.embeddingSection)
  }

  /// The runs of rows whose signatures are loaded at the same time.
  private static let prefetchCount = 16

  /// Counts the lanes in which the signatures of rows agree with a query's.
  func appendAgreement(
    _ query: [UInt8],
    _ runs: [Range<Int>],
    to counts: inout [UInt8]
  ) throws(ChorusError) {
    let (file, section) = (segment.file, segment.signatureSection)
    for (place, rows) in runs.enumerated() {
      let ahead = place + Self.prefetchCount
      if ahead < runs.count {
        prefetchSignature(at: runs[ahead].lowerBound * query.count, file, section)
      }
      var position = rows.lowerBound * query.count
      let end = rows.upperBound * query.count
      guard end <= section.rawByteCount else {
        throw file.damaged("its signatures are too few", at: 0)
      }
      var number = section.block(holding: UInt64(position))
      while position < end {
        guard number < section.blockCount else {
          throw file.damaged("its blocks leave a gap", at: 0)
        }
        let start = position - Int(clamping: section.firstKey(ofBlock: number))
        let taken: Int
        if file.isPlain(number, of: section) {
          let stop = start + end - position
          taken = try file.withKnownBlock(number, of: section) { bytes, byteCount in
            Self.appendAgreement(query, bytes, start..<max(start, min(byteCount, stop)), &counts)
          }
          readByteCount += taken
        } else {
          let bytes = try block(number, of: section)
          let range = start..<max(start, min(bytes.count, start + end - position))
          taken = Self.appendAgreement(query, bytes.span, range, &counts)
        }
        // Each block has whole signatures.
        guard taken > 0 else { throw file.damaged("its blocks leave a gap", at: 0) }
        position += taken
        number += 1
      }
    }
  }

  private func prefetchSignature(
    at position: Int,
    _ file: BlockFile,
    _ section: BlockFile.Section
  ) {
    guard position < section.rawByteCount else { return }
    let number = section.block(holding: UInt64(position))
    let offset = position - Int(clamping: section.firstKey(ofBlock: number))
    guard file.isPlain(number, of: section) else { return }
    file.withStoredBlock(number, of: section) { bytes in
      guard offset >= 0, offset < bytes.count else { return }
      PostingKernels.prefetch(bytes.extracting(offset...), firstKey: 0, least: nil)
    }
  }

  /// Returns how many bytes were taken; none when the range is not one of whole signatures.
  private static func appendAgreement(
    _ query: [UInt8],
    _ bytes: Span<UInt8>,
    _ range: Range<Int>,
    _ counts: inout [UInt8]
  ) -> Int {
    guard range.lowerBound >= 0, range.upperBound <= bytes.count,
      range.count.isMultiple(of: query.count)
    else { return 0 }
    PostingKernels.appendAgreement(
      query,
      bytes.extracting(range),
      rowCount: range.count / query.count,
      to: &counts
    )
    return range.count
  }

  /// The first block that may have some keys, or `nil` when there is none.
  func firstBlock(_ keys: ClosedRange<UInt64>, of section: BlockFile.Section) -> Int? {
    section.blockCount == 0 ? nil : max(0, section.firstBlock(from: keys.lowerBound) - 1)
  }

  /// Has a block loaded whose beginning a look-up reads, or, when `least` is given, what a look-up
  /// of keys from there on reads of it.
  func prefetch(_ number: Int, of section: BlockFile.Section, least: UInt64? = nil) {
    let firstKey = section.firstKey(ofBlock: number)
    segment.file.withStoredBlock(number, of: section) { bytes in
      PostingKernels.prefetch(bytes, firstKey: firstKey, least: least)
    }
  }

  /// Finds the rows under some keys; see ``CollisionCounter/find``.
  ///
  /// `first` is what ``firstBlock(_:of:)`` says. Blocks are read until there are `limit` runs.
  ///
  /// - Returns: The share of the blocks with such keys that was read.
  @discardableResult
  func findRuns(
    _ keys: ClosedRange<UInt64>,
    of section: BlockFile.Section,
    from first: Int? = nil,
    _ counter: CollisionCounter,
    into words: inout [UInt64],
    limit: Int = .max,
    weight: (UInt64) -> UInt64
  ) throws(ChorusError) -> Double {
    guard let first = first ?? firstBlock(keys, of: section) else { return 1 }
    var number = first
    let rowCount = segment.rowCount
    while number < section.blockCount {
      let firstKey = section.firstKey(ofBlock: number)
      guard firstKey <= keys.upperBound else { break }
      let isSound = try segment.file.withKnownBlock(
        number,
        of: section,
        slack: SegmentFormat.postingBlockSlack
      ) { bytes, byteCount in
        counter.find(
          keys,
          in: bytes,
          byteCount: byteCount,
          firstKey: firstKey,
          rowCount: rowCount,
          into: &words,
          limit: limit,
          weight: weight
        )
      }
      guard isSound else {
        throw segment.file.damaged("a block of postings is malformed", at: 0)
      }
      readByteCount += segment.file.storedByteCount(ofBlock: number, of: section)
      number += 1
      if words.count >= limit {
        let end =
          keys.upperBound == .max
          ? section.blockCount : section.firstBlock(from: keys.upperBound + 1)
        return Double(number - first) / Double(max(number, end) - first)
      }
    }
    return 1
  }

  /// Returns bytes of a section whose blocks are keyed by their offset in it.
  private func bytes(
    _ range: Range<Int>,
    of section: BlockFile.Section
  ) throws(ChorusError) -> [UInt8] {
    guard range.lowerBound >= 0, range.upperBound <= section.rawByteCount else {
      throw segment.file.damaged("an offset points outside its section", at: 0)
    }
    guard !range.isEmpty else { return [] }
    var bytes: [UInt8] = []
    var position = range.lowerBound
    var number = section.block(holding: UInt64(position))
    while position < range.upperBound {
      guard number < section.blockCount else {
        throw segment.file.damaged("its blocks leave a gap", at: 0)
      }
      let base = Int(clamping: section.firstKey(ofBlock: number))
      let block = try block(number, of: section, prefix: range.upperBound - base)
      let start = position - base
      let end = min(range.upperBound - base, block.count)
      guard start >= 0, start < end else {
        throw segment.file.damaged("its blocks leave a gap", at: 0)
      }
      bytes.append(contentsOf: block[start..<end])
      position = base + end
      number += 1
    }
    return bytes
  }

  /// Returns a block, or as many bytes of its beginning as are wanted, and maybe more.
  private func block(
    _ number: Int,
    of section: BlockFile.Section,
    prefix: Int = .max
  ) throws(ChorusError) -> [UInt8] {
    let whole = segment.file.rawByteCount(ofBlock: number, of: section)
    var wanted = min(max(prefix, 0), whole)
    if let known = blocks[section.tag], known.number == number {
      if known.bytes.count >= wanted { return known.bytes }
      // Somebody goes through the block.
      wanted = whole
    }
    let bytes = try segment.file.knownBlock(number, of: section, prefix: wanted)
    readByteCount += segment.file.storedByteCount(ofBlock: number, of: section)
    blocks[section.tag] = (number, bytes)
    return bytes
  }
}

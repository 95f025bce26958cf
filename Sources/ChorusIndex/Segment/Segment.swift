// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
internal import ChorusStore
internal import ChorusText

/// An immutable set of prompts in one file, opened for reading.
///
/// Rows are numbered from 0; an ordinal is such a number. Safe to use from any thread.
public final class Segment: Sendable {
  /// What the manifest says of the segment.
  public let summary: SegmentSummary
  /// The names of the accounts, by their number in this segment.
  public let accountNames: [String]

  let file: BlockFile
  let rowSection: BlockFile.Section
  let occurrenceSection: BlockFile.Section
  let idSection: BlockFile.Section
  let attributeSection: BlockFile.Section
  let signatureSection: BlockFile.Section
  let embeddingSection: BlockFile.Section
  let idPostings: BlockFile.Section
  let bandPostings: BlockFile.Section
  let anchorPostings: BlockFile.Section
  let textSection: BlockFile.Section

  init(
    _ storage: any Storage,
    summary: SegmentSummary,
    indexID: IndexID,
    planFingerprint: UInt64
  ) throws(ChorusError) {
    self.summary = summary
    let name = SegmentFormat.fileName(summary.number)
    do {
      file = try BlockFile(storage, name: name, kind: .segment)
    } catch {
      guard error.code == .notFound else { throw error }
      throw ChorusError(
        .corrupted,
        "Cannot open segment \(storage.location)/\(name): the manifest names it but it is missing. "
          + "Restore the index from a copy, or index the source again."
      )
    }
    guard file.envelope.indexID == indexID, file.envelope.number == summary.number else {
      throw ChorusError(
        .foreign,
        "Cannot open segment \(file.path): it belongs to another index. Restore the file that was "
          + "here, or index the source again."
      )
    }
    guard file.envelope.planFingerprint == planFingerprint else {
      throw ChorusError(
        .planMismatch,
        "Cannot open segment \(file.path): it was made with other sketch parameters than its index."
      )
    }
    rowSection = try file.section(SegmentFormat.rows)
    occurrenceSection = try file.section(SegmentFormat.occurrences)
    idSection = try file.section(SegmentFormat.ids)
    attributeSection = try file.section(SegmentFormat.attributes)
    signatureSection = try file.section(SegmentFormat.signatures)
    embeddingSection = try file.section(SegmentFormat.embeddings)
    idPostings = try file.section(SegmentFormat.idPostings)
    bandPostings = try file.section(SegmentFormat.bandPostings)
    anchorPostings = try file.section(SegmentFormat.anchorPostings)
    textSection = try file.section(SegmentFormat.text)
    accountNames = try Self.readAccounts(file)
    guard rowSection.rawByteCount == summary.rowCount * SegmentFormat.rowByteCount,
      occurrenceSection.rawByteCount
        == summary.occurrenceCount * SegmentFormat.occurrenceByteCount,
      accountNames.count == summary.accountCount,
      UInt64(textSection.rawByteCount) == summary.textByteCount,
      UInt64(file.byteCount) == summary.byteCount
    else { throw file.damaged("its sections and the manifest disagree in number", at: 0) }
  }

  /// The number of distinct texts.
  public var rowCount: Int { summary.rowCount }

  private static func readAccounts(_ file: BlockFile) throws(ChorusError) -> [String] {
    let section = try file.section(SegmentFormat.accounts)
    var reader = ByteReader(try file.allBytes(of: section))
    var names: [String] = []
    names.reserveCapacity(section.itemCount < 1 << 24 ? section.itemCount : 0)
    while !reader.isAtEnd {
      guard let name = try? reader.readString() else {
        throw file.damaged("an account name is malformed", at: 0)
      }
      names.append(name)
    }
    return names
  }
}

extension Segment {
  /// One distinct text: where it lies and which prompts have it.
  public struct Row: Hashable, Sendable {
    /// The hash of the normalised text.
    public let textKey: UInt64
    /// The number of its tokens.
    public let tokenCount: Int
    /// Where the text lies in the segment's text.
    public let textRange: Range<Int>
    /// The first of its occurrences.
    public let firstOccurrence: Int
  }

  /// One prompt as it was sent.
  public struct Occurrence: Hashable, Sendable {
    /// When it was sent.
    public let time: Timestamp
    /// The number of the account in this segment.
    public let account: UInt32
    /// The row of its text.
    public let row: UInt32
    let idOffset: UInt32
    let attributeOffset: UInt32
  }

  /// Returns the rows of a range.
  ///
  /// - Throws: `corrupted` when a block is damaged or a row points outside the text.
  public func rows(_ range: Range<Int>) throws(ChorusError) -> [Row] {
    let width = SegmentFormat.rowByteCount
    let bytes = try file.bytes(
      (range.lowerBound * width)..<(range.upperBound * width),
      of: rowSection
    )
    var reader = ByteReader(bytes)
    var rows: [Row] = []
    rows.reserveCapacity(range.count)
    for _ in range {
      guard let key = try? reader.readUInt64(), let offset = try? reader.readUInt64(),
        let count = try? reader.readUInt32(), let tokens = try? reader.readUInt32(),
        let occurrence = try? reader.readUInt32(),
        offset <= UInt64(textSection.rawByteCount),
        UInt64(count) <= UInt64(textSection.rawByteCount) - offset,
        count <= Normaliser.largestByteCount, occurrence <= summary.occurrenceCount
      else { throw file.damaged("a row points outside its segment", at: 0) }
      rows.append(
        Row(
          textKey: key,
          tokenCount: Int(tokens),
          textRange: Int(offset)..<(Int(offset) + Int(count)),
          firstOccurrence: Int(occurrence)
        )
      )
    }
    return rows
  }

  /// Returns the positions of a row's occurrences.
  public func occurrenceRange(ofRow row: Int) throws(ChorusError) -> Range<Int> {
    let both = try rows(row..<min(row + 2, rowCount))
    let end = both.count == 2 ? both[1].firstOccurrence : summary.occurrenceCount
    guard both[0].firstOccurrence < end else {
      throw file.damaged("a row has no occurrence", at: 0)
    }
    return both[0].firstOccurrence..<end
  }

  /// Returns the occurrences of a range.
  public func occurrences(_ range: Range<Int>) throws(ChorusError) -> [Occurrence] {
    let width = SegmentFormat.occurrenceByteCount
    let bytes = try file.bytes(
      (range.lowerBound * width)..<(range.upperBound * width),
      of: occurrenceSection
    )
    var reader = ByteReader(bytes)
    var occurrences: [Occurrence] = []
    occurrences.reserveCapacity(range.count)
    for _ in range {
      guard let time = try? reader.readInt64(), let account = try? reader.readUInt32(),
        let row = try? reader.readUInt32(), let id = try? reader.readUInt32(),
        let attribute = try? reader.readUInt32(), account < accountNames.count, row < rowCount
      else { throw file.damaged("an occurrence points outside its segment", at: 0) }
      occurrences.append(
        Occurrence(
          time: Timestamp(milliseconds: time),
          account: account,
          row: row,
          idOffset: id,
          attributeOffset: attribute
        )
      )
    }
    return occurrences
  }

  /// Returns the ids of a range of occurrences.
  public func ids(_ range: Range<Int>) throws(ChorusError) -> [String] {
    try slices(range, of: idSection, at: \.idOffset).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Returns the attributes of a range of occurrences.
  public func attributes(
    _ range: Range<Int>
  ) throws(ChorusError) -> [[(name: String, value: String)]] {
    var result: [[(name: String, value: String)]] = []
    for slice in try slices(range, of: attributeSection, at: \.attributeOffset) {
      guard let attributes = AttributeCodec.decode(slice) else {
        throw file.damaged("an attribute is malformed", at: 0)
      }
      result.append(attributes)
    }
    return result
  }

  /// Returns the text of a row as it was received.
  public func text(ofRow row: Int) throws(ChorusError) -> [UInt8] {
    try file.bytes(try rows(row..<(row + 1))[0].textRange, of: textSection)
  }

  /// Returns the texts of a range of rows; one read for all.
  public func texts(_ range: Range<Int>) throws(ChorusError) -> [ArraySlice<UInt8>] {
    let rows = try rows(range)
    guard let first = rows.first, let last = rows.last else { return [] }
    let start = first.textRange.lowerBound
    guard start <= last.textRange.upperBound else {
      throw file.damaged("its texts are out of order", at: 0)
    }
    let bytes = try file.bytes(start..<last.textRange.upperBound, of: textSection)
    var texts: [ArraySlice<UInt8>] = []
    for row in rows {
      let range = (row.textRange.lowerBound - start)..<(row.textRange.upperBound - start)
      guard range.lowerBound >= 0, range.upperBound <= bytes.count else {
        throw file.damaged("its texts are out of order", at: 0)
      }
      texts.append(bytes[range])
    }
    return texts
  }

  private func slices(
    _ range: Range<Int>,
    of section: BlockFile.Section,
    at offset: KeyPath<Occurrence, UInt32>
  ) throws(ChorusError) -> [ArraySlice<UInt8>] {
    guard !range.isEmpty else { return [] }
    let isLast = range.upperBound == summary.occurrenceCount
    let some = try occurrences(
      range.lowerBound..<(isLast ? range.upperBound : range.upperBound + 1)
    )
    var offsets = some.map { Int($0[keyPath: offset]) }
    if isLast { offsets.append(section.rawByteCount) }
    for (start, end) in zip(offsets, offsets.dropFirst()) where start > end {
      throw file.damaged("its occurrences are out of order", at: 0)
    }
    let start = offsets[0]
    let bytes = try file.bytes(start..<offsets[range.count], of: section)
    return zip(offsets, offsets.dropFirst()).map { bytes[($0 - start)..<($1 - start)] }
  }
}

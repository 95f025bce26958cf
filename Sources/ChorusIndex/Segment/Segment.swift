// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
internal import ChorusSketch
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
  private let accountNumbers: AccountNumbers
  /// Whether the texts are stored.
  public let hasText: Bool
  /// What was deleted and is still in the file.
  let deleted: DeletedOccurrences?

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
    manifest: Manifest
  ) throws(ChorusError) {
    self.summary = summary
    hasText = manifest.hasText
    deleted = nil
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
    guard file.envelope.indexID == manifest.indexID, file.envelope.number == summary.number else {
      throw ChorusError(
        .foreign,
        "Cannot open segment \(file.path): it belongs to another index. Restore the file that was "
          + "here, or index the source again."
      )
    }
    guard file.envelope.planFingerprint == manifest.plan.fingerprint else {
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
    accountNumbers = AccountNumbers()
    guard rowSection.itemCount == summary.rowCount,
      rowSection.blockCount == Self.blockCount(summary.rowCount),
      occurrenceSection.itemCount == summary.occurrenceCount,
      occurrenceSection.blockCount == Self.blockCount(summary.occurrenceCount),
      accountNames.count == summary.accountCount,
      UInt64(textSection.rawByteCount) == (hasText ? summary.textByteCount : 0),
      UInt64(file.byteCount) == summary.byteCount
    else { throw file.damaged("its sections and the manifest disagree in number", at: 0) }
  }

  /// The same segment with some prompts deleted.
  private init(_ other: Segment, deleted: DeletedOccurrences?) {
    summary = other.summary
    accountNames = other.accountNames
    accountNumbers = other.accountNumbers
    hasText = other.hasText
    self.deleted = deleted
    file = other.file
    rowSection = other.rowSection
    occurrenceSection = other.occurrenceSection
    idSection = other.idSection
    attributeSection = other.attributeSection
    signatureSection = other.signatureSection
    embeddingSection = other.embeddingSection
    idPostings = other.idPostings
    bandPostings = other.bandPostings
    anchorPostings = other.anchorPostings
    textSection = other.textSection
  }

  /// Returns the segment without the prompts that were deleted.
  ///
  /// - Complexity: O(*n*) in the prompts and rows.
  func applying(_ deletions: [Deletion]) throws(ChorusError) -> Segment {
    Segment(self, deleted: try DeletedOccurrences(deletions, in: self))
  }

  /// The number of distinct texts, those of deleted prompts included.
  public var rowCount: Int { summary.rowCount }

  /// The number of prompts that are not deleted.
  public var livePromptCount: Int { summary.occurrenceCount - (deleted?.count ?? 0) }

  /// The number of distinct texts of prompts that are not deleted.
  public var liveRowCount: Int { summary.rowCount - (deleted?.deadRowCount ?? 0) }

  /// Whether a prompt was deleted, by its position.
  public func isDeleted(_ occurrence: Int) -> Bool { deleted?.contains(occurrence) ?? false }

  /// Whether any of its prompts were deleted.
  var hasDeleted: Bool { deleted != nil }

  /// Whether all prompts of a row were deleted.
  public func isDead(row: Int) -> Bool { deleted?.isDead(row: row) ?? false }

  /// Returns the number of an account in this segment, or `nil` when it sent nothing in it.
  ///
  /// - Complexity: O(1), the first time O(*n*) in the accounts.
  func number(ofAccount name: String) -> UInt32? {
    accountNumbers.number(of: name, in: accountNames)
  }

  private static func blockCount(_ itemCount: Int) -> Int {
    (itemCount + SegmentFormat.blockItemCount - 1) / SegmentFormat.blockItemCount
  }

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
    /// Forty bits of the hash of the normalised text.
    public let textKey: UInt64
    /// The bytes of the text as received, also where texts are not stored.
    public let textByteCount: Int
    /// The number of its tokens.
    public let tokenCount: Int
    /// Where the text lies in the segment's text; empty where texts are not stored.
    public let textRange: Range<Int>
    /// The positions of its occurrences.
    public let occurrenceRange: Range<Int>
  }

  /// One prompt as it was sent.
  public struct Occurrence: Hashable, Sendable {
    /// When it was sent.
    public let time: Timestamp
    /// The number of the account in this segment.
    public let account: UInt32
    /// The row of its text.
    public let row: UInt32
    let idRange: Range<Int>
    let attributeRange: Range<Int>
  }

  /// Returns the rows of a range.
  ///
  /// - Throws: `corrupted` when a block is damaged or a row points outside the text.
  /// - Complexity: O(*n* + *b*) in the rows wanted and those of a block.
  public func rows(_ range: Range<Int>) throws(ChorusError) -> [Row] {
    try items(range, of: rowSection, total: rowCount) { bytes, count in
      guard let rows = RowBlock.decode(bytes, count: count, hasText: self.hasText) else {
        return nil
      }
      return rows.allSatisfy(self.hasInside) ? rows : nil
    }
  }

  /// Whether a row points at text and prompts that the segment has.
  private func hasInside(_ row: Row) -> Bool {
    row.textRange.upperBound <= textSection.rawByteCount
      && row.textRange.count <= Normaliser.largestByteCount
      && row.occurrenceRange.upperBound <= summary.occurrenceCount
  }

  /// Returns one row from the bytes of its block.
  func row(_ row: Int, inBlock bytes: [UInt8]) throws(ChorusError) -> Row {
    let width = SegmentFormat.blockItemCount
    let start = row / width * width
    let found = RowBlock.decode(
      bytes,
      row: row - start,
      count: min(width, rowCount - start),
      hasText: hasText
    )
    guard let found, hasInside(found) else {
      throw file.damaged("a block of its rows or prompts is malformed", at: 0)
    }
    return found
  }

  /// Returns the positions of a row's occurrences.
  public func occurrenceRange(ofRow row: Int) throws(ChorusError) -> Range<Int> {
    try rows(row..<(row + 1))[0].occurrenceRange
  }

  /// Returns the occurrences of a range, those of deleted prompts included.
  public func occurrences(_ range: Range<Int>) throws(ChorusError) -> [Occurrence] {
    try items(range, of: occurrenceSection, total: summary.occurrenceCount) { bytes, count in
      guard let occurrences = OccurrenceBlock.decode(bytes, count: count) else { return nil }
      let isInside = occurrences.allSatisfy { occurrence in
        Int(occurrence.account) < self.accountNames.count
          && Int(occurrence.row) < self.rowCount
          && occurrence.idRange.upperBound <= self.idSection.rawByteCount
          && occurrence.attributeRange.upperBound <= self.attributeSection.rawByteCount
      }
      return isInside ? occurrences : nil
    }
  }

  /// Returns the items of a range from a section of blocks of a fixed number of items.
  private func items<Item>(
    _ range: Range<Int>,
    of section: BlockFile.Section,
    total: Int,
    _ decode: ([UInt8], Int) -> [Item]?
  ) throws(ChorusError) -> [Item] {
    guard !range.isEmpty else { return [] }
    precondition(range.lowerBound >= 0 && range.upperBound <= total)
    let width = SegmentFormat.blockItemCount
    var result: [Item] = []
    result.reserveCapacity(range.count)
    for number in (range.lowerBound / width)...((range.upperBound - 1) / width) {
      let start = number * width
      let count = min(width, total - start)
      guard let items = decode(try file.block(number, of: section), count), items.count == count
      else { throw file.damaged("a block of its rows or prompts is malformed", at: 0) }
      let wanted =
        (max(range.lowerBound, start) - start)..<(min(range.upperBound, start + count) - start)
      if wanted.count == count { result += items } else { result += items[wanted] }
    }
    return result
  }

  /// Returns the ids of a range of occurrences.
  public func ids(_ range: Range<Int>) throws(ChorusError) -> [String] {
    try slices(range, of: idSection, at: \.idRange).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Returns the bytes of the ids of a range of occurrences.
  func idBytes(_ range: Range<Int>) throws(ChorusError) -> [ArraySlice<UInt8>] {
    try slices(range, of: idSection, at: \.idRange)
  }

  /// Whether any of its prompts has an attribute.
  package var hasAttributes: Bool { attributeSection.rawByteCount > 0 }

  /// Returns the attributes of a range of occurrences.
  public func attributes(
    _ range: Range<Int>
  ) throws(ChorusError) -> [[(name: String, value: String)]] {
    var result: [[(name: String, value: String)]] = []
    for slice in try attributeBytes(range) {
      guard let attributes = AttributeCodec.decode(slice) else {
        throw file.damaged("an attribute is malformed", at: 0)
      }
      result.append(attributes)
    }
    return result
  }

  /// Returns the byte forms of the attributes of a range of occurrences.
  func attributeBytes(_ range: Range<Int>) throws(ChorusError) -> [ArraySlice<UInt8>] {
    try slices(range, of: attributeSection, at: \.attributeRange)
  }

  /// Returns the text of a row as it was received; empty where texts are not stored.
  public func text(ofRow row: Int) throws(ChorusError) -> [UInt8] {
    try file.bytes(try rows(row..<(row + 1))[0].textRange, of: textSection)
  }

  /// Returns the texts of a range of rows; one read for all.
  public func texts(_ range: Range<Int>) throws(ChorusError) -> [ArraySlice<UInt8>] {
    try slices(try rows(range).map(\.textRange), of: textSection)
  }

  /// Returns the stored signature of a row.
  func signature(ofRow row: Int, byteCount: Int) throws(ChorusError) -> [UInt8] {
    try file.bytes((row * byteCount)..<((row + 1) * byteCount), of: signatureSection)
  }

  private func slices(
    _ range: Range<Int>,
    of section: BlockFile.Section,
    at place: KeyPath<Occurrence, Range<Int>>
  ) throws(ChorusError) -> [ArraySlice<UInt8>] {
    try slices(try occurrences(range).map { $0[keyPath: place] }, of: section)
  }

  /// Returns neighbouring ranges of a section, each beginning where the one before ends.
  private func slices(
    _ ranges: [Range<Int>],
    of section: BlockFile.Section
  ) throws(ChorusError) -> [ArraySlice<UInt8>] {
    guard let first = ranges.first, let last = ranges.last else { return [] }
    for (range, next) in zip(ranges, ranges.dropFirst())
    where range.upperBound != next.lowerBound {
      throw file.damaged("its rows or prompts are out of order", at: 0)
    }
    let start = first.lowerBound
    let bytes = try file.bytes(start..<last.upperBound, of: section)
    return ranges.map { bytes[($0.lowerBound - start)..<($0.upperBound - start)] }
  }
}

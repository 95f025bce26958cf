// SPDX-License-Identifier: Apache-2.0

internal import ChorusKernels
internal import ChorusStore

/// The sections of a segment file and the widths of their items.
///
/// A row is one distinct normalised text; an occurrence is one prompt, with its id, account and
/// time. Rows stand in order of similarity and occurrences in order of their rows.
enum SegmentFormat {
  static let rows = BlockFileFormat.SectionTag(1, "rows")
  static let occurrences = BlockFileFormat.SectionTag(2, "occurrences")
  static let ids = BlockFileFormat.SectionTag(3, "ids")
  static let attributes = BlockFileFormat.SectionTag(4, "attributes")
  static let accounts = BlockFileFormat.SectionTag(5, "accounts")
  static let idPostings = BlockFileFormat.SectionTag(6, "id_postings")
  static let signatures = BlockFileFormat.SectionTag(7, "signatures")
  static let embeddings = BlockFileFormat.SectionTag(8, "embeddings")
  static let bandPostings = BlockFileFormat.SectionTag(9, "band_postings")
  static let anchorPostings = BlockFileFormat.SectionTag(10, "anchor_postings")
  static let text = BlockFileFormat.SectionTag(11, "text")

  static let sections = [
    rows, occurrences, ids, attributes, accounts, idPostings, signatures, embeddings,
    bandPostings, anchorPostings, text,
  ]

  /// textKey:u64 textOffset:u64 textCount:u32 tokenCount:u32 firstOccurrence:u32.
  static let rowByteCount = 28
  /// time:i64 account:u32 row:u32 idOffset:u32 attributeOffset:u32.
  static let occurrenceByteCount = 24
  /// The raw bytes of a block of postings: small, because a look-up decodes one.
  static let postingBlockByteCount = 4096
  /// The most postings that fit into such a block: one byte is the least that one takes.
  static let postingBlockCapacity = 4096
  /// The low bits of a posting that hold the row or the occurrence.
  static let positionBitCount = UInt64(CHORUS_POSTING_ROW_BITS)
  /// The most rows or occurrences of a segment, by the width of a posting's position.
  static let maximumCount = 1 << 24

  /// The name of a segment's file.
  static func fileName(_ number: UInt64) -> String {
    let digits = String(number)
    return "segment-" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
  }

  /// Whether a name is one that ``fileName(_:)`` gives.
  static func isFileName(_ name: String) -> Bool {
    guard let number = UInt64(name.dropFirst("segment-".count)) else { return false }
    return name == fileName(number)
  }

  /// The key under which a band's bucket is posted: the band above its 32-bit key.
  static func bandPostingKey(band: Int, key: UInt32) -> UInt64 { UInt64(band) << 32 | UInt64(key) }

  /// The key under which an id is posted: the high 40 bits of its hash.
  static func idPostingKey(_ hash: UInt64) -> UInt64 { hash >> positionBitCount }
}

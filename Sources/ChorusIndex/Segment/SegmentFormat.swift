// SPDX-License-Identifier: Apache-2.0

internal import ChorusKernels
internal import ChorusSketch
internal import ChorusStore

/// The sections of a segment file and the sizes of their blocks.
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

  /// The rows, or occurrences, of a block.
  static let blockItemCount = 256
  /// The raw bytes of a block of ids: small, because telling whether an id is there reads one.
  static let idBlockByteCount = 1 << 12
  /// The raw bytes of a block of text: small, because a query reads one for each candidate.
  static let textBlockByteCount = 1 << 14
  /// The raw bytes of a block of signatures or embeddings.
  static let sketchBlockByteCount = 1 << 12
  /// The most bytes of a block of postings.
  static let postingBlockByteCount = Int(CHORUS_POSTING_BLOCK_BYTES)
  /// The most postings of a block.
  static let postingBlockCapacity = Int(CHORUS_POSTING_BLOCK_POSTINGS)
  /// The bytes behind a block of postings that save a look-up its copy.
  static let postingBlockSlack = Int(CHORUS_POSTING_BLOCK_SLACK)
  /// The low bits of a posting that hold the row or the occurrence.
  static let positionBitCount = UInt64(CHORUS_POSTING_ROW_BITS)
  /// The most rows or occurrences of a segment: one bit of a posting's position is used otherwise
  /// while a segment is built.
  static let maximumCount = 1 << 23

  /// The prompts from which on an anchor is common, and all its postings are kept.
  static let commonPromptCount: UInt64 = 5
  /// The consecutive body anchors of which one at least is kept however rare it is.
  static let ordinarySampleWindow: UInt32 = 9

  /// The window of the sample: a plan that takes only some anchors has them all kept.
  static func sampleWindow(of plan: SketchPlan) -> UInt32 {
    plan.anchorWindow == 1 ? ordinarySampleWindow : 1
  }

  /// The bits of a text's hash that a row keeps.
  static let textKeyBitCount: UInt64 = 40

  /// The name of a segment's file.
  static func fileName(_ number: UInt64) -> String { numbered("segment-", number) }

  /// Whether a name is one that ``fileName(_:)`` gives.
  static func isFileName(_ name: String) -> Bool { number(of: name, after: "segment-") != nil }

  /// The name of a log.
  static func logName(_ number: UInt64) -> String { numbered("log-", number) }

  /// The number of the log with a name, or `nil` when it is no log.
  static func logNumber(_ name: String) -> UInt64? { number(of: name, after: "log-") }

  private static func numbered(_ prefix: String, _ number: UInt64) -> String {
    let digits = String(number)
    return prefix + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
  }

  private static func number(of name: String, after prefix: String) -> UInt64? {
    guard name.hasPrefix(prefix), let number = UInt64(name.dropFirst(prefix.count)) else {
      return nil
    }
    return name == numbered(prefix, number) ? number : nil
  }

  /// The bits of a key of each kind of posting.
  static let bandKeyBitCount = 28
  static let anchorKeyBitCount = 40
  static let idKeyBitCount = 36

  /// The key under which a band's bucket is posted: the band above three of the four bytes of its
  /// key.
  static func bandPostingKey(band: Int, key: UInt32) -> UInt64 {
    UInt64(band) << 24 | UInt64(key >> 8)
  }

  /// The key under which an id is posted: the high 36 bits of its hash.
  static func idPostingKey(_ hash: UInt64) -> UInt64 { hash >> 28 }
}

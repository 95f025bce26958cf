// SPDX-License-Identifier: Apache-2.0

public import ChorusCore

/// A question to an index about who else sent something like a text.
public struct Query: Sendable {
  /// What counts as a match.
  public enum Mode: String, Sendable, CaseIterable {
    /// Prompts whose set of shingles is similar to the query's.
    case similar
    /// Prompts that contain the query as a run of tokens.
    case contains
  }

  /// The text that is asked about.
  public var text: [UInt8]
  /// What counts as a match.
  public var mode: Mode
  /// The most matches to return, at least 1.
  public var limit: Int
  /// The least similarity of a match, in `0...1`; containing prompts match at any similarity.
  public var threshold: Double
  /// Which prompts are considered.
  public var filter: PromptFilter
  /// Whether `{1}`, `{2}` and so on, as families are printed, and `{*}` stand for any text, for
  /// `contains`: a template is a query then.
  public var hasSlots = false
  /// Whether matches come with their texts.
  public var includesText = true
  /// What bounds the work.
  public var limits = Limits()

  /// Creates a query.
  public init(
    text: [UInt8],
    mode: Mode = .similar,
    limit: Int = 10,
    threshold: Double = 0.5,
    filter: PromptFilter = PromptFilter()
  ) {
    self.text = text
    self.mode = mode
    self.limit = limit
    self.threshold = threshold
    self.filter = filter
  }

  /// What bounds the work that one query can cause.
  public struct Limits: Sendable {
    /// The most runs of rows that `similar` reads in buckets, in all segments together, though
    /// 2,048 in each: where a template is so hot that there are more, fewer bands are looked up.
    public var runCount = 1 << 15
    /// The most signatures that `similar` compares: those of the texts that collide with the query
    /// in most bands.
    ///
    /// Four times as many as texts are compared where that is more.
    public var signatureCount = 1 << 12
    /// The most distinct texts that `similar` compares exactly: those whose signatures agree most.
    ///
    /// Four times the query's limit are compared where that is more.
    public var textCount = 128
    /// The moment at which to give up with the error `limitExceeded`, if any.
    public var deadline: ContinuousClock.Instant?

    /// Creates the standard limits.
    public init() {}
  }
}

/// Which prompts an answer may name.
public struct PromptFilter: Sendable {
  /// The earliest time, if any.
  public var since: Timestamp?
  /// The time before which a prompt was sent, if any.
  public var until: Timestamp?
  /// The account, if only one is wanted.
  public var account: String?
  /// Attributes that a prompt must have.
  public var attributes: [(name: String, value: String)] = []
  /// The texts, if only some are wanted, such as those of one family; of the same snapshot.
  public var rows: RowSet?
  /// An id that is left out, such as that of the prompt asked about.
  public var excludedID: String?

  /// Creates a filter that lets everything through.
  public init() {}

  /// Returns whether a time passes.
  func admits(_ time: Timestamp) -> Bool {
    (since.map { time >= $0 } ?? true) && (until.map { time < $0 } ?? true)
  }

  /// Whether everything passes but the excluded id.
  var isOpen: Bool {
    since == nil && until == nil && account == nil && attributes.isEmpty && rows == nil
  }
}

/// A prompt that answers a query.
public struct Match: Sendable {
  /// The prompt's id.
  public var id: String
  /// The account that sent it.
  public var account: String
  /// When it was sent.
  public var time: Timestamp
  /// The Jaccard similarity of its shingles and the query's: exact, unless ``isEstimate``.
  public var similarity: Double
  /// The share of the query's shingles that the prompt contains: exact, unless ``isEstimate``.
  public var containment: Double
  /// What matches are ranked by: 4/5 of the similarity and 1/5 of the cosine of the embeddings,
  /// which orders matches of equal similarity by their wording; for `contains`, 1.
  public var score: Double
  /// Whether the numbers are what the stored sketches say, because the text is not stored.
  public var isEstimate: Bool
  /// Where the query's text stands in the prompt's text as received, in bytes, for `contains`.
  public var span: Range<Int>?
  /// What stands in each slot of a template, in bytes of the text as received, for `contains`;
  /// slots without a word between them are one.
  public var fillers: [Range<Int>] = []
  /// The text as received; of several prompts whose normalised texts are equal, that of the first.
  ///
  /// Empty where texts are not stored or not wanted.
  public var text: [UInt8]
  /// Where its text is stored.
  package var location: RowLocation

  /// A row of a segment of the snapshot that gave the match.
  package struct RowLocation: Hashable, Sendable {
    /// The number of the segment.
    package var segment: Int
    /// The row.
    package var row: Int
  }
}

/// What a query found, and what it cost.
public struct Answer: Sendable {
  /// The matches, best first; equal ones by time and then by id.
  public var matches: [Match] = []
  /// The distinct texts that match, those beyond the query's limit included.
  ///
  /// Exact, unless the answer is truncated or the numbers are estimates: then it is what the
  /// signatures say. A text that is stored in several segments counts in each.
  public var textCount = 0
  /// The distinct texts that shared buckets or anchors with the query, but for deleted ones.
  public var candidateCount = 0
  /// The distinct texts compared exactly.
  public var verifiedCount = 0
  /// Whether there were more candidates than are compared exactly, so that a match may be missing.
  public var isTruncated = false
  /// The bytes of the index that were read for this query alone, as stored.
  public var readByteCount = 0
  /// What `similar` looked up.
  public var bandPlan: BandPlan?
}

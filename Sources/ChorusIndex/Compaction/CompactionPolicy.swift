// SPDX-License-Identifier: Apache-2.0

/// Decides which segments to merge: a pure function of what the manifest says of them.
///
/// Tiered, as in Cassandra and Lucene: segments are in one tier when their sizes are within a
/// factor of ``fanIn``, and as many neighbours of one tier as that become one segment of the next.
/// So a prompt is written again once a tier, and there are fewer than `fanIn` segments a tier
/// beside the largest ones, which are as large as memory allows and are not merged again. Besides
/// what is being merged, which stands on the disk twice for that time, space is lost only to
/// deleted prompts, and a segment of which ``deadShare`` is deleted is written again.
public struct CompactionPolicy: Hashable, Sendable {
  /// How many segments of one tier become one.
  public var fanIn = 4
  /// The share of a segment's prompts that may be deleted before it is written again.
  public var deadShare = 0.2
  /// The most rows of a merged segment.
  public var largestRowCount = 1 << 20
  /// The most memory that the prompts of a merged segment take while it is written, in bytes.
  public var largestByteCount: UInt64 = 1 << 30

  /// Creates a policy.
  public init() {}

  /// Creates a policy whose segments are as large as some memory allows.
  public init(memoryByteCount: UInt64) {
    largestByteCount = memoryByteCount
    largestRowCount = SegmentFormat.maximumCount / 2
  }

  /// What the policy needs to know of a segment.
  public struct Candidate: Hashable, Sendable {
    /// The distinct texts.
    public var rowCount: Int
    /// The prompts.
    public var promptCount: Int
    /// The prompts that are deleted.
    public var deletedCount: Int
    /// The bytes of text.
    public var textByteCount: UInt64
    /// The bytes of ids and attributes.
    public var nameByteCount: UInt64

    /// Creates a candidate.
    public init(
      rowCount: Int,
      promptCount: Int,
      deletedCount: Int,
      textByteCount: UInt64,
      nameByteCount: UInt64 = 0
    ) {
      self.rowCount = rowCount
      self.promptCount = promptCount
      self.deletedCount = deletedCount
      self.textByteCount = textByteCount
      self.nameByteCount = nameByteCount
    }

    /// The memory that the segment's prompts take in a buffer, about: text, its anchors at a
    /// posting of eight bytes for every five, and what a row and a prompt have besides.
    var bufferedByteCount: UInt64 {
      textByteCount + textByteCount * 8 / 5 + nameByteCount + 320 * UInt64(rowCount)
        + 80 * UInt64(promptCount)
    }
  }

  /// Chooses the next neighbours to merge into one.
  ///
  /// - Parameters:
  ///   - segments: All segments, in their order.
  ///   - isComplete: Whether to merge whatever can be merged and drop all that is deleted, rather
  ///     than what pays.
  /// - Returns: Positions in `segments`, or `nil` when nothing is to be done. One position means
  ///   that the segment is written again by itself.
  /// - Complexity: O(*n*).
  public func next(_ segments: [Candidate], isComplete: Bool) -> Range<Int>? {
    if isComplete {
      if let run = firstRun(segments) { return run }
      return segments.firstIndex { $0.deletedCount > 0 }.map { $0..<($0 + 1) }
    }
    let dead = segments.firstIndex { segment in
      segment.deletedCount > 0
        && Double(segment.deletedCount) >= deadShare * Double(segment.promptCount)
    }
    if let dead { return dead..<(dead + 1) }
    // The newest segments are the smallest: the first run from the end is the cheapest.
    var end = segments.count
    while end >= fanIn {
      let run = (end - fanIn)..<end
      if isOneTier(segments[run]), fits(segments[run]) { return run }
      end -= 1
    }
    return nil
  }

  /// The first two or more neighbours that fit into one segment, as many as do.
  private func firstRun(_ segments: [Candidate]) -> Range<Int>? {
    for start in segments.indices {
      var end = start + 1
      while end < segments.count, fits(segments[start...end]) { end += 1 }
      if end - start >= 2 { return start..<end }
    }
    return nil
  }

  private func isOneTier(_ segments: ArraySlice<Candidate>) -> Bool {
    let sizes = segments.map(\.bufferedByteCount)
    guard let least = sizes.min(), let most = sizes.max() else { return false }
    return most < UInt64(fanIn) * max(least, 1)
  }

  private func fits(_ segments: ArraySlice<Candidate>) -> Bool {
    segments.reduce(0) { $0 + $1.rowCount } <= largestRowCount
      && segments.reduce(0) { $0 + $1.promptCount } < SegmentFormat.maximumCount
      && segments.reduce(0) { $0 + $1.bufferedByteCount } <= largestByteCount
  }
}

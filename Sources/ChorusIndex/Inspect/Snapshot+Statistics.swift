// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
internal import ChorusSketch
internal import ChorusStore

/// Counts and sizes of an index.
public struct IndexStatistics: Sendable {
  /// The prompts.
  public var prompts = 0
  /// The prompts that are deleted and still in files.
  public var deleted = 0
  /// Whether the texts are stored.
  public var hasText = true
  /// The distinct normalised texts; a text that two segments have counts twice.
  public var distinct = 0
  /// The distinct accounts.
  public var accounts = 0
  /// The segments.
  public var segments = 0
  /// The bytes of the texts as received, one copy of each distinct text.
  public var textByteCount: UInt64 = 0
  /// The bytes of all segments.
  public var totalByteCount: UInt64 = 0
  /// The stored bytes of each part, in the order of the file.
  public var parts: [(name: String, byteCount: UInt64)] = []
  /// The sketch plan by parameter.
  public var parameters: [(name: String, value: UInt64)] = []
  /// The version of the file formats.
  public var formatVersion = Int(Envelope.version)
  /// When the earliest and the latest prompt were sent.
  public var times: ClosedRange<Timestamp>?
}

extension Snapshot {
  /// Counts what the index holds; reads directories only.
  public func statistics() throws(ChorusError) -> IndexStatistics {
    var result = IndexStatistics()
    result.parameters = manifest.plan.parameters
    result.segments = segments.count
    result.hasText = manifest.hasText
    var accounts = Set<String>()
    var parts = [UInt64](repeating: 0, count: SegmentFormat.sections.count)
    for segment in segments {
      let summary = segment.summary
      result.prompts += segment.livePromptCount
      result.deleted += summary.occurrenceCount - segment.livePromptCount
      result.distinct += segment.liveRowCount
      result.textByteCount += summary.textByteCount
      result.totalByteCount += summary.byteCount
      accounts.formUnion(segment.accountNames)
      for (place, tag) in SegmentFormat.sections.enumerated() {
        parts[place] += UInt64(try segment.file.section(tag).storedByteCount)
      }
      let times = summary.firstTime...max(summary.firstTime, summary.lastTime)
      let known = result.times ?? times
      result.times =
        min(known.lowerBound, times.lowerBound)...max(known.upperBound, times.upperBound)
    }
    result.accounts = accounts.count
    result.parts = zip(SegmentFormat.sections, parts).map { ($0.name, $1) }
    let overhead = result.totalByteCount - parts.reduce(0, +)
    result.parts.append(("directories", overhead))
    return result
  }
}

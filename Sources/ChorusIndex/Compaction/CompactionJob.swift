// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusSketch
internal import ChorusStore

/// Segments that are to become one.
struct CompactionJob: Sendable {
  let segments: [Segment]
  let plan: SketchPlan
  let key: SketchKey?
  let envelope: Envelope
  let storage: any Storage

  /// Merges the segments into a file that no manifest names yet; can be done on any thread.
  ///
  /// - Returns: `nil` when nothing is left of them.
  func run() throws(ChorusError) -> SegmentSummary? {
    let merger = try SegmentMerger(segments, plan: plan, key: key)
    return merger.isEmpty ? nil : try merger.write(to: storage, envelope: envelope)
  }
}

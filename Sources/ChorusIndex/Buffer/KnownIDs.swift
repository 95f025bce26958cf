// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusStore
internal import Dispatch
internal import Synchronization

/// The filter of the ids that segments had when an index was opened.
///
/// Reading all ids takes a second for some millions of prompts. A writer that is to begin at once
/// has it done beside its work, and looks every id up exactly until it is.
final class KnownIDs: Sendable {
  private let filter = Mutex<IDFilter?>(nil)

  /// Reads the ids of some segments.
  ///
  /// - Throws: `corrupted` when a segment is damaged.
  init(_ segments: [Segment]) throws(ChorusError) {
    let filter = try Self.read(segments)
    self.filter.withLock { $0 = filter }
  }

  /// Reads the ids of some segments on another thread; where a segment is damaged, ids are looked
  /// up exactly for good, and the fault shows there.
  init(later segments: [Segment]) {
    DispatchQueue.global(qos: .utility).async { [self] in
      let filter = try? Self.read(segments)
      self.filter.withLock { $0 = filter }
    }
  }

  /// Whether an id may be there; never false for one that is.
  func mayContain(_ key: UInt64) -> Bool { filter.withLock { $0?.contains(key) ?? true } }

  private static func read(_ segments: [Segment]) throws(ChorusError) -> IDFilter {
    var filter = IDFilter(capacity: segments.reduce(0) { $0 + $1.summary.occurrenceCount })
    for segment in segments {
      for block in 0..<segment.idPostings.blockCount {
        let postings = try segment.file.postings(
          ofBlock: block,
          of: segment.idPostings,
          rowCount: segment.summary.occurrenceCount
        )
        for posting in postings {
          filter.insert(IDTable.spread(posting >> SegmentFormat.positionBitCount))
        }
      }
    }
    return filter
  }
}

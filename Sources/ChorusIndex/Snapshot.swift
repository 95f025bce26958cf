// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
package import ChorusSketch

/// One generation of an index: a stable view for any number of readers.
///
/// Safe to use from any thread. Equal snapshots and questions give equal answers.
public struct Snapshot: Sendable {
  /// The list of segments and the plan.
  public let manifest: Manifest
  /// The segments, in the order in which they were written, then those in memory, which hold what
  /// was acknowledged and is in no file but the log.
  public let segments: [Segment]
  let key: SketchKey?
  /// What threads work with that answer queries.
  let pool: SearchMemoryPool

  /// What finds the anchors of a text as the index has them.
  package var anchorSelector: AnchorSelector { AnchorSelector(plan: manifest.plan, key: key) }

  /// Returns what computes the anchors of a text as the index has them, for one thread.
  package func anchorSketcher() -> Sketcher { Sketcher(plan: manifest.plan, key: key, parts: []) }

  /// The prompts from which on a segment has all postings of an anchor.
  package static var commonPromptCount: Int { Int(SegmentFormat.commonPromptCount) }

  /// The number of prompts.
  public var promptCount: Int { segments.reduce(0) { $0 + $1.livePromptCount } }

  /// The number of rows, summed over the segments: distinct texts, those of deleted prompts
  /// included.
  public var rowCount: Int { segments.reduce(0) { $0 + $1.rowCount } }

  /// Returns where the prompt with an id stands, or `nil` when there is none.
  public func location(ofID id: String) throws(ChorusError) -> (segment: Int, occurrence: Int)? {
    let bytes = Array(id.utf8)[...]
    let hash = Hashing.hash64(bytes)
    for (number, segment) in segments.enumerated() {
      if let occurrence = try segment.liveOccurrence(withID: bytes, hash: hash) {
        return (number, occurrence)
      }
    }
    return nil
  }

  /// Returns the text of the prompt with an id.
  ///
  /// - Throws: `notFound` when there is none, or when the index keeps no texts.
  public func text(ofID id: String) throws(ChorusError) -> [UInt8] {
    guard manifest.hasText else {
      throw ChorusError(
        .notFound,
        "Cannot look up the text of a prompt: the index was made without texts (--no-text)."
      )
    }
    guard let (segment, occurrence) = try location(ofID: id) else {
      throw ChorusError(.notFound, "Cannot find a prompt with the id '\(id)' in the index.")
    }
    let row = try segments[segment].occurrences(occurrence..<(occurrence + 1))[0].row
    return try segments[segment].text(ofRow: Int(row))
  }
}

// SPDX-License-Identifier: Apache-2.0

public import ChorusCore

/// One generation of an index: a stable view for any number of readers.
///
/// Safe to use from any thread. Equal snapshots and questions give equal answers.
public struct Snapshot: Sendable {
  /// The list of segments and the plan.
  public let manifest: Manifest
  /// The segments, in the order in which they were written.
  public let segments: [Segment]

  /// The number of prompts.
  public var promptCount: Int { segments.reduce(0) { $0 + $1.summary.occurrenceCount } }

  /// The number of distinct texts, summed over the segments.
  public var rowCount: Int { segments.reduce(0) { $0 + $1.rowCount } }

  /// Returns where the prompt with an id stands, or `nil` when there is none.
  public func location(ofID id: String) throws(ChorusError) -> (segment: Int, occurrence: Int)? {
    for (number, segment) in segments.enumerated() {
      if let occurrence = try segment.occurrence(withID: Array(id.utf8)[...]) {
        return (number, occurrence)
      }
    }
    return nil
  }

  /// Returns the text of the prompt with an id.
  ///
  /// - Throws: `notFound` when there is none.
  public func text(ofID id: String) throws(ChorusError) -> [UInt8] {
    guard let (segment, occurrence) = try location(ofID: id) else {
      throw ChorusError(.notFound, "Cannot find a prompt with the id '\(id)' in the index.")
    }
    let row = try segments[segment].occurrences(occurrence..<(occurrence + 1))[0].row
    return try segments[segment].text(ofRow: Int(row))
  }
}

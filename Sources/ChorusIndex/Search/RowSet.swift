// SPDX-License-Identifier: Apache-2.0

/// Some of the distinct texts of a snapshot, such as those of one family.
public struct RowSet: Sendable {
  /// The segments, which are told apart by being themselves.
  private let segments: [Segment]
  private var words: [[UInt64]]

  /// Creates an empty set of rows of a snapshot.
  public init(_ snapshot: Snapshot) {
    segments = snapshot.segments
    words = segments.map { [UInt64](repeating: 0, count: $0.rowCount / 64 + 1) }
  }

  /// Adds a row of a segment, both by their number.
  public mutating func insert(segment: Int, row: Int) {
    precondition(row >= 0 && row < segments[segment].rowCount, "a row is beyond the last")
    words[segment][row >> 6] |= 1 << UInt64(row & 63)
  }

  /// The rows of one segment, a bit each; `nil` when the set is of a snapshot without it.
  func words(of segment: Segment) -> [UInt64]? {
    segments.firstIndex { $0 === segment }.map { words[$0] }
  }
}

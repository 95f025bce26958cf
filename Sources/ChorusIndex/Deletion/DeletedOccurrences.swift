// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore

/// The occurrences of one segment that were deleted: a bit for each, and a bit for each row that
/// has no other.
struct DeletedOccurrences: Sendable {
  private var occurrences: [UInt64]
  private var rows: [UInt64]
  /// The number of deleted occurrences.
  private(set) var count = 0
  /// The number of rows without any other.
  private(set) var deadRowCount = 0

  /// Whether an occurrence is deleted.
  func contains(_ occurrence: Int) -> Bool {
    occurrences[occurrence >> 6] >> UInt64(occurrence & 63) & 1 == 1
  }

  /// Whether all occurrences of a row are deleted.
  func isDead(row: Int) -> Bool { rows[row >> 6] >> UInt64(row & 63) & 1 == 1 }

  /// Finds what some deletions mean in a segment.
  ///
  /// - Returns: `nil` when that is nothing.
  init?(_ deletions: [Deletion], in segment: Segment) throws(ChorusError) {
    let total = segment.summary.occurrenceCount
    occurrences = [UInt64](repeating: 0, count: total / 64 + 1)
    rows = [UInt64](repeating: 0, count: segment.rowCount / 64 + 1)
    var accounts = Set<String>()
    var before: Timestamp?
    for deletion in deletions where deletion.concerns(segment.summary) {
      switch deletion.target {
      case .account(let name): accounts.insert(name)
      case .id(let id):
        if let place = try segment.occurrence(withID: Array(id.utf8)[...]) { insert(place) }
      case .before(let time): before = max(before ?? time, time)
      }
    }
    let isWanted = segment.accountNames.map { accounts.contains($0) }
    if before != nil || isWanted.contains(true) {
      for start in stride(from: 0, to: total, by: 1 << 14) {
        let range = start..<min(start + 1 << 14, total)
        for (place, occurrence) in zip(range, try segment.occurrences(range))
        where isWanted[Int(occurrence.account)] || before.map({ occurrence.time < $0 }) ?? false {
          insert(place)
        }
      }
    }
    guard count > 0 else { return nil }
    try findDeadRows(segment)
  }

  private mutating func insert(_ occurrence: Int) {
    guard !contains(occurrence) else { return }
    occurrences[occurrence >> 6] |= 1 << UInt64(occurrence & 63)
    count += 1
  }

  private mutating func findDeadRows(_ segment: Segment) throws(ChorusError) {
    for start in stride(from: 0, to: segment.rowCount, by: 1 << 14) {
      let range = start..<min(start + 1 << 14, segment.rowCount)
      for (number, row) in zip(range, try segment.rows(range))
      where row.occurrenceRange.allSatisfy(contains) {
        rows[number >> 6] |= 1 << UInt64(number & 63)
        deadRowCount += 1
      }
    }
  }
}

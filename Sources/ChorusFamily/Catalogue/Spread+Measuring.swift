// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusIndex

extension Spread {
  /// The spread of no prompts.
  static let none = Spread(
    promptCount: 0,
    distinctCount: 0,
    accountCount: 0,
    firstSeen: .end,
    lastSeen: .earliest,
    score: 0
  )

  /// Measures the spread of families; scores are left at 0.
  ///
  /// - Parameters:
  ///   - familyOfRow: The family of each row of the snapshot; -1 for none.
  ///   - familyCount: The number of families.
  ///   - snapshot: The snapshot.
  ///   - accounts: The accounts of its rows.
  /// - Returns: The spread of each family.
  /// - Throws: `corrupted` when a segment is damaged.
  static func measure(
    _ familyOfRow: [Int32],
    familyCount: Int,
    in snapshot: Snapshot,
    _ accounts: RowAccounts
  ) throws(ChorusError) -> [Spread] {
    var spreads = [Spread](repeating: .none, count: familyCount)
    var members = [Set<UInt32>](repeating: [], count: familyCount)
    for (row, family) in familyOfRow.enumerated() where family >= 0 {
      let senders = accounts.of(UInt32(row))
      guard !senders.isEmpty else { continue }
      spreads[Int(family)].distinctCount += 1
      members[Int(family)].formUnion(senders)
    }
    try snapshot.forEachPrompt { row, occurrence in
      let family = Int(familyOfRow[row])
      guard family >= 0 else { return }
      spreads[family].promptCount += 1
      spreads[family].firstSeen = min(spreads[family].firstSeen, occurrence.time)
      spreads[family].lastSeen = max(spreads[family].lastSeen, occurrence.time)
    }
    for family in 0..<familyCount { spreads[family].accountCount = members[family].count }
    return spreads
  }
}

extension Snapshot {
  /// Calls a closure for every prompt that is not deleted, with its row, numbered through all
  /// segments.
  func forEachPrompt(_ body: (Int, Segment.Occurrence) -> Void) throws(ChorusError) {
    var base = 0
    for segment in segments {
      try segment.forEachPrompt { body(base + Int($0.row), $0) }
      base += segment.rowCount
    }
  }
}

extension Segment {
  /// Calls a closure for every prompt that is not deleted.
  func forEachPrompt(_ body: (Occurrence) -> Void) throws(ChorusError) {
    let count = summary.occurrenceCount
    for start in stride(from: 0, to: count, by: 1 << 14) {
      let range = start..<min(start + 1 << 14, count)
      for (place, occurrence) in zip(range, try occurrences(range)) where !isDeleted(place) {
        body(occurrence)
      }
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusIndex

/// The anchors that enough accounts share, with the rows that have them.
///
/// Found by one merge of all segments' postings in the order of the anchors, several ranges of
/// anchors at once. Distinct accounts decide, not prompts: one customer's batch is one account
/// however large. Nearly all anchors fall away here, because the text in slots is of one account.
struct HotAnchors: Sendable {
  /// The anchors, ascending.
  private(set) var keys: [UInt64] = []
  /// For each anchor, where its rows begin; one more entry marks the end.
  private(set) var starts: [Int] = [0]
  /// The rows of each anchor, ascending, anchor after anchor.
  private(set) var rows: [UInt32] = []
  /// The distinct accounts of each anchor.
  private(set) var accountCounts: [UInt32] = []

  var count: Int { keys.count }

  /// The rows of an anchor.
  func rows(of anchor: Int) -> ArraySlice<UInt32> { rows[starts[anchor]..<starts[anchor + 1]] }

  /// The number of rows of an anchor.
  func rowCount(of anchor: Int) -> Int { starts[anchor + 1] - starts[anchor] }

  /// Scans a snapshot for the anchors of at least `floor` accounts.
  ///
  /// - Complexity: O(*p* *s*) time for *p* postings in *s* segments.
  init(_ snapshot: Snapshot, _ accounts: RowAccounts, floor: Int) throws(ChorusError) {
    let rangeCount = 8 * Parallel.workerCount
    let width = (UInt64(1) << 40) / UInt64(rangeCount)
    let parts = try Parallel.map(
      rangeCount,
      throwing: { number throws(ChorusError) -> HotAnchors in
        let start = UInt64(number) * width
        let end = number == rangeCount - 1 ? UInt64(1) << 40 : start + width
        return try Self(scanning: snapshot, accounts, floor: floor, keys: start..<end)
      }
    )
    for part in parts {
      keys.append(contentsOf: part.keys)
      accountCounts.append(contentsOf: part.accountCounts)
      for end in part.starts.dropFirst() { starts.append(rows.count + end) }
      rows.append(contentsOf: part.rows)
    }
  }

  private init(
    scanning snapshot: Snapshot,
    _ accounts: RowAccounts,
    floor: Int,
    keys range: Range<UInt64>
  ) throws(ChorusError) {
    var cursors: [PostingCursor] = []
    var bases: [UInt32] = []
    var base = 0
    for segment in snapshot.segments {
      cursors.append(try PostingCursor(segment, keys: range))
      bases.append(UInt32(base))
      base += segment.rowCount
    }
    var counter = StampedCounter(count: accounts.accountCount)
    var found: [UInt32] = []
    while let key = Self.least(cursors) {
      found.removeAll(keepingCapacity: true)
      for number in cursors.indices where cursors[number].key == key {
        let start = found.count
        try cursors[number].takeRows(into: &found)
        for place in start..<found.count { found[place] += bases[number] }
      }
      counter.begin()
      for row in found { for account in accounts.of(row) { counter.add(account) } }
      guard counter.seen.count >= floor else { continue }
      keys.append(key)
      accountCounts.append(UInt32(counter.seen.count))
      rows.append(contentsOf: found)
      starts.append(rows.count)
    }
  }

  private static func least(_ cursors: [PostingCursor]) -> UInt64? {
    var least: UInt64?
    for cursor in cursors {
      if let key = cursor.key, least.map({ key < $0 }) ?? true { least = key }
    }
    return least
  }
}

/// The hot anchors of each row: the postings the other way round.
struct RowAnchors: Sendable {
  private let starts: [Int]
  private let anchors: [UInt32]

  init(_ hot: HotAnchors, rowCount: Int) {
    var starts = [Int](repeating: 0, count: rowCount + 1)
    for row in hot.rows { starts[Int(row) + 1] += 1 }
    for row in 0..<rowCount { starts[row + 1] += starts[row] }
    var next = starts
    var anchors = [UInt32](repeating: 0, count: hot.rows.count)
    for anchor in 0..<hot.count {
      for row in hot.rows(of: anchor) {
        anchors[next[Int(row)]] = UInt32(anchor)
        next[Int(row)] += 1
      }
    }
    self.starts = starts
    self.anchors = anchors
  }

  /// The numbers of the hot anchors of a row, ascending.
  func of(_ row: UInt32) -> ArraySlice<UInt32> {
    anchors[starts[Int(row)]..<starts[Int(row) + 1]]
  }
}

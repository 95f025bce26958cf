// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusIndex
internal import ChorusSketch

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

  /// Whether a row is in a list that its segment may have thinned.
  private var isThinned: [Bool] = []
  /// Whether some segment may lack rows of an anchor.
  private var isPartial: [Bool] = []
  /// The segments, a bit each for the first 64, that have all their rows of an anchor.
  private var fullSegments: [UInt64] = []

  /// Scans a snapshot for the anchors of at least `floor` accounts.
  ///
  /// A segment has all postings of the anchors that are common in it, and a sample of the others'.
  /// So where there are several segments, or fewer accounts are enough, the rows that share an
  /// anchor which is rare in their own segment are looked at again: their text says which of the
  /// anchors they have.
  ///
  /// - Complexity: O(*p* *s*) time for *p* postings in *s* segments, and the text of those rows.
  init(_ snapshot: Snapshot, _ accounts: RowAccounts, floor: Int) throws(ChorusError) {
    let rangeCount = 8 * Parallel.workerCount
    let width = (UInt64(1) << 40) / UInt64(rangeCount)
    let isDivided = snapshot.segments.count > 1 || floor < Snapshot.commonPromptCount
    let parts = try Parallel.map(
      rangeCount,
      throwing: { number throws(ChorusError) -> HotAnchors in
        let start = UInt64(number) * width
        let end = number == rangeCount - 1 ? UInt64(1) << 40 : start + width
        return try Self(
          scanning: snapshot,
          accounts,
          floor: isDivided ? Self.thinnedFloor : floor,
          notesThinned: isDivided,
          keys: start..<end
        )
      }
    )
    var isThinned = [Bool](repeating: false, count: isDivided ? accounts.rowCount : 0)
    for part in parts {
      keys.append(contentsOf: part.keys)
      accountCounts.append(contentsOf: part.accountCounts)
      isPartial.append(contentsOf: part.isPartial)
      fullSegments.append(contentsOf: part.fullSegments)
      for end in part.starts.dropFirst() { starts.append(rows.count + end) }
      rows.append(contentsOf: part.rows)
      for (row, isThin) in zip(part.rows, part.isThinned) where isThin {
        isThinned[Int(row)] = true
      }
    }
    if isDivided { try complete(snapshot, accounts, isThinned, floor: floor) }
  }

  /// The accounts from which on an anchor is followed up where segments may lack postings.
  private static let thinnedFloor = 2

  private init(
    scanning snapshot: Snapshot,
    _ accounts: RowAccounts,
    floor: Int,
    notesThinned: Bool,
    keys range: Range<UInt64>
  ) throws(ChorusError) {
    var cursors: [PostingCursor] = []
    var bases: [UInt32] = []
    var hasDeletions: [Bool] = []
    var base = 0
    for segment in snapshot.segments {
      cursors.append(try PostingCursor(segment, keys: range))
      bases.append(UInt32(base))
      hasDeletions.append(segment.liveRowCount < segment.rowCount)
      base += segment.rowCount
    }
    var counter = StampedCounter(count: accounts.accountCount)
    var found: [UInt32] = []
    var thin: [Bool] = []
    while let key = Self.least(cursors) {
      found.removeAll(keepingCapacity: true)
      thin.removeAll(keepingCapacity: true)
      var fullCount = 0
      var full: UInt64 = 0
      for number in cursors.indices where cursors[number].key == key {
        let start = found.count
        try cursors[number].takeRows(into: &found)
        for place in start..<found.count { found[place] += bases[number] }
        if hasDeletions[number] { Self.removeDead(&found, from: start, accounts) }
        if notesThinned {
          var weight = 0
          for place in start..<found.count where weight < Snapshot.commonPromptCount {
            weight += accounts.count(of: found[place])
          }
          let isThin = weight < Snapshot.commonPromptCount
          if !isThin {
            fullCount += 1
            if number < 64 { full |= 1 << UInt64(number) }
          }
          thin.append(contentsOf: repeatElement(isThin, count: found.count - start))
        }
      }
      accounts.count(found, &counter)
      guard counter.seen.count >= floor else { continue }
      keys.append(key)
      accountCounts.append(UInt32(counter.seen.count))
      rows.append(contentsOf: found)
      isThinned.append(contentsOf: thin)
      isPartial.append(notesThinned && fullCount < cursors.count)
      fullSegments.append(full)
      starts.append(rows.count)
    }
  }

  /// Adds the postings that segments lack, and drops the anchors of too few accounts.
  private mutating func complete(
    _ snapshot: Snapshot,
    _ accounts: RowAccounts,
    _ isThinned: [Bool],
    floor: Int
  ) throws(ChorusError) {
    var numbers = HashTable64()
    for (number, key) in keys.enumerated() where isPartial[number] {
      _ = numbers.insert(key, UInt32(number))
    }
    let found = try missing(snapshot, isThinned, numbers)
    var addedStarts = [Int](repeating: 0, count: keys.count + 1)
    for pair in found.joined() { addedStarts[Int(pair >> 32) + 1] += 1 }
    for number in keys.indices { addedStarts[number + 1] += addedStarts[number] }
    var next = addedStarts
    var more = [UInt32](repeating: 0, count: addedStarts[keys.count])
    for pair in found.joined() {
      more[next[Int(pair >> 32)]] = UInt32(truncatingIfNeeded: pair)
      next[Int(pair >> 32)] += 1
    }
    var whole = HotAnchors()
    var counter = StampedCounter(count: accounts.accountCount)
    for number in keys.indices {
      var all = Array(rows(of: number))
      all.append(contentsOf: more[addedStarts[number]..<addedStarts[number + 1]])
      let count = accounts.distinctCount(all, &counter)
      guard count >= floor else { continue }
      all.sort()
      whole.keys.append(keys[number])
      whole.accountCounts.append(UInt32(count))
      whole.rows.append(contentsOf: all)
      whole.starts.append(whole.rows.count)
    }
    self = whole
  }

  private init() {}

  /// For each row of a thinned list, the anchors it has and is not listed under: the number of the
  /// anchor above the row.
  private func missing(
    _ snapshot: Snapshot,
    _ isThinned: [Bool],
    _ numbers: HashTable64
  ) throws(ChorusError) -> [[UInt64]] {
    var pieces: [(segment: Int, rows: Range<Int>, base: Int)] = []
    var base = 0
    for (number, segment) in snapshot.segments.enumerated() {
      for start in stride(from: 0, to: segment.rowCount, by: 1024) {
        pieces.append((number, start..<min(start + 1024, segment.rowCount), base))
      }
      base += segment.rowCount
    }
    let some = pieces
    return try Parallel.map(
      some.count,
      throwing: { number throws(ChorusError) -> [UInt64] in
        let (place, range, base) = some[number]
        let segment = snapshot.segments[place]
        let bit = place < 64 ? UInt64(1) << UInt64(place) : 0
        guard range.contains(where: { isThinned[base + $0] }) else { return [] }
        let sketcher = snapshot.anchorSketcher()
        var sketch = SketchBatch()
        var pairs: [UInt64] = []
        for (local, text) in zip(range, try segment.texts(range))
        where isThinned[base + local] {
          sketch.removeAll()
          sketcher.sketch(text.span, into: &sketch)
          let row = UInt32(base + local)
          for anchor in sketch.distinctAnchors(of: 0) {
            guard let found = numbers.value(of: anchor), fullSegments[Int(found)] & bit == 0,
              !lists(row, under: Int(found))
            else { continue }
            pairs.append(UInt64(found) << 32 | UInt64(row))
          }
        }
        return pairs
      }
    )
  }

  /// Whether a row is in the list of an anchor.
  private func lists(_ row: UInt32, under anchor: Int) -> Bool {
    var low = starts[anchor]
    var high = starts[anchor + 1]
    while low < high {
      let middle = low + (high - low) / 2
      if rows[middle] < row { low = middle + 1 } else { high = middle }
    }
    return low < starts[anchor + 1] && rows[low] == row
  }

  /// Removes the rows all of whose prompts were deleted.
  private static func removeDead(_ rows: inout [UInt32], from start: Int, _ accounts: RowAccounts) {
    var kept = start
    for place in start..<rows.count where !accounts.of(rows[place]).isEmpty {
      rows[kept] = rows[place]
      kept += 1
    }
    rows.removeLast(rows.count - kept)
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

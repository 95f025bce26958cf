// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusIndex

/// Which accounts sent each row of a snapshot.
///
/// Rows are numbered through all segments; accounts are numbered through all segments too, by
/// name. What was deleted counts for nothing: a row all of whose prompts were has no account.
struct RowAccounts: Sendable {
  /// For each row, where its accounts begin; one more entry marks the end.
  let starts: [UInt32]
  /// The distinct accounts of each row, row after row.
  let accounts: [UInt32]
  /// A hash of each row's text, by which rows are sampled.
  let rowHashes: [UInt32]
  /// The rows that each account sent.
  let rowCounts: [UInt32]

  /// The number of rows.
  var rowCount: Int { starts.count - 1 }
  /// The number of accounts.
  var accountCount: Int { rowCounts.count }

  init(_ snapshot: Snapshot) throws(ChorusError) {
    var numbers: [String: UInt32] = [:]
    var starts: [UInt32] = [0]
    var accounts: [UInt32] = []
    // For each account, the last row that it was noted for, so that each row notes it once.
    var lastRow: [UInt32] = []
    var rowHashes: [UInt32] = []
    starts.reserveCapacity(snapshot.rowCount + 1)
    for segment in snapshot.segments {
      var global: [UInt32] = []
      for name in segment.accountNames {
        let next = UInt32(numbers.count)
        global.append(numbers[name] ?? next)
        numbers[name] = global[global.count - 1]
      }
      var row: UInt32 = 0
      let count = segment.summary.occurrenceCount
      for start in stride(from: 0, to: count, by: 1 << 14) {
        let range = start..<min(start + 1 << 14, count)
        for (place, occurrence) in zip(range, try segment.occurrences(range)) {
          while row < occurrence.row {
            starts.append(UInt32(accounts.count))
            row += 1
          }
          guard !segment.isDeleted(place) else { continue }
          let account = global[Int(occurrence.account)]
          if account >= lastRow.count {
            lastRow.append(contentsOf: repeatElement(.max, count: Int(account) + 1 - lastRow.count))
          }
          if lastRow[Int(account)] != UInt32(starts.count) {
            lastRow[Int(account)] = UInt32(starts.count)
            accounts.append(account)
          }
        }
      }
      for _ in Int(row)..<segment.rowCount { starts.append(UInt32(accounts.count)) }
      for start in stride(from: 0, to: segment.rowCount, by: 1 << 14) {
        for row in try segment.rows(start..<min(start + 1 << 14, segment.rowCount)) {
          rowHashes.append(UInt32(truncatingIfNeeded: Hashing.mix(row.textKey) >> 32))
        }
      }
    }
    self.starts = starts
    self.accounts = accounts
    self.rowHashes = rowHashes
    var rowCounts = [UInt32](repeating: 0, count: numbers.count)
    for account in accounts { rowCounts[Int(account)] += 1 }
    self.rowCounts = rowCounts
  }

  /// The accounts of a row.
  func of(_ row: UInt32) -> ArraySlice<UInt32> {
    accounts[Int(starts[Int(row)])..<Int(starts[Int(row) + 1])]
  }

  /// The number of accounts of a row.
  func count(of row: UInt32) -> Int { Int(starts[Int(row) + 1] - starts[Int(row)]) }

  /// The number of distinct accounts of some rows.
  func distinctCount(_ rows: some Sequence<UInt32>, _ counter: inout StampedCounter) -> Int {
    count(rows, &counter)
    return counter.seen.count
  }

  /// Counts the accounts of some rows.
  func count(_ rows: some Sequence<UInt32>, _ counter: inout StampedCounter) {
    counter.begin()
    // Places, not slices: a slice is an object, and this is where mining spends its time.
    for row in rows {
      for place in Int(starts[Int(row)])..<Int(starts[Int(row) + 1]) {
        counter.add(accounts[place])
      }
    }
  }
}

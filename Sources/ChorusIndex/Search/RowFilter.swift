// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore

/// Which prompts of one segment a filter lets through.
struct RowFilter {
  private let filter: PromptFilter
  private let account: UInt32?
  private let rows: [UInt64]?

  /// Creates a filter for a segment; `nil` when it lets nothing of the segment through.
  init?(_ filter: PromptFilter, _ segment: Segment) {
    guard segment.livePromptCount > 0 else { return nil }
    if let since = filter.since, segment.summary.lastTime < since { return nil }
    if let until = filter.until, segment.summary.firstTime >= until { return nil }
    rows = filter.rows?.words(of: segment)
    // A set of another snapshot has nothing of this one.
    if filter.rows != nil, rows == nil { return nil }
    self.filter = filter
    account = filter.account.flatMap { segment.number(ofAccount: $0) }
    if filter.account != nil, account == nil { return nil }
  }

  /// Whether a row has a prompt that passes, the excluded id left aside.
  func admits(row: Int, _ reader: SegmentReader) throws(ChorusError) -> Bool {
    guard !reader.segment.isDead(row: row) else { return false }
    guard !filter.isOpen else { return true }
    guard has(row) else { return false }
    for place in try reader.row(row).occurrenceRange {
      if try occurrence(place, reader) != nil { return true }
    }
    return false
  }

  private func has(_ row: Int) -> Bool {
    guard let rows else { return true }
    return rows[row >> 6] >> UInt64(row & 63) & 1 == 1
  }

  /// Returns an occurrence when it passes, the excluded id left aside.
  func occurrence(
    _ place: Int,
    _ reader: SegmentReader
  ) throws(ChorusError) -> Segment.Occurrence? {
    guard !reader.segment.isDeleted(place) else { return nil }
    let occurrence = try reader.occurrence(place)
    guard has(Int(occurrence.row)) else { return nil }
    guard filter.admits(occurrence.time) else { return nil }
    if let account, occurrence.account != account { return nil }
    guard !filter.attributes.isEmpty else { return occurrence }
    let attributes = try reader.attributes(occurrence)
    let hasAll = filter.attributes.allSatisfy { wanted in
      attributes.contains { $0.name == wanted.name && $0.value == wanted.value }
    }
    return hasAll ? occurrence : nil
  }
}

/// The filter of a query for one segment after another.
struct SegmentFilter {
  private let filter: PromptFilter
  private var segment = -1
  private var rows: RowFilter?

  init(_ filter: PromptFilter) { self.filter = filter }

  /// Whether a row has a prompt that passes.
  mutating func admits(
    _ place: Match.RowLocation,
    _ reader: SegmentReader
  ) throws(ChorusError) -> Bool {
    turn(to: place.segment, reader)
    guard let rows else { return false }
    return try rows.admits(row: place.row, reader)
  }

  /// Returns the prompts of a row that pass.
  mutating func occurrences(
    _ place: Match.RowLocation,
    _ reader: SegmentReader
  ) throws(ChorusError) -> [Segment.Occurrence] {
    turn(to: place.segment, reader)
    guard let rows else { return [] }
    var passing: [Segment.Occurrence] = []
    for number in try reader.row(place.row).occurrenceRange {
      if let occurrence = try rows.occurrence(number, reader) { passing.append(occurrence) }
    }
    return passing
  }

  private mutating func turn(to number: Int, _ reader: SegmentReader) {
    guard segment != number else { return }
    segment = number
    rows = RowFilter(filter, reader.segment)
  }
}

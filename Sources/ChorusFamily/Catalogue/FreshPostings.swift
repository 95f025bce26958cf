// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore

/// The anchors of new rows that are in no family, to be sorted by anchor.
struct FreshPostings {
  /// The bits of a posting that hold the position of its row; the rest are the anchor.
  private static let positionBitCount: UInt64 = 24
  /// The most rows that are held; an update of more is no update.
  static let largestRowCount = 1 << 24

  private var rows: [UInt32] = []
  private var postings: [UInt64] = []

  /// Adds a row.
  mutating func append(_ anchors: [UInt64], ofRow row: UInt32) {
    let position = UInt64(rows.count)
    rows.append(row)
    for anchor in anchors { postings.append(anchor << Self.positionBitCount | position) }
  }

  /// The rows of each anchor.
  struct Sorted: Sendable {
    /// The anchors, ascending.
    fileprivate(set) var anchors: [UInt64] = []
    private var starts: [Int] = []
    private let rows: [UInt32]

    fileprivate init(_ postings: [UInt64], rows: [UInt32]) {
      let mask: UInt64 = 1 << FreshPostings.positionBitCount - 1
      for (place, posting) in postings.enumerated() {
        let anchor = posting >> FreshPostings.positionBitCount
        guard anchors.last != anchor else { continue }
        anchors.append(anchor)
        starts.append(place)
      }
      starts.append(postings.count)
      self.rows = postings.map { rows[Int($0 & mask)] }
    }

    /// The rows of an anchor, by its position.
    func rows(of place: Int) -> ArraySlice<UInt32> { rows[starts[place]..<starts[place + 1]] }

    /// The number of rows of an anchor, by its position.
    func rowCount(of place: Int) -> Int { starts[place + 1] - starts[place] }

    /// The positions of the anchors in about so many ranges.
    func chunks(_ count: Int) -> [Range<Int>] {
      let size = anchors.count / count + 1
      return stride(from: 0, to: anchors.count, by: size).map {
        $0..<min($0 + size, anchors.count)
      }
    }
  }

  /// All postings in the order of their anchors.
  var sorted: Sorted { Sorted(postings.sorted(), rows: rows) }
}

// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore

/// Hot anchors put together by where they occur: a fragment is a piece of text that the same
/// prompts have.
///
/// All anchors of one piece of fixed text have nearly the same rows, whatever stands in the slots
/// around it. An anchor joins the fragment whose leader has nearly the same rows *and* nearly as
/// many; it never joins through a third, so nothing chains.
struct Fragments: Sendable {
  /// A fragment's leader: the number of its best supported anchor.
  private(set) var leaders: [Int] = []
  /// The sketch of each leader's rows.
  private(set) var sketches: [RowSketch] = []
  /// The anchors of each fragment.
  private(set) var sizes: [Int] = []

  /// The least Jaccard similarity, and the least ratio of counts, of an anchor and its leader: a
  /// prompt in ten may have lost the text around one anchor but not around the other.
  static let likeness = 0.9

  /// Clusters anchors.
  ///
  /// - Complexity: O(*p* + *n* *b*): *p* postings, *n* anchors, *b* leaders that share a sampled
  ///   row, which are few.
  init(_ hot: HotAnchors, rowHashes: [UInt32], minimumAccountCount: Int) {
    // A fragment of fewer accounts is no family: its anchors count only as text of others.
    let wide = (0..<hot.count).filter { Int(hot.accountCounts[$0]) >= minimumAccountCount }
    let ranges = Self.chunks(of: wide.count)
    let sketches = Parallel.map(ranges.count) { number in
      wide[ranges[number]].map { RowSketch(hot.rows(of: $0), rowHashes) }
    }.flatMap { $0 }
    let identities = sketches.map(\.identity)
    var counts: [UInt64: Int] = [:]
    for identity in identities { counts[identity, default: 0] += 1 }
    let support = identities.map { counts[$0] ?? 1 }
    let order = wide.indices.sorted { lhs, rhs in
      let left = (support[lhs], sketches[lhs].count)
      let right = (support[rhs], sketches[rhs].count)
      return left == right ? hot.keys[wide[lhs]] < hot.keys[wide[rhs]] : left > right
    }
    var known = Set<UInt64>()
    var buckets: [UInt32: [Int]] = [:]
    for place in order where known.insert(identities[place]).inserted {
      let sketch = sketches[place]
      if let leader = leader(like: sketch, in: buckets) {
        sizes[leader] += support[place]
        continue
      }
      for row in sketch.rows.prefix(4) { buckets[row, default: []].append(leaders.count) }
      leaders.append(wide[place])
      sizes.append(support[place])
      self.sketches.append(sketch)
    }
  }

  private func leader(like sketch: RowSketch, in buckets: [UInt32: [Int]]) -> Int? {
    for row in sketch.rows.prefix(4) {
      for number in buckets[row] ?? [] {
        let leader = sketches[number]
        let (small, large) = (min(leader.count, sketch.count), max(leader.count, sketch.count))
        guard Double(small) >= Self.likeness * Double(large) else { continue }
        if sketch.jaccard(leader) >= Self.likeness { return number }
      }
    }
    return nil
  }

  private static func chunks(of count: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: 4096).map { $0..<min($0 + 4096, count) }
  }
}

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
  init(_ hot: HotAnchors, rowHashes: [UInt32]) {
    let ranges = Self.chunks(of: hot.count)
    let sketches = Parallel.map(ranges.count) { number in
      ranges[number].map { RowSketch(hot.rows(of: $0), rowHashes) }
    }.flatMap { $0 }
    let identities = sketches.map(\.identity)
    var support: [UInt64: Int] = [:]
    for identity in identities { support[identity, default: 0] += 1 }
    let order = (0..<hot.count).sorted { lhs, rhs in
      let left = (support[identities[lhs]] ?? 0, sketches[lhs].count)
      let right = (support[identities[rhs]] ?? 0, sketches[rhs].count)
      return left == right ? hot.keys[lhs] < hot.keys[rhs] : left > right
    }
    var known = Set<UInt64>()
    var buckets: [UInt32: [Int]] = [:]
    for anchor in order where known.insert(identities[anchor]).inserted {
      let sketch = sketches[anchor]
      let same = support[identities[anchor]] ?? 1
      if let leader = leader(like: sketch, in: buckets) {
        sizes[leader] += same
        continue
      }
      for row in sketch.rows.prefix(4) { buckets[row, default: []].append(leaders.count) }
      leaders.append(anchor)
      sizes.append(same)
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

// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore

/// A sample of a set of rows: those with the least hashes (bottom-*k*, Cohen and Kaplan, 2007).
///
/// The same rows are sampled everywhere, so two sets are compared by their samples alone. Hashes
/// are those of the rows' texts, so that the sample does not depend on how rows are numbered.
struct RowSketch: Sendable {
  /// The most rows of a sample, so that a Jaccard estimate has a standard error of at most 1/16.
  static let limit = 64

  /// The rows, in order of their hashes.
  let rows: [UInt32]
  /// The hashes, ascending.
  let hashes: [UInt32]
  /// The number of rows of the whole set.
  let count: Int

  /// Samples a set of rows, given the hash of every row.
  init(_ set: ArraySlice<UInt32>, _ rowHashes: [UInt32]) {
    count = set.count
    var sample: [UInt64] = []
    // A cut that lets about twice the limit through spares sorting a long list.
    var cut = UInt32.max
    if set.count > 4 * Self.limit {
      cut = UInt32(UInt64(UInt32.max) * UInt64(2 * Self.limit) / UInt64(set.count))
    }
    while true {
      sample.removeAll(keepingCapacity: true)
      for row in set {
        let hash = rowHashes[Int(row)]
        if hash <= cut { sample.append(UInt64(hash) << 32 | UInt64(row)) }
      }
      if sample.count >= min(Self.limit, set.count) { break }
      cut = cut > UInt32.max / 2 ? .max : 2 * cut + 1
    }
    sample.sort()
    rows = sample.prefix(Self.limit).map { UInt32(truncatingIfNeeded: $0) }
    hashes = sample.prefix(Self.limit).map { UInt32($0 >> 32) }
  }

  /// The hash of the sample and the count, equal for equal sets.
  var identity: UInt64 {
    rows.reduce(Hashing.mix(UInt64(count))) { Hashing.mix($0 ^ UInt64($1)) }
  }

  /// Estimates the Jaccard similarity of two sets; exact when both are whole in their samples.
  func jaccard(_ other: RowSketch) -> Double {
    let isWhole = count <= Self.limit && other.count <= Self.limit
    let limit = isWhole ? rows.count + other.rows.count : Self.limit
    var i = 0
    var j = 0
    var shared = 0
    var union = 0
    while union < limit, i < rows.count || j < other.rows.count {
      let isFirst =
        j == other.rows.count || (i < rows.count && isBefore(i, other, j))
      let isBoth = i < rows.count && j < other.rows.count && rows[i] == other.rows[j]
      if isBoth {
        shared += 1
        i += 1
        j += 1
      } else if isFirst {
        i += 1
      } else {
        j += 1
      }
      union += 1
    }
    return union == 0 ? 0 : Double(shared) / Double(union)
  }

  private func isBefore(_ i: Int, _ other: RowSketch, _ j: Int) -> Bool {
    (hashes[i], rows[i]) < (other.hashes[j], other.rows[j])
  }
}

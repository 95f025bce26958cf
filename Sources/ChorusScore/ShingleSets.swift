// SPDX-License-Identifier: Apache-2.0

/// Exact set similarity of two texts, from their ascending, distinct shingles.
public struct ShingleOverlap: Hashable, Sendable {
  /// The shingles that both have.
  public let sharedCount: Int
  /// The shingles of the first.
  public let firstCount: Int
  /// The shingles of the second.
  public let secondCount: Int

  /// Compares two ascending lists of distinct shingles.
  ///
  /// - Complexity: O(*n* + *m*).
  public init(_ first: [UInt32], _ second: [UInt32]) {
    var shared = 0
    var i = 0
    var j = 0
    while i < first.count, j < second.count {
      if first[i] == second[j] {
        shared += 1
        i += 1
        j += 1
      } else if first[i] < second[j] {
        i += 1
      } else {
        j += 1
      }
    }
    sharedCount = shared
    firstCount = first.count
    secondCount = second.count
  }

  /// The Jaccard similarity: shared over all, 0 when both are empty.
  public var jaccard: Double {
    let all = firstCount + secondCount - sharedCount
    return all == 0 ? 0 : Double(sharedCount) / Double(all)
  }

  /// The share of the first that the second contains, 0 when the first is empty.
  public var containment: Double {
    firstCount == 0 ? 0 : Double(sharedCount) / Double(firstCount)
  }
}

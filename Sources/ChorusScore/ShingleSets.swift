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
  public init(_ first: ArraySlice<UInt32>, _ second: ArraySlice<UInt32>) {
    sharedCount = ScoreKernels.sharedCount(first, second)
    firstCount = first.count
    secondCount = second.count
  }

  /// Compares two ascending lists of distinct shingles.
  public init(_ first: [UInt32], _ second: [UInt32]) { self.init(first[...], second[...]) }

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

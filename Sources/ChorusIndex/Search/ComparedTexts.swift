// SPDX-License-Identifier: Apache-2.0

internal import ChorusSketch

/// The shingles and embeddings of texts that were compared, so that queries that are answered
/// together read each text once.
struct ComparedTexts {
  /// The embeddings, one behind the other.
  private(set) var embeddings: [Int8] = []

  private var shingles: [UInt32] = []
  private var ranges: [Match.RowLocation: Range<Int>] = [:]
  private var embeddingNumbers: [Match.RowLocation: Int] = [:]

  /// The shingles that are kept, 16 MiB; then they are forgotten.
  private static let shingleLimit = 1 << 22

  /// Returns the shingles of a text, ascending, if they are known.
  func shingleSet(of place: Match.RowLocation) -> ArraySlice<UInt32>? {
    ranges[place].map { shingles[$0] }
  }

  /// Keeps the shingles of a text.
  mutating func insert(_ set: [UInt32], of place: Match.RowLocation) {
    guard set.count <= Self.shingleLimit / 16 else { return }
    if shingles.count + set.count > Self.shingleLimit {
      shingles.removeAll(keepingCapacity: true)
      ranges.removeAll(keepingCapacity: true)
    }
    ranges[place] = shingles.count..<(shingles.count + set.count)
    shingles += set
  }

  /// The number of a text's embedding, if it is known.
  func embeddingNumber(of place: Match.RowLocation) -> Int? { embeddingNumbers[place] }

  /// Keeps an embedding and returns its number.
  mutating func insert(embedding: [Int8], of place: Match.RowLocation) -> Int {
    let number = embeddings.count / embedding.count
    embeddings += embedding
    embeddingNumbers[place] = number
    return number
  }
}

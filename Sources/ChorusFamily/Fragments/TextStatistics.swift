// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusIndex
internal import ChorusText

/// How often tokens and pairs of tokens occur, for judging how surprising shared text is.
///
/// Counts are kept in tables that collisions can only raise, so text looks less surprising than it
/// is, never more. A sample of the rows is enough: rare tokens are rare in any sample.
struct TextStatistics: Sendable {
  /// The most rows that are read.
  static let sampleLimit = 1 << 18
  private static let cellCount = 1 << 23

  private var singles: [UInt32]
  private var pairs: [UInt32]
  /// The tokens read.
  private(set) var tokenCount = 0
  /// What one row of the sample stands for.
  private(set) var scale = 1.0

  /// Reads a sample of a snapshot's rows.
  ///
  /// - Parameters:
  ///   - snapshot: The snapshot.
  ///   - limit: The most rows that are read, about.
  /// - Throws: `corrupted` when a segment is damaged.
  init(_ snapshot: Snapshot, limit: Int = sampleLimit) throws(ChorusError) {
    singles = [UInt32](repeating: 0, count: Self.cellCount)
    pairs = singles
    let step = max(1, snapshot.rowCount / limit)
    scale = Double(step)
    var pieces: [(Segment, Range<Int>)] = []
    for segment in snapshot.segments {
      for (number, start) in stride(from: 0, to: segment.rowCount, by: 256).enumerated()
      where number.isMultiple(of: step) {
        pieces.append((segment, start..<min(start + 256, segment.rowCount)))
      }
    }
    for group in stride(from: 0, to: pieces.count, by: 64) {
      let some = pieces[group..<min(group + 64, pieces.count)]
      let hashes = try Parallel.map(
        some.count,
        throwing: { number throws(ChorusError) -> [[UInt64]] in
          let (segment, range) = some[group + number]
          let normaliser = Normaliser()
          let tokeniser = Tokeniser()
          return try zip(range, segment.texts(range)).filter { !segment.isDead(row: $0.0) }
            .map { _, text in tokeniser.tokenise(normaliser.normalise(Array(text))).map(\.hash) }
        }
      )
      for text in hashes.joined() { add(text) }
    }
  }

  private mutating func add(_ text: [UInt64]) {
    tokenCount += text.count
    var previous: UInt64?
    for token in text {
      singles[Self.cell(token)] += 1
      if let previous { pairs[Self.cell(Self.pair(previous, token))] += 1 }
      previous = token
    }
  }

  /// How often a token occurs in the sample.
  func count(_ token: UInt64) -> Double { Double(singles[Self.cell(token)]) }

  /// How often a token follows another in the sample.
  func count(_ first: UInt64, _ second: UInt64) -> Double {
    Double(pairs[Self.cell(Self.pair(first, second))])
  }

  private static func cell(_ hash: UInt64) -> Int { Int(Hashing.mix(hash) >> 41) }

  private static func pair(_ first: UInt64, _ second: UInt64) -> UInt64 {
    Hashing.mix(first) &+ second
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusIndex
internal import ChorusText

extension FamilyCatalogue {
  /// Returns where the fixed text of a family stands in a text as it was received.
  ///
  /// - Parameters:
  ///   - family: The number of the family.
  ///   - text: The text of a member.
  /// - Returns: Ranges of bytes, ascending: the runs of words that the family's anchors cover.
  /// - Complexity: O(*n*) in the bytes of the text.
  public func fixedSpans(ofFamily family: Int, in text: [UInt8]) -> [Range<Int>] {
    let normalised = Normaliser().normalise(text, keepingMap: true)
    let tokens = Tokeniser().tokenise(normalised)
    let mask = FixedTokens.mask(tokens, Set(marks[family].keys), snapshot.anchorSelector)
    return FixedTokens.ranges(mask).map { run in
      let start = normalised.sourceOffset(of: tokens[run.lowerBound].range.lowerBound)
      return
        start..<max(start, normalised.sourceEnd(of: tokens[run.upperBound - 1].range.upperBound))
    }
  }

  /// Calls a closure for every prompt of some families with its text, in the order of the segments.
  ///
  /// - Parameters:
  ///   - families: The numbers of the families.
  ///   - body: Receives the prompt and its text as it was received.
  /// - Throws: `corrupted` when a segment is damaged, and what `body` throws.
  public func forEachText(
    ofFamilies families: Set<Int>,
    _ body: (Member, [UInt8]) throws -> Void
  ) throws {
    var base = 0
    for segment in snapshot.segments {
      for row in 0..<segment.rowCount where families.contains(Int(familyOfRow[base + row])) {
        guard !segment.isDead(row: row) else { continue }
        let text = try segment.text(ofRow: row)
        let range = try segment.occurrenceRange(ofRow: row)
        let ids = try segment.ids(range)
        for (place, occurrence) in try segment.occurrences(range).enumerated()
        where !segment.isDeleted(range.lowerBound + place) {
          try body(
            Member(
              family: Int(familyOfRow[base + row]),
              id: ids[place],
              account: segment.accountNames[Int(occurrence.account)],
              time: occurrence.time
            ),
            text
          )
        }
      }
      base += segment.rowCount
    }
  }
}

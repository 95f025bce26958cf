// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
public import ChorusIndex

/// The families of one snapshot and which prompt belongs to which.
public struct FamilyCatalogue: Sendable {
  /// The families, widest spread first.
  public internal(set) var families: [Family]
  /// What tells the members of each family from other prompts.
  var marks: [FamilyMark]
  /// For each row of the snapshot, segment after segment, the family it belongs to; -1 for none.
  var familyOfRow: [Int32]
  /// What the families were found in.
  var basis: CatalogueBasis
  /// The prompts that the families are of.
  public let snapshot: Snapshot

  /// The number of the family with a name, or of the one that a family with it went into.
  ///
  /// - Throws: `notFound` when there is none.
  public func number(ofFamily name: String) throws(ChorusError) -> Int {
    let known =
      families.firstIndex { $0.name == name }
      ?? families.firstIndex { $0.formerNames.contains(name) }
    guard let number = known else {
      throw ChorusError(
        .notFound,
        "Cannot find a family named '\(name)'; 'chorus families' lists the names."
      )
    }
    return number
  }

  /// Returns the family that a match belongs to, if any.
  ///
  /// - Precondition: The match is of the snapshot that was mined.
  public func family(of match: Match) -> Family? {
    let before = snapshot.segments[..<match.location.segment]
    let number = familyOfRow[before.reduce(0) { $0 + $1.rowCount } + match.location.row]
    return number < 0 ? nil : families[Int(number)]
  }

  /// Returns the distinct texts of a family, for filtering queries on the snapshot that was mined.
  ///
  /// - Complexity: O(*n*) in the rows of the snapshot.
  public func rows(ofFamily family: Int) -> RowSet {
    var rows = RowSet(snapshot)
    var base = 0
    for (number, segment) in snapshot.segments.enumerated() {
      for row in 0..<segment.rowCount where Int(familyOfRow[base + row]) == family {
        rows.insert(segment: number, row: row)
      }
      base += segment.rowCount
    }
    return rows
  }

  /// A prompt of a family.
  public struct Member: Sendable {
    /// The number of its family.
    public let family: Int
    /// The prompt's id.
    public let id: String
    /// The account that sent it.
    public let account: String
    /// When it was sent.
    public let time: Timestamp
  }

  /// Calls a closure for every prompt that belongs to a family, in the order of the segments.
  ///
  /// - Parameters:
  ///   - family: The number of the only family wanted, or `nil` for all.
  ///   - body: Receives each member.
  /// - Throws: `corrupted` when a segment is damaged, and what `body` throws.
  public func forEachMember(
    of family: Int? = nil,
    _ body: (Member) throws -> Void
  ) throws {
    var base = 0
    for segment in snapshot.segments {
      let count = segment.summary.occurrenceCount
      for start in stride(from: 0, to: count, by: 1 << 14) {
        let range = start..<min(start + 1 << 14, count)
        let occurrences = try segment.occurrences(range)
        let wanted = occurrences.contains { isWanted(familyOfRow[base + Int($0.row)], family) }
        guard wanted else { continue }
        let ids = try segment.ids(range)
        for (place, (occurrence, id)) in zip(range, zip(occurrences, ids)) {
          guard !segment.isDeleted(place) else { continue }
          let number = familyOfRow[base + Int(occurrence.row)]
          guard isWanted(number, family) else { continue }
          try body(
            Member(
              family: Int(number),
              id: id,
              account: segment.accountNames[Int(occurrence.account)],
              time: occurrence.time
            )
          )
        }
      }
      base += segment.rowCount
    }
  }

  private func isWanted(_ number: Int32, _ family: Int?) -> Bool {
    number >= 0 && (family.map { $0 == Int(number) } ?? true)
  }
}

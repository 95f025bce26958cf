// SPDX-License-Identifier: Apache-2.0

package import ChorusCore
internal import ChorusIndex

/// Members by where they stand, for showing them a few at a time.
extension FamilyCatalogue {
  /// Where a prompt stands in the snapshot that was mined.
  package struct Place: Hashable, Sendable {
    /// The number of the segment in the snapshot.
    var segment: UInt32
    /// The position of the prompt in the segment.
    var occurrence: UInt32
  }

  /// A prompt of some families by its account and time alone.
  package struct Sending: Sendable {
    /// The number of the family.
    package var family: Int
    /// The account that sent it.
    package var account: String
    /// When it was sent.
    package var time: Timestamp
  }

  /// Returns where the prompts of a family stand, in the order of the segments.
  ///
  /// - Throws: `corrupted` when a segment is damaged.
  /// - Complexity: O(*n*) in the rows of the snapshot, and the prompts of the family.
  package func places(ofFamily family: Int) throws(ChorusError) -> [Place] {
    var places: [Place] = []
    var base = 0
    for (number, segment) in snapshot.segments.enumerated() {
      for row in 0..<segment.rowCount where Int(familyOfRow[base + row]) == family {
        for occurrence in try segment.occurrenceRange(ofRow: row)
        where !segment.isDeleted(occurrence) {
          places.append(Place(segment: UInt32(number), occurrence: UInt32(occurrence)))
        }
      }
      base += segment.rowCount
    }
    return places
  }

  /// Returns where the prompts of an account stand, in the order of the segments.
  ///
  /// - Parameter account: The name of the account.
  /// - Returns: For each prompt its place, the number of its family if it is of one, and its time.
  /// - Throws: `corrupted` when a segment is damaged.
  /// - Complexity: O(*n*) in the prompts of the segments that have the account.
  package func prompts(
    ofAccount account: String
  ) throws(ChorusError) -> [(place: Place, family: Int?, time: Timestamp)] {
    var prompts: [(place: Place, family: Int?, time: Timestamp)] = []
    var base = 0
    for (number, segment) in snapshot.segments.enumerated() {
      defer { base += segment.rowCount }
      guard let wanted = segment.accountNames.firstIndex(of: account) else { continue }
      let count = segment.summary.occurrenceCount
      for start in stride(from: 0, to: count, by: 1 << 14) {
        let range = start..<min(start + 1 << 14, count)
        for (occurrence, prompt) in zip(range, try segment.occurrences(range))
        where prompt.account == UInt32(wanted) && !segment.isDeleted(occurrence) {
          let family = Int(familyOfRow[base + Int(prompt.row)])
          let place = Place(segment: UInt32(number), occurrence: UInt32(occurrence))
          prompts.append((place, family < 0 ? nil : family, prompt.time))
        }
      }
    }
    return prompts
  }

  /// Returns the prompt at a place, with its text where that is wanted and stored.
  ///
  /// - Parameters:
  ///   - place: Where it stands.
  ///   - family: The number of its family; -1 when it is of none.
  ///   - hasText: Whether the text is wanted.
  /// - Returns: The prompt and its text as it was received.
  /// - Throws: `corrupted` when a segment is damaged.
  package func member(
    at place: Place,
    ofFamily family: Int,
    hasText: Bool
  ) throws(ChorusError) -> (member: Member, text: [UInt8]?) {
    let segment = snapshot.segments[Int(place.segment)]
    let range = Int(place.occurrence)..<(Int(place.occurrence) + 1)
    let occurrence = try segment.occurrences(range)[0]
    let member = Member(
      family: family,
      id: try segment.ids(range)[0],
      account: segment.accountNames[Int(occurrence.account)],
      time: occurrence.time
    )
    let isStored = hasText && snapshot.manifest.hasText
    return (member, isStored ? try segment.text(ofRow: Int(occurrence.row)) : nil)
  }

  /// Calls a closure for every prompt of some families, without reading ids.
  ///
  /// - Parameters:
  ///   - families: The numbers of the families.
  ///   - body: Receives who sent each and when.
  /// - Throws: `corrupted` when a segment is damaged.
  /// - Complexity: O(*n*) in the prompts of the snapshot.
  package func forEachSending(
    ofFamilies families: Set<Int>,
    _ body: (Sending) -> Void
  ) throws(ChorusError) {
    var isWanted = [Bool](repeating: false, count: self.families.count)
    for family in families { isWanted[family] = true }
    var base = 0
    for segment in snapshot.segments {
      try segment.forEachPrompt { occurrence in
        let family = Int(familyOfRow[base + Int(occurrence.row)])
        guard family >= 0, isWanted[family] else { return }
        body(
          Sending(
            family: family,
            account: segment.accountNames[Int(occurrence.account)],
            time: occurrence.time
          )
        )
      }
      base += segment.rowCount
    }
  }
}

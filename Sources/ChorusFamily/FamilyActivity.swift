// SPDX-License-Identifier: Apache-2.0

package import ChorusCore
internal import ChorusIndex

/// Who sent the prompts of each family and when, and what the other traffic is like.
package struct FamilyActivity: Sendable {
  /// A prompt of a family.
  package struct Event: Sendable {
    /// The number of the family.
    package var family: Int32
    /// The number of the account.
    package var account: UInt32
    /// When it was sent.
    package var time: Timestamp

    /// Creates an event.
    package init(family: Int32, account: UInt32, time: Timestamp) {
      self.family = family
      self.account = account
      self.time = time
    }
  }

  /// The names of the accounts.
  package var accountNames: [String] = []
  /// The prompts of each account, in families or not.
  package var promptCounts: [Int] = []
  /// The prompts of families.
  package var events: [Event] = []
  /// The times of day of the prompts in no family.
  package var otherRhythm = DailyRhythm()

  /// Creates the activity of no prompts.
  package init() {}
}

extension FamilyCatalogue {
  /// Gathers who sent the prompts of each family and when.
  ///
  /// - Throws: `corrupted` when a segment is damaged.
  /// - Complexity: O(*n*) in the prompts of the snapshot.
  package func activity() throws(ChorusError) -> FamilyActivity {
    var activity = FamilyActivity()
    var numbers: [String: UInt32] = [:]
    var base = 0
    for segment in snapshot.segments {
      var global: [UInt32] = []
      for name in segment.accountNames {
        let next = UInt32(activity.accountNames.count)
        let number = numbers[name] ?? next
        if number == next {
          numbers[name] = next
          activity.accountNames.append(name)
          activity.promptCounts.append(0)
        }
        global.append(number)
      }
      let count = segment.summary.occurrenceCount
      for start in stride(from: 0, to: count, by: 1 << 14) {
        let range = start..<min(start + 1 << 14, count)
        for (place, occurrence) in zip(range, try segment.occurrences(range)) {
          guard !segment.isDeleted(place) else { continue }
          let account = global[Int(occurrence.account)]
          activity.promptCounts[Int(account)] += 1
          let family = familyOfRow[base + Int(occurrence.row)]
          if family < 0 {
            activity.otherRhythm.add(occurrence.time)
          } else {
            activity.events.append(
              FamilyActivity.Event(family: family, account: account, time: occurrence.time)
            )
          }
        }
      }
      base += segment.rowCount
    }
    return activity
  }
}

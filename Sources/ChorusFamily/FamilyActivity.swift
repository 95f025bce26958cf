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

  /// When an account was there, going by all its prompts.
  package struct Life: Sendable {
    /// When it sent its first prompt.
    package var firstSeen = Timestamp.end
    /// When it sent its last one.
    package var lastSeen = Timestamp.earliest
    /// The prompts that it sent within a day of its first one.
    package var firstDayCount = 0

    /// Creates the life of an account without a prompt.
    package init() {}

    /// Adds a prompt.
    package mutating func add(_ time: Timestamp) {
      firstSeen = min(firstSeen, time)
      lastSeen = max(lastSeen, time)
    }

    /// Counts a prompt when it is of the first day; once all are added.
    package mutating func countFirstDay(_ time: Timestamp) {
      if time.milliseconds < firstSeen.milliseconds + 86_400_000 { firstDayCount += 1 }
    }
  }

  /// The names of the accounts.
  package var accountNames: [String] = []
  /// The prompts of each account, in families or not.
  package var promptCounts: [Int] = []
  /// When each account was there.
  package var lives: [Life] = []
  /// The prompts of families.
  package var events: [Event] = []
  /// Prompts in no family, of a sample of the accounts; their families are -1.
  package var otherEvents: [Event] = []
  /// The times of day of the prompts in no family.
  package var otherRhythm = DailyRhythm()

  /// Creates the activity of no prompts.
  package init() {}
}

extension FamilyCatalogue {
  /// The accounts whose other prompts are kept, about: enough for any comparison.
  private static var sampledAccountCount: Int { 1 << 14 }

  /// Gathers who sent the prompts of each family and when.
  ///
  /// - Parameter known: The numbers of families whose prompts count as ordinary ones.
  /// - Returns: The activity.
  /// - Throws: `corrupted` when a segment is damaged.
  /// - Complexity: O(*n*) in the prompts of the snapshot, twice.
  package func activity(without known: Set<Int> = []) throws(ChorusError) -> FamilyActivity {
    var activity = FamilyActivity()
    var numbers: [String: UInt32] = [:]
    for segment in snapshot.segments {
      for name in segment.accountNames where numbers[name] == nil {
        numbers[name] = UInt32(activity.accountNames.count)
        activity.accountNames.append(name)
      }
    }
    activity.promptCounts = [Int](repeating: 0, count: numbers.count)
    activity.lives = [FamilyActivity.Life](repeating: .init(), count: numbers.count)
    // Accounts are sampled by name, so that neither the order of prompts nor segments matter.
    let share = min(1, Double(Self.sampledAccountCount) / Double(max(numbers.count, 1)))
    let cut = share >= 1 ? UInt64.max : UInt64(share * 0x1p64)
    let isSampled = activity.accountNames.map { Hashing.hash64(Array($0.utf8)) <= cut }
    var base = 0
    for segment in snapshot.segments {
      let global = segment.accountNames.map { numbers[$0] ?? 0 }
      try segment.forEachPrompt { occurrence in
        let account = global[Int(occurrence.account)]
        let time = occurrence.time
        activity.promptCounts[Int(account)] += 1
        activity.lives[Int(account)].add(time)
        let family = familyOfRow[base + Int(occurrence.row)]
        if family >= 0, !known.contains(Int(family)) {
          activity.events.append(.init(family: family, account: account, time: time))
          return
        }
        activity.otherRhythm.add(time)
        if isSampled[Int(account)] {
          activity.otherEvents.append(.init(family: -1, account: account, time: time))
        }
      }
      base += segment.rowCount
    }
    for segment in snapshot.segments {
      let global = segment.accountNames.map { numbers[$0] ?? 0 }
      try segment.forEachPrompt { occurrence in
        activity.lives[Int(global[Int(occurrence.account)])].countFirstDay(occurrence.time)
      }
    }
    return activity
  }
}

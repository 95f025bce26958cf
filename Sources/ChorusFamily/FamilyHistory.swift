// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
internal import ChorusIndex

/// How one family went on over time, and how its accounts share it.
public struct FamilyHistory: Sendable {
  /// One day, from midnight to midnight in UTC.
  public struct Day: Hashable, Sendable {
    /// Its midnight.
    public var start: Timestamp
    /// The prompts.
    public var promptCount = 0
    /// The accounts that sent them.
    public var accountCount = 0
    /// The accounts that sent their first prompt of the family.
    public var joiningCount = 0
    /// The accounts that sent their last one.
    public var leavingCount = 0
  }

  /// The days from the first prompt to the last, those without a prompt left out.
  public private(set) var days: [Day] = []
  /// The prompts of each account, most first.
  public private(set) var accounts: [(name: String, promptCount: Int)] = []
  /// The prompts of the later half of the time over those of the earlier half; `nil` when all came
  /// at once.
  public private(set) var growth: Double?

  /// The milliseconds of a day.
  private static let dayLength: Int64 = 86_400_000

  /// The number of prompts that a share of the accounts, the quiet ones first, do not exceed.
  ///
  /// - Parameter share: The share, in `0...1`.
  /// - Returns: 0 when there are no accounts.
  public func promptCount(atQuantile share: Double) -> Int {
    guard !accounts.isEmpty else { return 0 }
    let place = Int((share * Double(accounts.count)).rounded(.up)) - 1
    return accounts[accounts.count - 1 - min(max(place, 0), accounts.count - 1)].promptCount
  }

  init(_ events: [(account: String, time: Timestamp)]) {
    var ofAccount: [String: (count: Int, first: Timestamp, last: Timestamp)] = [:]
    var first = Timestamp.end
    var last = Timestamp.earliest
    for (account, time) in events {
      first = min(first, time)
      last = max(last, time)
      var known = ofAccount[account] ?? (0, time, time)
      known = (known.count + 1, min(known.first, time), max(known.last, time))
      ofAccount[account] = known
    }
    accounts = ofAccount.map { ($0.key, $0.value.count) }
      .sorted { ($1.promptCount, $0.name) < ($0.promptCount, $1.name) }
    var byDay: [Int64: Day] = [:]
    func change(_ time: Timestamp, _ body: (inout Day) -> Void) {
      let number = Self.day(of: time)
      let start = Timestamp(milliseconds: number * Self.dayLength)
      body(&byDay[number, default: Day(start: start)])
    }
    var senders: [Int64: Set<String>] = [:]
    for (account, time) in events {
      change(time) { $0.promptCount += 1 }
      senders[Self.day(of: time), default: []].insert(account)
    }
    for known in ofAccount.values {
      change(known.first) { $0.joiningCount += 1 }
      change(known.last) { $0.leavingCount += 1 }
    }
    days = byDay.sorted { $0.key < $1.key }.map { number, day in
      var day = day
      day.accountCount = senders[number]?.count ?? 0
      return day
    }
    guard last > first else { return }
    let middle = first.milliseconds + (last.milliseconds - first.milliseconds) / 2
    let early = events.reduce(0) { $0 + ($1.time.milliseconds <= middle ? 1 : 0) }
    growth = Double(events.count - early) / Double(max(early, 1))
  }

  private static func day(of time: Timestamp) -> Int64 {
    let (quotient, rest) = time.milliseconds.quotientAndRemainder(dividingBy: dayLength)
    return rest < 0 ? quotient - 1 : quotient
  }
}

extension FamilyCatalogue {
  /// Returns how a family went on over time.
  ///
  /// - Parameters:
  ///   - family: Its number.
  ///   - window: The time looked at, without its end.
  /// - Returns: Its history in that time.
  /// - Throws: `corrupted` when a segment is damaged.
  /// - Complexity: O(*n*) in the prompts of the snapshot.
  public func history(
    ofFamily family: Int,
    in window: Range<Timestamp> = .earliest ..< .end
  ) throws(ChorusError) -> FamilyHistory {
    var events: [(account: String, time: Timestamp)] = []
    try forEachSending(ofFamilies: [family]) { sending in
      if window.contains(sending.time) { events.append((sending.account, sending.time)) }
    }
    return FamilyHistory(events)
  }

  /// Returns the spread of each family in some time.
  ///
  /// - Parameter window: The time looked at, without its end.
  /// - Returns: The spreads, in the order of the families; their scores are those of all time.
  /// - Throws: `corrupted` when a segment is damaged.
  /// - Complexity: O(*n*) in the prompts of the snapshot.
  public func spreads(in window: Range<Timestamp>) throws(ChorusError) -> [Spread] {
    var spreads = [Spread](repeating: .none, count: families.count)
    var accounts = [Set<UInt32>](repeating: [], count: families.count)
    var rows = [Set<UInt32>](repeating: [], count: families.count)
    var numbers: [String: UInt32] = [:]
    var base = 0
    for segment in snapshot.segments {
      let global = segment.accountNames.map { name in
        let next = UInt32(numbers.count)
        let number = numbers[name] ?? next
        numbers[name] = number
        return number
      }
      try segment.forEachPrompt { occurrence in
        let family = Int(familyOfRow[base + Int(occurrence.row)])
        guard family >= 0, window.contains(occurrence.time) else { return }
        spreads[family].promptCount += 1
        spreads[family].firstSeen = min(spreads[family].firstSeen, occurrence.time)
        spreads[family].lastSeen = max(spreads[family].lastSeen, occurrence.time)
        accounts[family].insert(global[Int(occurrence.account)])
        rows[family].insert(UInt32(base) + occurrence.row)
      }
      base += segment.rowCount
    }
    for family in spreads.indices {
      spreads[family].accountCount = accounts[family].count
      spreads[family].distinctCount = rows[family].count
      spreads[family].score = families[family].spread.score
    }
    return spreads
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Chooses, among overlapping candidates, the ones that are families.
///
/// Candidates nest: a template, the values of its slots that come again, the boilerplate that
/// several templates share. They are taken in the order of how much text they explain. A candidate
/// that has rows of its own becomes a family; the families inside it stay when they have a crowd of
/// their own or much more text than it, and are values of its slots otherwise.
struct FamilySelector {
  /// A family: a candidate, and the family whose fixed text its own contains.
  struct Choice {
    var candidate: Int
    var parent: Int?
  }

  private let candidates: [Candidate]
  private let crowd: Crowd
  private let evidence: Evidence
  private let minimumAccountCount: Int
  /// The bits of a finding that chance gives once among all candidates.
  private let nestingBits: Double
  private var counter: StampedCounter
  private var isLive: [Bool]
  private var isDropped: [Bool]
  private var parents: [Int?]
  /// For each row, the live families that have it.
  private var owners: [[Int32]]
  private let accounts: RowAccounts

  /// One set of rows is inside another when this share of it is.
  private static let insideShare = 0.8

  init(
    _ candidates: [Candidate],
    crowd: Crowd,
    accounts: RowAccounts,
    evidence: Evidence,
    minimumAccountCount: Int
  ) {
    self.candidates = candidates
    self.crowd = crowd
    self.accounts = accounts
    self.evidence = evidence
    nestingBits = max(Evidence.leastBits, log2(Double(max(candidates.count, 1))))
    self.minimumAccountCount = minimumAccountCount
    counter = StampedCounter(count: accounts.accountCount)
    isLive = [Bool](repeating: false, count: candidates.count)
    isDropped = isLive
    parents = [Int?](repeating: nil, count: candidates.count)
    owners = [[Int32]](repeating: [], count: accounts.rowCount)
  }

  /// Returns the families.
  mutating func choose() -> [Choice] {
    let order = candidates.indices.filter { candidates[$0].standsAlone }
      .sorted(by: explainsMore)
    // What a dropped family had taken in is considered again, without it.
    while true {
      for number in order where !isLive[number] && !isDropped[number] { consider(number) }
      splitAll()
      if !prune() { break }
    }
    for number in order where !isLive[number] { considerRest(number) }
    return candidates.indices.filter { isLive[$0] }.map {
      Choice(candidate: $0, parent: liveParent(of: $0))
    }
  }

  /// Finds the families inside those that are only boilerplate; what is left of these is judged by
  /// ``prune()``.
  ///
  /// A candidate is such a part when it says at least as much again as each family that has its
  /// rows. A family is boilerplate when parts make up at least half of it: values of a slot seldom
  /// do, for most values come once.
  private mutating func splitAll() {
    let order = candidates.indices.filter { !isLive[$0] && !isDropped[$0] }
      .sorted(by: explainsMore)
    while true {
      var taken: [UInt32: Int] = [:]
      var parts: [Int] = []
      for number in order where !isLive[number] {
        let fresh = candidates[number].rows.filter { taken[$0] == nil && isPoorer($0, number) }
        guard Double(fresh.count) >= Self.insideShare * Double(candidates[number].rows.count),
          accountCount(fresh) >= minimumAccountCount
        else { continue }
        parts.append(number)
        for row in fresh { taken[row] = number }
      }
      var isBoilerplate: [Int: Bool] = [:]
      for family in candidates.indices where isLive[family] {
        isBoilerplate[family] = isWrapper(family, taken)
      }
      var isSettled = true
      for part in parts {
        var shares: [Int: Int] = [:]
        for row in candidates[part].rows {
          if let owner = owners[Int(row)].first(where: { isBoilerplate[Int($0)] ?? false }) {
            shares[Int(owner), default: 0] += 1
          }
        }
        let share = shares.values.reduce(0, +)
        guard 2 * share >= candidates[part].rows.count else { continue }
        parents[part] = shares.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
        add(part)
        isSettled = false
      }
      if isSettled { return }
    }
  }

  /// Whether all families of a row, if any, say much less than a candidate.
  private func isPoorer(_ row: UInt32, _ number: Int) -> Bool {
    let families = owners[Int(row)]
    return families.allSatisfy { isPart(number, of: Int($0)) }
  }

  /// Whether a candidate says at least twice as much as a family, and so is no value of its slots.
  private func isPart(_ number: Int, of family: Int) -> Bool {
    let bits = candidates[family].bits
    let more = candidates[number].bits - bits
    return more >= bits
  }

  private func explainsMore(_ lhs: Int, _ rhs: Int) -> Bool {
    let (left, right) = (candidates[lhs], candidates[rhs])
    return left.explainedBits == right.explainedBits
      ? left.key < right.key : left.explainedBits > right.explainedBits
  }

  /// Drops what only cuts across other families.
  ///
  /// That is a value that the slots of several templates share, or boilerplate whose prompts all
  /// have more in common. What is left of it must stand alone.
  ///
  /// - Returns: Whether anything was dropped.
  private mutating func prune() -> Bool {
    var hasDropped = false
    var isSettled = false
    while !isSettled {
      isSettled = true
      while let number = firstHollow() {
        remove(number, into: liveParent(of: number))
        drop(number)
        hasDropped = true
      }
      let boilerplate = Set(candidates.indices.filter { isLive[$0] && isWrapper($0) })
      let shared = candidates.indices.filter { isLive[$0] && liveParent(of: $0) == nil }
        .map { number in (number, ownRows(of: number, boilerplate)) }
        .filter { number, own in own.count < candidates[number].rows.count }
        .sorted { lhs, rhs in
          let (left, right) = (candidates[lhs.0], candidates[rhs.0])
          return left.bits == right.bits ? left.key < right.key : left.bits < right.bits
        }
      for (number, own) in shared where !survives(number, own, boilerplate) {
        remove(number, into: nil)
        drop(number)
        hasDropped = true
        isSettled = false
        break
      }
    }
    return hasDropped
  }

  /// The first family inside another that is set apart only by families inside it: what is left of
  /// it is of the one around, with a few words more by chance.
  private mutating func firstHollow() -> Int? {
    for number in candidates.indices where isLive[number] {
      guard let parent = liveParent(of: number) else { continue }
      let inside = familiesInside(number)
      guard !inside.isEmpty else { continue }
      let own = candidates[number].rows.filter { row in
        !owners[Int(row)].contains { inside.contains(Int($0)) }
      }
      let isApart =
        accountCount(own) >= minimumAccountCount
        && crowd.apartBits(own, among: candidates[parent].rows, &counter) >= nestingBits
      if !isApart { return number }
    }
    return nil
  }

  /// Rules a candidate out, with all that have nearly the same rows.
  private mutating func drop(_ number: Int) {
    let rows = Set(candidates[number].rows)
    for other in candidates.indices where !isLive[other] && !isDropped[other] {
      let shared = candidates[other].rows.reduce(0) { $0 + (rows.contains($1) ? 1 : 0) }
      let larger = max(rows.count, candidates[other].rows.count)
      if Double(shared) >= Self.insideShare * Double(larger) { isDropped[other] = true }
    }
  }

  /// Whether what a family does not share carries it.
  ///
  /// Boilerplate is a family of what is left of it; any other must have most of its prompts to
  /// itself, or it is a value that the slots of several templates share.
  private mutating func survives(_ number: Int, _ own: [UInt32], _ boilerplate: Set<Int>) -> Bool {
    guard standsAlone(number, own) else { return false }
    let all = candidates[number].rows
    if 2 * own.count >= all.count || boilerplate.contains(number) { return true }
    // Templates that have all of its text are no values of a slot of it.
    let inside = familiesInside(number)
    let covered = all.filter { row in
      owners[Int(row)].allSatisfy { Int($0) == number || inside.contains(Int($0)) }
    }
    return 2 * covered.count >= all.count
  }

  /// The smaller families that have nearly all their rows in one.
  private func familiesInside(_ number: Int) -> Set<Int> {
    let rows = candidates[number].rows
    var shared: [Int: Int] = [:]
    for row in rows {
      for owner in owners[Int(row)] where Int(owner) != number {
        shared[Int(owner), default: 0] += 1
      }
    }
    return Set(
      shared.filter { other, count in
        let all = candidates[other].rows.count
        return all < rows.count && Double(count) >= Self.insideShare * Double(all)
      }.keys
    )
  }

  /// Whether families that say much more make up at least half of one, and are not values of a
  /// slot of it.
  ///
  /// Accounts decide, not prompts: each account's share of covered prompts counts once. `taken` are
  /// parts that are not families yet, by the rows they would have.
  private mutating func isWrapper(_ number: Int, _ taken: [UInt32: Int] = [:]) -> Bool {
    let rows = candidates[number].rows
    let parts = rows.map { row in
      owners[Int(row)].first { isPart(Int($0), of: number) }.map(Int.init)
        ?? taken[row].flatMap { isPart($0, of: number) ? $0 : nil }
    }
    guard parts.contains(where: { $0 != nil }) else { return false }
    var counts: [UInt32: [Int: Int]] = [:]
    for (row, part) in zip(rows, parts) {
      for account in accounts.of(row) { counts[account, default: [:]][part ?? -1, default: 0] += 1 }
    }
    var covered = 0.0
    for classes in counts.values {
      let all = classes.values.reduce(0, +)
      covered += Double(all - (classes[-1] ?? 0)) / Double(all)
    }
    guard 2 * covered >= Double(counts.count) else { return false }
    // A few common words are no template that takes values: they would glue all that have them.
    guard evidence.isPart(lift: candidates[number].liftBits) else { return true }
    return !AccountMixture(counts.values).isMixed
  }

  /// The rows that a family shares with no other but boilerplate that says less.
  private func ownRows(of number: Int, _ boilerplate: Set<Int>) -> [UInt32] {
    candidates[number].rows.filter { row in
      owners[Int(row)].allSatisfy { owner in
        let other = Int(owner)
        return other == number || (boilerplate.contains(other) && isPart(number, of: other))
      }
    }
  }

  private mutating func standsAlone(_ number: Int, _ own: [UInt32]) -> Bool {
    guard accountCount(own) >= minimumAccountCount else { return false }
    return evidence.isEnough(
      bits: candidates[number].bits,
      rowCount: own.count,
      returning: crowd.returnBits(own, &counter)
    )
  }

  /// The nearest live family around one; chains are short, and cut where they should go in a ring.
  private func liveParent(of number: Int) -> Int? {
    var parent = parents[number]
    for _ in 0..<16 {
      guard let found = parent, !isLive[found] else { break }
      parent = parents[found]
    }
    return parent.flatMap { isLive[$0] && $0 != number ? $0 : nil }
  }

  private mutating func consider(_ number: Int) {
    let candidate = candidates[number]
    var shared: [Int: Int] = [:]
    var own: [UInt32] = []
    for row in candidate.rows {
      if owners[Int(row)].isEmpty { own.append(row) }
      for owner in owners[Int(row)] { shared[Int(owner), default: 0] += 1 }
    }
    let inside = shared.filter { family, count in
      Double(count) >= Self.insideShare * Double(candidates[family].rows.count)
    }.map(\.key).sorted()
    let around = shared.filter { family, count in
      Double(count) >= Self.insideShare * Double(candidate.rows.count)
    }.map(\.key).min { lhs, rhs in
      let (left, right) = (candidates[lhs], candidates[rhs])
      return (left.rows.count, left.key, lhs) < (right.rows.count, right.key, rhs)
    }

    if let around, !inside.contains(around) {
      considerChild(number, of: around)
      return
    }
    if 2 * own.count >= candidate.rows.count {
      for family in inside where isValue(family, of: number) { remove(family, into: number) }
    } else {
      // Most of its rows have more in common than this: it is boilerplate, and a family only if
      // what is left says so by itself.
      guard standsAlone(number, own) else { return }
    }
    for family in inside where isLive[family] && parents[family] == nil {
      parents[family] = number
    }
    add(number)
  }

  /// A candidate whose rows are in no family for the most part, or that was dropped as what several
  /// share: a family all the same when a crowd of its own sends what is left of it.
  private mutating func considerRest(_ number: Int) {
    let own = candidates[number].rows.filter { owners[Int($0)].isEmpty }
    guard accountCount(own) >= minimumAccountCount,
      crowd.returnBits(own, &counter) >= evidence.neededBits,
      standsAlone(number, own)
    else { return }
    add(number)
  }

  /// A candidate inside a family: a template of its own, or a value of a slot.
  private mutating func considerChild(_ number: Int, of family: Int) {
    guard !isValue(number, of: family) else { return }
    guard accountCount(candidates[number].rows) >= minimumAccountCount else { return }
    parents[number] = family
    add(number)
  }

  /// Whether a candidate inside another is a value of its slots: the same accounts send it as the
  /// others, in the same way.
  private mutating func isValue(_ inner: Int, of outer: Int) -> Bool {
    let small = candidates[inner]
    let large = candidates[outer]
    guard 10 * small.rows.count < 9 * large.rows.count else { return true }
    let bits = crowd.apartBits(small.rows, among: large.rows, &counter)
    return bits < nestingBits
  }

  private mutating func accountCount(_ rows: [UInt32]) -> Int {
    accounts.distinctCount(rows, &counter)
  }

  private mutating func add(_ number: Int) {
    isLive[number] = true
    for row in candidates[number].rows { owners[Int(row)].append(Int32(number)) }
  }

  private mutating func remove(_ number: Int, into family: Int?) {
    isLive[number] = false
    if let family { parents[number] = family }
    for row in candidates[number].rows { owners[Int(row)].removeAll { $0 == number } }
  }
}

/// Whether the accounts of a family choose among its parts as if these were values of one slot.
///
/// The accounts of different templates differ, though they share a wrapper; those of one template
/// take its values as they come. Accounts that come more than once tell: under independence of
/// account and part, two prompts of one account are of two parts as often as any two prompts are.
/// Two prompts neither of which is in a part tell nothing.
struct AccountMixture {
  /// Pairs of prompts of one account in the same part, and in different parts; each account weighs
  /// at most one.
  private var same = 0.0
  private var crossing = 0.0
  private var accountCount = 0.0
  private var shares: [Int: Double] = [:]

  /// Counts, for each account, its prompts by part; part -1 is what is in no part.
  init(_ accounts: some Sequence<[Int: Int]>) {
    for parts in accounts {
      let all = Double(parts.values.reduce(0, +))
      guard all > 1 else { continue }
      accountCount += 1
      var alike = 0.0
      var outside = 0.0
      for (part, count) in parts {
        shares[part, default: 0] += Double(count) / all
        let pairs = Double(count) * Double(count - 1) / (all * (all - 1))
        if part < 0 { outside = pairs } else { alike += pairs }
      }
      same += alike
      crossing += 1 - alike - outside
    }
  }

  /// How much less often the accounts of different templates cross than chance would have it.
  private static let apartFactor = 8.0

  /// Whether the parts are values of one slot.
  ///
  /// They are when it is by ``Evidence/leastBits`` likelier that accounts cross as chance has it
  /// than that they cross ``apartFactor`` times less, and there are three parts or more: two texts
  /// around which a wrapper stands are two templates, not a list.
  var isMixed: Bool {
    guard same + crossing > 0 else { return false }
    var alike = 0.0
    var outside = 0.0
    for (part, share) in shares {
      let square = (share / accountCount) * (share / accountCount)
      if part < 0 { outside = square } else { alike += square }
    }
    guard alike <= 0.4, outside < 1 else { return false }
    let chance = min(1 - alike / (1 - outside), 0.999)
    guard chance > 0 else { return false }
    let bits =
      crossing * log2(Self.apartFactor)
      + same * log2((1 - chance) / (1 - chance / Self.apartFactor))
    return bits >= Evidence.leastBits
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusIndex

/// Counts how many accounts have the values of attributes that the accounts of campaigns have.
struct AttributeGathering {
  /// A value of fewer accounts of a campaign than this is nothing in common.
  private static let leastSharedCount = 3
  /// The values that are counted exactly; of more, there are at most as many as were seen.
  private static let mostValueCount = 1 << 22

  /// What is counted about one value.
  private struct Value {
    var attribute: String
    /// The accounts of each campaign that have it.
    var shared: [Int: Set<UInt32>] = [:]
    /// All accounts that have it.
    var holders = Set<UInt32>()
  }

  private let snapshot: Snapshot
  private var numbers: [String: UInt32] = [:]

  /// Numbers the accounts of a snapshot.
  init(_ snapshot: Snapshot) {
    self.snapshot = snapshot
    for segment in snapshot.segments {
      for name in segment.accountNames where numbers[name] == nil {
        numbers[name] = UInt32(numbers.count)
      }
    }
  }

  /// Adds to each campaign what its accounts have in common.
  ///
  /// - Parameter campaigns: The campaigns.
  /// - Throws: `corrupted` when a segment is damaged.
  /// - Complexity: O(*n*) in the attributes of the snapshot, twice; memory for the values that
  ///   accounts of campaigns have.
  func explain(_ campaigns: inout [Campaign]) throws(ChorusError) {
    guard !campaigns.isEmpty, snapshot.segments.contains(where: \.hasAttributes) else { return }
    var campaignsOf: [UInt32: [Int]] = [:]
    for (number, campaign) in campaigns.enumerated() {
      for account in campaign.accounts {
        if let known = numbers[account.name] { campaignsOf[known, default: []].append(number) }
      }
    }
    var values: [UInt64: Value] = [:]
    var all = Set<UInt64>()
    var seenCount = 0
    try forEachAttribute { account, attribute, hash in
      seenCount += 1
      if all.count < Self.mostValueCount { all.insert(hash) }
      for campaign in campaignsOf[account] ?? [] {
        values[hash, default: Value(attribute: attribute)].shared[campaign, default: []]
          .insert(account)
      }
    }
    values = values.filter { entry in
      entry.value.shared.values.contains { $0.count >= Self.leastSharedCount }
    }
    try forEachAttribute { account, _, hash in
      if values[hash] != nil { values[hash]?.holders.insert(account) }
    }
    let valueCount = all.count < Self.mostValueCount ? all.count : seenCount
    for number in campaigns.indices {
      let counts = values.values.compactMap { value in
        value.shared[number].map { shared in
          SharedAttributes.Count(
            attribute: value.attribute,
            sharedCount: shared.count,
            holderCount: value.holders.count
          )
        }
      }
      campaigns[number].signals += SharedAttributes.signals(
        counts.sorted { ($0.attribute, $0.sharedCount) < ($1.attribute, $1.sharedCount) },
        groupCount: campaigns[number].accounts.count,
        accountCount: numbers.count,
        valueCount: valueCount
      )
    }
  }

  /// Calls a closure for each attribute of each prompt that is not deleted: with the account, the
  /// attribute's name, and a hash of name and value.
  private func forEachAttribute(
    _ body: (UInt32, String, UInt64) -> Void
  ) throws(ChorusError) {
    for segment in snapshot.segments where segment.hasAttributes {
      let global = segment.accountNames.map { numbers[$0] ?? 0 }
      let count = segment.summary.occurrenceCount
      for start in stride(from: 0, to: count, by: 1 << 14) {
        let range = start..<min(start + 1 << 14, count)
        let occurrences = try segment.occurrences(range)
        let attributes = try segment.attributes(range)
        for (place, occurrence) in occurrences.enumerated()
        where !segment.isDeleted(start + place) {
          for (name, value) in attributes[place] {
            let hash =
              Hashing.mix(Hashing.hash64(Array(name.utf8)))
              &+ Hashing.hash64(Array(value.utf8))
            body(global[Int(occurrence.account)], name, hash)
          }
        }
      }
    }
  }
}

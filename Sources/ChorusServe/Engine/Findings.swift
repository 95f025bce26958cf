// SPDX-License-Identifier: Apache-2.0

internal import ChorusCampaign
internal import ChorusCore
internal import ChorusFamily
internal import ChorusIndex
internal import Synchronization

/// What one pass over the prompts found, and what was counted about it since.
///
/// Never changes; a pass makes a new one. Counting goes through all prompts, so what was counted
/// last is kept for whoever asks next.
final class Findings: Sendable {
  /// The families.
  let catalogue: FamilyCatalogue
  /// The campaigns.
  let list: CampaignList
  /// When the pass ended.
  let time: Timestamp
  /// Finds the families of matches.
  let finder: FamilyFinder
  /// The families by their names, former ones included.
  private let numbers: [String: Int]
  /// For each family the text that is searched.
  let searchTexts: [String]

  private let histories = Cache<HistoryKey, FamilyHistory>(limit: 64)
  private let places = Cache<Int, [FamilyCatalogue.Place]>(limit: 16)
  private let accounts = Cache<String, [AccountPrompt]>(limit: 64)
  private let spreads = Cache<Range<Timestamp>, [Spread]>(limit: 4)
  private let pictures = Cache<String, CampaignPicture>(limit: 64)

  /// A prompt of an account that was asked about.
  struct AccountPrompt: Sendable {
    var place: FamilyCatalogue.Place
    /// The number of its family, if it is of one.
    var family: Int?
    var time: Timestamp
  }

  private struct HistoryKey: Hashable {
    var family: Int
    var window: Range<Timestamp>
  }

  init(_ catalogue: FamilyCatalogue, _ list: CampaignList, time: Timestamp) {
    self.catalogue = catalogue
    self.list = list
    self.time = time
    finder = FamilyFinder(catalogue)
    var numbers: [String: Int] = [:]
    for (number, family) in catalogue.families.enumerated() {
      for name in family.formerNames where numbers[name] == nil { numbers[name] = number }
    }
    for (number, family) in catalogue.families.enumerated() { numbers[family.name] = number }
    self.numbers = numbers
    searchTexts = catalogue.families.map { ($0.name + "\n" + $0.template.text).lowercased() }
  }

  /// What names these findings in cursors.
  var mark: String { "\(catalogue.snapshot.manifest.generation)-\(time.milliseconds)" }

  /// The number of the family with a name.
  func number(ofFamily name: String) throws(Problem) -> Int {
    guard let number = numbers[name] else {
      throw .notFound("There is no family of that name; /v1/families lists the names.")
    }
    return number
  }

  /// The campaign with a name.
  func campaign(named name: String) throws(Problem) -> Campaign {
    guard let campaign = list.campaigns.first(where: { $0.name == name }) else {
      throw .notFound("There is no campaign of that name; /v1/campaigns lists the names.")
    }
    return campaign
  }

  /// How a family went on over time.
  func history(
    ofFamily family: Int,
    in window: Range<Timestamp>
  ) throws(ChorusError) -> FamilyHistory {
    try histories.value(of: HistoryKey(family: family, window: window)) {
      () throws(ChorusError) in try catalogue.history(ofFamily: family, in: window)
    }
  }

  /// Where the prompts of a family stand.
  func places(ofFamily family: Int) throws(ChorusError) -> [FamilyCatalogue.Place] {
    try places.value(of: family) { () throws(ChorusError) in
      try catalogue.places(ofFamily: family)
    }
  }

  /// The prompts of an account.
  ///
  /// - Throws: A ``Problem`` when it sent none.
  func prompts(ofAccount account: String) throws -> [AccountPrompt] {
    let prompts = try accounts.value(of: account) { () throws(ChorusError) in
      try catalogue.prompts(ofAccount: account).map { prompt in
        AccountPrompt(place: prompt.place, family: prompt.family, time: prompt.time)
      }
    }
    guard !prompts.isEmpty else { throw Problem.notFound("There is no prompt of that account.") }
    return prompts
  }

  /// The spreads of all families in some time.
  func spreads(in window: Range<Timestamp>) throws(ChorusError) -> [Spread] {
    try spreads.value(of: window) { () throws(ChorusError) in try catalogue.spreads(in: window) }
  }

  /// What can be drawn of a campaign.
  func picture(of campaign: Campaign) throws(ChorusError) -> CampaignPicture {
    try pictures.value(of: campaign.name) { () throws(ChorusError) in
      let numbers = campaign.families.compactMap { self.numbers[$0] }
      return try CampaignPicture(campaign, families: numbers, in: catalogue)
    }
  }
}

/// What was computed last, by what it was computed of.
private final class Cache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private let limit: Int
  private let entries = Mutex<[(key: Key, value: Value)]>([])

  init(limit: Int) { self.limit = limit }

  /// Returns what is known, or computes it.
  func value(
    of key: Key,
    _ body: () throws(ChorusError) -> Value
  ) throws(ChorusError) -> Value {
    let known = entries.withLock { entries -> Value? in
      guard let place = entries.firstIndex(where: { $0.key == key }) else { return nil }
      entries.append(entries.remove(at: place))
      return entries[entries.count - 1].value
    }
    if let known { return known }
    let value = try body()
    entries.withLock { entries in
      entries.removeAll { $0.key == key }
      if entries.count >= limit { entries.removeFirst() }
      entries.append((key, value))
    }
    return value
  }
}

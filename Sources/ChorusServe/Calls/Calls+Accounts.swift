// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusFamily
internal import ChorusWire

extension Calls {
  /// The most families of an account that are listed.
  private static let familyLimit = 1000

  private struct AccountDetailObject: Encodable {
    var account: String
    var prompts: Int
    var firstSeen: String
    var lastSeen: String
    var inNoFamily: Int
    var families: [AccountFamilyObject]
    var asOf: AsOf

    enum CodingKeys: String, CodingKey {
      case account, prompts, families
      case firstSeen = "first_seen"
      case lastSeen = "last_seen"
      case inNoFamily = "in_no_family"
      case asOf = "as_of"
    }
  }

  /// What an account sent of one family.
  private struct AccountFamilyObject: Encodable {
    var family: String
    var prompts: Int
    var firstSeen: String
    var lastSeen: String
    var campaign: OrNull<String>

    enum CodingKeys: String, CodingKey {
      case family, prompts, campaign
      case firstSeen = "first_seen"
      case lastSeen = "last_seen"
    }
  }

  /// How many prompts there are, from when to when.
  private struct Tally {
    var count = 0
    var first = Timestamp.end
    var last = Timestamp.earliest

    mutating func add(_ time: Timestamp) {
      count += 1
      first = min(first, time)
      last = max(last, time)
    }
  }

  /// Answers `GET /v1/accounts/{account}`.
  func account(_ name: String, _ parameters: inout Parameters) async throws -> Reply {
    try parameters.end()
    let findings = try engine.findings()
    return try await engine.analysis.run {
      let prompts = try findings.prompts(ofAccount: name)
      let campaigns = try campaignNames(findings)
      var all = Tally()
      var tallies: [Int: Tally] = [:]
      for prompt in prompts {
        all.add(prompt.time)
        if let family = prompt.family { tallies[family, default: Tally()].add(prompt.time) }
      }
      let inFamilies = tallies.values.reduce(0) { $0 + $1.count }
      let order = tallies.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
      let families = order.prefix(Self.familyLimit).map { number, tally in
        let family = findings.catalogue.families[number].name
        return AccountFamilyObject(
          family: family,
          prompts: tally.count,
          firstSeen: tally.first.description,
          lastSeen: tally.last.description,
          campaign: OrNull(campaigns[family])
        )
      }
      return try .json(
        AccountDetailObject(
          account: name,
          prompts: all.count,
          firstSeen: all.first.description,
          lastSeen: all.last.description,
          inNoFamily: all.count - inFamilies,
          families: families,
          asOf: AsOf(findings)
        )
      )
    }
  }

  private struct AccountPromptObject: Encodable {
    var id: String
    var account: String
    var time: String
    var family: OrNull<String>
    var text: String?
  }

  private struct AccountPromptListObject: Encodable {
    var prompts: [AccountPromptObject]
    var total: Int
    var next: OrNull<String>
    var asOf: AsOf

    enum CodingKeys: String, CodingKey {
      case prompts, total, next
      case asOf = "as_of"
    }
  }

  /// Answers `GET /v1/accounts/{account}/prompts`.
  func prompts(ofAccount name: String, _ parameters: inout Parameters) async throws -> Reply {
    let hasText = try parameters.flag("with_text")
    let request = try PageRequest(&parameters, most: limits.pageCount)
    let findings = try engine.findings()
    return try await engine.analysis.run { [limits] in
      let catalogue = findings.catalogue
      let prompts = try findings.prompts(ofAccount: name)
      let parts = ["account", name, findings.mark]
      let page = try Page(request, count: prompts.count, of: parts)
      var objects: [AccountPromptObject] = []
      var byteCount = 0
      for prompt in prompts[page.range] {
        let (member, text) = try catalogue.member(
          at: prompt.place,
          ofFamily: prompt.family ?? -1,
          hasText: hasText
        )
        objects.append(
          AccountPromptObject(
            id: member.id,
            account: member.account,
            time: member.time.description,
            family: OrNull(prompt.family.map { catalogue.families[$0].name }),
            text: text.map { String(decoding: $0, as: UTF8.self) }
          )
        )
        byteCount += text?.count ?? 0
        if byteCount > limits.pageByteCount { break }
      }
      return try .json(
        AccountPromptListObject(
          prompts: objects,
          total: prompts.count,
          next: OrNull(page.cut(after: objects.count, of: prompts.count, parts).next),
          asOf: AsOf(findings)
        )
      )
    }
  }
}

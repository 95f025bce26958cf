// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusFamily
internal import ChorusIndex
internal import ChorusWire

extension Calls {
  private enum Order: String, CaseIterable {
    case spread
    case accounts
    case prompts
    case recent
  }

  private enum Kind: String, CaseIterable {
    case template
    case fragment
  }

  /// Which families are listed, and in which order.
  private struct Choice: Sendable {
    var leastAccountCount = 1
    var leastPromptCount = 1
    var window: Range<Timestamp>?
    var order = Order.spread
    var kind: Kind?
    var campaign: String?
    var search: String?

    init(_ parameters: inout Parameters) throws(Problem) {
      leastAccountCount = try parameters.count("min_accounts", 1...1_000_000_000) ?? 1
      leastPromptCount = try parameters.count("min_prompts", 1...1_000_000_000) ?? 1
      window = try parameters.window()
      order = try parameters.choice("sort", Order.self) ?? .spread
      kind = try parameters.choice("kind", Kind.self)
      campaign = parameters.string("campaign")
      search = parameters.string("search")?.lowercased()
    }

    /// What names the list in cursors.
    var parts: [String] {
      [
        "families", String(leastAccountCount), String(leastPromptCount),
        window.map { "\($0.lowerBound.milliseconds)-\($0.upperBound.milliseconds)" } ?? "",
        order.rawValue, kind?.rawValue ?? "", campaign ?? "", search ?? "",
      ]
    }

    /// The numbers and spreads of the families that are listed.
    func families(
      in findings: Findings,
      _ campaigns: [String: String]
    ) throws(ChorusError) -> [(number: Int, spread: Spread)] {
      let families = findings.catalogue.families
      let spreads =
        try window.map { window throws(ChorusError) in try findings.spreads(in: window) }
        ?? families.map(\.spread)
      var chosen: [(number: Int, spread: Spread)] = []
      for (number, family) in families.enumerated() {
        let spread = spreads[number]
        guard spread.accountCount >= leastAccountCount, spread.promptCount >= leastPromptCount
        else { continue }
        if let kind, family.kind.rawValue != kind.rawValue { continue }
        if let campaign, campaigns[family.name] != campaign { continue }
        if let search, !search.isEmpty, !findings.searchTexts[number].contains(search) { continue }
        chosen.append((number, spread))
      }
      switch order {
      case .spread:
        // In a part of the time, what is wide then counts, not what is in all.
        if window != nil { chosen.sort { $0.spread.accountCount > $1.spread.accountCount } }
      case .accounts: chosen.sort { $0.spread.accountCount > $1.spread.accountCount }
      case .prompts: chosen.sort { $0.spread.promptCount > $1.spread.promptCount }
      case .recent: chosen.sort { $0.spread.lastSeen > $1.spread.lastSeen }
      }
      return chosen
    }
  }

  private struct FamilyListObject: Encodable {
    var families: [FamilyObject]
    var total: Int
    var next: OrNull<String>
    var asOf: AsOf

    enum CodingKeys: String, CodingKey {
      case families, total, next
      case asOf = "as_of"
    }
  }

  /// Answers `GET /v1/families`.
  func families(_ parameters: inout Parameters) async throws -> Reply {
    let choice = try Choice(&parameters)
    let isBrief = try parameters.flag("brief")
    let request = try PageRequest(&parameters, most: limits.pageCount)
    let findings = try engine.findings()
    return try await engine.analysis.run { [limits] in
      let campaigns = try campaignNames(findings)
      let chosen = try choice.families(in: findings, campaigns)
      let parts = choice.parts + [findings.mark]
      let page = try Page(request, count: chosen.count, of: parts)
      var objects: [FamilyObject] = []
      var byteCount = 0
      for (number, spread) in chosen[page.range] {
        var family = findings.catalogue.families[number]
        family.spread = spread
        let extent = isBrief ? FamilyObject.Extent.brief : .full
        objects.append(FamilyObject(family, campaign: campaigns[family.name], extent: extent))
        byteCount += isBrief ? 0 : family.template.fixedByteCount
        if byteCount > limits.pageByteCount { break }
      }
      let next = page.cut(after: objects.count, of: chosen.count, parts).next
      return try .json(
        FamilyListObject(
          families: objects,
          total: chosen.count,
          next: OrNull(next),
          asOf: AsOf(findings)
        )
      )
    }
  }

  private struct FamilyDetailObject: Encodable {
    var history: FamilyHistoryObject
    var template: Template
    var accounts: [(name: String, promptCount: Int)]
    var asOf: AsOf

    private enum CodingKeys: String, CodingKey {
      case templateParts = "template_parts"
      case topAccounts = "top_accounts"
      case asOf = "as_of"
    }

    private struct PartObject: Encodable {
      var fixed: String?
      var slot: Int?
    }

    private struct AccountCount: Encodable {
      var account: String
      var prompts: Int
    }

    func encode(to encoder: any Encoder) throws {
      try history.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      let parts = template.parts.map { part in
        switch part {
        case .fixed(let text): PartObject(fixed: text)
        case .slot(let number): PartObject(slot: number + 1)
        }
      }
      try container.encode(parts, forKey: .templateParts)
      let counts = accounts.map { AccountCount(account: $0.name, prompts: $0.promptCount) }
      try container.encode(counts, forKey: .topAccounts)
      try container.encode(asOf, forKey: .asOf)
    }
  }

  /// Answers `GET /v1/families/{name}`.
  func family(_ name: String, _ parameters: inout Parameters) async throws -> Reply {
    let window = try parameters.window()
    let accountCount = try parameters.count("accounts", 0...1000) ?? 20
    try parameters.end()
    let findings = try engine.findings()
    let number = try findings.number(ofFamily: name)
    return try await engine.analysis.run {
      var family = findings.catalogue.families[number]
      if let window { family.spread = try findings.spreads(in: window)[number] }
      let history = try findings.history(ofFamily: number, in: window ?? .earliest ..< .end)
      let campaign = try campaignNames(findings)[family.name]
      return try .json(
        FamilyDetailObject(
          history: FamilyHistoryObject(
            family: FamilyObject(family, campaign: campaign),
            history: history
          ),
          template: family.template,
          accounts: Array(history.accounts.prefix(accountCount)),
          asOf: AsOf(findings)
        )
      )
    }
  }

  private struct MemberListObject: Encodable {
    var members: [MemberObject]
    var total: Int
    var next: OrNull<String>
    var asOf: AsOf

    enum CodingKeys: String, CodingKey {
      case members, total, next
      case asOf = "as_of"
    }
  }

  /// Answers `GET /v1/families/{name}/members`.
  func members(_ name: String, _ parameters: inout Parameters) async throws -> Reply {
    let hasText = try parameters.flag("with_text")
    let request = try PageRequest(&parameters, most: limits.pageCount)
    let findings = try engine.findings()
    let number = try findings.number(ofFamily: name)
    return try await engine.analysis.run { [limits] in
      let catalogue = findings.catalogue
      let family = catalogue.families[number].name
      let places = try findings.places(ofFamily: number)
      let parts = ["members", family, findings.mark]
      let page = try Page(request, count: places.count, of: parts)
      var objects: [MemberObject] = []
      var byteCount = 0
      for place in places[page.range] {
        let (member, text) = try catalogue.member(at: place, ofFamily: number, hasText: hasText)
        var object = MemberObject(member, family: family)
        if let text {
          object.text = String(decoding: text, as: UTF8.self)
          object.spans = catalogue.fixedSpans(ofFamily: number, in: text).map(MatchObject.pair)
          byteCount += text.count
        }
        objects.append(object)
        // Texts may be long; the page ends early then.
        if byteCount > limits.pageByteCount { break }
      }
      return try .json(
        MemberListObject(
          members: objects,
          total: places.count,
          next: OrNull(page.cut(after: objects.count, of: places.count, parts).next),
          asOf: AsOf(findings)
        )
      )
    }
  }
}

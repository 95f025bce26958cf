// SPDX-License-Identifier: Apache-2.0

internal import ChorusCampaign
internal import ChorusCore
internal import ChorusFamily
internal import ChorusIndex
internal import ChorusWire
internal import Logging

extension Calls {
  /// The verdicts, as they are now: another program may have given one.
  private func verdicts(_ findings: Findings) throws(ChorusError) -> [Verdict] {
    let snapshot = findings.catalogue.snapshot
    for name in try engine.verdicts.damagedFiles(for: snapshot) {
      engine.logger.warning("a verdict cannot be read", metadata: ["file": "\(name)"])
    }
    return try engine.verdicts.verdicts(for: snapshot)
  }

  /// The name of the campaign of each family that is in one which nobody found to be benign.
  func campaignNames(_ findings: Findings) throws(ChorusError) -> [String: String] {
    findings.list.campaignNames(given: try verdicts(findings))
  }

  private struct CampaignListObject: Encodable {
    var campaigns: [CampaignObject]
    var total: Int
    var next: OrNull<String>
    var examined: Int
    var expectedFalse: Double
    var benign: Int
    var asOf: AsOf

    enum CodingKeys: String, CodingKey {
      case campaigns, total, next, examined, benign
      case expectedFalse = "expected_false"
      case asOf = "as_of"
    }
  }

  /// Answers `GET /v1/campaigns`.
  func campaigns(_ parameters: inout Parameters) async throws -> Reply {
    let listsAll = try parameters.flag("all")
    let request = try PageRequest(&parameters, most: limits.pageCount)
    let findings = try engine.findings()
    return try await engine.analysis.run {
      let verdicts = try verdicts(findings)
      let all = findings.list.campaigns
      let suspected = findings.list.suspected(given: verdicts)
      let chosen = listsAll ? all : suspected
      // A verdict changes the list, and so which items come before a place in it.
      let names = chosen.map(\.name).joined(separator: " ")
      let parts = ["campaigns", String(listsAll), findings.mark, names]
      let page = try Page(request, count: chosen.count, of: parts)
      return try .json(
        CampaignListObject(
          campaigns: chosen[page.range].map { CampaignObject($0, $0.verdict(among: verdicts)) },
          total: chosen.count,
          next: OrNull(page.next),
          examined: findings.list.examinedCount,
          expectedFalse: findings.list.expectedFalseCount,
          benign: all.count - suspected.count,
          asOf: AsOf(findings)
        )
      )
    }
  }

  private struct CampaignDetailObject: Encodable {
    var campaign: CampaignObject
    var picture: CampaignPicture
    var templates: [TemplateObject]
    var asOf: AsOf

    struct TemplateObject: Encodable {
      var family: String
      var template: String
      var prompts: Int
    }

    private struct DayObject: Encodable {
      var day: String
      var prompts: Int
    }

    private struct MatrixObject: Encodable {
      var families: [String]
      var accounts: [String]
      var counts: [[Int]]
    }

    private enum CodingKeys: String, CodingKey {
      case timeline, matrix, templates
      case asOf = "as_of"
    }

    func encode(to encoder: any Encoder) throws {
      try campaign.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      let days = picture.days.map { day in
        DayObject(day: String(day.start.description.prefix(10)), prompts: day.promptCount)
      }
      try container.encode(days, forKey: .timeline)
      try container.encode(
        MatrixObject(
          families: picture.families,
          accounts: picture.accounts,
          counts: picture.counts
        ),
        forKey: .matrix
      )
      try container.encode(templates, forKey: .templates)
      try container.encode(asOf, forKey: .asOf)
    }
  }

  /// Answers `GET /v1/campaigns/{name}`.
  func campaign(_ name: String, _ parameters: inout Parameters) async throws -> Reply {
    try parameters.end()
    let findings = try engine.findings()
    let campaign = try findings.campaign(named: name)
    return try await engine.analysis.run {
      let verdict = campaign.verdict(among: try verdicts(findings))
      var templates: [CampaignDetailObject.TemplateObject] = []
      for name in campaign.families {
        let family = findings.catalogue.families[try findings.number(ofFamily: name)]
        let text = family.template.text
        templates.append(
          CampaignDetailObject.TemplateObject(
            family: name,
            template: FamilyObject.beginning(of: text) ?? text,
            prompts: family.spread.promptCount
          )
        )
      }
      return try .json(
        CampaignDetailObject(
          campaign: CampaignObject(campaign, verdict),
          picture: try findings.picture(of: campaign),
          templates: templates,
          asOf: AsOf(findings)
        )
      )
    }
  }

  private struct AccountListObject: Encodable {
    var accounts: [AccountObject]
    var total: Int
    var next: OrNull<String>
    var asOf: AsOf

    enum CodingKeys: String, CodingKey {
      case accounts, total, next
      case asOf = "as_of"
    }
  }

  /// Answers `GET /v1/campaigns/{name}/accounts`.
  func accounts(ofCampaign name: String, _ parameters: inout Parameters) async throws -> Reply {
    let request = try PageRequest(&parameters, most: limits.pageCount)
    let findings = try engine.findings()
    let campaign = try findings.campaign(named: name)
    let count = campaign.accounts.count
    let page = try Page(request, count: count, of: ["accounts", name, findings.mark])
    return try .json(
      AccountListObject(
        accounts: campaign.accounts[page.range].map { AccountObject(name, $0) },
        total: count,
        next: OrNull(page.next),
        asOf: AsOf(findings)
      )
    )
  }

  private struct VerdictRequest: Decodable {
    var decision: Verdict.Decision
    var note: String

    private enum Key: String, CodingKey { case decision, note }

    init(from decoder: any Decoder) throws {
      try decoder.refuseOtherKeys(than: [Key.decision.rawValue, Key.note.rawValue])
      let container = try decoder.container(keyedBy: Key.self)
      let decision = try container.decode(String.self, forKey: .decision)
      switch decision {
      case "benign": self.decision = .benign
      case "confirmed": self.decision = .confirmed
      default: throw Problem.invalid("'decision' must be benign or confirmed.")
      }
      note = try container.decodeIfPresent(String.self, forKey: .note) ?? ""
    }
  }

  /// Answers `PUT /v1/campaigns/{name}/verdict`.
  func giveVerdict(
    _ name: String,
    _ body: HeldBody?,
    _ parameters: inout Parameters
  ) async throws -> Reply {
    try parameters.end()
    guard let body else { throw Problem.invalid("The call needs a body.") }
    guard body.mediaType == "application/json" else { throw Problem.unsupportedType }
    let request = try RequestJSON.decode(VerdictRequest.self, body.bytes)
    let findings = try engine.findings()
    let campaign = try findings.campaign(named: name)
    let verdict = Verdict(
      campaign: campaign.name,
      decision: request.decision,
      note: request.note,
      time: .now,
      families: campaign.families
    )
    return try await engine.analysis.run { [verdicts = engine.verdicts] in
      try verdicts.give(verdict, for: findings.catalogue.snapshot)
      return try .json(VerdictObject(verdict))
    }
  }

  /// Answers `DELETE /v1/campaigns/{name}/verdict`.
  func withdrawVerdict(_ name: String, _ parameters: inout Parameters) async throws -> Reply {
    try parameters.end()
    let findings = try engine.findings()
    let campaign = try findings.campaign(named: name)
    return try await engine.analysis.run { [verdicts = engine.verdicts] in
      try verdicts.withdraw(about: campaign, for: findings.catalogue.snapshot)
      return .done
    }
  }
}

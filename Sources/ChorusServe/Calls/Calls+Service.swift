// SPDX-License-Identifier: Apache-2.0

internal import ChorusCampaign
internal import ChorusCore
internal import ChorusFamily
internal import ChorusIndex
internal import ChorusPage
internal import ChorusWire
internal import Logging

extension Calls {
  private struct StatusObject: Encodable {
    var status: String
    /// Whether prompts can be added.
    var writable: Bool?
  }

  private struct StartedObject: Encodable {
    var started = true
    var seconds: Double?
  }

  private struct ServiceStatisticsObject: Encodable {
    var statistics: StatisticsObject
    var findings: Findings?

    private enum CodingKeys: String, CodingKey {
      case families, campaigns
      case asOf = "as_of"
    }

    func encode(to encoder: any Encoder) throws {
      try statistics.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(findings?.catalogue.families.count, forKey: .families)
      try container.encode(findings?.list.campaigns.count, forKey: .campaigns)
      try container.encode(findings.map { AsOf($0) }, forKey: .asOf)
    }
  }

  /// Answers `GET /v1/stats`.
  func statistics(_ parameters: inout Parameters) async throws -> Reply {
    try parameters.end()
    let snapshot = engine.holder.snapshot()
    let findings = engine.passes.findings
    return try await engine.analysis.run {
      let statistics = StatisticsObject(try snapshot.statistics())
      return try .json(ServiceStatisticsObject(statistics: statistics, findings: findings))
    }
  }

  private struct SessionObject: Encodable {
    var name: OrNull<String>
    var roles: [String]
    var index: String
    var hasText: Bool
    var version: String

    enum CodingKeys: String, CodingKey {
      case name, roles, index, version
      case hasText = "has_text"
    }
  }

  /// Answers `GET /v1/session`.
  func session(_ client: Gatekeeper.Client, _ parameters: inout Parameters) throws -> Reply {
    try parameters.end()
    let path = engine.options.index.path
    return try .json(
      SessionObject(
        name: OrNull(client.name),
        roles: client.roles.names,
        index: path.split(separator: "/").last.map(String.init) ?? path,
        hasText: engine.hasText,
        version: Service.version
      )
    )
  }

  /// Answers `POST /v1/mine`.
  func mine(_ parameters: inout Parameters) async throws -> Reply {
    let waits = try parameters.flag("wait")
    try parameters.end()
    // Says why there is nothing to mine.
    if !engine.hasText { _ = try engine.findings() }
    guard waits else {
      Task { [passes = engine.passes] in _ = try? await passes.pass() }
      return try .json(StartedObject(), status: 202)
    }
    return try .json(StartedObject(seconds: try await engine.passes.pass().seconds))
  }

  /// Answers `POST /v1/compact`.
  func compact(_ parameters: inout Parameters) async throws -> Reply {
    let waits = try parameters.flag("wait")
    try parameters.end()
    guard waits else {
      Task { [engine] in
        do throws(ChorusError) { try await engine.compact() } catch {
          engine.logger.error("compaction failed", metadata: ["error": "\(error)"])
        }
      }
      return try .json(StartedObject(), status: 202)
    }
    let start = ContinuousClock.now
    try await engine.compact()
    return try .json(StartedObject(seconds: (ContinuousClock.now - start).seconds))
  }

  /// Answers `GET /healthz`.
  func health(_ parameters: inout Parameters) throws -> Reply {
    try parameters.end()
    return try .json(StatusObject(status: "ok"))
  }

  /// Answers `GET /readyz`.
  func readiness(_ parameters: inout Parameters) throws -> Reply {
    try parameters.end()
    return try .json(StatusObject(status: "ready", writable: engine.holder.failure == nil))
  }

  /// Answers `GET /metrics`.
  func metrics(_ parameters: inout Parameters) throws -> Reply {
    try parameters.end()
    return Reply(kind: .metrics, body: Array(engine.meter.text(of: engine).utf8))
  }

  /// A file of the page.
  func page(_ name: String, _ parameters: inout Parameters) throws -> Reply {
    guard let file = PageFile.all[name] else { throw Problem.notFound("There is no such file.") }
    let kind: Reply.Kind =
      switch file.kind {
      case .html: .html
      case .css: .css
      case .script: .script
      case .json: .json
      }
    return Reply(kind: kind, body: file.bytes, isPublic: true)
  }
}

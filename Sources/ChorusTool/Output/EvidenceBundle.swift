// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chorus
import ChorusWire
import Foundation

/// A folder with all that a campaign was named for, so that another person can check it.
///
/// Files: `campaign.json`, `accounts.jsonl`, `families.jsonl`, `members.jsonl` with the places of
/// the fixed text in each prompt, `parameters.json` with the command that makes the same again, and
/// `SHA256SUMS`, which `sha256sum -c` checks.
struct EvidenceBundle {
  let found: FoundCampaigns
  let campaign: Campaign
  let search: CampaignOptions
  let includesText: Bool

  private struct Parameters: Encodable {
    var program: String
    var formatVersion: Int
    var generation: UInt64
    var prompts: Int
    var minAccounts: Int
    var allow: String?
    var examined: Int
    var expectedFalse: Double
    var plan: [String: UInt64]
    var command: String

    enum CodingKeys: String, CodingKey {
      case program, generation, prompts, allow, examined, plan, command
      case formatVersion = "format_version"
      case minAccounts = "min_accounts"
      case expectedFalse = "expected_false"
    }
  }

  /// Writes the folder, which must not be there or be empty.
  ///
  /// - Returns: The number of prompts written.
  func write(to folder: String) throws -> Int {
    try makeFolder(folder)
    let path = { (name: String) in folder + "/" + name }
    try lines(path("campaign.json"), [CampaignObject(campaign, found.verdict(about: campaign))])
    try lines(
      path("accounts.jsonl"),
      campaign.accounts.map { AccountObject(campaign.name, $0) }
    )
    var numbers: [Int] = []
    for family in campaign.families { numbers.append(try found.catalogue.number(ofFamily: family)) }
    try lines(
      path("families.jsonl"),
      numbers.map { number in
        FamilyObject(
          found.catalogue.families[number],
          campaign: campaign.name,
          extent: includesText ? .full : .withoutFillers
        )
      }
    )
    let count = try writeMembers(path("members.jsonl"), Set(numbers))
    try lines(path("parameters.json"), [try parameters(folder)])
    try writeChecksums(folder)
    return count
  }

  private func makeFolder(_ folder: String) throws(ChorusError) {
    let manager = FileManager.default
    do {
      try manager.createDirectory(atPath: folder, withIntermediateDirectories: true)
      guard try manager.contentsOfDirectory(atPath: folder).isEmpty else {
        throw ChorusError(
          .invalidInput,
          "Cannot write a bundle to \(folder): the folder has files in it. Choose an empty or new "
            + "one."
        )
      }
    } catch let error as ChorusError {
      throw error
    } catch {
      throw ChorusError(.ioFailure, "Cannot make the folder \(folder): check the path.")
    }
  }

  private func lines(_ path: String, _ objects: [some Encodable]) throws {
    let file = try LineFile(path)
    for object in objects { try file.write(try JSONText.line(of: object)) }
    try file.flush()
  }

  private func writeMembers(_ path: String, _ families: Set<Int>) throws -> Int {
    let accounts = Set(campaign.accounts.map(\.name))
    let file = try LineFile(path)
    var count = 0
    try found.catalogue.forEachText(ofFamilies: families) { member, text in
      guard accounts.contains(member.account) else { return }
      let spans = found.catalogue.fixedSpans(ofFamily: member.family, in: text)
      count += 1
      let family = found.catalogue.families[member.family].name
      var object = MemberObject(member, family: family)
      object.spans = spans.map(MatchObject.pair)
      if includesText { object.text = String(decoding: text, as: UTF8.self) }
      try file.write(try JSONText.line(of: object))
    }
    try file.flush()
    return count
  }

  private func parameters(_ folder: String) throws -> Parameters {
    let statistics = try found.snapshot.statistics()
    var command = ["chorus", "campaign", search.options.index, campaign.name]
    command += ["--min-accounts", String(search.mining.minAccounts)]
    if let allow = search.allow { command += ["--allow", allow] }
    if search.options.keyFile != nil { command += ["--key-file", "KEY"] }
    if includesText { command.append("--with-text") }
    command += ["--bundle", "DIR"]
    return Parameters(
      program: ChorusTool.configuration.version,
      formatVersion: statistics.formatVersion,
      generation: found.snapshot.manifest.generation,
      prompts: statistics.prompts,
      minAccounts: search.mining.minAccounts,
      allow: search.allow,
      examined: found.list.examinedCount,
      expectedFalse: found.list.expectedFalseCount,
      plan: StatisticsObject.parameters(of: statistics),
      command: command.map(Self.quoted).joined(separator: " ")
    )
  }

  /// A word as a shell reads it.
  private static func quoted(_ word: String) -> String {
    let isPlain = word.unicodeScalars.allSatisfy { scalar in
      scalar.isASCII
        && (scalar.properties.isAlphabetic || "0123456789-_./".unicodeScalars.contains(scalar))
    }
    return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
  }

  private func writeChecksums(_ folder: String) throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/sha256sum")
    process.arguments = ["--"] + names
    process.currentDirectoryURL = URL(filePath: folder)
    let pipe = Pipe()
    process.standardOutput = pipe
    do { try process.run() } catch {
      throw ChorusError(.ioFailure, "Cannot run sha256sum, which makes the checksums: install it.")
    }
    let sums = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw ChorusError(.ioFailure, "Cannot make the checksums of \(folder): sha256sum failed.")
    }
    let file = try LineFile(folder + "/SHA256SUMS")
    try file.write(String(decoding: sums, as: UTF8.self).trimmingCharacters(in: .newlines))
    try file.flush()
  }
}

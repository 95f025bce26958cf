// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chorus
import ChorusSimulate
import Foundation

struct SimulateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Writes a labelled stream of simulated traffic to standard output.",
    discussion: """
      The same seed gives the same stream. Campaigns, innocent look-alikes and ordinary prompts \
      are mixed; --truth says which is which.
      """
  )

  @Option(help: "How many prompts to write.")
  var prompts = 10_000

  @Option(help: "The seed.")
  var seed: UInt64 = 1

  @Option(help: "How many sentences stand where there would be one, for longer prompts.")
  var length = 1

  @Option(help: "A file that receives what is true of each prompt, one JSON line each.")
  var truth: String?

  func validate() throws {
    guard (0...10_000_000).contains(prompts) else {
      throw ValidationError("--prompts must be from 0 to 10,000,000.")
    }
    guard (1...100).contains(length) else {
      throw ValidationError("--length must be from 1 to 100.")
    }
  }

  private struct Record: Encodable {
    var id: String
    var account: String
    var time: String
    var text: String
  }

  private struct Truth: Encodable {
    var id: String
    var account: String
    var family: String?
    var campaign: String?
    var kind: String
    var fixed: Int?

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(id, forKey: .id)
      try container.encode(account, forKey: .account)
      try container.encode(family, forKey: .family)
      try container.encode(campaign, forKey: .campaign)
      try container.encode(kind, forKey: .kind)
      try container.encode(fixed, forKey: .fixed)
    }

    enum CodingKeys: String, CodingKey {
      case id, account, family, campaign, kind, fixed
    }
  }

  func run() throws {
    let lines = JSONLines()
    let truthFile = try truth.map { path throws(ChorusError) in try LineFile(path) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let generator = TrafficGenerator(promptCount: prompts, seed: seed, lengthFactor: length)
    for prompt in generator.prompts() {
      try lines.write(
        Record(
          id: prompt.id,
          account: prompt.account,
          time: prompt.time.description,
          text: prompt.text
        )
      )
      guard let truthFile else { continue }
      let truth = Truth(
        id: prompt.id,
        account: prompt.account,
        family: prompt.family,
        campaign: prompt.campaign,
        kind: prompt.kind,
        fixed: prompt.fixedByteCount
      )
      try truthFile.write(String(decoding: try encoder.encode(truth), as: UTF8.self))
    }
    try truthFile?.flush()
  }
}

// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chorus

/// The flags of the commands that mine families.
struct FamilyOptions: ParsableArguments {
  @Option(help: "The fewest accounts of a family.")
  var minAccounts = FamilyMiner.Options().minimumAccountCount

  @Flag(help: "Mine everything, also when the families that are kept beside the index would do.")
  var fresh = false

  func validate() throws {
    guard minAccounts >= 2 else { throw ValidationError("--min-accounts must be at least 2.") }
  }

  /// The families of an index.
  func catalogue(of index: IndexOptions) throws -> FamilyCatalogue {
    let index = try index.open()
    return try catalogue(of: index, index.snapshot())
  }

  /// The families of a snapshot of an index.
  func catalogue(of index: Index, _ snapshot: Snapshot) throws -> FamilyCatalogue {
    try keeper(of: index).catalogue(of: snapshot, isFresh: fresh).catalogue
  }

  /// The families of a snapshot, if they are kept beside the index.
  func keptCatalogue(of index: Index, _ snapshot: Snapshot) -> FamilyCatalogue? {
    keeper(of: index).keptCatalogue(of: snapshot)
  }

  private func keeper(of index: Index) -> FamilyKeeper {
    var options = FamilyMiner.Options()
    options.minimumAccountCount = minAccounts
    return FamilyKeeper(index, options: options)
  }

  /// The name of the campaign of each family that is in one which nobody found to be benign.
  func campaignNames(in catalogue: FamilyCatalogue, of index: Index) throws -> [String: String] {
    let verdicts = try VerdictBook(index).verdicts(for: catalogue.snapshot)
    return try finder.find(catalogue).campaignNames(given: verdicts)
  }

  /// What finds campaigns.
  var finder: CampaignFinder {
    var options = CampaignFinder.Options()
    options.minimumAccountCount = minAccounts
    return CampaignFinder(options: options)
  }
}

/// The flags that choose a time.
struct WindowOptions: ParsableArguments {
  @Option(help: "Look only at prompts sent at this time or later.")
  var since: String?

  @Option(help: "Look only at prompts sent before this time.")
  var until: String?

  /// The time chosen, or `nil` for all time.
  func window() throws -> Range<Timestamp>? {
    guard since != nil || until != nil else { return nil }
    let start = try since.map { try TimeArgument.parse($0, for: "--since") } ?? .earliest
    let end = try until.map { try TimeArgument.parse($0, for: "--until") } ?? .end
    guard start < end else { throw ValidationError("--since must be before --until.") }
    return start..<end
  }
}

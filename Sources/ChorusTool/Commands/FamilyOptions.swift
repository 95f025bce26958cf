// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chorus

/// The flags of the commands that mine families.
struct FamilyOptions: ParsableArguments {
  @Option(help: "The fewest accounts of a family.")
  var minAccounts = FamilyMiner.Options().minimumAccountCount

  func validate() throws {
    guard minAccounts >= 2 else { throw ValidationError("--min-accounts must be at least 2.") }
  }

  /// Mines an index.
  func catalogue(of index: IndexOptions) throws -> FamilyCatalogue {
    try catalogue(of: index.open().snapshot())
  }

  /// Mines a snapshot.
  func catalogue(of snapshot: Snapshot) throws -> FamilyCatalogue {
    var options = FamilyMiner.Options()
    options.minimumAccountCount = minAccounts
    return try FamilyMiner(options: options).mine(snapshot)
  }

  /// Mines an index and finds its campaigns.
  func campaigns(of index: IndexOptions) throws -> CampaignList {
    try campaigns(in: catalogue(of: index))
  }

  /// The name of the campaign of each family that is in one.
  func campaignNames(in catalogue: FamilyCatalogue) throws -> [String: String] {
    var names: [String: String] = [:]
    for campaign in try campaigns(in: catalogue).campaigns {
      for family in campaign.families { names[family] = campaign.name }
    }
    return names
  }

  private func campaigns(in catalogue: FamilyCatalogue) throws -> CampaignList {
    var options = CampaignFinder.Options()
    options.minimumAccountCount = minAccounts
    return try CampaignFinder(options: options).find(catalogue)
  }
}

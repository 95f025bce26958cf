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

  /// Mines the index at a path.
  func catalogue(of path: String) throws -> FamilyCatalogue {
    var options = FamilyMiner.Options()
    options.minimumAccountCount = minAccounts
    return try FamilyMiner(options: options).mine(try Index(path: path).snapshot())
  }
}

// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
public import ChorusIndex

/// Finds the families of a snapshot.
public struct FamilyMiner: Sendable {
  /// What makes a family.
  public struct Options: Hashable, Sendable {
    /// The fewest accounts that text must come from to count as shared.
    public var minimumAccountCount = 5

    /// Creates the default options.
    public init() {}
  }

  private let options: Options

  /// Creates a miner.
  public init(options: Options = Options()) { self.options = options }

  /// Mines all segments of a snapshot.
  public func mine(_ snapshot: Snapshot) throws(ChorusError) -> FamilyCatalogue {
    FamilyCatalogue(
      families: [],
      familyOfRow: [Int32](repeating: -1, count: snapshot.rowCount),
      snapshot: snapshot
    )
  }
}

// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
public import ChorusIndex

/// Tells of prompts, as they arrive, which known family they are of.
///
/// Nothing is mined, and the index is not looked at: the anchors of a prompt are, which it needs to
/// be added anyhow.
public struct FamilyWatch: Sendable {
  /// A prompt of a known family.
  public struct Sighting: Sendable {
    /// The name of the family.
    public let family: String
    /// The prompt's id.
    public let id: String
    /// The account that sent it.
    public let account: String
    /// When it was sent.
    public let time: Timestamp
  }

  private let names: [String]
  private let matcher: FamilyMatcher
  private var memory: FamilyMatcher.Memory
  private var seen = Set<Int>()

  /// The prompts of known families so far.
  public private(set) var promptCount = 0
  /// The known families that had a prompt so far.
  public var familyCount: Int { seen.count }

  /// Watches for the families of a catalogue.
  public init(_ catalogue: FamilyCatalogue) {
    self.init(catalogue.families.map(\.name), catalogue.matcher)
  }

  init(_ names: [String], _ matcher: FamilyMatcher) {
    self.names = names
    self.matcher = matcher
    memory = matcher.makeMemory()
  }

  /// Looks at prompts of a batch.
  ///
  /// - Parameters:
  ///   - batch: The prompts with their sketches, under the plan and key of the catalogue's index.
  ///   - positions: Which of them to look at.
  /// - Returns: Those that are of a known family, in order.
  /// - Complexity: O(*n* log *n*) in the anchors of each prompt.
  public mutating func look(at batch: PreparedBatch, _ positions: [Int]) -> [Sighting] {
    var sightings: [Sighting] = []
    for position in positions {
      let anchors = batch.distinctAnchors(of: position)
      guard let family = matcher.family(ofAnchors: anchors, &memory) else { continue }
      let record = batch.batch.records[position]
      promptCount += 1
      seen.insert(family)
      sightings.append(
        Sighting(
          family: names[family],
          id: batch.batch.string(record.id),
          account: batch.batch.string(record.account),
          time: record.time
        )
      )
    }
    return sightings
  }
}

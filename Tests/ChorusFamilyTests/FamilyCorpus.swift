// SPDX-License-Identifier: Apache-2.0

import ChorusFamily
import ChorusIndex
import ChorusTestSupport

/// What mining found, in words that do not depend on numbering.
struct Found {
  /// The catalogue.
  let catalogue: FamilyCatalogue
  /// The ids of the members of each family, in the order of the families.
  let members: [Set<String>]

  /// Indexes and mines prompts.
  init(
    _ prompts: [SeededCorpus.Prompt],
    minimumAccountCount: Int = 10,
    segmentRowCount: Int = 1 << 20
  ) throws {
    let snapshot = try Snapshot.of(prompts, segmentRowCount: segmentRowCount)
    var options = FamilyMiner.Options()
    options.minimumAccountCount = minimumAccountCount
    catalogue = try FamilyMiner(options: options).mine(snapshot)
    var members = [Set<String>](repeating: [], count: catalogue.families.count)
    try catalogue.forEachMember { member in members[member.family].insert(member.id) }
    self.members = members
  }

  /// The sets of members, without an order.
  var sets: Set<Set<String>> { Set(members) }
}

extension SeededCorpus {
  /// The ids of the prompts of each family.
  var truth: Set<Set<String>> {
    var ids: [Int: Set<String>] = [:]
    for prompt in prompts {
      if let family = prompt.family { ids[family, default: []].insert(prompt.id) }
    }
    return Set(ids.values)
  }

  /// Families of several shapes among unrelated prompts of many accounts.
  static func mixed(seed: UInt64) -> SeededCorpus {
    var corpus = SeededCorpus(seed: seed)
    corpus.appendNoise(count: 300, accountCount: 150)
    corpus.appendFamily(size: 60, accountCount: 20)
    corpus.appendFamily(
      size: 40,
      accountCount: 12,
      template: corpus.template(wordCount: 16, slotCount: 1)
    )
    corpus.appendFamily(size: 50, accountCount: 25, fillerWordCount: 40)
    corpus.appendNoise(count: 200, accountCount: 150)
    return corpus
  }
}

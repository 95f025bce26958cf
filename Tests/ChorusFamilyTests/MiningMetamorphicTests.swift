// SPDX-License-Identifier: Apache-2.0

import ChorusFamily
import ChorusIndex
import ChorusStore
import ChorusTestSupport
import Testing

/// Changes to an index, to the question and to other traffic that must not change what is found.
@Suite struct MiningMetamorphicTests {
  /// The ids of the members of each family, by its name.
  private static func families(_ storage: MemoryStorage) throws -> [String: Set<String>] {
    let catalogue = try FamilyMiner().mine(Index(storage).snapshot())
    var members: [String: Set<String>] = [:]
    try catalogue.forEachMember { member in
      members[catalogue.families[member.family].name, default: []].insert(member.id)
    }
    return members
  }

  /// An index of many segments, which are not merged.
  private static func divided(_ prompts: [SeededCorpus.Prompt]) throws -> MemoryStorage {
    let storage = MemoryStorage()
    var options = IndexWriter.Options(segmentRowCount: 60)
    options.compaction = nil
    let writer = try IndexWriter(storage, options: options)
    try writer.append(PromptBatch(prompts))
    try writer.commit()
    return storage
  }

  private static func isStranger(_ account: String) -> Bool { account.hasPrefix("stranger") }

  // MARK: The index

  @Test(arguments: Planted.allCases)
  func `merging segments changes neither families nor names`(_ planted: Planted) throws {
    let storage = try Self.divided(planted.corpus(seed: 81).prompts)
    let before = try Self.families(storage)
    #expect(try Index(storage).snapshot().segments.count > 2)
    try IndexWriter(storage).compact()
    #expect(try Index(storage).snapshot().segments.count == 1)
    #expect(try Self.families(storage) == before)
    #expect(before.isEmpty == (planted == .nothing))
  }

  @Test(arguments: Planted.allCases, [2, 1])
  func `deleting every second stranger, or all, leaves the families`(
    _ planted: Planted,
    step: Int
  ) throws {
    let corpus = planted.corpus(seed: 82)
    let strangers = Set(corpus.prompts.map(\.account).filter(Self.isStranger)).sorted()
    let gone = Set(stride(from: 0, to: strangers.count, by: step).map { strangers[$0] })
    let storage = try Self.divided(corpus.prompts)
    let before = Set(try Self.families(storage).values)
    let writer = try IndexWriter(storage)
    #expect(before.isEmpty == (planted == .nothing))
    #expect(try writer.delete(gone.sorted().map { .account($0) }) > 0)
    let deleted = Set(corpus.prompts.filter { gone.contains($0.account) }.map(\.id))
    let wanted = Set(before.map { $0.subtracting(deleted) })
    #expect(Set(try Self.families(storage).values) == wanted)
    try writer.compact()
    #expect(Set(try Self.families(storage).values) == wanted)
  }

  @Test(arguments: [Planted.templates, .slots, .lines, .wrapped, .nested, .onceEach])
  func `deleting some members leaves the others, as if those had never come`(
    _ planted: Planted
  ) throws {
    let corpus = planted.corpus(seed: 83)
    let members = corpus.truth(accountCount: 10).flatMap { $0.sorted().prefix(7) }
    let gone = Set(members)
    let storage = try Self.divided(corpus.prompts)
    let writer = try IndexWriter(storage)
    #expect(try writer.delete(gone.sorted().map { .id($0) }) == gone.count)
    let rest = corpus.prompts.filter { !gone.contains($0.id) }
    let wanted = try Found(rest).sets
    #expect(wanted == BruteForceMiner(rest).families())
    #expect(Set(try Self.families(storage).values) == wanted)
    try writer.compact()
    #expect(Set(try Self.families(storage).values) == wanted)
  }

  // MARK: The question

  @Test(arguments: [10, 13, 16, 21])
  func `asking for more accounts drops families and changes none`(minimum: Int) throws {
    var corpus = SeededCorpus(seed: 84)
    corpus.appendNoise(count: 200, accountCount: 100)
    for accountCount in [10, 12, 15, 20, 25] {
      corpus.appendFamily(size: 2 * accountCount, accountCount: accountCount)
    }
    let found = try Found(corpus.prompts, minimumAccountCount: minimum)
    #expect(found.sets == corpus.truth(accountCount: minimum))
    let names = Set(try Found(corpus.prompts).catalogue.families.map(\.name))
    #expect(Set(found.catalogue.families.map(\.name)).isSubset(of: names))
  }

  // MARK: Other traffic

  @Test(arguments: Planted.allCases)
  func `traffic in other words adds its families and changes none`(_ planted: Planted) throws {
    let here = planted.corpus(seed: 85).prompts
    let there = Planted.lines.corpus(seed: 86).prompts.map { prompt in
      var other = prompt
      other.id = "there-\(prompt.id)"
      other.account = "there-\(prompt.account)"
      let words = prompt.text.split(separator: " ", omittingEmptySubsequences: false)
      other.text = words.map { "zz\($0)" }.joined(separator: " ")
      return other
    }
    let apart = try Found(here).sets.union(Found(there).sets)
    #expect(try Found(here + there).sets == apart)
  }

  @Test(arguments: Planted.allCases)
  func `capitals, points and spaces change nothing`(_ planted: Planted) throws {
    let plain = planted.corpus(seed: 87).prompts
    let dressed = plain.enumerated().map { place, prompt in
      var other = prompt
      if place % 3 == 0 { other.text = prompt.text.uppercased() }
      if place % 3 == 1 { other.text = prompt.text.split(separator: " ").joined(separator: ",  ") }
      return other
    }
    #expect(try Found(dressed).sets == Found(plain).sets)
  }
}

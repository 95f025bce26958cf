// SPDX-License-Identifier: Apache-2.0

import ChorusFamily
import ChorusIndex
import ChorusSketch
import ChorusStore
import ChorusTestSupport
import Testing

/// What is kept beside an index is what mining it anew gives.
@Suite struct FamilyKeeperTests {
  private let storage = MemoryStorage()

  /// The families of the index, by what their members are.
  private func families(
    isFresh: Bool = false,
    minimumAccountCount: Int = 10
  ) throws -> (names: [Set<String>: String], source: FamilyKeeper.Source) {
    let index = try Index(storage)
    var options = FamilyMiner.Options()
    options.minimumAccountCount = minimumAccountCount
    let keeper = FamilyKeeper(index, options: options)
    let (catalogue, source) = try keeper.catalogue(of: index.snapshot(), isFresh: isFresh)
    return (try names(in: catalogue), source)
  }

  private func names(in catalogue: FamilyCatalogue) throws -> [Set<String>: String] {
    var members = [Set<String>](repeating: [], count: catalogue.families.count)
    try catalogue.forEachMember { members[$0.family].insert($0.id) }
    for (family, ids) in zip(catalogue.families, members) {
      #expect(family.spread.promptCount == ids.count)
    }
    return Dictionary(uniqueKeysWithValues: zip(members, catalogue.families.map(\.name)))
  }

  private func add(_ prompts: some Collection<SeededCorpus.Prompt>) throws {
    var options = IndexWriter.Options()
    options.compaction = nil
    let writer = try IndexWriter(storage, options: options)
    try writer.append(PromptBatch(prompts))
    try writer.commit()
  }

  /// A corpus whose last fifth has more of known families, a new one, and one that was too small.
  private static func growing(seed: UInt64) -> (old: [SeededCorpus.Prompt], all: SeededCorpus) {
    var corpus = SeededCorpus(seed: seed)
    corpus.appendNoise(count: 500, accountCount: 250)
    for _ in 0..<3 { corpus.appendFamily(size: 60, accountCount: 30) }
    let divided = corpus.template()
    var halves = SeededCorpus(seed: seed + 1)
    halves.appendFamily(size: 6, accountCount: 6, template: divided)
    for prompt in halves.prompts {
      corpus.append(prompt.text, account: "early-" + prompt.account, family: 90)
    }
    let old = corpus.prompts
    halves.appendFamily(size: 8, accountCount: 8, template: divided)
    for prompt in halves.prompts.dropFirst(6) {
      corpus.append(prompt.text, account: "late-" + prompt.account, family: 90)
    }
    for family in 0..<3 {
      var more = SeededCorpus(seed: seed + 2 + UInt64(family))
      more.appendFamily(size: 15, accountCount: 15, template: corpus.templates[family])
      for prompt in more.prompts {
        corpus.append(prompt.text, account: "more-" + prompt.account, family: family)
      }
    }
    corpus.appendFamily(size: 40, accountCount: 20)
    corpus.appendNoise(count: 40, accountCount: 40)
    return (old, corpus)
  }

  @Test func `asking again gives what was kept`() throws {
    try add(SeededCorpus.mixed(seed: 51).prompts)
    let first = try families()
    let second = try families()
    #expect(first.source == .mined)
    #expect(second.source == .kept)
    #expect(!first.names.isEmpty)
    #expect(second.names == first.names)
  }

  @Test func `what is kept is the whole catalogue`() throws {
    try add(SeededCorpus.mixed(seed: 51).prompts)
    let index = try Index(storage)
    let snapshot = try index.snapshot()
    #expect(FamilyKeeper(index).keptCatalogue(of: snapshot) == nil)
    let mined = try FamilyKeeper(index).catalogue(of: snapshot).catalogue
    let kept = try #require(FamilyKeeper(index).keptCatalogue(of: snapshot))
    #expect(kept.families.map(\.template) == mined.families.map(\.template))
    #expect(kept.families.map(\.spread) == mined.families.map(\.spread))
    #expect(kept.families.map(\.kind) == mined.families.map(\.kind))
    #expect(kept.families.map(\.parent) == mined.families.map(\.parent))
  }

  @Test(arguments: 60..<66 as Range<UInt64>)
  func `an update gives what mining everything gives`(seed: UInt64) throws {
    let (old, corpus) = Self.growing(seed: seed)
    try add(old)
    let before = try families()
    #expect(before.names.count == 3)
    try add(corpus.prompts.dropFirst(old.count))
    let updated = try families()
    let anew = try families(isFresh: true)
    #expect(updated.source == .updated)
    #expect(anew.source == .mined)
    #expect(Set(updated.names.keys) == corpus.truth)
    #expect(updated.names == anew.names)
    #expect(Set(before.names.values).isSubset(of: updated.names.values))
  }

  @Test func `many small updates give what mining everything gives`() throws {
    let (old, corpus) = Self.growing(seed: 67)
    try add(old)
    _ = try families()
    var rest = corpus.prompts.dropFirst(old.count)
    while !rest.isEmpty {
      try add(rest.prefix(20))
      rest = rest.dropFirst(20)
      #expect(try families().source == .updated)
    }
    #expect(Set(try families().names.keys) == corpus.truth)
  }

  @Test func `everything is mined again when a quarter as much came`() throws {
    let corpus = SeededCorpus.mixed(seed: 52).prompts
    try add(corpus.prefix(400))
    let before = try families()
    try add(corpus.dropFirst(400))
    let after = try families()
    #expect(after.source == .mined)
    #expect(try families().source == .kept)
    #expect(Set(before.names.values).isSubset(of: after.names.values))
  }

  @Test func `compaction changes neither members nor names`() throws {
    let prompts = SeededCorpus.mixed(seed: 53).prompts
    for start in stride(from: 0, to: prompts.count, by: 150) {
      try add(prompts[start..<min(start + 150, prompts.count)])
    }
    let before = try families(isFresh: true)
    try IndexWriter(storage).compact()
    #expect(try Index(storage).snapshot().segments.count == 1)
    let after = try families()
    #expect(after.source == .updated)
    #expect(after.names == before.names)
  }

  @Test func `a deletion leaves no text in what is kept, and families keep their names`() throws {
    let (_, corpus) = Self.growing(seed: 68)
    try add(corpus.prompts)
    let before = try families()
    let target = DeletionTarget.account("family-0-account-0")
    let gone = corpus.prompts.filter { $0.account == "family-0-account-0" }
    #expect(try storage.names().contains("families-10"))
    _ = try IndexWriter(storage).delete([target])
    #expect(try !storage.names().contains("families-10"))
    let after = try families()
    #expect(after.source == .mined)
    #expect(Set(after.names.values) == Set(before.names.values))
    #expect(after.names.keys.allSatisfy { $0.isDisjoint(with: gone.map(\.id)) })
    try IndexWriter(storage).compact()
    let index = try Index(storage)
    for prompt in gone {
      #expect(try index.traces(of: .text(Array(prompt.text.utf8))).isEmpty)
    }
  }

  @Test(arguments: 70..<74 as Range<UInt64>)
  func `new prompts are told to be of the families that an update puts them into`(
    seed: UInt64
  ) throws {
    let (old, corpus) = Self.growing(seed: seed)
    let new = corpus.prompts.dropFirst(old.count)
    try add(old)
    let known = Set(try families().names.values)
    let index = try Index(storage)
    var watch = try #require(FamilyKeeper(index).watch(for: index.snapshot()))
    let sketcher = Sketcher(plan: .standard)
    let batch = PreparedBatch(PromptBatch(new), sketcher: sketcher)
    var told: [String: Set<String>] = [:]
    for sighting in watch.look(at: batch, Array(new.indices.map { $0 - old.count })) {
      told[sighting.family, default: []].insert(sighting.id)
    }
    try add(new)
    let ids = Set(new.map(\.id))
    var wanted: [String: Set<String>] = [:]
    for (members, name) in try families().names where known.contains(name) {
      wanted[name] = members.intersection(ids)
    }
    #expect(told == wanted)
    #expect(watch.promptCount == wanted.values.reduce(0) { $0 + $1.count })
    #expect(watch.familyCount == 3)
  }

  @Test func `there is nothing to watch for before families are kept`() throws {
    try add(SeededCorpus.mixed(seed: 59).prompts)
    let index = try Index(storage)
    #expect(FamilyKeeper(index).watch(for: try index.snapshot()) == nil)
  }

  @Test func `text in what is kept is a trace`() throws {
    try add(SeededCorpus.mixed(seed: 57).prompts)
    let index = try Index(storage)
    let catalogue = try FamilyKeeper(index).catalogue(of: index.snapshot()).catalogue
    guard case .fixed(let text) = catalogue.families[0].template.parts[0] else {
      Issue.record("the first template begins with a slot")
      return
    }
    let traces = try index.traces(of: .text(Array(text.utf8)))
    #expect(traces.contains { $0.file == "families-10" })
  }

  @Test func `a damaged kept file is named, and a repair drops it and nothing else`() throws {
    try add(SeededCorpus.mixed(seed: 58).prompts)
    let before = try families()
    let bytes = try #require(storage.bytes(of: "families-10"))
    let sink = try storage.create("families-10")
    try sink.append(bytes.flipping(4, at: 100))
    try sink.close()
    #expect(try Index(storage).verify().faults.count == 1)
    let report = try IndexRepair(storage).run()
    #expect(report.faults.count == 1)
    #expect(report.lostCount == 0)
    #expect(try Index(storage).verify().faults.isEmpty)
    #expect(try !storage.names().contains("families-10"))
    #expect(try families().names == before.names)
  }

  @Test func `what a reader kept after a deletion that it had not seen is not used`() throws {
    try add(SeededCorpus.mixed(seed: 54).prompts)
    let index = try Index(storage)
    let old = try index.snapshot()
    _ = try IndexWriter(storage).delete([.account("family-0-account-1")])
    _ = try FamilyKeeper(index).catalogue(of: old)
    let now = try families()
    #expect(now.source == .mined)
    #expect(now.names.keys.joined().count == Set(now.names.keys.joined()).count)
    let left = Set(try index.snapshot().livePrompts().map(\.id))
    #expect(now.names.keys.allSatisfy { $0.isSubset(of: left) })
  }

  @Test func `what a reader keeps after a deletion and a compaction has no deleted text`() throws {
    try add(SeededCorpus.mixed(seed: 54).prompts)
    let index = try Index(storage)
    let old = try index.snapshot()
    let writer = try IndexWriter(storage)
    _ = try writer.delete([.account("family-0-account-1")])
    try writer.compact()
    _ = try FamilyKeeper(index).catalogue(of: old)
    #expect(try !storage.names().contains { $0.hasPrefix("families-") })
  }

  @Test func `other files are not taken for kept ones`() throws {
    try add(SeededCorpus.mixed(seed: 54).prompts)
    for name in ["families-2026.csv", "verdict-", "verdict-c-", "families-", "family-names-x"] {
      let sink = try storage.create(name)
      try sink.append([1])
      try sink.close()
    }
    #expect(try Index(storage).verify().faults.isEmpty)
    _ = try IndexWriter(storage).delete([.account("family-0-account-1")])
    #expect(try storage.names().contains("families-2026.csv"))
  }

  @Test(arguments: ["families-10", "family-names-10"])
  func `damage to a kept file changes nothing`(name: String) throws {
    try add(SeededCorpus.mixed(seed: 55).prompts)
    let before = try families()
    let file = try storage.open(name)
    let bytes = file.bytes(0..<file.byteCount)
    var generator = SeededGenerator(seed: 9)
    var damaged = [bytes.dropLast(bytes.count / 2), bytes.prefix(0), bytes.prefix(70)].map(
      Array.init
    )
    for _ in 0..<40 {
      let place = Int(generator.next() % UInt64(bytes.count))
      damaged.append(bytes.flipping(UInt8(1 << (generator.next() % 8)), at: place))
    }
    for bytes in damaged {
      let sink = try storage.create(name)
      try sink.append(bytes)
      try sink.close()
      #expect(try families().names == before.names)
    }
  }

  @Test func `families of other numbers of accounts are kept apart`() throws {
    try add(SeededCorpus.mixed(seed: 56).prompts)
    let ten = try families()
    let twenty = try families(minimumAccountCount: 20)
    #expect(twenty.source == .mined)
    #expect(twenty.names.count < ten.names.count)
    #expect(try families().source == .kept)
    #expect(try families(minimumAccountCount: 20).source == .kept)
  }

  @Test func `prompts that are only in a log are in the families`() throws {
    let (old, corpus) = Self.growing(seed: 69)
    try add(old)
    _ = try families()
    var options = IndexWriter.Options()
    options.keepsLog = true
    options.compaction = nil
    let writer = try IndexWriter(storage, options: options)
    try writer.append(PromptBatch(corpus.prompts.dropFirst(old.count)))
    try writer.acknowledge()
    let now = try families()
    #expect(now.source == .updated)
    #expect(Set(now.names.keys) == corpus.truth)
    withExtendedLifetime(writer) {}
  }
}

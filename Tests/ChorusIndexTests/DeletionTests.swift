// SPDX-License-Identifier: Apache-2.0

import Chorus
import ChorusTestSupport
import Testing

/// What is deleted is in no answer, and after a compaction in no file.
struct DeletionTests {
  private static let prompts: [SeededCorpus.Prompt] = {
    var corpus = SeededCorpus(seed: 8)
    corpus.appendFamily(size: 20, accountCount: 12)
    corpus.appendNoise(count: 20, wordCount: 25)
    corpus.append(corpus.prompts[25].text, account: "account-of-a-copier")
    return corpus.prompts
  }()

  private static func build() throws(ChorusError) -> (MemoryStorage, IndexWriter) {
    let storage = MemoryStorage()
    var options = IndexWriter.Options(segmentRowCount: 7)
    options.compaction = nil
    let writer = try IndexWriter(storage, options: options)
    try writer.append(PromptBatch(prompts))
    try writer.commit()
    return (storage, writer)
  }

  /// All ids that any question brings up.
  private static func visible(_ snapshot: Snapshot) throws -> Set<String> {
    var ids = Set(try snapshot.livePrompts().map(\.id))
    for prompt in prompts {
      for mode in [Query.Mode.similar, .contains] {
        let text = Array(prompt.text.utf8)
        let query = Query(text: text, mode: mode, limit: 100, threshold: 0.1)
        ids.formUnion(try snapshot.answer(query).matches.map(\.id))
      }
      if try snapshot.location(ofID: prompt.id) != nil { ids.insert(prompt.id) }
    }
    let catalogue = try FamilyMiner(options: .init()).mine(snapshot)
    try catalogue.forEachMember { ids.insert($0.id) }
    return ids
  }

  private static let targets: [DeletionTarget] = [
    .id(prompts[3].id), .account(prompts[22].account), .account("account-of-a-copier"),
    .before(prompts[12].time), .account("nobody"), .id("none"),
  ]

  private static func isHit(_ prompt: SeededCorpus.Prompt, _ target: DeletionTarget) -> Bool {
    switch target {
    case .id(let id): prompt.id == id
    case .account(let name): prompt.account == name
    case .before(let time): prompt.time < time
    }
  }

  @Test(arguments: targets)
  func `what is deleted is in no answer at once`(_ target: DeletionTarget) throws {
    let (storage, writer) = try Self.build()
    let old = try Index(storage).snapshot()
    let wanted = Self.prompts.filter { !Self.isHit($0, target) }
    #expect(try writer.delete([target]) == Self.prompts.count - wanted.count)
    let snapshot = try Index(storage).snapshot()
    #expect(try Self.visible(snapshot) == Set(wanted.map(\.id)))
    #expect(snapshot.promptCount == wanted.count)
    #expect(try snapshot.statistics().prompts == wanted.count)
    // The writer sees the same, and a reader that has a snapshot keeps it.
    #expect(try Self.visible(writer.snapshot()) == Set(wanted.map(\.id)))
    #expect(try Self.visible(old) == Set(Self.prompts.map(\.id)))
    try writer.compact()
    #expect(try Self.visible(Index(storage).snapshot()) == Set(wanted.map(\.id)))
    #expect(try Index(storage).verify().faults.isEmpty)
  }

  @Test func `a family loses the accounts that are deleted`() throws {
    let (storage, writer) = try Self.build()
    let miner = FamilyMiner(options: .init())
    #expect(try miner.mine(Index(storage).snapshot()).families.first?.spread.promptCount == 20)
    _ = try writer.delete([.id(Self.prompts[0].id), .id(Self.prompts[1].id)])
    #expect(try miner.mine(Index(storage).snapshot()).families.first?.spread.promptCount == 18)
    _ = try writer.delete(Self.prompts[0..<15].map { .account($0.account) })
    #expect(try miner.mine(Index(storage).snapshot()).families.isEmpty)
  }

  @Test func `an id that was deleted can be added again, and the new prompt stays`() throws {
    let (storage, writer) = try Self.build()
    _ = try writer.delete([.id(Self.prompts[5].id)])
    try writer.append(PromptBatch([Self.prompts[5], Self.prompts[6]]))
    try writer.commit()
    #expect(writer.counts.duplicateIDs == 1)
    #expect(try Index(storage).snapshot().promptCount == Self.prompts.count)
    try writer.compact()
    #expect(try Index(storage).snapshot().promptCount == Self.prompts.count)
    #expect(try Index(storage).snapshot().location(ofID: Self.prompts[5].id) != nil)
  }

  @Test func `compaction leaves no trace in any file`() throws {
    let (storage, writer) = try Self.build()
    let gone = Self.prompts[30]
    let traces: [TraceTarget] = [
      .id(gone.id), .account(gone.account), .text(Array(gone.text.utf8)),
      .account("account-of-a-copier"),
    ]
    let index = try Index(storage)
    for trace in traces { #expect(try !index.traces(of: trace).isEmpty) }
    _ = try writer.delete([.account(gone.account), .account("account-of-a-copier")])
    for trace in traces { #expect(try !index.traces(of: trace).isEmpty) }
    try writer.compact()
    for trace in traces { #expect(try index.traces(of: trace).isEmpty) }
    // By the bytes of the files, without the reader's help.
    for name in try storage.names() {
      let bytes = storage.bytes(of: name) ?? []
      #expect(!String(decoding: bytes, as: UTF8.self).contains("account-of-a-copier"), "\(name)")
    }
    // What another prompt says too is still there.
    #expect(try !index.traces(of: .text(Array(Self.prompts[25].text.utf8))).isEmpty)
  }

  @Test(arguments: [true, false])
  func `a text keeps the prompts that are not deleted, and loses the others`(
    _ keepsText: Bool
  ) throws {
    var corpus = SeededCorpus(seed: 9)
    corpus.appendNoise(count: 3, wordCount: 20)
    for number in 0..<4 {
      corpus.append(corpus.prompts[1].text, account: "another-copier-\(number)")
    }
    let storage = MemoryStorage()
    var options = IndexWriter.Options()
    options.keepsText = keepsText
    let writer = try IndexWriter(storage, options: options)
    try writer.append(PromptBatch(corpus.prompts))
    try writer.commit()
    #expect(writer.segmentCount == 1)
    let gone = [corpus.prompts[4], corpus.prompts[6]]
    _ = try writer.delete([.id(gone[0].id), .account(gone[1].account)])
    let wanted = corpus.prompts.map(\.id).filter { id in !gone.contains { $0.id == id } }.sorted()
    #expect(try Index(storage).snapshot().livePrompts().map(\.id).sorted() == wanted)
    try writer.compact()
    let index = try Index(storage)
    #expect(try index.snapshot().prompts().map(\.id).sorted() == wanted)
    #expect(try index.snapshot().rowCount == 3)
    for prompt in gone {
      #expect(try index.traces(of: .id(prompt.id)).isEmpty)
      #expect(try index.traces(of: .account(prompt.account)).isEmpty)
    }
    #expect(try index.verify().faults.isEmpty)
  }

  @Test func `everything can be deleted`() throws {
    let (storage, writer) = try Self.build()
    _ = try writer.delete([.before(.end)])
    #expect(try Index(storage).snapshot().promptCount == 0)
    try writer.compact()
    #expect(writer.segmentCount == 0)
    #expect(try storage.names() == ["manifest"])
    try writer.append(PromptBatch(Self.prompts))
    try writer.commit()
    #expect(try Index(storage).snapshot().promptCount == Self.prompts.count)
  }
}

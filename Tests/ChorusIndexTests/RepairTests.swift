// SPDX-License-Identifier: Apache-2.0

import Chorus
import ChorusTestSupport
import Testing

/// A repair keeps what can be read and drops the rest.
struct RepairTests {
  private static let prompts: [SeededCorpus.Prompt] = {
    var corpus = SeededCorpus(seed: 18)
    corpus.appendNoise(count: 700, wordCount: 20)
    corpus.append(corpus.prompts[4].text, account: "copier", attributes: [("m", "x")])
    return corpus.prompts
  }()

  private static func build(keepsText: Bool = true) throws(ChorusError) -> MemoryStorage {
    let storage = MemoryStorage()
    var options = IndexWriter.Options(segmentRowCount: 400)
    options.keepsText = keepsText
    let writer = try IndexWriter(storage, options: options)
    try writer.append(PromptBatch(prompts))
    try writer.commit()
    return storage
  }

  @Test func `a sound index is left as it is`() throws {
    let storage = try Self.build()
    let before = try storage.names().map { storage.bytes(of: $0) }
    let report = try IndexRepair(storage).run()
    #expect(report.faults.isEmpty && report.lostCount == 0 && report.keptCount == 0)
    #expect(try storage.names().map { storage.bytes(of: $0) } == before)
  }

  @Test(arguments: 0..<60)
  func `one damaged block costs little, and the rest is sound`(_ number: Int) throws {
    let storage = try Self.build()
    let name = "segment-00000001"
    let bytes = try #require(storage.bytes(of: name))
    var generator = SeededGenerator(seed: UInt64(number))
    storage.set(name, to: bytes.flipping(4, at: Int(generator.next() % UInt64(bytes.count))))
    let report = try IndexRepair(storage).run()
    #expect(report.faults.count == 1)
    let snapshot = try Index(storage).snapshot()
    #expect(snapshot.verify().faults.isEmpty)
    #expect(snapshot.promptCount == Self.prompts.count - report.lostCount)
    let known = Dictionary(uniqueKeysWithValues: Self.prompts.map { ($0.id, $0) })
    for prompt in try snapshot.prompts() {
      let wanted = try #require(known[prompt.id])
      #expect(prompt.text == wanted.text && prompt.account == wanted.account)
      #expect(prompt.time == wanted.time && prompt.attributes.count == wanted.attributes.count)
    }
    // Running the source again brings back what was lost.
    try IndexWriter.add(Self.prompts, to: storage)
    #expect(try Index(storage).snapshot().promptCount == Self.prompts.count)
    #expect(try Index(storage).verify().faults.isEmpty)
  }

  @Test func `a segment that is gone is dropped`() throws {
    let storage = try Self.build()
    storage.set("segment-00000001", to: nil)
    let report = try IndexRepair(storage).run()
    #expect(report.faults.map(\.code) == [.corrupted])
    #expect(report.lostCount >= 400 && report.keptCount == 0)
    #expect(try Index(storage).verify().faults.isEmpty)
  }

  @Test func `a log of prompts that no index can hold is damaged, and a repair leaves them out`()
    throws
  {
    let storage = FaultyStorage()
    var options = IndexWriter.Options()
    options.keepsLog = true
    let writer = try IndexWriter(storage, options: options)
    try writer.append(PromptBatch(Self.prompts.prefix(3)))
    try writer.acknowledge()
    let left = storage.survivors(of: .powerLost)
    let log = try LogReader(left, name: "log-00000001")
    let envelope = try #require(log.envelope)
    let sound = try #require(log.payloads.first)
    // One more record, whose account is no UTF-8: kind, count, id, account, time, text, attributes.
    let forged = try LogWriter(left, name: "log-00000001", envelope: envelope)
    forged.append(Array(sound))
    forged.append([0, 1, 1, 0x78, 1, 0xFF] + [UInt8](repeating: 0, count: 8) + [1, 0x79, 0])
    try forged.synchronise()
    #expect(failure { _ = try Index(left).snapshot() }?.code == .corrupted)
    #expect(failure { _ = try IndexWriter(left) }?.code == .corrupted)
    let report = try IndexRepair(left).run()
    #expect(report.faults.map(\.code) == [.corrupted])
    #expect(report.keptCount == 3)
    #expect(try Index(left).snapshot().promptCount == 3)
    #expect(try Index(left).verify().faults.isEmpty)
  }

  @Test func `what was deleted does not count as lost`() throws {
    let storage = try Self.build()
    var options = IndexWriter.Options()
    options.compaction = nil
    let segment = try Index(storage).snapshot().segments[0]
    let count = segment.summary.occurrenceCount
    let gone = try segment.ids(0..<count)
    do {
      let writer = try IndexWriter(storage, options: options)
      _ = try writer.delete(gone.dropFirst(10).map { .id($0) })
    }
    // Prompts are not read from the embeddings.
    let file = try BlockFile(storage, name: "segment-00000001", kind: .segment)
    let bytes = try #require(storage.bytes(of: "segment-00000001"))
    let embeddings = try file.section(.init(8, "embeddings"))
    let raw = try file.block(0, of: embeddings)
    let place = try #require(
      bytes.indices.first { bytes[$0...].starts(with: raw.prefix(24)) }
    )
    storage.set("segment-00000001", to: bytes.flipping(1, at: place))
    let report = try IndexRepair(storage).run()
    #expect(report.faults.count == 1)
    #expect(report.keptCount == 10)
    #expect(report.lostCount == 0)
  }

  @Test func `what was deleted does not come back`() throws {
    let storage = try Self.build()
    var options = IndexWriter.Options()
    options.compaction = nil
    do {
      let writer = try IndexWriter(storage, options: options)
      _ = try writer.delete([.id(Self.prompts[9].id)])
    }
    let bytes = try #require(storage.bytes(of: "segment-00000001"))
    // The last block before the directory is one of text.
    storage.set("segment-00000001", to: bytes.flipping(1, at: 90))
    _ = try IndexRepair(storage).run()
    #expect(try Index(storage).snapshot().location(ofID: Self.prompts[9].id) == nil)
  }

  @Test func `a damaged log gives what its other records have`() throws {
    let storage = FaultyStorage()
    var options = IndexWriter.Options()
    options.keepsLog = true
    let writer = try IndexWriter(storage, options: options)
    for start in stride(from: 0, to: 50, by: 10) {
      try writer.append(PromptBatch(Self.prompts[start..<(start + 10)]))
      try writer.acknowledge()
    }
    let left = storage.survivors(of: .powerLost)
    let bytes = try #require(left.bytes(of: "log-00000001"))
    left.set("log-00000001", to: bytes.flipping(1, at: bytes.count / 2))
    #expect(failure { _ = try Index(left).snapshot() }?.code == .corrupted)
    #expect(failure { _ = try IndexWriter(left) }?.code == .corrupted)
    #expect(try Index(left).verify().faults.map(\.code) == [.corrupted])
    let report = try IndexRepair(left).run()
    #expect(report.keptCount == 40)
    #expect(try Index(left).snapshot().promptCount == 40)
    #expect(try Index(left).verify().faults.isEmpty)
  }
}

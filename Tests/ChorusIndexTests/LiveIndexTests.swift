// SPDX-License-Identifier: Apache-2.0

import Chorus
import ChorusTestSupport
import Testing

/// Many tasks add, delete, merge and ask at once; run it under the thread sanitizer too.
struct LiveIndexTests {
  private static func batch(_ writer: Int, _ number: Int, size: Int) -> PromptBatch {
    var corpus = SeededCorpus(seed: UInt64(1000 * writer + number))
    corpus.appendNoise(count: size, wordCount: 12)
    var batch = PromptBatch()
    for (place, prompt) in corpus.prompts.enumerated() {
      batch.append(
        id: "\(writer)-\(number)-\(place)",
        account: "writer-\(writer)",
        time: Timestamp(milliseconds: Int64(number)),
        text: prompt.text
      )
    }
    return batch
  }

  private static func options() -> IndexWriter.Options {
    IndexWriter.Options(segmentRowCount: 60)
  }

  /// The batches of a snapshot, by name, with the number of their prompts.
  private static func batches(_ snapshot: Snapshot) throws -> [String: Int] {
    var batches: [String: Int] = [:]
    for prompt in try snapshot.livePrompts() {
      let parts = prompt.id.split(separator: "-")
      batches["\(parts[0])-\(parts[1])", default: 0] += 1
    }
    return batches
  }

  @Test func `readers see whole batches, each from when it is acknowledged on`() async throws {
    let storage = MemoryStorage()
    let index = try LiveIndex(storage, options: Self.options())
    let (writerCount, batchCount, size) = (4, 12, 7)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<writerCount {
        group.addTask {
          for number in 0..<batchCount {
            let outcome = try await index.add(Self.batch(writer, number, size: size))
            #expect(outcome.addedCount == size)
            #expect(try Self.batches(index.snapshot())["\(writer)-\(number)"] == size)
          }
        }
      }
      for _ in 0..<2 {
        group.addTask {
          var known = Set<String>()
          for _ in 0..<20 {
            let batches = try Self.batches(index.snapshot())
            #expect(batches.values.allSatisfy { $0 == size })
            #expect(known.isSubset(of: batches.keys))
            known = Set(batches.keys)
            await Task.yield()
          }
        }
      }
      // A reader in another process, which sees files only.
      group.addTask {
        let other = try Index(storage)
        for _ in 0..<10 {
          #expect(try Self.batches(other.snapshot()).values.allSatisfy { $0 == size })
          await Task.yield()
        }
      }
      group.addTask { for _ in 0..<3 { try await index.compact() } }
      try await group.waitForAll()
    }
    await index.settle()
    #expect(index.snapshot().promptCount == writerCount * batchCount * size)
    #expect(index.snapshot().verify().faults.isEmpty)
    #expect(try Index(storage).snapshot().promptCount == writerCount * batchCount * size)
  }

  @Test func `deletions among additions leave what a model says`() async throws {
    let index = try LiveIndex(MemoryStorage(), options: Self.options())
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<3 {
        group.addTask {
          for number in 0..<10 {
            _ = try await index.add(Self.batch(writer, number, size: 5))
            // Each writer deletes the batch before by its ids.
            guard number > 0, number.isMultiple(of: 2) else { continue }
            let ids = (0..<5).map { "\(writer)-\(number - 1)-\($0)" }
            #expect(try await index.delete(ids.map { .id($0) }) == 5)
            #expect(try Self.batches(index.snapshot())["\(writer)-\(number - 1)"] == nil)
          }
        }
      }
      group.addTask { for _ in 0..<4 { try await index.compact() } }
      try await group.waitForAll()
    }
    try await index.compact()
    var wanted: [String: Int] = [:]
    for writer in 0..<3 {
      for number in 0..<10 where ![1, 3, 5, 7].contains(number) {
        wanted["\(writer)-\(number)"] = 5
      }
    }
    #expect(try Self.batches(index.snapshot()) == wanted)
    // At most sixty texts a segment, and no two neighbours that fit into one.
    let counts = index.snapshot().segments.map(\.rowCount)
    #expect(counts.allSatisfy { $0 <= 60 })
    #expect(zip(counts, counts.dropFirst()).allSatisfy { $0 + $1 > 60 })
    #expect(index.snapshot().verify().faults.isEmpty)
  }

  @Test(arguments: [2, 4, 100])
  func `segments are merged by the policy that is given`(_ fanIn: Int) async throws {
    var options = IndexWriter.Options()
    options.compaction?.fanIn = fanIn
    let index = try LiveIndex(MemoryStorage(), options: options)
    for number in 0..<12 {
      _ = try await index.add(Self.batch(9, number, size: 4))
      try await index.flush()
      await index.settle()
    }
    let count = index.snapshot().segments.count
    #expect(index.snapshot().promptCount == 48)
    #expect(fanIn == 100 ? count == 12 : count <= 2 * fanIn)
    #expect(fanIn == 2 ? count <= 3 : true)
  }

  @Test func `an id is taken once, whoever is first`() async throws {
    let index = try LiveIndex(MemoryStorage(), options: Self.options())
    let added = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<8 {
        group.addTask { try await index.add(Self.batch(1, 1, size: 20)).addedCount }
      }
      return try await group.reduce(0, +)
    }
    #expect(added == 20)
    #expect(index.snapshot().promptCount == 20)
  }

  @Test func `what is acknowledged is there after a loss of power`() async throws {
    let storage = FaultyStorage()
    do {
      let index = try LiveIndex(storage, options: Self.options())
      for number in 0..<5 { _ = try await index.add(Self.batch(2, number, size: 3)) }
    }
    let left = storage.survivors(of: .powerLost)
    #expect(try Index(left).snapshot().promptCount == 15)
    let again = try LiveIndex(left, options: Self.options())
    #expect(again.snapshot().promptCount == 15)
    #expect(try await again.add(Self.batch(2, 4, size: 3)).duplicateIDCount == 3)
  }

  @Test func `a failing disk is an error for everyone who waits`() async throws {
    let storage = FaultyStorage(failingStep: 9)
    let index = try LiveIndex(storage, options: Self.options())
    var failures = 0
    for number in 0..<10 {
      do { _ = try await index.add(Self.batch(3, number, size: 3)) } catch {
        #expect(error.code == .ioFailure)
        failures += 1
      }
    }
    #expect(failures > 0)
    let there = try Index(storage.survivors(of: .powerLost)).snapshot().promptCount
    #expect(there >= 3 * (10 - failures))
  }
}

// SPDX-License-Identifier: Apache-2.0

import Chorus
import ChorusTestSupport
import Testing

/// A run that ends at any step leaves an index that can be opened, and running it again loses
/// nothing and doubles nothing.
struct CrashTests {
  private static let prompts: [SeededCorpus.Prompt] = {
    var corpus = SeededCorpus(seed: 31)
    corpus.appendNoise(count: 8, wordCount: 12)
    for place in 0..<3 { corpus.append(corpus.prompts[place].text, account: "copier") }
    return corpus.prompts
  }()

  private static let ids = prompts.map(\.id).sorted()

  /// Adds all prompts in segments of three, committing on the way.
  private static func run(_ storage: any Storage) throws {
    let options = IndexWriter.Options(segmentRowCount: 3)
    let writer = try IndexWriter(storage, options: options)
    try writer.append(PromptBatch(prompts.prefix(5)))
    try writer.commit()
    try writer.append(PromptBatch(prompts.dropFirst(5)))
    try writer.commit()
  }

  /// The steps of a run that nothing interrupts.
  private static let stepCount: Int = {
    let storage = FaultyStorage()
    do { try run(storage) } catch { return 0 }
    return storage.stepCount
  }()

  /// Every step at which a run can end, with every way of ending.
  private static let crashes = (0..<stepCount).flatMap { step in
    FaultyStorage.Ending.allCases.map { (step, $0) }
  }

  /// Runs until a step and returns what the next process finds.
  private static func crash(_ step: Int, _ ending: FaultyStorage.Ending) throws -> MemoryStorage {
    let storage = FaultyStorage(failingStep: step)
    #expect(failure { try run(storage) }?.code == .ioFailure)
    return storage.survivors(of: ending)
  }

  @Test func `a run has steps enough to be worth interrupting`() {
    #expect(Self.stepCount > 30)
  }

  @Test(arguments: crashes)
  func `what a crash leaves is a sound index or none yet`(
    _ step: Int,
    _ ending: FaultyStorage.Ending
  ) throws {
    let storage = try Self.crash(step, ending)
    guard try storage.names().contains("manifest") else {
      #expect(try !storage.names().contains { $0.hasPrefix("segment-") })
      return
    }
    let snapshot = try Index(storage).snapshot()
    #expect(snapshot.verify().faults.isEmpty)
    // Prompts become durable in the order in which they came.
    let kept = try snapshot.prompts().map(\.id).sorted()
    #expect(kept == Self.prompts.prefix(kept.count).map(\.id).sorted())
  }

  @Test(arguments: crashes)
  func `running again after a crash loses nothing and doubles nothing`(
    _ step: Int,
    _ ending: FaultyStorage.Ending
  ) throws {
    let storage = try Self.crash(step, ending)
    try Self.run(storage)
    let snapshot = try Index(storage).snapshot()
    #expect(try snapshot.prompts().map(\.id).sorted() == Self.ids)
    #expect(snapshot.verify().faults.isEmpty)
  }

  @Test(arguments: crashes)
  func `a writer removes what a crash left behind`(
    _ step: Int,
    _ ending: FaultyStorage.Ending
  ) throws {
    let storage = try Self.crash(step, ending)
    try IndexWriter.add([], to: storage)
    let live = try Index(storage).snapshot().segments.map { segment in
      let digits = String(segment.summary.number)
      return "segment-" + String(repeating: "0", count: 8 - digits.count) + digits
    }
    #expect(try storage.names() == (live + ["manifest"]).sorted())
  }

  @Test(arguments: crashes)
  func `what was committed before a crash is there after it`(
    _ step: Int,
    _ ending: FaultyStorage.Ending
  ) throws {
    let storage = FaultyStorage(failingStep: step)
    var committed: [String] = []
    _ = failure {
      let options = IndexWriter.Options(segmentRowCount: 3)
      let writer = try IndexWriter(storage, options: options)
      for prompt in Self.prompts {
        try writer.append(PromptBatch([prompt]))
        try writer.commit()
        committed.append(prompt.id)
      }
    }
    let left = storage.survivors(of: ending)
    guard !committed.isEmpty else { return }
    let found = try Set(Index(left).snapshot().prompts().map(\.id))
    #expect(found.isSuperset(of: committed))
  }

  @Test(arguments: 0..<40)
  func `crashing again and again ends with everything`(_ seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(seed))
    var left = MemoryStorage()
    for _ in 0..<4 {
      let step = Int(generator.next() % UInt64(Self.stepCount))
      let storage = FaultyStorage(failingStep: step, copying: left)
      _ = failure { try Self.run(storage) }
      left = storage.survivors(of: FaultyStorage.Ending.allCases[Int(generator.next() % 4)])
    }
    try Self.run(left)
    #expect(try Index(left).snapshot().prompts().map(\.id).sorted() == Self.ids)
  }

  // MARK: Failures that pass, such as a disk that was full for a while

  @Test(arguments: Array(0..<stepCount))
  func `a commit that succeeds has everything that was appended`(_ step: Int) async {
    // In a process of its own, because a writer in a wrong state may end it.
    await #expect(processExitsWith: .success) { [step] in
      let storage = FaultyStorage(failingStep: step, isTransient: true)
      var accepted: [String] = []
      let options = IndexWriter.Options(segmentRowCount: 3)
      let writer: IndexWriter
      do { writer = try IndexWriter(storage, options: options) } catch { return }
      for prompt in Self.prompts {
        do {
          try writer.append(PromptBatch([prompt]))
          accepted.append(prompt.id)
        } catch {}
      }
      let isCommitted = failure { try writer.commit() } == nil
      guard isCommitted else { return }
      let found = try Set(Index(storage.survivors(of: .killed)).snapshot().prompts().map(\.id))
      #expect(found.isSuperset(of: accepted))
    }
  }

  @Test(arguments: Array(stride(from: 0, to: stepCount, by: 3)))
  func `a prompt that could not be added can be added again`(_ step: Int) async {
    await #expect(processExitsWith: .success) { [step] in
      let storage = FaultyStorage(failingStep: step, isTransient: true)
      let options = IndexWriter.Options(segmentRowCount: 3)
      let writer: IndexWriter
      do { writer = try IndexWriter(storage, options: options) } catch { return }
      for prompt in Self.prompts + Self.prompts {
        do { try writer.append(PromptBatch([prompt])) } catch {}
      }
      let isCommitted = failure { try writer.commit() } == nil
      guard isCommitted else { return }
      let found = try Index(storage.survivors(of: .killed)).snapshot().prompts().map(\.id).sorted()
      #expect(found == Self.ids)
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

import Chorus
import ChorusTestSupport
import Testing

/// A writer that adds, acknowledges, flushes, deletes and compacts, stopped at every step: what was
/// acknowledged is there, exactly once, and what was deleted is not.
struct WorkloadCrashTests {
  /// One thing that a writer is told to do.
  private enum Action {
    case add(Range<Int>)
    case flush
    case delete(DeletionTarget)
    case compact
  }

  private static let prompts: [SeededCorpus.Prompt] = {
    var corpus = SeededCorpus(seed: 77)
    corpus.appendNoise(count: 10, wordCount: 14)
    for place in 0..<4 { corpus.append(corpus.prompts[place].text, account: "copier") }
    corpus.appendNoise(count: 6, wordCount: 9)
    return corpus.prompts
  }()

  private static let actions: [Action] = [
    .add(0..<4), .add(4..<6), .flush, .add(6..<10), .delete(.id(prompts[1].id)), .add(10..<13),
    .flush, .compact, .delete(.account("copier")), .add(13..<15), .add(15..<17), .flush, .compact,
    .delete(.before(prompts[3].time)), .add(17..<20), .compact,
  ]

  /// The ids that are there after some actions.
  private static func model(_ count: Int) -> Set<String> {
    var there: [SeededCorpus.Prompt] = []
    for action in actions.prefix(count) {
      switch action {
      case .add(let range): there += prompts[range]
      case .delete(.id(let id)): there.removeAll { $0.id == id }
      case .delete(.account(let name)): there.removeAll { $0.account == name }
      case .delete(.before(let time)): there.removeAll { $0.time < time }
      case .flush, .compact: break
      }
    }
    return Set(there.map(\.id))
  }

  private static func perform(_ action: Action, _ writer: IndexWriter) throws {
    switch action {
    case .add(let range):
      try writer.append(PromptBatch(prompts[range]))
      try writer.acknowledge()
    case .flush: try writer.commit()
    case .delete(let target): _ = try writer.delete([target])
    case .compact: try writer.compact()
    }
  }

  /// Performs all actions and returns how many were done before a failure, if there was one.
  private static func run(_ storage: any Storage) -> Int {
    var options = IndexWriter.Options()
    options.keepsLog = true
    guard let writer = try? IndexWriter(storage, options: options) else { return 0 }
    for (number, action) in actions.enumerated() {
      do { try perform(action, writer) } catch { return number }
    }
    return actions.count
  }

  private static let stepCount: Int = {
    let storage = FaultyStorage()
    _ = run(storage)
    return storage.stepCount
  }()

  private static let crashes = (0..<stepCount).flatMap { step in
    FaultyStorage.Ending.allCases.map { (step, $0) }
  }

  /// The ids of an index, each as often as it is there; none when there is no index yet.
  private static func ids(_ storage: MemoryStorage) throws -> [String] {
    guard try storage.names().contains("manifest") else { return [] }
    return try Index(storage).snapshot().livePrompts().map(\.id)
  }

  @Test func `the workload does everything`() throws {
    #expect(Self.stepCount > 120)
    let storage = FaultyStorage()
    #expect(Self.run(storage) == Self.actions.count)
    let left = storage.survivors(of: .powerLost)
    #expect(try Set(Self.ids(left)) == Self.model(Self.actions.count))
    #expect(Self.model(Self.actions.count).count > 8)
  }

  @Test(arguments: crashes)
  func `acknowledged means there, exactly once`(
    _ step: Int,
    _ ending: FaultyStorage.Ending
  ) throws {
    let storage = FaultyStorage(failingStep: step)
    let done = Self.run(storage)
    let left = storage.survivors(of: ending)
    // What was being done may have come about or not, as a whole.
    let allowed = [Self.model(done), Self.model(done + 1)]
    let found = try Self.ids(left)
    #expect(Set(found).count == found.count)
    #expect(allowed.contains(Set(found)))
    #expect(try found.isEmpty || Index(left).verify().faults.isEmpty)

    // A writer takes over what a reader saw, and goes on.
    var options = IndexWriter.Options()
    options.keepsLog = true
    let writer = try IndexWriter(left, options: options)
    #expect(try writer.snapshot().livePrompts().map(\.id).sorted() == found.sorted())
    try writer.append(PromptBatch(Self.prompts))
    try writer.acknowledge()
    try writer.compact()
    let all = try Self.ids(left)
    #expect(all.count == Set(all).count)
    #expect(Set(all) == Set(Self.prompts.map(\.id)))
    #expect(try Index(left).verify().faults.isEmpty)
  }

  @Test(arguments: crashes.filter { $0.0.isMultiple(of: 7) })
  func `an index without texts and with a key is as safe`(
    _ step: Int,
    _ ending: FaultyStorage.Ending
  ) throws {
    let key = try SketchKey(secret: Array("a secret of enough bytes".utf8))
    let storage = FaultyStorage(failingStep: step)
    var options = IndexWriter.Options()
    options.keepsLog = true
    options.keepsText = false
    var done = 0
    if let writer = try? IndexWriter(storage, key: key, options: options) {
      for action in Self.actions {
        guard (try? Self.perform(action, writer)) != nil else { break }
        done += 1
      }
    }
    let left = storage.survivors(of: ending)
    guard try left.names().contains("manifest") else { return }
    let index = try Index(left, key: key)
    let found = try index.snapshot().livePrompts().map(\.id)
    #expect([Self.model(done), Self.model(done + 1)].contains(Set(found)))
    #expect(found.count == Set(found).count)
    #expect(try index.verify().faults.isEmpty)
  }
}

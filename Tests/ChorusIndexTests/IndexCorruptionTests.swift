// SPDX-License-Identifier: Apache-2.0

import Chorus
import ChorusTestSupport
import Testing

/// Whatever happens to the bytes of an index, the answers are right or there is an error that says
/// so, and a verification finds the damage.
struct IndexCorruptionTests {
  private static let prompts: [SeededCorpus.Prompt] = {
    var corpus = SeededCorpus(seed: 41)
    corpus.appendFamily(size: 5, accountCount: 2)
    corpus.appendNoise(count: 3, wordCount: 15)
    corpus.append(corpus.prompts[0].text, account: "copier", attributes: [("model", "m")])
    return corpus.prompts
  }()

  /// An index of two segments.
  private static func storage() throws -> MemoryStorage {
    let storage = MemoryStorage(location: "folder")
    try IndexWriter.add(prompts, to: storage, segmentRowCount: 5)
    return storage
  }

  /// Everything that can be asked, as words.
  private static func answers(_ storage: any Storage) throws -> [String] {
    let snapshot = try Index(storage).snapshot()
    var result: [String] = []
    for prompt in prompts {
      let words = prompt.text.split(separator: " ").prefix(6).joined(separator: " ")
      for (mode, text) in [(Query.Mode.similar, prompt.text), (.contains, words)] {
        let answer = try snapshot.answer(Query(text: Array(text.utf8), mode: mode, threshold: 0.2))
        result += answer.matches.map { "\($0.id) \($0.account) \($0.time) \($0.score) \($0.text)" }
      }
      result.append(String(decoding: try snapshot.text(ofID: prompt.id), as: UTF8.self))
    }
    result += try snapshot.prompts().map { "\($0.id) \($0.attributes)" }
    return result
  }

  /// Whether opening or verifying says that something is wrong, with a damage code.
  private static func isNoticed(_ storage: any Storage) -> Bool {
    do {
      let faults = try Index(storage).snapshot().verify().faults
      return !faults.isEmpty && faults.allSatisfy { $0.code.saysDamage }
    } catch { return error.code.saysDamage }
  }

  private static let wanted: [String] = (try? answers(storage())) ?? []

  private static let files = ["manifest", "segment-00000001", "segment-00000002"]

  /// Checks an index in which one file has other bytes.
  private static func check(_ name: String, _ bytes: [UInt8]?, _ what: String) throws {
    let damaged = try storage()
    damaged.set(name, to: bytes)
    #expect(isNoticed(damaged), "\(what) was not noticed")
    do {
      let found = try answers(damaged)
      #expect(found == wanted, "\(what) gave wrong answers")
    } catch {
      let code = (error as? ChorusError)?.code
      #expect(code?.saysDamage == true, "\(what) gave \(String(describing: code))")
    }
  }

  @Test func `the sound index answers`() {
    #expect(Self.wanted.count > 40)
  }

  // The stride is prime, so that over the sections all parts of their items are hit.
  @Test(arguments: files)
  func `a flipped byte is noticed and gives no wrong answer`(_ name: String) throws {
    let bytes = try #require(try Self.storage().bytes(of: name))
    let places = Set(stride(from: 0, to: bytes.count, by: 31))
      .union(stride(from: 0, to: min(64, bytes.count), by: 5))
      .union(stride(from: max(0, bytes.count - 400), to: bytes.count, by: 7))
    for place in places.sorted() {
      let mask: UInt8 = place.isMultiple(of: 2) ? 0x01 : 0xFF
      try Self.check(name, bytes.flipping(mask, at: place), "byte \(place) of \(name)")
    }
  }

  @Test(arguments: files)
  func `a file cut short is noticed and gives no wrong answer`(_ name: String) throws {
    let bytes = try #require(try Self.storage().bytes(of: name))
    let counts = Set(stride(from: 0, to: bytes.count, by: 131)).union([
      1, 7, 8, 63, 64, 65, bytes.count - 33, bytes.count - 32, bytes.count - 1,
    ])
    for count in counts.sorted() {
      try Self.check(name, Array(bytes.prefix(count)), "\(count) bytes of \(name)")
    }
  }

  @Test(arguments: files)
  func `a missing file is noticed`(_ name: String) throws {
    try Self.check(name, nil, "\(name) missing")
  }

  @Test(arguments: files)
  func `a file with bytes too many is noticed`(_ name: String) throws {
    let bytes = try #require(try Self.storage().bytes(of: name))
    try Self.check(name, bytes + bytes, "\(name) twice")
  }

  @Test func `two segments exchanged are noticed`() throws {
    let storage = try Self.storage()
    let second = storage.bytes(of: Self.files[2])
    try Self.check(Self.files[1], second, "the second segment in place of the first")
  }

  @Test(arguments: files)
  func `a writer does not open a damaged index as if it were sound`(_ name: String) throws {
    let damaged = try Self.storage()
    let bytes = try #require(damaged.bytes(of: name))
    damaged.set(name, to: Array(bytes.dropLast()))
    #expect(failure { _ = try IndexWriter(damaged) }?.code == .corrupted)
  }

  @Test(arguments: files)
  func `a writer that fails to open removes nothing`(_ name: String) throws {
    let damaged = try Self.storage()
    let bytes = try #require(damaged.bytes(of: name))
    damaged.set(name, to: Array(bytes.dropLast()))
    _ = failure { _ = try IndexWriter(damaged) }
    #expect(try damaged.names() == Self.files)
  }

  @Test func `every damaged segment is reported, each with its path`() throws {
    let damaged = try Self.storage()
    for name in Self.files.dropFirst() {
      let bytes = try #require(damaged.bytes(of: name))
      // The first block of a segment, which opening does not read.
      damaged.set(name, to: bytes.flipping(1, at: 64))
    }
    let faults = try Index(damaged).snapshot().verify().faults
    #expect(faults.map(\.code) == [.corrupted, .corrupted])
    for (fault, name) in zip(faults, Self.files.dropFirst()) {
      #expect(fault.message.contains("folder/" + name))
    }
  }

  @Test func `damage to one segment leaves what is in the other findable`() throws {
    let damaged = try Self.storage()
    let bytes = try #require(damaged.bytes(of: Self.files[2]))
    damaged.set(Self.files[2], to: bytes.flipping(1, at: 64))
    let snapshot = try Index(damaged).snapshot()
    #expect(try snapshot.text(ofID: "prompt-0") == Array(Self.prompts[0].text.utf8))
  }

  // MARK: Files of other indexes, plans and versions

  @Test func `a segment of another index is foreign`() throws {
    let storage = try Self.storage()
    let other = try Self.storage()
    storage.set(Self.files[1], to: other.bytes(of: Self.files[1]))
    let error = failure { _ = try Index(storage).snapshot() }
    #expect(error?.code == .foreign)
    #expect(error?.message.contains("folder/" + Self.files[1]) == true)
  }

  @Test func `a manifest in place of a segment is foreign`() throws {
    let storage = try Self.storage()
    storage.set(Self.files[1], to: storage.bytes(of: "manifest"))
    #expect(failure { _ = try Index(storage).snapshot() }?.code == .foreign)
  }

  @Test func `a segment made under another plan is a plan mismatch`() throws {
    let storage = try Self.storage()
    let bytes = try #require(storage.bytes(of: Self.files[1]))
    // The fingerprint of the plan is at offset 32 of the envelope.
    let forged = bytes.flipping(1, at: 32).withEnvelopeChecksum()
    storage.set(Self.files[1], to: forged)
    #expect(failure { _ = try Index(storage).snapshot() }?.code == .planMismatch)
  }

  @Test(arguments: files)
  func `a file of a newer format is too new`(_ name: String) throws {
    let storage = try Self.storage()
    storage.set(name, to: storage.bytes(of: name)?.withFormatVersion(4))
    let error = failure { _ = try Index(storage).snapshot() }
    #expect(error?.code == .tooNew)
    #expect(error?.message.contains("folder/" + name) == true)
  }

  @Test(arguments: files)
  func `a file of an older format is too old`(_ name: String) throws {
    let storage = try Self.storage()
    storage.set(name, to: storage.bytes(of: name)?.withFormatVersion(2))
    #expect(failure { _ = try Index(storage).snapshot() }?.code == .tooOld)
  }

  @Test func `a plan that this build does not know is a plan mismatch`() throws {
    let storage = MemoryStorage()
    var plan = SketchPlan.standard
    plan.textVersion = 99
    try ForgedManifest(plan: plan).write(to: storage)
    #expect(failure { _ = try Index(storage).snapshot() }?.code == .planMismatch)
  }

  @Test func `a folder without a manifest is foreign`() throws {
    #expect(failure { _ = try Index(MemoryStorage()).snapshot() }?.code == .foreign)
  }

  @Test func `a folder that does not exist says notFound`() throws {
    let folder = try TemporaryFolder()
    #expect(failure { _ = try Index(path: folder.path(of: "none")) }?.code == .notFound)
  }

  @Test func `no error has a prompt's text in it`() throws {
    let texts = Set(Self.prompts.flatMap { $0.text.split(separator: " ") }.filter { $0.count > 7 })
    for name in Self.files {
      let bytes = try #require(try Self.storage().bytes(of: name))
      for place in stride(from: 0, to: bytes.count, by: 211) {
        let damaged = try Self.storage()
        damaged.set(name, to: bytes.flipping(1, at: place))
        let error = failure { _ = try Self.answers(damaged) }
        let message = error?.description ?? ""
        #expect(!texts.contains { message.contains($0) })
      }
    }
  }
}

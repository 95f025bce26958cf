// SPDX-License-Identifier: Apache-2.0

import Chorus
import ChorusTestSupport
import Testing

/// Files whose checksums are right and whose contents are not, for an index may be hostile.
///
/// Each test runs in a process of its own, because the failure to guard against is one that ends
/// it.
struct HostileIndexTests {
  /// A sound index of one segment and a manifest that says other things of it.
  private static func storage(
    _ change: (inout ForgedManifest.Segment) -> Void
  ) throws -> MemoryStorage {
    var corpus = SeededCorpus(seed: 51)
    corpus.appendNoise(count: 4)
    let storage = MemoryStorage()
    try IndexWriter.add(corpus.prompts, to: storage)
    let snapshot = try Index(storage).snapshot()
    let file = FileBytes(storage.bytes(of: "manifest") ?? [])
    var manifest = ForgedManifest()
    manifest.indexID = try Envelope.read(file, of: .manifest, path: "manifest").indexID
    var segment = ForgedManifest.Segment(snapshot.segments[0].summary)
    change(&segment)
    manifest.segments = [segment]
    try manifest.write(to: storage)
    return storage
  }

  /// Does everything that a reader can do; errors are welcome.
  private static func useEverything(_ storage: any Storage) {
    guard let snapshot = try? Index(storage).snapshot() else { return }
    _ = try? snapshot.statistics()
    _ = snapshot.verify()
    _ = try? snapshot.prompts()
    for mode in Query.Mode.allCases {
      var query = Query(text: Array("one two three four five".utf8), mode: mode)
      if let match = try? snapshot.answer(query).matches.first {
        _ = try? snapshot.explanation(of: match, for: query)
      }
      query.filter.account = "account"
      _ = try? snapshot.answers([query, query])
    }
    _ = try? snapshot.text(ofID: "prompt-1")
  }

  @Test func `an honest forgery is accepted`() throws {
    let storage = try Self.storage { _ in }
    #expect(try Index(storage).snapshot().verify().faults.isEmpty)
  }

  @Test func `a manifest with too few bytes for a segment does not end the process`() async {
    await #expect(processExitsWith: .success) {
      Self.useEverything(try Self.storage { $0.byteCount = 1 })
    }
  }

  @Test func `a manifest with too many bytes for a segment does not end the process`() async {
    await #expect(processExitsWith: .success) {
      Self.useEverything(try Self.storage { $0.byteCount = .max })
    }
  }

  @Test func `a manifest with times in the wrong order does not end the process`() async {
    await #expect(processExitsWith: .success) {
      let storage = try Self.storage {
        $0.firstTime = .max
        $0.lastTime = .min
      }
      Self.useEverything(storage)
      let times = try? Index(storage).snapshot().statistics().times
      _ = times.map { "\($0.lowerBound) \($0.upperBound)" }
    }
  }

  @Test func `a manifest with a text of any length does not end the process`() async {
    await #expect(processExitsWith: .success) {
      Self.useEverything(try Self.storage { $0.textByteCount = .max })
    }
  }

  @Test(arguments: [0, 3, 5, 1 << 24])
  func `a manifest with a wrong number of rows does not end the process`(_ count: Int) async {
    await #expect(processExitsWith: .success) { [count] in
      Self.useEverything(
        try Self.storage {
          $0.rowCount = count
          $0.occurrenceCount = max(count, $0.occurrenceCount)
        }
      )
    }
  }

  @Test(arguments: [0, 3, 1 << 40])
  func `a manifest with a wrong number of accounts does not end the process`(
    _ count: Int
  ) async {
    await #expect(processExitsWith: .success) { [count] in
      Self.useEverything(try Self.storage { $0.accountCount = count })
    }
  }

  // The blocks of a small segment are changed in place, with new checksums for block and directory.
  @Test(arguments: 0..<4)
  func `a segment with forged blocks does not end the process`(_ seed: Int) async {
    await #expect(processExitsWith: .success) { [seed] in
      let storage = try Self.storage { _ in }
      let name = "segment-00000001"
      let sound = storage.bytes(of: name) ?? []
      var generator = SeededGenerator(seed: UInt64(seed))
      for _ in 0..<150 {
        storage.set(name, to: try Self.forged(sound, &generator))
        Self.useEverything(storage)
      }
    }
  }

  @Test(arguments: ["id_postings", "band_postings", "anchor_postings"])
  func `a block of postings that breaks off says corrupted`(_ section: String) async {
    await #expect(processExitsWith: .success) { [section] in
      let storage = try Self.storage { _ in }
      let name = "segment-00000001"
      let tag: UInt32 = ["id_postings": 6, "band_postings": 9, "anchor_postings": 10][section] ?? 0
      let sound = storage.bytes(of: name) ?? []
      let entry = try #require(try Self.entries(of: sound).first { $0.tag == tag })
      // It claims to have more postings than its lists give.
      storage.set(name, to: try Self.changing(sound, entry) { $0[2] += 1 })
      let report = try Index(storage).snapshot().verify()
      #expect(report.faults.map(\.code) == [.corrupted])
      // And for that reason, not for what was read from beyond the postings.
      #expect(report.faults.first?.message.contains("a block of postings is malformed") == true)
    }
  }

  @Test(arguments: ["band_postings", "anchor_postings"])
  func `postings that are not those of the texts are found by verify`(_ section: String) throws {
    let storage = try Self.storage { _ in }
    let name = "segment-00000001"
    let tag: UInt32 = section == "band_postings" ? 9 : 10
    let sound = try #require(storage.bytes(of: name))
    let entry = try #require(try Self.entries(of: sound).first { $0.tag == tag })
    // One posting's key is another one, in a block that is otherwise sound.
    storage.set(name, to: try Self.changing(sound, entry) { $0[$0.count / 2] ^= 0x01 })
    #expect(try Index(storage).verify().faults.map(\.code) == [.corrupted])
  }

  /// Changes a few bytes of one block.
  private static func forged(
    _ sound: [UInt8],
    _ generator: inout SeededGenerator
  ) throws -> [UInt8] {
    let entries = try entries(of: sound)
    let entry = entries[Int(generator.next() % UInt64(entries.count))]
    return try changing(sound, entry) { block in
      for _ in 0...(generator.next() % 3) {
        let place = Int(generator.next() % UInt64(block.count))
        let random = UInt8(truncatingIfNeeded: generator.next())
        let extremes: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF, random]
        block[place] = extremes[Int(generator.next() % 6)]
      }
    }
  }

  /// Where the entry of a block stands in the directory, and the section that it is of.
  private struct Entry {
    var tag: UInt32
    var offset: Int
  }

  private static func entries(of file: [UInt8]) throws -> [Entry] {
    let footer = file.count - 32
    var reader = ByteReader(file[footer...])
    let directory = Int(try reader.readUInt64())
    var sections = ByteReader(file[directory..<footer])
    var entries: [Entry] = []
    for _ in 0..<(try sections.readUInt32()) {
      let tag = try sections.readUInt32()
      let blockCount = try sections.readUInt32()
      _ = try sections.readUInt64()
      for _ in 0..<blockCount {
        entries.append(Entry(tag: tag, offset: directory + sections.offset))
        _ = try sections.readBytes(32)
      }
    }
    return entries
  }

  /// Changes one block and makes its checksum and that of the directory good.
  private static func changing(
    _ file: [UInt8],
    _ entry: Entry,
    _ change: (inout [UInt8]) -> Void
  ) throws -> [UInt8] {
    let footer = file.count - 32
    var fields = ByteReader(file[entry.offset..<(entry.offset + 32)])
    let offset = Int(try fields.readUInt64())
    let count = Int(try fields.readUInt32())
    var block = Array(file[offset..<(offset + count)])
    change(&block)
    var checksum = ByteWriter()
    checksum.write(Hashing.hash64(block))
    var forged = file.replacing(at: offset, with: block)
      .replacing(at: entry.offset + 24, with: checksum.bytes)
    var reader = ByteReader(file[footer...])
    let directory = Int(try reader.readUInt64())
    checksum.removeAll()
    checksum.write(Hashing.hash64(forged[directory..<footer]))
    forged = forged.replacing(at: footer + 8, with: checksum.bytes)
    return forged
  }
}

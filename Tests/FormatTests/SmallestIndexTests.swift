// SPDX-License-Identifier: Apache-2.0

import ChorusIndex
import ChorusStore
import ChorusTestSupport
import Foundation
import Testing

/// The smallest index, one prompt in one segment: checked in as it was once written, and printed
/// byte by byte in the format pages.
@Suite struct SmallestIndexTests {
  private static let names = ["manifest", "segment-00000001"]

  /// The bytes of a checked-in file.
  private static func fixture(_ name: String) throws -> [UInt8] {
    let folder = try #require(Bundle.module.resourceURL)
    return [UInt8](try Data(contentsOf: folder.appending(path: "Fixtures/v3/\(name)")))
  }

  private static func fixtureStorage() throws -> MemoryStorage {
    let storage = MemoryStorage()
    for name in names { storage.set(name, to: try fixture("smallest/\(name)")) }
    return storage
  }

  /// The bytes of the worked example on a format page: the hexadecimal columns of its dump.
  private static func printed(_ page: String) throws -> [UInt8] {
    let root = URL(filePath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let url = root.appending(path: "Sources/Chorus/Chorus.docc/\(page).md")
    let text = try String(contentsOf: url, encoding: .utf8)
    let example = try #require(text.components(separatedBy: "## Worked example").dropFirst().first)
    let dump = try #require(example.components(separatedBy: "```").dropFirst().first)
    var bytes: [UInt8] = []
    for line in dump.split(separator: "\n") {
      let offset = try #require(Int(line.prefix(4), radix: 16))
      #expect(offset == bytes.count, "the dump of \(page) skips at \(line.prefix(4))")
      for cell in line.dropFirst(6).prefix(48).split(separator: " ") {
        guard cell.count == 2, let byte = UInt8(cell, radix: 16) else { break }
        bytes.append(byte)
      }
    }
    return bytes
  }

  @Test func `an index of format 3 is read`() throws {
    let snapshot = try Index(Self.fixtureStorage()).snapshot()
    let prompts = try snapshot.prompts()
    #expect(prompts.map(\.id) == ["a"])
    #expect(prompts.map(\.account) == ["b"])
    #expect(prompts.map(\.time) == [Timestamp(milliseconds: 0)])
    #expect(prompts.map(\.text) == ["hello hello world"])
  }

  @Test func `an index of format 3 verifies, sketches included`() throws {
    #expect(try Index(Self.fixtureStorage()).verify().faults.isEmpty)
  }

  @Test func `the same prompt gives the same bytes, the index id aside`() throws {
    let storage = MemoryStorage()
    let writer = try IndexWriter(storage)
    var batch = PromptBatch()
    batch.append(id: "a", account: "b", time: Timestamp(milliseconds: 0), text: "hello hello world")
    try writer.append(batch)
    try writer.commit()
    for name in Self.names {
      var written = try #require(storage.bytes(of: name))
      let expected = try Self.fixture("smallest/\(name)")
      // The id and the envelope's checksum, which covers it.
      written.replaceSubrange(0x10..<0x20, with: expected[0x10..<0x20])
      written.replaceSubrange(0x38..<0x40, with: expected[0x38..<0x40])
      #expect(written == expected, "\(name) has changed; a change of format needs a new version")
    }
  }

  @Test func `a log of format 3 is read`() throws {
    let storage = MemoryStorage()
    for name in ["manifest", "log-00000001"] {
      storage.set(name, to: try Self.fixture("logged/\(name)"))
    }
    let prompts = try Index(storage).snapshot().prompts()
    #expect(prompts.map(\.id) == ["a"])
    #expect(prompts.map(\.text) == ["hello hello world"])
    try IndexWriter(storage).commit()
    #expect(try storage.names() == ["manifest", "segment-00000001"])
    #expect(try Index(storage).verify().faults.isEmpty)
  }

  @Test(arguments: [
    ("FormatManifest", "smallest/manifest"), ("FormatSegment", "smallest/segment-00000001"),
    ("FormatLog", "logged/log-00000001"),
  ])
  func `the bytes on the format page are the checked-in ones`(
    page: String,
    file: String
  ) throws {
    #expect(try Self.printed(page) == Self.fixture(file))
  }
}

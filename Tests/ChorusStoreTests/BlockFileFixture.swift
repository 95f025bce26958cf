// SPDX-License-Identifier: Apache-2.0

import ChorusCore
import ChorusStore
import ChorusTestSupport

/// A block file in memory, its sections as they went in and as they come out.
struct BlockFileFixture {
  struct Section: Hashable {
    var tag: UInt32
    var itemCount: Int
    var bytes: [UInt8]
    var isCompressible: Bool
  }

  static let envelope = Envelope(
    kind: .segment,
    indexID: IndexID(low: 0x0123_4567_89AB_CDEF, high: 77),
    planFingerprint: 0xFEED,
    number: 3
  )
  static let name = "file"

  let storage: MemoryStorage
  let sections: [Section]

  /// The bytes of the file.
  var bytes: [UInt8] { storage.bytes(of: Self.name) ?? [] }

  /// Writes a file.
  init(_ sections: [Section], blockByteCount: Int? = nil) throws {
    storage = MemoryStorage(location: "folder")
    self.sections = sections
    let writer = try BlockFileWriter(storage, name: Self.name, envelope: Self.envelope)
    for section in sections {
      let tag = BlockFileFormat.SectionTag(section.tag, "section-\(section.tag)")
      guard let blockByteCount else {
        try writer.writeSection(
          tag,
          itemCount: section.itemCount,
          bytes: section.bytes,
          isCompressible: section.isCompressible
        )
        continue
      }
      writer.beginSection(tag, itemCount: section.itemCount)
      for start in stride(from: 0, to: section.bytes.count, by: blockByteCount) {
        let end = min(start + blockByteCount, section.bytes.count)
        try writer.writeBlock(
          Array(section.bytes[start..<end]),
          firstKey: UInt64(start),
          isCompressible: section.isCompressible
        )
      }
    }
    _ = try writer.finish()
  }

  /// A file that has every part: compressed and raw blocks, several blocks, an empty section.
  static func small() throws -> Self {
    try Self(
      [
        Section(tag: 1, itemCount: 40, bytes: .init(repeating: 7, count: 90), isCompressible: true),
        Section(tag: 2, itemCount: 50, bytes: Array(0..<50), isCompressible: false),
        Section(tag: 9, itemCount: 0, bytes: [], isCompressible: true),
      ],
      blockByteCount: 60
    )
  }

  /// Opens the file, or other bytes in its place.
  func open(_ other: [UInt8]? = nil) throws -> BlockFile {
    guard let other else { return try BlockFile(storage, name: Self.name, kind: .segment) }
    let storage = MemoryStorage(location: "folder")
    storage.set(Self.name, to: other)
    return try BlockFile(storage, name: Self.name, kind: .segment)
  }

  /// Opens other bytes in place of the file and reads everything in them.
  func readAll(_ other: [UInt8]? = nil) throws -> [Section] {
    let file = try open(other)
    try file.verify()
    return try sections.map { section in
      let found = try file.section(.init(section.tag, "any"))
      return Section(
        tag: section.tag,
        itemCount: found.itemCount,
        bytes: try file.allBytes(of: found),
        isCompressible: section.isCompressible
      )
    }
  }
}

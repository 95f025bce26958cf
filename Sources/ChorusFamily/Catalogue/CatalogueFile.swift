// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusIndex
internal import ChorusStore

/// The two files in which a catalogue is kept beside the index.
///
///     names    = count:varint Name*
///     Name     = name:text formerCount:varint former:text* splitFrom:text promptCount:varint
///                bits:u64 leader:u64 keyCount:varint keyStep:varint*
///                sampleCount:varint sample:u32*
///     state    = passHash:u64 minerVersion:varint minimumAccountCount:varint
///                minedPromptCount:varint promptCount:varint fragmentCount:varint neededBits:u64
///                deletionCount:varint deletion:u64*
///                segmentCount:varint (number:varint rowCount:varint occurrenceCount:varint)*
///     families = count:varint Family*
///     Family   = kind:u8 parent:text Template Spread
///     rows     = (runByteCount:varint family+1:varint)*
///
/// The pass hash is that of the names, so that both files are of one pass.
///
/// The first file has no text of prompts and outlives deletions, so that families keep their names.
/// The second one has, and goes away with every deletion. A text is a counted string; an empty one
/// stands for none. Numbers with a fraction are the bits of a double.
enum CatalogueFile {
  /// Counts up when the same index would give other families.
  static let minerVersion: UInt64 = 2

  static let names = BlockFileFormat.SectionTag(1, "names")
  static let state = BlockFileFormat.SectionTag(2, "state")
  static let families = BlockFileFormat.SectionTag(3, "families")
  static let rows = BlockFileFormat.SectionTag(4, "rows")

  /// The most families that a file may list.
  private static let largestCount = 1 << 24

  static func textName(minimumAccountCount: Int) -> String {
    KeptFile.textPrefix + String(minimumAccountCount)
  }

  static func nameName(minimumAccountCount: Int) -> String {
    KeptFile.namePrefix + String(minimumAccountCount)
  }

  // MARK: Names

  static func encodeNames(_ catalogue: FamilyCatalogue) -> [UInt8] {
    var writer = ByteWriter()
    writer.writeVarint(UInt64(catalogue.families.count))
    for (family, mark) in zip(catalogue.families, catalogue.marks) {
      writer.writeCounted(family.name)
      writer.writeVarint(UInt64(family.formerNames.count))
      for name in family.formerNames { writer.writeCounted(name) }
      writer.writeCounted(family.splitFrom ?? "")
      writer.writeVarint(UInt64(family.spread.promptCount))
      writer.write(mark.bits.bitPattern)
      writer.write(mark.leader)
      writer.writeVarint(UInt64(mark.keys.count))
      var previous: UInt64 = 0
      for key in mark.keys {
        writer.writeVarint(key - previous)
        previous = key
      }
      writer.writeVarint(UInt64(mark.sample.count))
      for hash in mark.sample { writer.write(hash) }
    }
    return writer.bytes
  }

  /// What is known of a family without its text.
  struct Known {
    var name: String
    var formerNames: [String]
    var splitFrom: String?
    var promptCount: Int
    var mark: FamilyMark
  }

  static func decodeNames(_ bytes: ArraySlice<UInt8>) throws(ByteReader.Fault) -> [Known]? {
    var reader = ByteReader(bytes)
    let count = try reader.readCount()
    guard count <= largestCount else { return nil }
    var known: [Known] = []
    for _ in 0..<count {
      let name = try reader.readString()
      var formerNames: [String] = []
      for _ in 0..<(try reader.readCount()) { formerNames.append(try reader.readString()) }
      let splitFrom = try reader.readString()
      let promptCount = try reader.readCount()
      let bits = Double(bitPattern: try reader.readUInt64())
      let leader = try reader.readUInt64()
      var keys: [UInt64] = []
      for _ in 0..<(try reader.readCount()) {
        let (key, overflow) = (keys.last ?? 0).addingReportingOverflow(try reader.readVarint())
        guard !overflow else { return nil }
        keys.append(key)
      }
      var sample: [UInt32] = []
      for _ in 0..<(try reader.readCount()) { sample.append(try reader.readUInt32()) }
      guard bits.isFinite, !name.isEmpty else { return nil }
      known.append(
        Known(
          name: name,
          formerNames: formerNames,
          splitFrom: splitFrom.isEmpty ? nil : splitFrom,
          promptCount: promptCount,
          mark: FamilyMark(keys: keys, leader: leader, bits: bits, sample: sample)
        )
      )
    }
    return reader.isAtEnd ? known : nil
  }

  // MARK: State

  /// A segment as it was when the families were found.
  struct Part: Hashable {
    var number: UInt64
    var rowCount: Int
    var occurrenceCount: Int
  }

  /// What the families were found in.
  struct State {
    var passHash: UInt64
    var basis: CatalogueBasis
    var deletions: Set<UInt64>
    var parts: [Part]
  }

  static func encodeState(_ catalogue: FamilyCatalogue, passHash: UInt64) -> [UInt8] {
    var writer = ByteWriter()
    let basis = catalogue.basis
    let snapshot = catalogue.snapshot
    writer.write(passHash)
    writer.writeVarint(minerVersion)
    writer.writeVarint(UInt64(basis.minimumAccountCount))
    writer.writeVarint(UInt64(basis.minedPromptCount))
    writer.writeVarint(UInt64(basis.promptCount))
    writer.writeVarint(UInt64(basis.fragmentCount))
    writer.write(basis.neededBits.bitPattern)
    let deletions = snapshot.manifest.deletionHashes
    writer.writeVarint(UInt64(deletions.count))
    for hash in deletions { writer.write(hash) }
    writer.writeVarint(UInt64(snapshot.segments.count))
    for segment in snapshot.segments {
      writer.writeVarint(segment.summary.number)
      writer.writeVarint(UInt64(segment.rowCount))
      writer.writeVarint(UInt64(segment.summary.occurrenceCount))
    }
    return writer.bytes
  }

  static func decodeState(_ bytes: ArraySlice<UInt8>) throws(ByteReader.Fault) -> State? {
    var reader = ByteReader(bytes)
    let passHash = try reader.readUInt64()
    guard try reader.readVarint() == minerVersion else { return nil }
    let basis = CatalogueBasis(
      minimumAccountCount: try reader.readCount(),
      minedPromptCount: try reader.readCount(),
      promptCount: try reader.readCount(),
      fragmentCount: try reader.readCount(),
      neededBits: Double(bitPattern: try reader.readUInt64())
    )
    var deletions = Set<UInt64>()
    for _ in 0..<(try reader.readCount()) { deletions.insert(try reader.readUInt64()) }
    var parts: [Part] = []
    for _ in 0..<(try reader.readCount()) {
      parts.append(
        Part(
          number: try reader.readVarint(),
          rowCount: try reader.readCount(),
          occurrenceCount: try reader.readCount()
        )
      )
    }
    let isSound = parts.allSatisfy {
      $0.rowCount <= 1 << 32 && $0.occurrenceCount <= 1 << 32
    }
    guard reader.isAtEnd, basis.neededBits.isFinite, isSound, parts.count <= 1 << 24 else {
      return nil
    }
    return State(passHash: passHash, basis: basis, deletions: deletions, parts: parts)
  }

  // MARK: Rows

  static func encodeRows(_ familyOfRow: [Int32]) -> [UInt8] {
    var writer = ByteWriter()
    var start = 0
    while start < familyOfRow.count {
      var end = start + 1
      while end < familyOfRow.count, familyOfRow[end] == familyOfRow[start] { end += 1 }
      writer.writeVarint(UInt64(end - start))
      writer.writeVarint(UInt64(familyOfRow[start] + 1))
      start = end
    }
    return writer.bytes
  }

  static func decodeRows(
    _ bytes: ArraySlice<UInt8>,
    rowCount: Int,
    familyCount: Int
  ) throws(ByteReader.Fault) -> [Int32]? {
    var reader = ByteReader(bytes)
    var rows: [Int32] = []
    rows.reserveCapacity(rowCount)
    while !reader.isAtEnd {
      let count = try reader.readCount()
      let family = try reader.readCount()
      guard count > 0, count <= rowCount - rows.count, family <= familyCount else { return nil }
      rows.append(contentsOf: repeatElement(Int32(family) - 1, count: count))
    }
    return rows.count == rowCount ? rows : nil
  }
}

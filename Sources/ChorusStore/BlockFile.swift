// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
internal import Synchronization

/// Reads a file of checksummed blocks; see ``BlockFileFormat``.
///
/// Opening verifies envelope, footer and directory. A block is verified when it is read, so no byte
/// that fails its checksum is ever used; one that is looked into in place is verified when that is
/// done for the first time since the file was opened.
public final class BlockFile: Sendable {
  /// The file's envelope.
  public let envelope: Envelope
  /// The path, for messages.
  public let path: String
  /// The bytes of the file.
  public var byteCount: Int { file.byteCount }

  private let file: FileBytes
  private let sections: [UInt32: Section]
  /// The blocks that were verified since the file was opened.
  private let verified: AtomicBits
  /// The block of each section that was last read in part: reads come in runs.
  private let recent = Mutex<[UInt32: (number: Int, bytes: [UInt8])]>([:])

  /// A run of blocks with one purpose.
  public struct Section: Sendable {
    /// The number of items, as the writer counted them.
    public let itemCount: Int
    /// The number of blocks.
    public var blockCount: Int { entries.count }
    /// The bytes of all blocks, decompressed.
    public let rawByteCount: Int
    /// The bytes of all blocks as stored.
    public let storedByteCount: Int

    /// The number that tells what the section holds.
    public let tag: UInt32
    let entries: [BlockFileFormat.Entry]
    /// The blocks of the sections before this one.
    let precedingBlockCount: Int

    /// The first key of a block.
    public func firstKey(ofBlock block: Int) -> UInt64 { entries[block].firstKey }

    /// Returns the last block whose first key is at most `key`, or 0.
    ///
    /// - Complexity: O(log *n*) in the number of blocks.
    public func block(holding key: UInt64) -> Int { max(0, firstBlock(past: key) - 1) }

    /// Returns the first block whose first key is at least `key`; the number of blocks when none
    /// is.
    public func firstBlock(from key: UInt64) -> Int {
      key == 0 ? 0 : firstBlock(past: key - 1)
    }

    /// Keys that are hashes or offsets are spread evenly, so the search begins where the key would
    /// stand then and widens from there.
    private func firstBlock(past key: UInt64) -> Int {
      guard let first = entries.first, let last = entries.last, first.firstKey <= key else {
        return 0
      }
      guard last.firstKey > key else { return entries.count }
      let share =
        Double(key - first.firstKey) / Double(max(1, last.firstKey - first.firstKey))
      // The answer is above `low` and at most `high`.
      var low = min(entries.count - 1, Int(share * Double(entries.count - 1)))
      var step = 1
      while entries[low].firstKey > key {
        low = max(0, low - step)
        step *= 2
      }
      var high = low + 1
      step = 1
      while high < entries.count, entries[high].firstKey <= key {
        low = high
        high = min(entries.count, high + step)
        step *= 2
      }
      while high - low > 1 {
        let middle = low + (high - low) / 2
        if entries[middle].firstKey <= key { low = middle } else { high = middle }
      }
      return high
    }
  }

  /// Opens a file.
  ///
  /// - Throws: What ``Envelope/read(_:of:path:)`` throws, and `corrupted` when footer or directory
  ///   are damaged.
  public init(
    _ storage: any Storage,
    name: String,
    kind: Envelope.Kind
  ) throws(ChorusError) {
    path = storage.location + "/" + name
    file = try storage.open(name)
    envelope = try Envelope.read(file, of: kind, path: path)
    sections = try Self.readDirectory(file, kind: kind, path: path)
    verified = AtomicBits(count: sections.values.reduce(0) { $0 + $1.blockCount })
  }

  /// All sections, in the order of their tags.
  public var allSections: [Section] { sections.sorted { $0.key < $1.key }.map(\.value) }

  /// Returns a section.
  ///
  /// - Throws: `corrupted` when the file has none of that tag.
  public func section(_ tag: BlockFileFormat.SectionTag) throws(ChorusError) -> Section {
    guard let section = sections[tag.number] else {
      throw damaged("its section '\(tag.name)' is missing", at: 0)
    }
    return section
  }

  /// Returns the verified, decompressed bytes of a block.
  ///
  /// - Throws: `corrupted` when the block fails its checksum or does not decompress.
  /// - Complexity: O(*n*) in the size of the block.
  public func block(_ number: Int, of section: Section) throws(ChorusError) -> [UInt8] {
    let entry = section.entries[number]
    let start = Int(entry.offset)
    let isIntact = file.withBytes(start..<(start + Int(entry.storedCount))) { span in
      Hashing.hash64(span) == entry.checksum
    }
    guard isIntact else { throw damaged("a block fails its checksum", at: entry.offset) }
    return try decompressed(entry, prefix: .max)
  }

  /// Returns the decompressed bytes of a block, or of its beginning.
  ///
  /// The block is verified unless that was done before since the file was opened.
  ///
  /// - Parameters:
  ///   - number: The number of the block in its section.
  ///   - section: The section.
  ///   - prefix: The bytes wanted from its beginning.
  /// - Returns: As many bytes as are wanted, or all that there are.
  /// - Throws: `corrupted` when the block fails its checksum or does not decompress.
  public func knownBlock(
    _ number: Int,
    of section: Section,
    prefix: Int
  ) throws(ChorusError) -> [UInt8] {
    try verifyOnce(number, of: section)
    return try decompressed(section.entries[number], prefix: prefix)
  }

  private func decompressed(
    _ entry: BlockFileFormat.Entry,
    prefix: Int
  ) throws(ChorusError) -> [UInt8] {
    let start = Int(entry.offset)
    let range = start..<(start + Int(entry.storedCount))
    let count = min(prefix, Int(entry.rawCount))
    if entry.storedCount == entry.rawCount { return file.bytes(start..<(start + count)) }
    let raw = file.withBytes(range) { span in
      count < Int(entry.rawCount)
        ? LZ4.decompressPrefix(span, count: count) : LZ4.decompress(span, count: count)
    }
    guard let raw else { throw damaged("a block does not decompress", at: entry.offset) }
    return raw
  }

  /// Calls a closure with the verified bytes of a block that is stored as it is, without a copy.
  ///
  /// - Throws: `corrupted` when the block fails its checksum or is a compressed one.
  public func withBlock<Result>(
    _ number: Int,
    of section: Section,
    _ body: (Span<UInt8>) -> Result
  ) throws(ChorusError) -> Result {
    let entry = section.entries[number]
    guard entry.storedCount == entry.rawCount else { throw compressed(entry) }
    let start = Int(entry.offset)
    let range = start..<(start + Int(entry.storedCount))
    let result = file.withBytes(range) { span in
      Hashing.hash64(span) == entry.checksum ? body(span) : nil
    }
    guard let result else { throw damaged("a block fails its checksum", at: entry.offset) }
    return result
  }

  /// Calls a closure with the bytes of a block that is stored as it is, and some behind it.
  ///
  /// The block is verified unless that was done before since the file was opened. The closure
  /// receives the block's bytes with up to `slack` of what follows in the file, and the number of
  /// those that are the block's.
  ///
  /// - Throws: `corrupted` when the block fails its checksum or is a compressed one.
  public func withKnownBlock<Result>(
    _ number: Int,
    of section: Section,
    slack: Int = 0,
    _ body: (Span<UInt8>, Int) -> Result
  ) throws(ChorusError) -> Result {
    let entry = section.entries[number]
    guard entry.storedCount == entry.rawCount else { throw compressed(entry) }
    try verifyOnce(number, of: section)
    let start = Int(entry.offset)
    let end = start + Int(entry.storedCount)
    return file.withBytes(start..<min(end + slack, file.byteCount)) { span in
      body(span, end - start)
    }
  }

  /// Calls a closure with the bytes of a block as stored, unverified, to have them loaded.
  public func withStoredBlock(
    _ number: Int,
    of section: Section,
    _ body: (Span<UInt8>) -> Void
  ) {
    let entry = section.entries[number]
    let start = Int(entry.offset)
    file.withBytes(start..<(start + Int(entry.storedCount))) { span in body(span) }
  }

  /// Whether a block is stored as it is.
  public func isPlain(_ number: Int, of section: Section) -> Bool {
    section.entries[number].storedCount == section.entries[number].rawCount
  }

  /// The bytes of a block, decompressed.
  public func rawByteCount(ofBlock number: Int, of section: Section) -> Int {
    Int(section.entries[number].rawCount)
  }

  /// The bytes of a block as stored.
  public func storedByteCount(ofBlock number: Int, of section: Section) -> Int {
    Int(section.entries[number].storedCount)
  }

  private func verifyOnce(_ number: Int, of section: Section) throws(ChorusError) {
    let place = section.precedingBlockCount + number
    guard !verified[place] else { return }
    let entry = section.entries[number]
    let start = Int(entry.offset)
    let isIntact = file.withBytes(start..<(start + Int(entry.storedCount))) { span in
      Hashing.hash64(span) == entry.checksum
    }
    guard isIntact else { throw damaged("a block fails its checksum", at: entry.offset) }
    verified.insert(place)
  }

  private func compressed(_ entry: BlockFileFormat.Entry) -> ChorusError {
    damaged("a block is compressed that should not be", at: entry.offset)
  }

  /// Returns bytes of a section whose blocks are keyed by their offset in it.
  ///
  /// - Throws: `corrupted` when a block is damaged or the range lies outside the section.
  public func bytes(_ range: Range<Int>, of section: Section) throws(ChorusError) -> [UInt8] {
    guard range.lowerBound >= 0, range.upperBound <= section.rawByteCount else {
      throw damaged("an offset points outside its section", at: 0)
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(range.count)
    var position = range.lowerBound
    var number = section.block(holding: UInt64(position))
    while position < range.upperBound {
      guard number < section.blockCount else { throw damaged("its blocks leave a gap", at: 0) }
      let block = try recentBlock(number, of: section)
      let base = Int(clamping: section.firstKey(ofBlock: number))
      let start = position - base
      let end = min(range.upperBound - base, block.count)
      guard start >= 0, start < end else { throw damaged("its blocks leave a gap", at: 0) }
      bytes.append(contentsOf: block[start..<end])
      position = base + end
      number += 1
    }
    return bytes
  }

  /// Returns a block, from memory when it is the one that was last read.
  private func recentBlock(_ number: Int, of section: Section) throws(ChorusError) -> [UInt8] {
    let known = recent.withLock { recent in recent[section.tag] }
    if let known, known.number == number { return known.bytes }
    let bytes = try block(number, of: section)
    recent.withLock { recent in recent[section.tag] = (number, bytes) }
    return bytes
  }

  /// Returns all bytes of a section.
  public func allBytes(of section: Section) throws(ChorusError) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(section.rawByteCount)
    for number in 0..<section.blockCount {
      bytes.append(contentsOf: try block(number, of: section))
    }
    return bytes
  }

  /// An error that names this file and a place in it.
  public func damaged(_ reason: String, at offset: UInt64) -> ChorusError {
    Envelope.damaged(envelope.kind, path, reason, at: offset)
  }

  /// Reads every block of every section.
  ///
  /// - Throws: `corrupted` at the first one that is damaged.
  public func verify() throws(ChorusError) {
    for (_, section) in sections.sorted(by: { $0.key < $1.key }) {
      for number in 0..<section.blockCount { _ = try block(number, of: section) }
    }
  }
}

extension BlockFile {
  private static func readDirectory(
    _ file: FileBytes,
    kind: Envelope.Kind,
    path: String
  ) throws(ChorusError) -> [UInt32: Section] {
    let footerStart = file.byteCount - BlockFileFormat.footerByteCount
    guard footerStart >= Envelope.byteCount else {
      throw Envelope.damaged(kind, path, "it ends too early", at: UInt64(file.byteCount))
    }
    var footer = ByteReader(file.bytes(footerStart..<file.byteCount))
    guard let offset = try? footer.readUInt64(), let checksum = try? footer.readUInt64(),
      let byteCount = try? footer.readUInt64(), let magic = try? footer.readUInt64(),
      magic == ~Envelope.magic, byteCount == UInt64(file.byteCount)
    else {
      let reason = "it was cut short or its end is damaged"
      throw Envelope.damaged(kind, path, reason, at: UInt64(footerStart))
    }
    guard offset >= UInt64(Envelope.byteCount), offset <= UInt64(footerStart) else {
      throw Envelope.damaged(kind, path, "its footer is damaged", at: UInt64(footerStart))
    }
    let bytes = file.bytes(Int(offset)..<footerStart)
    guard Hashing.hash64(bytes) == checksum else {
      throw Envelope.damaged(kind, path, "its directory fails its checksum", at: offset)
    }
    guard let sections = try? parse(bytes, dataEnd: offset) else {
      throw Envelope.damaged(kind, path, "its directory is malformed", at: offset)
    }
    return sections
  }

  private static func parse(
    _ bytes: [UInt8],
    dataEnd: UInt64
  ) throws(ByteReader.Fault) -> [UInt32: Section]? {
    var reader = ByteReader(bytes)
    var sections: [UInt32: Section] = [:]
    var dataStart = UInt64(Envelope.byteCount)
    var precedingBlockCount = 0
    for _ in 0..<(try reader.readUInt32()) {
      let tag = try reader.readUInt32()
      let blockCount = Int(try reader.readUInt32())
      let itemCount = try reader.readUInt64()
      guard blockCount <= reader.remainingCount / BlockFileFormat.entryByteCount,
        let itemCount = Int(exactly: itemCount), sections[tag] == nil
      else { return nil }
      var entries: [BlockFileFormat.Entry] = []
      entries.reserveCapacity(blockCount)
      var rawByteCount = 0
      var storedByteCount = 0
      for _ in 0..<blockCount {
        let entry = BlockFileFormat.Entry(
          offset: try reader.readUInt64(),
          storedCount: try reader.readUInt32(),
          rawCount: try reader.readUInt32(),
          firstKey: try reader.readUInt64(),
          checksum: try reader.readUInt64()
        )
        guard isPlausible(entry, in: dataStart...max(dataStart, dataEnd), after: entries.last)
        else { return nil }
        dataStart = entry.offset + UInt64(entry.storedCount)
        rawByteCount += Int(entry.rawCount)
        storedByteCount += Int(entry.storedCount)
        entries.append(entry)
      }
      sections[tag] = Section(
        itemCount: itemCount,
        rawByteCount: rawByteCount,
        storedByteCount: storedByteCount,
        tag: tag,
        entries: entries,
        precedingBlockCount: precedingBlockCount
      )
      precedingBlockCount += blockCount
    }
    return reader.isAtEnd ? sections : nil
  }

  private static func isPlausible(
    _ entry: BlockFileFormat.Entry,
    in range: ClosedRange<UInt64>,
    after previous: BlockFileFormat.Entry?
  ) -> Bool {
    // Blocks do not overlap, and LZ4 makes at most 255 bytes of one, so a small file cannot claim
    // to hold more than memory does.
    guard range.contains(entry.offset), entry.storedCount > 0,
      UInt64(entry.storedCount) <= range.upperBound - entry.offset,
      entry.storedCount <= entry.rawCount,
      UInt64(entry.rawCount) <= 255 * UInt64(entry.storedCount) + 64,
      Int(entry.rawCount) <= BlockFileFormat.maximumBlockByteCount
    else { return false }
    return previous.map { $0.firstKey <= entry.firstKey } ?? true
  }
}

// SPDX-License-Identifier: Apache-2.0

public import ChorusCore

/// Writes a file of checksummed blocks, front to back; see ``BlockFileFormat``.
///
/// The file is durable when ``finish()`` returns and is no file at all before.
public final class BlockFileWriter {
  private struct Section {
    var tag: BlockFileFormat.SectionTag
    var itemCount: UInt64 = 0
    var entries: [BlockFileFormat.Entry] = []
  }

  private let sink: any FileSink
  private let path: String
  private var offset: UInt64 = 0
  private var pending: [UInt8] = []
  private var sections: [Section] = []

  /// Starts a file.
  public init(
    _ storage: any Storage,
    name: String,
    envelope: Envelope
  ) throws(ChorusError) {
    sink = try storage.create(name)
    path = storage.location + "/" + name
    try put(envelope.encoded)
  }

  /// Starts a section; blocks written from now on belong to it.
  public func beginSection(_ tag: BlockFileFormat.SectionTag, itemCount: Int) {
    sections.append(Section(tag: tag, itemCount: UInt64(itemCount)))
  }

  /// Writes one block.
  ///
  /// - Parameters:
  ///   - raw: The bytes, at least one and at most 16 MiB.
  ///   - firstKey: A number by which readers find the block; ascending within a section.
  ///   - isCompressible: Whether to try LZ4; the shorter form is written.
  /// - Throws: `ioFailure` or `noSpace` when the storage does.
  public func writeBlock(
    _ raw: [UInt8],
    firstKey: UInt64 = 0,
    isCompressible: Bool
  ) throws(ChorusError) {
    precondition(!raw.isEmpty && raw.count <= BlockFileFormat.maximumBlockByteCount)
    try put(Block(raw, isCompressible: isCompressible), firstKey: firstKey)
  }

  /// Writes a whole section of bytes in blocks of one size, each keyed by its offset in the
  /// section; several cores compress them.
  public func writeSection(
    _ tag: BlockFileFormat.SectionTag,
    itemCount: Int,
    bytes: LargeArray<UInt8>,
    blockByteCount: Int = BlockFileFormat.blockByteCount,
    isCompressible: Bool
  ) throws(ChorusError) {
    beginSection(tag, itemCount: itemCount)
    let batchByteCount = 256 * blockByteCount
    for batch in stride(from: 0, to: bytes.count, by: batchByteCount) {
      let end = min(batch + batchByteCount, bytes.count)
      let starts = Array(stride(from: batch, to: end, by: blockByteCount))
      let blocks = Parallel.map(starts.count) { number in
        let start = starts[number]
        let raw = bytes.elements(start..<min(start + blockByteCount, end))
        return Block(raw, isCompressible: isCompressible)
      }
      for (start, block) in zip(starts, blocks) { try put(block, firstKey: UInt64(start)) }
    }
  }

  private struct Block: Sendable {
    let stored: [UInt8]
    let rawCount: Int
    let checksum: UInt64

    init(_ raw: [UInt8], isCompressible: Bool) {
      stored = isCompressible ? LZ4.compress(raw) ?? raw : raw
      rawCount = raw.count
      checksum = Hashing.hash64(stored)
    }
  }

  private func put(_ block: Block, firstKey: UInt64) throws(ChorusError) {
    sections[sections.count - 1].entries.append(
      BlockFileFormat.Entry(
        offset: offset,
        storedCount: UInt32(block.stored.count),
        rawCount: UInt32(block.rawCount),
        firstKey: firstKey,
        checksum: block.checksum
      )
    )
    try put(block.stored)
  }

  /// Writes a whole section of bytes in ordinary blocks, each keyed by its offset in the section.
  public func writeSection(
    _ tag: BlockFileFormat.SectionTag,
    itemCount: Int,
    bytes: [UInt8],
    isCompressible: Bool
  ) throws(ChorusError) {
    beginSection(tag, itemCount: itemCount)
    var start = 0
    while start < bytes.count {
      let end = min(start + BlockFileFormat.blockByteCount, bytes.count)
      try writeBlock(
        Array(bytes[start..<end]),
        firstKey: UInt64(start),
        isCompressible: isCompressible
      )
      start = end
    }
  }

  /// Writes directory and footer and makes the file durable.
  ///
  /// - Returns: The bytes of the file.
  public func finish() throws(ChorusError) -> UInt64 {
    var directory = ByteWriter()
    directory.write(UInt32(sections.count))
    for section in sections {
      directory.write(section.tag.number)
      directory.write(UInt32(section.entries.count))
      directory.write(section.itemCount)
      for entry in section.entries {
        directory.write(entry.offset)
        directory.write(entry.storedCount)
        directory.write(entry.rawCount)
        directory.write(entry.firstKey)
        directory.write(entry.checksum)
      }
    }
    let directoryOffset = offset
    try put(directory.bytes)
    var footer = ByteWriter()
    footer.write(directoryOffset)
    footer.write(Hashing.hash64(directory.bytes))
    footer.write(offset + UInt64(BlockFileFormat.footerByteCount))
    footer.write(~Envelope.magic)
    try put(footer.bytes)
    try sink.append(pending)
    try sink.close()
    return offset
  }

  private func put(_ bytes: [UInt8]) throws(ChorusError) {
    pending.append(contentsOf: bytes)
    offset += UInt64(bytes.count)
    if pending.count >= 1 << 20 {
      try sink.append(pending)
      pending.removeAll(keepingCapacity: true)
    }
  }
}

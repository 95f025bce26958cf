// SPDX-License-Identifier: Apache-2.0

/// The layout that all files of an index share: envelope, sections of blocks, directory, footer.
///
///     File      = Envelope Block* Directory Footer
///     Directory = sectionCount:u32 Section*
///     Section   = tag:u32 blockCount:u32 itemCount:u64 Entry*
///     Entry     = offset:u64 storedCount:u32 rawCount:u32 firstKey:u64 checksum:u64
///     Footer    = directoryOffset:u64 directoryChecksum:u64 fileByteCount:u64 ~magic:u64
///
/// A block whose stored count equals its raw count is stored as it is; any other is LZ4.
public enum BlockFileFormat {
  /// The bytes of a footer.
  static let footerByteCount = 32
  /// The bytes of a directory entry.
  static let entryByteCount = 32
  /// The most bytes that a block may have.
  static let maximumBlockByteCount = 1 << 24
  /// The raw bytes of an ordinary block.
  public static let blockByteCount = 1 << 16

  /// What a section holds.
  public struct SectionTag: Hashable, Sendable {
    /// The number that stands in the file.
    public let number: UInt32
    /// The word for messages and statistics.
    public let name: String

    /// Creates a tag.
    public init(_ number: UInt32, _ name: String) {
      self.number = number
      self.name = name
    }
  }

  /// Where a block lies, what it holds, and its checksum.
  struct Entry: Sendable {
    var offset: UInt64
    var storedCount: UInt32
    var rawCount: UInt32
    var firstKey: UInt64
    var checksum: UInt64
  }
}

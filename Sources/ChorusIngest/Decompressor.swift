// SPDX-License-Identifier: Apache-2.0

/// Turns a compressed stream into plain bytes, a piece at a time.
///
/// A stream is one or more frames (zstd, lz4) or members (gzip), one after the other.
protocol Decompressor: AnyObject {
  /// A Boolean value that says whether the stream may end here: no frame has begun, or the last one
  /// is complete.
  var isAtBoundary: Bool { get }

  /// Decodes from `source` into `target`.
  ///
  /// An empty source asks for output that was held back. A step without progress on a source and a
  /// target that are not empty counts as damage.
  func step(
    source: UnsafeBufferPointer<UInt8>,
    target: UnsafeMutableBufferPointer<UInt8>
  ) -> DecompressorStep
}

/// What one step of a decompressor did.
struct DecompressorStep {
  /// How many bytes of the source were used.
  var consumedCount = 0
  /// How many bytes of the target were filled.
  var producedCount = 0
  /// Whether the stream cannot be decoded beyond this step.
  var isDamaged = false
}

extension Decompressor {
  /// Decodes from a window into free space at `offset`, at most `limit` bytes.
  func step(
    from window: inout ByteWindow,
    into target: inout [UInt8],
    at offset: Int,
    limit: Int
  ) -> DecompressorStep {
    precondition(offset >= 0 && limit > 0 && offset + limit <= target.count)
    let range = window.range
    // Sound: both ranges were checked to lie in their arrays, which outlive the call.
    var result = unsafe window.bytes.withUnsafeBufferPointer { source in
      unsafe target.withUnsafeMutableBufferPointer { free in
        unsafe step(
          source: UnsafeBufferPointer(rebasing: source[range]),
          target: UnsafeMutableBufferPointer(rebasing: free[offset..<(offset + limit)])
        )
      }
    }
    let isIdle = result.consumedCount == 0 && result.producedCount == 0
    if isIdle && !range.isEmpty { result.isDamaged = true }
    window.removeFirst(result.consumedCount)
    return result
  }
}

/// The compressed bytes that were read and not yet decoded.
struct ByteWindow {
  /// The memory, of which ``range`` is in use.
  var bytes: [UInt8]
  /// The bytes not yet decoded.
  private(set) var range = 0..<0

  init(byteCount: Int) { bytes = [UInt8](repeating: 0, count: byteCount) }

  /// Creates a window of bytes that are all there.
  init(bytes: [UInt8]) {
    self.bytes = bytes
    range = 0..<bytes.count
  }

  var isEmpty: Bool { range.isEmpty }

  mutating func removeFirst(_ count: Int) {
    range = (range.lowerBound + count)..<range.upperBound
    if range.isEmpty { range = 0..<0 }
  }

  /// Counts bytes that were written behind the range.
  mutating func didAppend(_ count: Int) {
    precondition(range.upperBound + count <= bytes.count)
    range = range.lowerBound..<(range.upperBound + count)
  }
}

/// The formats of an input stream, told apart by their first bytes.
enum StreamFormat {
  case plain
  case gzip
  case zstd
  case lz4

  /// How many bytes are needed to tell.
  static let prefixCount = 4

  init(prefix: ArraySlice<UInt8>) {
    let magic = Array(prefix.prefix(Self.prefixCount))
    switch magic {
    case [0x28, 0xB5, 0x2F, 0xFD]: self = .zstd
    case [0x04, 0x22, 0x4D, 0x18]: self = .lz4
    // A frame to be skipped (0x184D2A50...5F) starts the files of parallel zstd.
    case _ where magic.count == 4 && magic[0] >> 4 == 5 && magic[1...] == [0x2A, 0x4D, 0x18]:
      self = .zstd
    // No text begins like this, so two bytes are enough, and a gzip file cut there is still seen.
    case _ where magic.starts(with: [0x1F, 0x8B]): self = .gzip
    default: self = .plain
    }
  }

  /// Returns a new decompressor, or `nil` for plain bytes.
  func decompressor() -> (any Decompressor)? {
    switch self {
    case .plain: nil
    case .gzip: DecompressorGzip()
    case .zstd: DecompressorZstd()
    case .lz4: DecompressorLZ4()
    }
  }
}

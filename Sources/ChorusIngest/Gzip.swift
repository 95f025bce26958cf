// SPDX-License-Identifier: Apache-2.0

internal import CZlib

/// Gzip of bodies that are in memory.
package enum Gzip {
  /// Decodes a whole stream.
  ///
  /// - Parameters:
  ///   - bytes: One or more gzip members.
  ///   - limit: The most bytes to decode to.
  /// - Returns: The bytes.
  /// - Throws: `truncatedStream` or `damagedStream`, and `tooLarge` when there are more than the
  ///   limit; no more than that are ever held.
  /// - Complexity: O(*n*) in the bytes decoded.
  package static func decode(
    _ bytes: [UInt8],
    limit: Int
  ) throws(RejectReason) -> [UInt8] {
    let decompressor = DecompressorGzip()
    var window = ByteWindow(bytes: bytes)
    var result: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let step = decompressor.step(from: &window, into: &piece, at: 0, limit: piece.count)
      guard !step.isDamaged else { throw .damagedStream }
      guard result.count + step.producedCount <= limit else { throw .tooLarge }
      result += piece[..<step.producedCount]
      if window.isEmpty, step.producedCount < piece.count { break }
    }
    guard decompressor.isAtBoundary, !bytes.isEmpty else { throw .truncatedStream }
    return result
  }

  /// Encodes bytes as one member.
  ///
  /// - Complexity: O(*n*).
  package static func encode(_ bytes: [UInt8]) -> [UInt8] {
    var stream = unsafe z_stream()
    let size = unsafe Int32(MemoryLayout<z_stream>.size)
    // Sound: zlib reads and writes within the two counts it is given, and the stream does not
    // leave this function.
    let status = unsafe deflateInit2_(
      &stream,
      Self.level,
      Z_DEFLATED,
      15 + 16,
      8,
      Z_DEFAULT_STRATEGY,
      ZLIB_VERSION,
      size
    )
    precondition(status == Z_OK, "zlib has no memory, or is not the version of its header")
    defer { unsafe deflateEnd(&stream) }
    let bound = unsafe Int(deflateBound(&stream, UInt(bytes.count)))
    var source = bytes
    var result = [UInt8](repeating: 0, count: bound)
    let count = unsafe source.withUnsafeMutableBufferPointer { source in
      unsafe result.withUnsafeMutableBufferPointer { target in
        unsafe stream.next_in = source.baseAddress
        unsafe stream.avail_in = UInt32(source.count)
        unsafe stream.next_out = target.baseAddress
        unsafe stream.avail_out = UInt32(target.count)
        let status = unsafe deflate(&stream, Z_FINISH)
        precondition(status == Z_STREAM_END, "zlib's bound is too small")
        return unsafe target.count - Int(stream.avail_out)
      }
    }
    result.removeLast(result.count - count)
    return result
  }

  /// Most of the gain for a fifth of the time.
  private static let level: Int32 = 4
}

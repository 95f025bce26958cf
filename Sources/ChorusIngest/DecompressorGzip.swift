// SPDX-License-Identifier: Apache-2.0

internal import CZlib

/// Decodes gzip by zlib: one or more members, with zero bytes allowed after the last.
@safe
final class DecompressorGzip: Decompressor {
  /// On the heap: zlib keeps the address of the structure.
  private let stream: UnsafeMutablePointer<z_stream>
  private(set) var isAtBoundary = true

  /// The largest window, with 16 added so that zlib expects gzip's header and trailer.
  private static let windowBits: Int32 = 15 + 16

  init() {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    let size = unsafe Int32(MemoryLayout<z_stream>.size)
    let status = unsafe inflateInit2_(stream, Self.windowBits, ZLIB_VERSION, size)
    precondition(status == Z_OK, "zlib has no memory, or is not the version of its header")
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  func step(
    source: UnsafeBufferPointer<UInt8>,
    target: UnsafeMutableBufferPointer<UInt8>
  ) -> DecompressorStep {
    if isAtBoundary, let padding = unsafe paddingCount(source), padding > 0 {
      return DecompressorStep(consumedCount: padding)
    }
    // Sound: zlib reads and writes within the two counts it is given.
    unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
    unsafe stream.pointee.avail_in = UInt32(source.count)
    unsafe stream.pointee.next_out = target.baseAddress
    unsafe stream.pointee.avail_out = UInt32(clamping: target.count)
    if !source.isEmpty { isAtBoundary = false }
    let room = unsafe Int(stream.pointee.avail_out)
    let status = unsafe inflate(stream, Z_NO_FLUSH)
    if status == Z_STREAM_END {
      isAtBoundary = true
      unsafe inflateReset(stream)
    }
    return unsafe DecompressorStep(
      consumedCount: source.count - Int(stream.pointee.avail_in),
      producedCount: room - Int(stream.pointee.avail_out),
      isDamaged: ![Z_OK, Z_STREAM_END, Z_BUF_ERROR].contains(status)
    )
  }

  /// Returns how many zero bytes come first; tapes leave them after the last member.
  private func paddingCount(_ source: UnsafeBufferPointer<UInt8>) -> Int? {
    unsafe source.firstIndex { $0 != 0 } ?? source.count
  }
}

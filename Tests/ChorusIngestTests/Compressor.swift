// SPDX-License-Identifier: Apache-2.0

internal import CLZ4
internal import CZlib
internal import CZstd

/// The formats of compressed input, each able to make a stream with a checksum of its content.
enum Compressor: String, CaseIterable, Sendable {
  case gzip
  case zstd
  case lz4

  func compress(_ bytes: [UInt8]) -> [UInt8] {
    switch self {
    case .gzip: Self.gzip(bytes)
    case .zstd: Self.zstd(bytes)
    case .lz4: Self.lz4(bytes)
    }
  }

  private static func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var source = bytes
    var target = [UInt8](repeating: 0, count: bytes.count * 2 + 1024)
    // Sound: zlib stays within the counts given, and the stream does not move while it is in use.
    let count = unsafe source.withUnsafeMutableBufferPointer { input in
      unsafe target.withUnsafeMutableBufferPointer { output in
        unsafe withUnsafeTemporaryAllocation(of: z_stream.self, capacity: 1) { streams in
          unsafe streams.initialize(repeating: z_stream())
          guard let stream = streams.baseAddress else { return 0 }
          let size = unsafe Int32(MemoryLayout<z_stream>.size)
          unsafe deflateInit2_(
            stream,
            6,
            Z_DEFLATED,
            15 + 16,
            8,
            Z_DEFAULT_STRATEGY,
            ZLIB_VERSION,
            size
          )
          unsafe stream.pointee.next_in = input.baseAddress
          unsafe stream.pointee.avail_in = UInt32(input.count)
          unsafe stream.pointee.next_out = output.baseAddress
          unsafe stream.pointee.avail_out = UInt32(output.count)
          let status = unsafe deflate(stream, Z_FINISH)
          precondition(status == Z_STREAM_END)
          unsafe deflateEnd(stream)
          return unsafe output.count - Int(stream.pointee.avail_out)
        }
      }
    }
    return Array(target.prefix(count))
  }

  private static func zstd(_ bytes: [UInt8]) -> [UInt8] {
    var target = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count))
    guard let context = unsafe ZSTD_createCCtx() else { preconditionFailure("no memory") }
    defer { unsafe ZSTD_freeCCtx(context) }
    unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    let capacity = target.count
    let count = unsafe ZSTD_compress2(context, &target, capacity, bytes, bytes.count)
    precondition(ZSTD_isError(count) == 0)
    return Array(target.prefix(count))
  }

  private static func lz4(_ bytes: [UInt8]) -> [UInt8] {
    var preferences = LZ4F_preferences_t()
    preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled
    preferences.frameInfo.blockSizeID = LZ4F_max64KB
    let capacity = unsafe LZ4F_compressFrameBound(bytes.count, &preferences)
    var target = [UInt8](repeating: 0, count: capacity)
    let count = unsafe LZ4F_compressFrame(
      &target,
      capacity,
      bytes,
      bytes.count,
      &preferences
    )
    precondition(LZ4F_isError(count) == 0)
    return Array(target.prefix(count))
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import CZstd

/// Decodes zstd: one or more frames, some of which may be frames to skip.
///
/// A frame whose window is above 128 MiB, the library's own limit, counts as damage.
@safe
final class DecompressorZstd: Decompressor {
  private let stream: OpaquePointer
  /// How much input the library wants next.
  ///
  /// Giving no more makes every step one block, so that damage in a block does not take the blocks
  /// before it along.
  private var wantedCount: Int
  private(set) var isAtBoundary = true

  init() {
    guard let created = unsafe ZSTD_createDStream() else {
      preconditionFailure("zstd has no memory")
    }
    unsafe stream = unsafe created
    wantedCount = unsafe ZSTD_initDStream(created)
  }

  deinit { unsafe ZSTD_freeDStream(stream) }

  func step(
    source: UnsafeBufferPointer<UInt8>,
    target: UnsafeMutableBufferPointer<UInt8>
  ) -> DecompressorStep {
    if source.isEmpty && isAtBoundary { return DecompressorStep() }
    let offered = min(source.count, max(wantedCount, 1))
    var input = unsafe ZSTD_inBuffer(src: source.baseAddress, size: offered, pos: 0)
    var output = unsafe ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
    // Sound: the library reads and writes within the two sizes it is given.
    let result = unsafe ZSTD_decompressStream(stream, &output, &input)
    let isDamaged = ZSTD_isError(result) != 0
    isAtBoundary = result == 0
    wantedCount = isDamaged ? 0 : result
    return unsafe DecompressorStep(
      consumedCount: input.pos,
      producedCount: output.pos,
      isDamaged: isDamaged
    )
  }
}

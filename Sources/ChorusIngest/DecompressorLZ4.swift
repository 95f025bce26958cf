// SPDX-License-Identifier: Apache-2.0

internal import CLZ4

/// Decodes the LZ4 frame format: one or more frames, some of which may be frames to skip.
@safe
final class DecompressorLZ4: Decompressor {
  private let context: OpaquePointer
  /// How much input the library wants next, for the reason given in ``DecompressorZstd``.
  private var wantedCount = leastHeaderCount
  private(set) var isAtBoundary = true

  /// The bytes of the shortest frame header.
  private static let leastHeaderCount = 7

  init() {
    var created: OpaquePointer?
    let status = unsafe LZ4F_createDecompressionContext(&created, UInt32(LZ4F_VERSION))
    guard LZ4F_isError(status) == 0, let created = unsafe created else {
      preconditionFailure("lz4 has no memory")
    }
    unsafe context = unsafe created
  }

  deinit { unsafe LZ4F_freeDecompressionContext(context) }

  func step(
    source: UnsafeBufferPointer<UInt8>,
    target: UnsafeMutableBufferPointer<UInt8>
  ) -> DecompressorStep {
    if source.isEmpty && isAtBoundary { return DecompressorStep() }
    var consumed = min(source.count, max(wantedCount, 1))
    var produced = target.count
    // Sound: the library reads and writes within the two counts, which it then sets to what it did.
    let result = unsafe LZ4F_decompress(
      context,
      target.baseAddress,
      &produced,
      source.baseAddress,
      &consumed,
      nil
    )
    let isDamaged = LZ4F_isError(result) != 0
    isAtBoundary = result == 0
    wantedCount = isDamaged || result == 0 ? Self.leastHeaderCount : result
    return DecompressorStep(
      consumedCount: consumed,
      producedCount: produced,
      isDamaged: isDamaged
    )
  }
}

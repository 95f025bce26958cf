// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusKernels
internal import ChorusText

/// The module's only face onto the C kernels.
enum SketchKernels {
  /// Hashes each run of `width` tokens, replacing what was in `shingles`.
  static func shingle(
    _ tokens: [Token],
    width: UInt32,
    seed: UInt64,
    into shingles: inout [UInt64]
  ) {
    grow(&shingles, to: tokens.count)
    // Sound: a token is laid out as its only stored property, and there are never more shingles
    // than tokens.
    let count = unsafe tokens.withUnsafeBytes { input in
      unsafe shingles.withUnsafeMutableBufferPointer { output in
        guard let tokens = input.baseAddress, let shingles = output.baseAddress else { return 0 }
        return unsafe chorus_shingle(
          tokens.assumingMemoryBound(to: chorus_token.self),
          input.count / MemoryLayout<chorus_token>.stride,
          Int(width),
          seed,
          shingles
        )
      }
    }
    shingles.removeLast(shingles.count - count)
  }

  /// Lowers each lane to its least permuted shingle.
  static func minimise(
    _ shingles: [UInt64],
    _ multipliers: [UInt32],
    words: inout [UInt32],
    lanes: inout [UInt32]
  ) {
    words.removeAll(keepingCapacity: true)
    for shingle in shingles { words.append(Sketcher.word(shingle)) }
    precondition(multipliers.count == Signature.laneCount && lanes.count == Signature.laneCount)
    let kernels = unsafe chorus_kernels_best().pointee
    unsafe kernels.minimise(words, words.count, multipliers, &lanes)
  }

  /// Appends the stored signature and the band keys of a prompt's minima.
  static func pack(_ lanes: [UInt32], into batch: inout SketchBatch) {
    precondition(lanes.count == Signature.laneCount)
    var signature: InlineArray<64, UInt8> = .init(repeating: 0)
    var keys: InlineArray<16, UInt32> = .init(repeating: 0)
    var signatureSpan = signature.mutableSpan
    var keySpan = keys.mutableSpan
    unsafe signatureSpan.withUnsafeMutableBufferPointer { bytes in
      unsafe keySpan.withUnsafeMutableBufferPointer { keys in
        guard let bytes = bytes.baseAddress, let keys = keys.baseAddress else { return }
        unsafe chorus_pack_signature(lanes, bytes, keys)
      }
    }
    for place in signature.indices { batch.signatures.append(signature[place]) }
    for place in keys.indices { batch.bandKeys.append(keys[place]) }
  }

  /// Appends a prompt's embedding.
  static func embed(_ tokens: [Token], plan: SketchPlan, into embeddings: inout [Int8]) {
    let dimension = Int(plan.embeddingDimension)
    var sums = [Int32](repeating: 0, count: dimension)
    let start = embeddings.count
    embeddings.append(contentsOf: repeatElement(0, count: dimension))
    unsafe tokens.withUnsafeBytes { input in
      guard let base = input.baseAddress else { return }
      unsafe chorus_accumulate_embedding(
        base.assumingMemoryBound(to: chorus_token.self),
        input.count / MemoryLayout<chorus_token>.stride,
        plan.seed,
        &sums,
        dimension
      )
    }
    unsafe embeddings.withUnsafeMutableBufferPointer { output in
      guard let base = output.baseAddress else { return }
      unsafe chorus_quantise_embedding(sums, dimension, base + start)
    }
  }

  private static func grow(_ values: inout [UInt64], to count: Int) {
    if values.count < count {
      values.append(contentsOf: repeatElement(0, count: count - values.count))
    }
  }
}

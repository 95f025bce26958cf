// SPDX-License-Identifier: Apache-2.0

/// The sketches of a run of prompts, one array for each part.
///
/// Prompt *i* has `signatures[64 i ..< 64 (i + 1)]`, `bandKeys[16 i ..< 16 (i + 1)]`,
/// `embeddings[d i ..< d (i + 1)]` for the plan's dimension *d*, and the anchors up to
/// `anchorEnds[i]` from where those of the prompt before end.
public struct SketchBatch: Sendable {
  /// The 64-bit hash of each normalised text, which is equal for exact duplicates.
  public var textKeys: [UInt64] = []
  /// The number of tokens of each prompt.
  public var tokenCounts: [UInt32] = []
  /// The stored signatures, 64 bytes each: 128 lanes of four bits.
  public var signatures: [UInt8] = []
  /// The band keys, 16 each.
  public var bandKeys: [UInt32] = []
  /// The embeddings, signed bytes with a largest magnitude of 127.
  public var embeddings: [Int8] = []
  /// The anchors of all prompts: 40-bit keys, ascending and distinct within a prompt.
  public var anchors: [UInt64] = []
  /// For each prompt, where its anchors end.
  public var anchorEnds: [Int] = []

  /// Creates an empty batch.
  public init() {}

  /// The number of prompts.
  public var count: Int { textKeys.count }

  /// Removes all prompts, keeping the memory.
  public mutating func removeAll() {
    textKeys.removeAll(keepingCapacity: true)
    tokenCounts.removeAll(keepingCapacity: true)
    signatures.removeAll(keepingCapacity: true)
    bandKeys.removeAll(keepingCapacity: true)
    embeddings.removeAll(keepingCapacity: true)
    anchors.removeAll(keepingCapacity: true)
    anchorEnds.removeAll(keepingCapacity: true)
  }

  /// The positions of a prompt's anchors.
  public func anchorRange(of prompt: Int) -> Range<Int> {
    (prompt == 0 ? 0 : anchorEnds[prompt - 1])..<anchorEnds[prompt]
  }
}

// SPDX-License-Identifier: Apache-2.0

/// The sketches of a run of prompts, one array for each part.
///
/// Prompt *i* has `signatures[s i ..< s (i + 1)]`, `bandKeys[16 i ..< 16 (i + 1)]`,
/// `embeddings[d i ..< d (i + 1)]` for the plan's ``SketchPlan/signatureByteCount`` *s* and
/// dimension *d*, and the anchors up to `anchorEnds[i]` from where those of the prompt before end.
public struct SketchBatch: Sendable {
  /// The 64-bit hash of each normalised text, which is equal for exact duplicates.
  public var textKeys: [UInt64] = []
  /// The number of tokens of each prompt.
  public var tokenCounts: [UInt32] = []
  /// The stored signatures: 128 lanes of four or eight bits each.
  public var signatures: [UInt8] = []
  /// The band keys, 16 each.
  public var bandKeys: [UInt32] = []
  /// The embeddings, signed bytes with a largest magnitude of 127, to be multiplied by
  /// ``embeddingScales``.
  public var embeddings: [Int8] = []
  /// What makes each embedding a vector of length 1; 0 for one of zeros.
  ///
  /// It follows from the embedding, so that it need not be stored.
  public var embeddingScales: [Float] = []
  /// The ill-formed sequences in each text that were taken as U+FFFD.
  public var replacedCounts: [UInt32] = []
  /// The anchors of all prompts: 40-bit keys, in no particular order and with repetitions.
  public var anchors: [UInt64] = []
  /// For each prompt, where its anchors end.
  public var anchorEnds: [Int] = []

  /// Creates an empty batch.
  public init() {}

  /// The number of prompts.
  public var count: Int { tokenCounts.count }

  /// Removes all prompts, keeping the memory.
  public mutating func removeAll() {
    textKeys.removeAll(keepingCapacity: true)
    tokenCounts.removeAll(keepingCapacity: true)
    signatures.removeAll(keepingCapacity: true)
    bandKeys.removeAll(keepingCapacity: true)
    embeddings.removeAll(keepingCapacity: true)
    embeddingScales.removeAll(keepingCapacity: true)
    replacedCounts.removeAll(keepingCapacity: true)
    anchors.removeAll(keepingCapacity: true)
    anchorEnds.removeAll(keepingCapacity: true)
  }

  /// The positions of a prompt's anchors.
  public func anchorRange(of prompt: Int) -> Range<Int> {
    (prompt == 0 ? 0 : anchorEnds[prompt - 1])..<anchorEnds[prompt]
  }

  /// Returns the anchors of a prompt, ascending and distinct.
  ///
  /// - Complexity: O(*n* log *n*) in the number of anchors.
  public func distinctAnchors(of prompt: Int) -> [UInt64] {
    var distinct: [UInt64] = []
    for anchor in anchors[anchorRange(of: prompt)].sorted() where distinct.last != anchor {
      distinct.append(anchor)
    }
    return distinct
  }

  /// Adds some prompts of another batch of the same plan and parts.
  public mutating func append(_ other: SketchBatch, _ places: Range<Int>) {
    guard !places.isEmpty else { return }
    func part<Value>(_ values: [Value]) -> ArraySlice<Value> {
      let width = values.count / other.count
      return values[(places.lowerBound * width)..<(places.upperBound * width)]
    }
    textKeys += part(other.textKeys)
    tokenCounts += part(other.tokenCounts)
    signatures += part(other.signatures)
    bandKeys += part(other.bandKeys)
    embeddings += part(other.embeddings)
    embeddingScales += part(other.embeddingScales)
    replacedCounts += part(other.replacedCounts)
    for place in places {
      anchors += other.anchors[other.anchorRange(of: place)]
      anchorEnds.append(anchors.count)
    }
  }

  /// Returns a batch of one prompt.
  public func prompt(_ place: Int) -> SketchBatch {
    var one = SketchBatch()
    one.append(self, place..<(place + 1))
    return one
  }
}

// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
public import ChorusSketch

/// A batch of prompts with their sketches: everything about them that can be computed without
/// looking at the index, and so on any thread.
public struct PreparedBatch: Sendable {
  /// The prompts.
  public let batch: PromptBatch
  /// Their sketches, in the same order; the anchors that are kept however rare they are have
  /// ``AnchorSelector/sampleBit``.
  let sketches: SketchBatch
  /// The stored form of each prompt's embedding, one behind the other.
  let embeddingCodes: [UInt8]
  /// The hash of each prompt's id.
  let idHashes: [UInt64]
  /// The hash of each prompt's account.
  let accountHashes: [UInt64]

  /// Sketches a batch.
  ///
  /// - Complexity: O(*n*) in the bytes of text.
  public init(_ batch: PromptBatch, sketcher: Sketcher) {
    self.batch = batch
    var sketches = SketchBatch()
    var ids: [UInt64] = []
    var accounts: [UInt64] = []
    ids.reserveCapacity(batch.records.count)
    accounts.reserveCapacity(batch.records.count)
    let arena = batch.arena.span
    for record in batch.records {
      sketcher.sketch(arena.extracting(record.text.bounds), into: &sketches)
      ids.append(Hashing.hash64(arena.extracting(record.id.bounds)))
      accounts.append(Hashing.hash64(arena.extracting(record.account.bounds)))
    }
    sketches.markSamples(plan: sketcher.plan)
    embeddingCodes = sketches.embeddingCodes(plan: sketcher.plan)
    sketches.embeddings = []
    self.sketches = sketches
    idHashes = ids
    accountHashes = accounts
  }
}

extension SketchBatch {
  /// The stored form of each embedding, one behind the other.
  func embeddingCodes(plan: SketchPlan) -> [UInt8] {
    EmbeddingCode.encode(embeddings, dimension: Int(plan.embeddingDimension))
  }

  /// Marks the anchors that a segment keeps however rare they are.
  mutating func markSamples(plan: SketchPlan) {
    var scratch: [UInt64] = []
    for prompt in 0..<count {
      AnchorSelector.markSample(
        &anchors,
        in: anchorRange(of: prompt),
        window: SegmentFormat.sampleWindow(of: plan),
        scratch: &scratch
      )
    }
  }
}

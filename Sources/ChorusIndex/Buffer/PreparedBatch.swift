// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
public import ChorusSketch
internal import ChorusText

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
  /// Whether every prompt is one that an index can hold.
  private let isSound: Bool

  /// Returns the anchors of a prompt, ascending and distinct.
  ///
  /// - Complexity: O(*n* log *n*) in the number of anchors.
  package func distinctAnchors(of position: Int) -> [UInt64] {
    let mask = AnchorSelector.sampleBit - 1
    var distinct: [UInt64] = []
    let anchors = sketches.anchors[sketches.anchorRange(of: position)].map { $0 & mask }
    for anchor in anchors.sorted() where distinct.last != anchor { distinct.append(anchor) }
    return distinct
  }

  /// The most bytes of a batch, so that a log can hold it.
  static let largestByteCount = 1 << 29
  /// The most prompts of a batch, so that a segment can hold it.
  static let largestCount = 1 << 21

  /// Refuses a batch that an index cannot hold.
  ///
  /// - Throws: `invalidInput` when a text is too long, an id or an account is not UTF-8, or there
  ///   is too much of them.
  func check() throws(ChorusError) {
    guard isSound else {
      throw ChorusError(
        .invalidInput,
        "Cannot add a batch of which a text has more than 128 MiB, or an id, an account or an "
          + "attribute is not UTF-8. Leave such prompts out."
      )
    }
    guard batch.arena.count <= Self.largestByteCount, batch.records.count <= Self.largestCount
    else {
      throw ChorusError(
        .invalidInput,
        "Cannot add a batch of more than 512 MiB or 2,097,152 prompts. Add it in parts."
      )
    }
  }

  /// Sketches a batch.
  ///
  /// - Complexity: O(*n*) in the bytes of text.
  public init(_ batch: PromptBatch, sketcher: Sketcher) {
    self.batch = batch
    isSound = batch.isSound
    var sketches = SketchBatch()
    var ids: [UInt64] = []
    var accounts: [UInt64] = []
    ids.reserveCapacity(batch.records.count)
    accounts.reserveCapacity(batch.records.count)
    let arena = batch.arena.span
    for record in batch.records where isSound {
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

extension PromptBatch {
  /// Whether every field can stand in an index: what is not UTF-8 could not be read again.
  var isSound: Bool {
    records.allSatisfy { record in
      record.text.count <= Normaliser.largestByteCount && isUTF8(record.id)
        && isUTF8(record.account) && AttributeCodec.decode(bytes(record.attributes)) != nil
    }
  }

  private func isUTF8(_ range: ByteRange) -> Bool {
    let bytes = bytes(range)
    return bytes.allSatisfy { $0 < 0x80 } || String(validating: bytes, as: UTF8.self) != nil
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusText

/// Turns text into sketches: signature, band keys, anchors, embedding.
///
/// The signature is MinHash with 128 permutations (Broder, 1997) of the set of token
/// 3-grams; permutation *j* is multiplication by an odd constant modulo 2^32 of a well-mixed
/// shingle hash. Four bits a lane are kept (b-bit MinHash, Li and Koenig, 2010), and eight bits of
/// four neighbouring lanes make a band key.
///
/// A sketcher reuses its memory, so each thread has its own. Equal plans and texts give equal
/// sketches on every machine and instruction set.
public final class Sketcher {
  /// The plan that the sketches follow.
  public let plan: SketchPlan

  private let normaliser = Normaliser()
  private let tokeniser = Tokeniser()
  private let multipliers: [UInt32]
  private var normalised = NormalisedText()
  private var tokens: [Token] = []
  private var shingles: [UInt64] = []
  private var words: [UInt32] = []
  private var anchors: [UInt64] = []

  /// Creates a sketcher.
  ///
  /// - Precondition: The plan is usable.
  public init(plan: SketchPlan = .standard) {
    precondition(plan.isUsable, "a sketch plan has a parameter outside its range")
    self.plan = plan
    var generator = SeededGenerator(seed: plan.seed)
    multipliers = (0..<Signature.laneCount).map { _ in
      UInt32(truncatingIfNeeded: generator.next()) | 1
    }
  }

  /// Sketches one text and adds it to a batch.
  ///
  /// - Parameters:
  ///   - text: Valid UTF-8, below 2^31 bytes.
  ///   - batch: Receives the sketch.
  /// - Complexity: O(*n*).
  public func sketch(_ text: Span<UInt8>, into batch: inout SketchBatch) {
    normaliser.normalise(text, into: &normalised)
    tokeniser.tokenise(normalised, into: &tokens)
    batch.textKeys.append(Hashing.hash64(normalised.bytes))
    batch.tokenCounts.append(UInt32(tokens.count))
    SketchKernels.shingle(tokens, width: plan.shingleWidth, seed: plan.seed, into: &shingles)
    var lanes = [UInt32](repeating: .max, count: Signature.laneCount)
    SketchKernels.minimise(shingles, multipliers, words: &words, lanes: &lanes)
    SketchKernels.pack(lanes, into: &batch)
    SketchKernels.embed(tokens, plan: plan, into: &batch.embeddings)
    AnchorSelector(plan: plan).select(tokens, into: &anchors)
    batch.anchors.append(contentsOf: anchors)
    batch.anchorEnds.append(batch.anchors.count)
  }

  /// The 32 bits of a shingle that are permuted.
  ///
  /// Zero, which every multiplication keeps, is never
  /// one: a prompt could otherwise be made to share all its minima with any other of its kind.
  static func word(_ shingle: UInt64) -> UInt32 {
    max(1, UInt32(truncatingIfNeeded: shingle >> 32))
  }

  /// Sketches one text.
  public func sketch(_ text: String) -> SketchBatch {
    var batch = SketchBatch()
    sketch(Array(text.utf8).span, into: &batch)
    return batch
  }

  /// Returns the distinct shingles of a text, ascending: the set that signatures compare.
  ///
  /// - Complexity: O(*n* log *n*).
  public func shingleSet(_ text: Span<UInt8>) -> [UInt32] {
    normaliser.normalise(text, into: &normalised)
    tokeniser.tokenise(normalised, into: &tokens)
    SketchKernels.shingle(tokens, width: plan.shingleWidth, seed: plan.seed, into: &shingles)
    words = shingles.map(Self.word)
    words.sort()
    var set: [UInt32] = []
    for word in words where set.last != word { set.append(word) }
    return set
  }
}

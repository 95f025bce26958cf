// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusText

/// Turns text into sketches: signature, band keys, anchors, embedding.
///
/// The signature is MinHash with 128 permutations (Broder, 1997) of the set of shingles, runs worth
/// `shingleWidth` words; permutation *j* is multiplication by an odd constant modulo 2^32 of a
/// well-mixed hash of the shingle. Four or eight bits a lane are kept (b-bit MinHash, Li and
/// Koenig, 2010), and eight bits of four neighbouring lanes make a band key. The embedding is the
/// signed hashing (Weinberger and others, 2009) of words, pairs of words and runs of three letters.
///
/// A sketcher reuses its memory, so each thread has its own. Equal plans and texts give equal
/// sketches on every machine and instruction set. A text takes memory for its normalised form and
/// its anchors.
public final class Sketcher {
  /// What to compute beside signature, band keys and anchors.
  public struct Parts: OptionSet, Sendable {
    /// The bits of the parts.
    public let rawValue: Int
    /// Creates a set of parts from its bits.
    public init(rawValue: Int) { self.rawValue = rawValue }
    /// The hash of the normalised text.
    public static let textKey = Self(rawValue: 1)
    /// The embedding and its scale.
    public static let embedding = Self(rawValue: 2)
    /// Everything.
    public static let all: Self = [.textKey, .embedding]
  }

  /// The plan that the sketches follow.
  public let plan: SketchPlan

  private let key: SketchKey?
  private let parts: Parts
  private let kernels: SketchKernels
  private let normaliser = Normaliser()
  private let tokeniser = Tokeniser()
  private var normalised = NormaliserBuffer()

  /// Creates a sketcher.
  ///
  /// - Parameters:
  ///   - plan: What the sketches depend on.
  ///   - key: The key of a keyed plan.
  ///   - parts: What to compute; the arrays of the other parts stay empty.
  /// - Precondition: The plan is usable, and the key is the one it names.
  public init(plan: SketchPlan = .standard, key: SketchKey? = nil, parts: Parts = .all) {
    precondition(plan.isUsable, "a sketch plan has a parameter outside its range")
    precondition(plan.keyCheck == key?.check ?? 0, "a sketch plan goes with its own key only")
    self.plan = plan
    self.key = key
    self.parts = parts
    var generator = SeededGenerator(seed: plan.seed)
    let multipliers = (0..<Signature.laneCount).map { _ in
      UInt32(truncatingIfNeeded: generator.next()) | 1
    }
    kernels = SketchKernels(plan, key: key, multipliers: multipliers)
  }

  /// Sketches one text and adds it to a batch.
  ///
  /// - Parameters:
  ///   - text: UTF-8 of at most 128 MiB; ill-formed sequences are taken as U+FFFD and counted.
  ///   - batch: Receives the sketch.
  /// - Complexity: O(*n*).
  public func sketch(_ text: Span<UInt8>, into batch: inout SketchBatch) {
    normaliser.normalise(text, into: &normalised)
    let normalised = normalised
    batch.replacedCounts.append(UInt32(normalised.replacedCount))
    if parts.contains(.textKey) {
      let hash = Hashing.hash64(normalised.storage[..<normalised.count])
      batch.textKeys.append(key.map { SketchKernels.keyedHash($0, hash) } ?? hash)
    }
    kernels.sketch(normalised, embeds: parts.contains(.embedding), into: &batch)
  }

  /// Sketches one text.
  public func sketch(_ text: String) -> SketchBatch {
    var batch = SketchBatch()
    sketch(Array(text.utf8).span, into: &batch)
    return batch
  }

  /// Returns the distinct shingles of a text, ascending: the set that signatures compare.
  ///
  /// - Complexity: O(*n*) for natural text.
  public func shingleSet(_ text: Span<UInt8>) -> [UInt32] {
    var set: [UInt32] = []
    appendShingleSet(text, to: &set)
    return set
  }

  /// Appends the distinct shingles of a text, ascending, to an array.
  ///
  /// Zero, which every multiplication keeps, is never an element: a prompt could otherwise be made
  /// to share all its minima with any other of its kind.
  public func appendShingleSet(_ text: Span<UInt8>, to set: inout [UInt32]) {
    normaliser.normalise(text, into: &normalised)
    kernels.appendShingleSet(of: normalised, to: &set)
  }

  /// Returns where the words of a text stand that are in shingles of a set, in bytes as received.
  ///
  /// - Parameters:
  ///   - shingles: The set, ascending.
  ///   - text: The text.
  /// - Returns: Ascending spans that neither touch nor overlap.
  /// - Complexity: O(*n* log *m*).
  package func spans(of shingles: [UInt32], in text: [UInt8]) -> [Range<Int>] {
    let mapped = normaliser.normalise(text, keepingMap: true)
    let tokens = Tokeniser().tokenise(mapped)
    var runs: [Range<Int>] = []
    for (element, run) in SketchKernels.elements(tokens, plan: plan, key: key) {
      guard shingles.containsAscending(element) else { continue }
      if let last = runs.last, last.upperBound >= run.lowerBound {
        runs[runs.count - 1] = last.lowerBound..<max(last.upperBound, run.upperBound)
      } else {
        runs.append(run)
      }
    }
    return runs.map { run in
      let start = mapped.sourceOffset(of: tokens[run.lowerBound].range.lowerBound)
      let end = mapped.sourceEnd(of: tokens[run.upperBound - 1].range.upperBound)
      return start..<max(start, end)
    }
  }
}

extension [UInt32] {
  /// Whether an element is in an ascending array.
  fileprivate func containsAscending(_ element: UInt32) -> Bool {
    var low = 0
    var high = count
    while low < high {
      let middle = low + (high - low) / 2
      if self[middle] < element { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low] == element
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import ChorusKernels
internal import ChorusText

/// The module's only face onto the C kernels, and the memory that they work in.
///
/// One sketch at a time: each ``Sketcher`` has its own.
final class SketchKernels {
  private let kernels: chorus_kernels
  private var plan: chorus_sketch_plan
  private let laneBitCount: UInt32
  private let dimension: Int
  private let seed: UInt64

  private var tokens: [chorus_token]
  private var workspace: [UInt64]
  private var anchors: [UInt64]
  private var lanes: [UInt32]
  private var sums: [Int32]
  private var signature: [UInt8]
  private var bandKeys: [UInt32]

  init(_ plan: SketchPlan, multipliers: [UInt32]) {
    precondition(multipliers.count == Signature.laneCount)
    kernels = unsafe chorus_kernels_best().pointee
    self.plan = chorus_sketch_plan()
    self.plan.seed = plan.seed
    self.plan.shingle_width = plan.shingleWidth
    self.plan.anchor_width = plan.anchorWidth
    self.plan.anchor_window = plan.anchorWindow
    unsafe withUnsafeMutableBytes(of: &self.plan.multipliers) { target in
      unsafe multipliers.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
    }
    laneBitCount = plan.laneBitCount
    dimension = Int(plan.embeddingDimension)
    seed = plan.seed
    tokens = Array(repeating: chorus_token(), count: Int(CHORUS_SKETCH_CAPACITY))
    workspace = Array(repeating: 0, count: CHORUS_SKETCH_WORKSPACE)
    anchors = Array(repeating: 0, count: CHORUS_SKETCH_ANCHORS)
    lanes = Array(repeating: .max, count: Signature.laneCount)
    sums = Array(repeating: 0, count: dimension)
    signature = Array(repeating: 0, count: plan.signatureByteCount)
    bandKeys = Array(repeating: 0, count: Signature.bandCount)
  }

  /// Sketches a normalised text and appends everything but the text key to a batch.
  func sketch(_ text: [UInt8], embeds: Bool, into batch: inout SketchBatch) {
    for lane in lanes.indices { lanes[lane] = .max }
    if embeds { for place in sums.indices { sums[place] = 0 } }
    var tokenCount = sketch(text, takingSymbols: false, embeds: embeds, into: &batch.anchors)
    if tokenCount == 0 {
      tokenCount = sketch(text, takingSymbols: true, embeds: embeds, into: &batch.anchors)
    }
    batch.tokenCounts.append(UInt32(tokenCount))
    batch.anchorEnds.append(batch.anchors.count)
    unsafe kernels.pack(lanes, laneBitCount, &signature, &bandKeys)
    batch.signatures.append(contentsOf: signature)
    batch.bandKeys.append(contentsOf: bandKeys)
    if embeds { appendEmbedding(to: &batch) }
  }

  /// Goes through a text part by part, each beginning with the last few tokens of the one before.
  private func sketch(
    _ text: [UInt8],
    takingSymbols: Bool,
    embeds: Bool,
    into result: inout [UInt64]
  ) -> Int {
    var state = chorus_tokeniser(offset: 0, starts_line: true, takes_symbols: takingSymbols)
    var total = 0
    var carried = 0
    var isFirst = true
    // Sound: the kernels write at most what the capacities say, which `init` allocates; a part
    // never carries more tokens over than the capacity has room for beside a new part.
    unsafe tokens.withUnsafeMutableBufferPointer { buffer in
      guard let tokens = buffer.baseAddress else { return }
      while state.offset < text.count {
        precondition(carried + Int(CHORUS_TOKEN_CAPACITY) <= buffer.count)
        let fresh = unsafe kernels.tokenise(text, text.count, &state, tokens + carried)
        let isLast = state.offset == text.count
        if embeds {
          unsafe chorus_accumulate_embedding(
            chorus_kernels_best(),
            text,
            text.count,
            tokens + carried,
            fresh,
            carried > 0,
            carried > 0 ? tokens[carried - 1].hash : 0,
            seed,
            &workspace,
            &sums,
            dimension
          )
        }
        var used = 0
        let count = carried + fresh
        let written = unsafe chorus_sketch_tokens(
          chorus_kernels_best(),
          &plan,
          tokens,
          count,
          isFirst,
          isLast,
          &workspace,
          &lanes,
          &anchors,
          &used
        )
        result.append(contentsOf: anchors[..<written])
        total += fresh
        // A text may begin with parts that have no token.
        isFirst = isFirst && count == 0
        carried = count - used
        unsafe tokens.update(from: tokens + used, count: carried)
      }
    }
    return total
  }

  private func appendEmbedding(to batch: inout SketchBatch) {
    let start = batch.embeddings.count
    batch.embeddings.append(contentsOf: repeatElement(0, count: dimension))
    unsafe batch.embeddings.withUnsafeMutableBufferPointer { output in
      guard let base = output.baseAddress else { return }
      unsafe chorus_quantise_embedding(sums, dimension, base + start)
    }
    var squares: Int32 = 0
    for value in batch.embeddings[start...] { squares &+= Int32(value) &* Int32(value) }
    batch.embeddingScales.append(squares == 0 ? 0 : 1 / Float(squares).squareRoot())
  }

  // MARK: Runs of tokens

  /// Hashes the runs of tokens that are worth `width` words.
  static func hashRuns(
    _ tokens: [Token],
    width: UInt32,
    seed: UInt64,
    takingShort: Bool,
    shift: UInt32 = 0
  ) -> [UInt64] {
    var workspace = [UInt64](repeating: 0, count: 3 * (tokens.count + 8))
    return unsafe [UInt64](unsafeUninitializedCapacity: max(1, tokens.count)) { output, count in
      guard let runs = output.baseAddress else { return }
      count = unsafe withTokens(tokens) { input, inputCount in
        unsafe chorus_hash_runs(
          chorus_kernels_best(),
          input,
          inputCount,
          Int(width),
          seed,
          takingShort,
          shift,
          &workspace,
          runs
        )
      }
    }
  }

  /// The tokens from each one on that are worth `width` words, for as many as have such a run.
  static func runLengths(_ tokens: [Token], width: UInt32) -> [Int] {
    var lengths: [Int] = []
    unsafe withTokens(tokens) { input, count in
      for start in 0..<count {
        let length = unsafe chorus_run_length(input + start, count - start, Int(width))
        guard length > 0 else { return }
        lengths.append(length)
      }
    }
    return lengths
  }

  /// The anchor of a run of tokens that carries its place.
  static func placedAnchor(_ tokens: ArraySlice<Token>, seed: UInt64, place: UInt32) -> UInt64 {
    unsafe withTokens(Array(tokens)) { input, count in
      unsafe chorus_placed_anchor(input, count, seed, place)
    }
  }

  /// The anchors that are the least of some window of consecutive ones, in order.
  static func select(_ anchors: [UInt64], window: UInt32) -> [UInt64] {
    unsafe [UInt64](unsafeUninitializedCapacity: anchors.count + 1) { output, count in
      guard let chosen = output.baseAddress else { return }
      count = unsafe chorus_kernels_best().pointee.select(
        anchors,
        anchors.count,
        Int(window),
        chosen
      )
    }
  }

  private static func withTokens<Result>(
    _ tokens: [Token],
    _ body: (UnsafePointer<chorus_token>, Int) -> Result
  ) -> Result {
    // Sound: a token is laid out as its only stored property. An empty array has some address too.
    unsafe (tokens + [Token(chorus_token())]).withUnsafeBufferPointer { buffer in
      unsafe buffer.baseAddress.unsafelyUnwrapped.withMemoryRebound(
        to: chorus_token.self,
        capacity: buffer.count
      ) { unsafe body($0, tokens.count) }
    }
  }
}

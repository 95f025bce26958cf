// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusKernels
internal import ChorusText

/// The module's only face onto the C kernels, and the memory that they work in.
///
/// One sketch at a time: each ``Sketcher`` has its own.
@safe
final class SketchKernels {
  private let kernels: chorus_kernels
  private let plan: UnsafeMutablePointer<chorus_sketch_plan>
  private let key: [UInt64]?
  private let laneBitCount: UInt32
  private let signatureByteCount: Int
  private let dimension: Int

  // Sound: each is allocated once with the size that the kernels ask for and freed at the end.
  private let tokens: UnsafeMutablePointer<chorus_token>
  private let workspace: UnsafeMutablePointer<UInt64>
  private let anchors: UnsafeMutablePointer<UInt64>
  private let lanes: UnsafeMutablePointer<UInt32>
  private let sums: UnsafeMutablePointer<Int32>
  private let signature: UnsafeMutablePointer<UInt8>
  private let bandKeys: UnsafeMutablePointer<UInt32>
  /// All tokens of a text, its shingles and what sorting them needs, for whole sets.
  private let allTokens = LargeArray<chorus_token>()
  private let shingles = LargeArray<UInt64>()

  init(_ plan: SketchPlan, key: SketchKey?, multipliers: [UInt32]) {
    precondition(multipliers.count == Signature.laneCount)
    kernels = unsafe chorus_kernels_best().pointee
    self.key = key?.words
    laneBitCount = plan.laneBitCount
    signatureByteCount = plan.signatureByteCount
    dimension = Int(plan.embeddingDimension)
    unsafe self.plan = .allocate(capacity: 1)
    unsafe tokens = Self.zeros(chorus_token(), Int(CHORUS_SKETCH_CAPACITY))
    unsafe workspace = Self.zeros(0, CHORUS_SKETCH_WORKSPACE)
    unsafe anchors = Self.zeros(0, CHORUS_SKETCH_ANCHORS)
    unsafe lanes = Self.zeros(0, Signature.laneCount)
    unsafe sums = Self.zeros(0, dimension)
    unsafe signature = Self.zeros(0, signatureByteCount)
    unsafe bandKeys = Self.zeros(0, Signature.bandCount)
    var values = chorus_sketch_plan()
    values.seed = plan.seed
    values.shingle_width = plan.shingleWidth
    values.anchor_width = plan.anchorWidth
    values.anchor_window = plan.anchorWindow
    if let key {
      values.is_keyed = true
      values.key = (key.low, key.high)
    }
    unsafe withUnsafeMutableBytes(of: &values.multipliers) { target in
      unsafe multipliers.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
    }
    unsafe self.plan.initialize(to: values)
  }

  deinit {
    unsafe plan.deallocate()
    unsafe tokens.deallocate()
    unsafe workspace.deallocate()
    unsafe anchors.deallocate()
    unsafe lanes.deallocate()
    unsafe sums.deallocate()
    unsafe signature.deallocate()
    unsafe bandKeys.deallocate()
  }

  private static func zeros<Value>(_ zero: Value, _ count: Int) -> UnsafeMutablePointer<Value> {
    let memory = UnsafeMutablePointer<Value>.allocate(capacity: count)
    unsafe memory.initialize(repeating: zero, count: count)
    return unsafe memory
  }

  /// Sketches a normalised text and appends everything but the text key to a batch.
  func sketch(_ text: NormaliserBuffer, embeds: Bool, into batch: inout SketchBatch) {
    unsafe lanes.update(repeating: .max, count: Signature.laneCount)
    if embeds { unsafe sums.update(repeating: 0, count: dimension) }
    var tokenCount = 0
    unsafe text.storage.withUnsafeBufferPointer { buffer in
      guard let bytes = buffer.baseAddress else { return }
      let count = text.count
      let anchors = { (takingSymbols: Bool, batch: inout SketchBatch) in
        unsafe self.sketch(
          bytes,
          count,
          readable: buffer.count,
          takingSymbols: takingSymbols,
          embeds: embeds,
          into: &batch.anchors
        )
      }
      tokenCount = anchors(false, &batch)
      if tokenCount == 0 { tokenCount = anchors(true, &batch) }
    }
    batch.tokenCounts.append(UInt32(tokenCount))
    batch.anchorEnds.append(batch.anchors.count)
    unsafe kernels.pack(lanes, laneBitCount, signature, bandKeys)
    unsafe batch.signatures.append(
      contentsOf: UnsafeBufferPointer(start: signature, count: signatureByteCount)
    )
    unsafe batch.bandKeys.append(
      contentsOf: UnsafeBufferPointer(start: bandKeys, count: Signature.bandCount)
    )
    if embeds { appendEmbedding(to: &batch) }
  }

  /// Goes through a text part by part, each beginning with the last few tokens of the one before.
  private func sketch(
    _ text: UnsafePointer<UInt8>,
    _ byteCount: Int,
    readable: Int,
    takingSymbols: Bool,
    embeds: Bool,
    into result: inout [UInt64]
  ) -> Int {
    var state = chorus_tokeniser(
      offset: 0,
      readable: readable,
      starts_line: true,
      takes_symbols: takingSymbols
    )
    var total = 0
    var carried = 0
    var isFirst = true
    let table = unsafe chorus_kernels_best()
    while state.offset < byteCount {
      // A part never carries over more tokens than there is room for beside a new part.
      precondition(carried + Int(CHORUS_TOKEN_CAPACITY) <= Int(CHORUS_SKETCH_CAPACITY))
      let fresh = unsafe kernels.tokenise(text, byteCount, &state, tokens + carried)
      if embeds {
        unsafe chorus_accumulate_embedding(
          table,
          text,
          readable,
          tokens + carried,
          fresh,
          carried > 0,
          carried > 0 ? tokens[carried - 1].hash : 0,
          plan.pointee.seed,
          key,
          workspace,
          sums,
          dimension
        )
      }
      var used = 0
      let count = carried + fresh
      let written = unsafe chorus_sketch_tokens(
        table,
        plan,
        tokens,
        count,
        isFirst,
        state.offset == byteCount,
        workspace,
        lanes,
        anchors,
        &used
      )
      unsafe result.append(contentsOf: UnsafeBufferPointer(start: anchors, count: written))
      total += fresh
      // Until a token is left behind, the next part begins the text too.
      isFirst = isFirst && used == 0
      carried = count - used
      if used > 0 { unsafe tokens.update(from: tokens + used, count: carried) }
    }
    return total
  }

  /// Appends the distinct shingles of a normalised text, ascending.
  func appendShingleSet(of text: NormaliserBuffer, to set: inout [UInt32]) {
    gatherTokens(of: text, takingSymbols: false)
    if allTokens.count == 0 { gatherTokens(of: text, takingSymbols: true) }
    let count = allTokens.count
    guard count > 0 else { return }
    // The workspace of the hashes, then the shingles; the sort reuses the workspace.
    let workspaceCount = 3 * (count + 8)
    shingles.removeAll()
    shingles.extend(unspecified: workspaceCount + count)
    let start = set.count
    set.append(contentsOf: repeatElement(0, count: count))
    var kept = 0
    unsafe shingles.withBuffer(0..<shingles.count) { words in
      unsafe allTokens.withBuffer(0..<count) { tokens in
        guard let words = words.baseAddress, let tokens = tokens.baseAddress else { return }
        let runs = unsafe words + workspaceCount
        let runCount = unsafe chorus_hash_runs(
          chorus_kernels_best(),
          tokens,
          count,
          Int(plan.pointee.shingle_width),
          plan.pointee.seed,
          key,
          true,
          0,
          words,
          runs
        )
        // Sound: there is room for as many elements as tokens, and no more shingles than these.
        unsafe set.withUnsafeMutableBufferPointer { set in
          guard let set = set.baseAddress else { return }
          kept = unsafe chorus_distinct_elements(runs, runCount, words, set + start)
        }
      }
    }
    set.removeLast(count - kept)
  }

  private func gatherTokens(of text: NormaliserBuffer, takingSymbols: Bool) {
    allTokens.removeAll()
    unsafe text.storage.withUnsafeBufferPointer { buffer in
      guard let bytes = buffer.baseAddress else { return }
      var state = chorus_tokeniser(
        offset: 0,
        readable: buffer.count,
        starts_line: true,
        takes_symbols: takingSymbols
      )
      let capacity = Int(CHORUS_TOKEN_CAPACITY)
      while state.offset < text.count {
        let start = allTokens.count
        allTokens.extend(unspecified: capacity)
        // Sound: the kernel writes at most so many tokens and says how many.
        let fresh = unsafe allTokens.withBuffer(start..<(start + capacity)) { tokens in
          guard let tokens = tokens.baseAddress else { return 0 }
          return unsafe kernels.tokenise(bytes, text.count, &state, tokens)
        }
        allTokens.removeLast(capacity - fresh)
      }
    }
  }

  private func appendEmbedding(to batch: inout SketchBatch) {
    let start = batch.embeddings.count
    batch.embeddings.append(contentsOf: repeatElement(0, count: dimension))
    var squares: Int32 = 0
    unsafe batch.embeddings.withUnsafeMutableBufferPointer { output in
      guard let base = output.baseAddress else { return }
      unsafe chorus_quantise_embedding(sums, dimension, base + start)
      for place in start..<(start + dimension) {
        unsafe squares &+= Int32(output[place]) &* Int32(output[place])
      }
    }
    batch.embeddingScales.append(squares == 0 ? 0 : 1 / Float(squares).squareRoot())
  }

  /// The stored forms of embeddings.
  static func encodeEmbeddings(_ embeddings: [Int8], dimension: Int) -> [UInt8] {
    precondition(dimension > 0 && embeddings.count.isMultiple(of: dimension))
    let size = embeddings.count / 4
    return unsafe [UInt8](unsafeUninitializedCapacity: size) { output, count in
      // Sound: each embedding has its quarter of bytes.
      unsafe embeddings.withUnsafeBufferPointer { input in
        guard let source = input.baseAddress, let target = output.baseAddress else { return }
        for start in stride(from: 0, to: input.count, by: dimension) {
          unsafe chorus_encode_embedding(source + start, dimension, target + start / 4)
        }
      }
      count = size
    }
  }

  /// Hashes a number with a key.
  static func keyedHash(_ key: SketchKey, _ value: UInt64) -> UInt64 {
    unsafe chorus_keyed_hash(key.words, value)
  }

  // MARK: Runs of tokens

  /// Hashes the runs of tokens that are worth `width` words.
  static func hashRuns(
    _ tokens: [Token],
    width: UInt32,
    seed: UInt64,
    key: SketchKey?,
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
          key?.words,
          takingShort,
          shift,
          &workspace,
          runs
        )
      }
    }
  }

  /// The elements that the shingles of some tokens give, each with its run of tokens.
  static func elements(
    _ tokens: [Token],
    plan: SketchPlan,
    key: SketchKey?
  ) -> [(element: UInt32, run: Range<Int>)] {
    let hashes = hashRuns(
      tokens,
      width: plan.shingleWidth,
      seed: plan.seed,
      key: key,
      takingShort: true
    )
    let lengths = runLengths(tokens, width: plan.shingleWidth)
    return hashes.enumerated().map { start, hash in
      let length = lengths.isEmpty ? tokens.count : lengths[start]
      return (max(1, UInt32(truncatingIfNeeded: hash >> 32)), start..<(start + length))
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
  static func placedAnchor(
    _ tokens: ArraySlice<Token>,
    seed: UInt64,
    key: SketchKey?,
    place: UInt32
  ) -> UInt64 {
    unsafe withTokens(Array(tokens)) { input, count in
      unsafe chorus_placed_anchor(input, count, seed, key?.words, place)
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

  /// Sets a bit of the anchors of a range that are the least of some window of consecutive ones;
  /// where there is no whole window, of the least of all.
  static func mark(
    _ anchors: inout [UInt64],
    in range: Range<Int>,
    window: UInt32,
    bit: UInt64,
    scratch: inout [UInt64]
  ) {
    guard !range.isEmpty else { return }
    let width = min(range.count, Int(window))
    if scratch.count <= range.count {
      scratch = [UInt64](repeating: 0, count: 2 * range.count + 16)
    }
    // Sound: the scratch has room for one more than there are anchors in the range.
    unsafe anchors.withUnsafeMutableBufferPointer { all in
      unsafe scratch.withUnsafeMutableBufferPointer { chosen in
        guard let base = all.baseAddress, let output = chosen.baseAddress else { return }
        let part = unsafe base + range.lowerBound
        let count = unsafe chorus_kernels_best().pointee.select(part, range.count, width, output)
        var next = 0
        for place in 0..<range.count where next < count {
          guard unsafe part[place] == output[next] else { continue }
          unsafe part[place] |= bit
          next += 1
        }
      }
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

// SPDX-License-Identifier: Apache-2.0

internal import CICU
internal import ChorusKernels

/// The module's only face onto C: ICU and the text kernels.
enum TextKernels {
  /// Normalises `source` into the first bytes of `target`, which grows as needed.
  ///
  /// - Returns: The bytes written, and the ill-formed sequences that were replaced.
  static func normalise(
    _ source: Span<UInt8>,
    into target: inout [UInt8]
  ) -> (count: Int, replaced: Int) {
    let count = source.count
    var state = chorus_normaliser()
    grow(&target, to: count + 16)
    unsafe source.withUnsafeBufferPointer { input in
      guard let text = input.baseAddress else { return }
      // Sound: the kernel reads `count` bytes, writes no more than the target's count, and says
      // when it needs more room.
      while true {
        let status = unsafe target.withUnsafeMutableBufferPointer { output in
          guard let base = output.baseAddress else { return CHORUS_NORMALISED }
          return unsafe chorus_normalise(text, count, &state, base, output.count)
        }
        switch status {
        case CHORUS_NEEDS_ROOM:
          grow(&target, to: state.target_count + 3 * (count - state.source_offset) + 64)
        case CHORUS_NEEDS_FOLDER:
          let start = state.starter_source
          let folded = unsafe fold(
            text + start,
            state.stretch_end - start,
            into: &target,
            at: state.starter_target
          )
          unsafe chorus_normaliser_resume(&state, folded)
        default: return
        }
      }
    }
    return (state.target_count, state.replaced_count)
  }

  /// Normalises `source` cluster by cluster and notes where each came from.
  static func normaliseByClusters(_ source: Span<UInt8>, into result: inout NormalisedText) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(source.count)
    var piece: [UInt8] = []
    var start = 0
    result.replacedCount = 0
    while start < source.count {
      let end = clusterEnd(source, from: start)
      let (count, replaced) = normalise(source.extracting(start..<end), into: &piece)
      result.replacedCount += replaced
      let isAligned = count == end - start && end - start == 1
      let goesOn =
        isAligned
        && result.map.last.map { place in
          place.isAligned && start - place.source == bytes.count - place.normalised
        } ?? false
      if !goesOn {
        result.map.append(.init(normalised: bytes.count, source: start, isAligned: isAligned))
      }
      bytes.append(contentsOf: piece[..<count])
      start = end
    }
    result.bytes = bytes
  }

  /// Cuts normalised text into tokens, replacing what was there.
  static func tokenise(_ text: [UInt8], into tokens: inout [Token]) {
    tokens.removeAll(keepingCapacity: true)
    appendTokens(of: text, takingSymbols: false, to: &tokens)
    if tokens.isEmpty { appendTokens(of: text, takingSymbols: true, to: &tokens) }
  }

  private static func appendTokens(
    of text: [UInt8],
    takingSymbols: Bool,
    to tokens: inout [Token]
  ) {
    var state = chorus_tokeniser(
      offset: 0,
      readable: text.count,
      starts_line: true,
      takes_symbols: takingSymbols
    )
    let kernels = unsafe chorus_kernels_best().pointee
    while state.offset < text.count {
      // Sound: a token is laid out as its only stored property, the kernel writes at most so many,
      // and reports how many it wrote.
      let part = unsafe [Token](
        unsafeUninitializedCapacity: Int(CHORUS_TOKEN_CAPACITY)
      ) { buffer, count in
        guard let base = buffer.baseAddress else { return }
        count = unsafe UnsafeMutableRawPointer(base).withMemoryRebound(
          to: chorus_token.self,
          capacity: Int(CHORUS_TOKEN_CAPACITY)
        ) { unsafe kernels.tokenise(text, text.count, &state, $0) }
      }
      tokens.append(contentsOf: part)
    }
  }

  // MARK: Stretches

  private static func grow(_ bytes: inout [UInt8], to count: Int) {
    if bytes.count < count {
      bytes.append(contentsOf: repeatElement(0, count: count - bytes.count))
    }
  }

  /// Writes the folded form of a stretch at `used` and returns its bytes.
  private static func fold(
    _ text: UnsafePointer<UInt8>,
    _ count: Int,
    into target: inout [UInt8],
    at used: Int
  ) -> Int {
    var capacity = 3 * count + 32
    while true {
      grow(&target, to: used + capacity)
      let written = unsafe target.withUnsafeMutableBufferPointer { output -> Int in
        guard let base = output.baseAddress else { return -1 }
        return unsafe chorus_icu_nfkc_casefold(text, count, base + used, capacity)
      }
      if written >= 0 { return written }
      precondition(written == -1, "ICU's NFKC_Casefold data could not be loaded")
      capacity *= 4
    }
  }

  /// The end of the smallest stretch from `start` that can be normalised by itself.
  private static func clusterEnd(_ source: Span<UInt8>, from start: Int) -> Int {
    unsafe source.withUnsafeBufferPointer { input in
      guard let text = input.baseAddress else { return start }
      var scalar: UInt32 = 0
      var end =
        unsafe start + chorus_code_point_length(text + start, input.count - start, &scalar)
      if scalar == .max { return end }
      while end < input.count {
        let length = unsafe chorus_code_point_length(text + end, input.count - end, &scalar)
        if scalar < 0x80 || scalar == .max { return end }
        if chorus_icu_has_boundary_before(scalar) != 0 { return end }
        end += length
      }
      return end
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import CICU
internal import ChorusKernels

/// The module's only face onto C: ICU and the text kernels.
enum TextKernels {
  /// Normalises `source` into `target`, replacing what was there.
  static func normalise(_ source: Span<UInt8>, into target: inout [UInt8]) {
    let count = source.count
    grow(&target, to: count + 16)
    var used = 0
    unsafe source.withUnsafeBufferPointer { input in
      guard let text = input.baseAddress else { return }
      let lower = unsafe chorus_kernels_best().pointee.lower_ascii
      var offset = 0
      // What lies before this is malformed, and nothing joins it.
      var joinStart = 0
      while offset < count {
        // Sound: every call gets the bytes that remain in `text`, and `target` always has room
        // for as many bytes as remain in the source; only ICU can write more, and grows it first.
        let ascii = unsafe target.withUnsafeMutableBufferPointer { output -> Int in
          guard let base = output.baseAddress else { return 0 }
          return unsafe lower(text + offset, count - offset, base + used)
        }
        offset += ascii
        used += ascii
        guard offset < count else { break }
        let stable = unsafe foldedPrefix(text + offset, count - offset)
        if stable > 0 {
          unsafe target.withUnsafeMutableBufferPointer { output in
            guard let base = output.baseAddress else { return }
            unsafe (base + used).update(from: text + offset, count: stable)
          }
          offset += stable
          used += stable
          continue
        }
        if let length = unsafe malformedLength(text + offset, count - offset) {
          grow(&target, to: used + replacement.count + count - offset + 16)
          for byte in replacement {
            target[used] = byte
            used += 1
          }
          offset += length
          joinStart = offset
          continue
        }
        // A changed stretch: from the code point before it, for it may be joined, to the next
        // code point that stays as it is.
        let start = unsafe max(joinStart, previousCodePoint(text, before: offset))
        used -= offset - start
        let end = unsafe stretchEnd(text, from: offset, count: count)
        used += unsafe fold(text + start, end - start, into: &target, at: used, and: count - end)
        offset = end
      }
    }
    target.removeLast(target.count - used)
  }

  /// Normalises `source` cluster by cluster and notes where each came from.
  static func normaliseByClusters(_ source: Span<UInt8>, into result: inout NormalisedText) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(source.count)
    var piece: [UInt8] = []
    var start = 0
    while start < source.count {
      let end = clusterEnd(source, from: start)
      normalise(source.extracting(start..<end), into: &piece)
      let isAligned = piece.count == end - start && end - start == 1
      let goesOn =
        isAligned
        && result.map.last.map { place in
          place.isAligned && start - place.source == bytes.count - place.normalised
        } ?? false
      if !goesOn {
        result.map.append(.init(normalised: bytes.count, source: start, isAligned: isAligned))
      }
      bytes.append(contentsOf: piece)
      start = end
    }
    result.bytes = bytes
  }

  /// Cuts normalised text into tokens, replacing what was there.
  static func tokenise(_ text: [UInt8], into tokens: inout [Token]) {
    guard !text.isEmpty else {
      tokens.removeAll(keepingCapacity: true)
      return
    }
    // Sound: there are never more tokens than bytes, and the kernel reports how many it wrote.
    tokens = unsafe [Token](unsafeUninitializedCapacity: text.count) { buffer, count in
      guard let base = buffer.baseAddress else { return }
      count = unsafe UnsafeMutableRawPointer(base).withMemoryRebound(
        to: chorus_token.self,
        capacity: text.count
      ) { unsafe chorus_tokenise(text, text.count, $0) }
    }
  }

  // MARK: Stretches

  private static func grow(_ bytes: inout [UInt8], to count: Int) {
    if bytes.count < count {
      bytes.append(contentsOf: repeatElement(0, count: count - bytes.count))
    }
  }

  /// The length of the leading run of non-ASCII code points that folding leaves alone.
  private static func foldedPrefix(_ text: UnsafePointer<UInt8>, _ count: Int) -> Int {
    var end = 0
    while unsafe end < count && text[end] >= 0x80 {
      let length = unsafe codePointLength(text + end, count - end)
      guard unsafe length > 1 && chorus_stable_prefix(text + end, length) == length else { break }
      end += length
    }
    return end
  }

  /// The end of the stretch that ICU must see: the next code point that is stable or ASCII.
  private static func stretchEnd(
    _ text: UnsafePointer<UInt8>,
    from offset: Int,
    count: Int
  ) -> Int {
    var end = unsafe offset + codePointLength(text + offset, count - offset)
    while end < count {
      if unsafe text[end] < 0x80 { return end }
      let length = unsafe codePointLength(text + end, count - end)
      if length == 1 { return end }
      if unsafe length > 1 && chorus_stable_prefix(text + end, length) == length { return end }
      end += length
    }
    return end
  }

  private static func previousCodePoint(_ text: UnsafePointer<UInt8>, before offset: Int) -> Int {
    var start = offset
    while start > 0 {
      start -= 1
      if unsafe text[start] & 0xC0 != 0x80 { break }
    }
    return start
  }

  /// The bytes of the code point at `text`, or 1 when it is malformed.
  private static func codePointLength(_ text: UnsafePointer<UInt8>, _ count: Int) -> Int {
    let lead = unsafe text[0]
    let length = lead < 0xC2 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 1
    guard length > 1, length <= count else { return 1 }
    for place in 1..<length where unsafe text[place] & 0xC0 != 0x80 { return 1 }
    // Overlong forms, surrogates and code points past U+10FFFF are malformed too.
    let second = unsafe text[1]
    switch lead {
    case 0xE0: return second < 0xA0 ? 1 : length
    case 0xED: return second >= 0xA0 ? 1 : length
    case 0xF0: return second < 0x90 ? 1 : length
    case 0xF4: return second >= 0x90 ? 1 : length
    default: return length
    }
  }

  /// U+FFFD, which stands for malformed bytes.
  private static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]

  /// The bytes that one U+FFFD stands for when the bytes at `text` are malformed: the longest
  /// beginning of a code point, or one byte (Unicode Standard, section 3.9); `nil` otherwise.
  private static func malformedLength(_ text: UnsafePointer<UInt8>, _ count: Int) -> Int? {
    let lead = unsafe text[0]
    guard unsafe lead >= 0x80 && codePointLength(text, count) == 1 else { return nil }
    guard (0xE0...0xF4).contains(lead), count >= 2 else { return 1 }
    let least: UInt8 = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80
    let most: UInt8 = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF
    guard unsafe (least...most).contains(text[1]) else { return 1 }
    guard unsafe lead >= 0xF0 && count >= 3 && text[2] & 0xC0 == 0x80 else { return 2 }
    return 3
  }

  /// Appends the folded form of a stretch at `used` and keeps room for `rest` more bytes.
  private static func fold(
    _ text: UnsafePointer<UInt8>,
    _ count: Int,
    into target: inout [UInt8],
    at used: Int,
    and rest: Int
  ) -> Int {
    var capacity = 3 * count + 32
    while true {
      grow(&target, to: used + capacity + rest + 16)
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
      if let length = unsafe malformedLength(text + start, input.count - start) {
        return start + length
      }
      var end = unsafe start + codePointLength(text + start, input.count - start)
      while end < input.count {
        let length = unsafe codePointLength(text + end, input.count - end)
        if length == 1 { return end }
        var scalar = UInt32(unsafe text[end]) & (0x7F >> UInt32(length))
        for place in 1..<length { scalar = unsafe scalar << 6 | UInt32(text[end + place] & 0x3F) }
        if chorus_icu_has_boundary_before(scalar) != 0 { return end }
        end += length
      }
      return end
    }
  }
}

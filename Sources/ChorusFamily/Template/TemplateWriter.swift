// SPDX-License-Identifier: Apache-2.0

internal import ChorusText

/// Turns aligned members into fixed text, slots and what fills them.
struct TemplateWriter {
  let runCount: Int

  /// The most examples of a slot.
  private static let exampleLimit = 5
  /// The most bytes of an example.
  private static let exampleByteCount = 200

  func write(_ members: [TemplateBuilder.Member]) -> (template: Template, kind: Family.Kind) {
    var fillers = (0...runCount).map { gap in members.map { filler(gap, $0) } }
    var parts: [Template.Part] = []
    var slots: [Slot] = []
    var fixed = ""
    for gap in 0...runCount {
      // Punctuation around a slot that nearly all members share is fixed text too.
      let leading = gap == 0 ? [] : shared(fillers[gap], fromEnd: false)
      fillers[gap] = fillers[gap].map { trimmed($0, leading, fromEnd: false) }
      let trailing = gap == runCount ? [] : shared(fillers[gap], fromEnd: true)
      fillers[gap] = fillers[gap].map { trimmed($0, trailing, fromEnd: true) }
      fixed += String(decoding: leading, as: UTF8.self)
      if isSlot(fillers[gap]) {
        if !fixed.isEmpty { parts.append(.fixed(fixed)) }
        parts.append(.slot(slots.count))
        slots.append(slot(fillers[gap], after: fixed))
        fixed = ""
      }
      fixed += String(decoding: trailing, as: UTF8.self)
      if gap < runCount { fixed += commonest(members.map { text($0.runs[gap], $0) }) }
    }
    if !fixed.isEmpty { parts.append(.fixed(fixed)) }
    let writings = members.map { member in member.runs.map { text($0, member) } }
    let template = Template(
      parts: parts,
      slots: slots,
      fixedShare: fixedShare(members, fillers),
      variantCount: Set(writings).count
    )
    return (template, kind(members))
  }

  /// One run that stands now here, now there is a fragment; anything else is a template.
  private func kind(_ members: [TemplateBuilder.Member]) -> Family.Kind {
    guard runCount == 1 else { return .template }
    let needed = TemplateBuilder.fixedShare * Double(members.count)
    let atHead = members.filter { $0.runs[0].lowerBound == 0 }.count
    let atTail = members.filter { $0.runs[0].upperBound == $0.tokens.count }.count
    return Double(max(atHead, atTail)) >= needed ? .template : .fragment
  }

  // MARK: Text

  /// The text as received of a run of tokens.
  private func text(_ run: Range<Int>, _ member: TemplateBuilder.Member) -> String {
    guard !run.isEmpty else { return "" }
    let start = member.tokens[run.lowerBound].range.lowerBound
    let end = member.tokens[run.upperBound - 1].range.upperBound
    let range = source(start, end, member)
    return String(decoding: member.text[range], as: UTF8.self)
  }

  /// The bytes as received between two runs, or before the first, or after the last.
  private func filler(_ gap: Int, _ member: TemplateBuilder.Member) -> ArraySlice<UInt8> {
    var start = 0
    var end = member.text.count
    if gap > 0 { start = sourceRange(gap - 1, member).upperBound }
    if gap < runCount { end = sourceRange(gap, member).lowerBound }
    return member.text[start..<max(start, end)]
  }

  private func sourceRange(_ run: Int, _ member: TemplateBuilder.Member) -> Range<Int> {
    let tokens = member.runs[run]
    return source(
      member.tokens[tokens.lowerBound].range.lowerBound,
      member.tokens[tokens.upperBound - 1].range.upperBound,
      member
    )
  }

  private func source(
    _ start: Int,
    _ end: Int,
    _ member: TemplateBuilder.Member
  ) -> Range<Int> {
    let lower = member.normalised.sourceOffset(of: start)
    return lower..<max(lower, member.normalised.sourceEnd(of: end))
  }

  private func commonest(_ texts: [String]) -> String {
    var counts: [String: Int] = [:]
    for text in texts { counts[text, default: 0] += 1 }
    return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
  }

  /// The longest run of separators at one end that nearly all fillers share.
  private func shared(_ fillers: [ArraySlice<UInt8>], fromEnd: Bool) -> [UInt8] {
    var best: [UInt8] = []
    var counts: [[UInt8]: Int] = [:]
    for filler in fillers {
      let edge = fromEnd ? Array(filler.reversed()) : Array(filler)
      let separators = edge.prefix { $0 < 0x80 && !Self.isWord($0) }
      for length in 0...separators.count {
        counts[Array(separators.prefix(length)), default: 0] += 1
      }
    }
    for (edge, count) in counts
    where Double(count) >= TemplateBuilder.fixedShare * Double(fillers.count)
      && edge.count > best.count
    {
      best = edge
    }
    return fromEnd ? best.reversed() : best
  }

  private func trimmed(
    _ filler: ArraySlice<UInt8>,
    _ edge: [UInt8],
    fromEnd: Bool
  ) -> ArraySlice<UInt8> {
    if fromEnd {
      return filler.suffix(edge.count).elementsEqual(edge) ? filler.dropLast(edge.count) : filler
    }
    return filler.starts(with: edge) ? filler.dropFirst(edge.count) : filler
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }

  // MARK: Slots

  /// A gap is a slot unless nearly all members have nothing in it.
  private func isSlot(_ fillers: [ArraySlice<UInt8>]) -> Bool {
    let filled = fillers.filter { filler in filler.contains { $0 > 0x20 } }.count
    return Double(filled) > (1 - TemplateBuilder.fixedShare) * Double(fillers.count)
  }

  private func slot(_ fillers: [ArraySlice<UInt8>], after fixed: String) -> Slot {
    let texts = fillers.map { SlotText($0) }
    var counts: [String: Int] = [:]
    for text in texts { counts[text.text, default: 0] += 1 }
    let ranked = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let lengths = fillers.map(\.count)
    return Slot(
      kind: fixed.hasSuffix("://") ? .url : SlotText.kind(texts, fillerCount: counts.count),
      fillerCount: counts.count,
      sampleCount: fillers.count,
      lengths: (lengths.min() ?? 0)...(lengths.max() ?? 0),
      examples: ranked.prefix(Self.exampleLimit).map { shortened($0.key) }
    )
  }

  private func shortened(_ text: String) -> String {
    guard text.utf8.count > Self.exampleByteCount else { return text }
    var short = ""
    for character in text where short.utf8.count < Self.exampleByteCount { short.append(character) }
    return short + "\u{2026}"
  }

  private func fixedShare(
    _ members: [TemplateBuilder.Member],
    _ fillers: [[ArraySlice<UInt8>]]
  ) -> Double {
    var all = 0
    var variable = 0
    for member in members { all += member.text.count }
    for gap in fillers { for filler in gap { variable += filler.count } }
    return all == 0 ? 0 : Double(all - variable) / Double(all)
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusIndex
internal import ChorusText

/// Writes a family's template out: aligns a sample of its members with an exemplar.
///
/// The exemplar's tokens that the family's anchors cover are the first fixed runs. Each sampled
/// member is searched for these runs in order; what lies between them fills the slots. Runs then
/// grow over neighbouring tokens and punctuation that nearly all members share, and a gap is cut
/// where nearly all members begin a line with the same word.
struct TemplateBuilder {
  let snapshot: Snapshot
  /// The family's anchors.
  let keys: Set<UInt64>

  /// Text is fixed when this share of the sample has it.
  static let fixedShare = 0.9

  /// A sampled member: its text, its tokens, and where each fixed run stands in it.
  struct Member {
    let text: [UInt8]
    let tokens: [Token]
    let normalised: NormalisedText
    var runs: [Range<Int>] = []
  }

  func build(
    exemplar: UInt32,
    _ sample: [UInt32]
  ) throws(ChorusError) -> (template: Template, kind: Family.Kind) {
    let first = try member(exemplar)
    let mask = FixedTokens.mask(first.tokens, keys, snapshot.anchorSelector)
    var pattern = FixedTokens.ranges(mask).map { range in
      Array(first.tokens[range].map(\.hash))
    }
    var members: [Member] = []
    for row in sample { members.append(try member(row)) }
    if members.isEmpty { members = [first] }
    pattern = grown(pattern, members)
    var aligned = align(pattern, members)
    if aligned.isEmpty {
      pattern = FixedTokens.ranges(mask).map { range in Array(first.tokens[range].map(\.hash)) }
      aligned = align(pattern, [first])
    }
    var (template, kind) = TemplateWriter(runCount: pattern.count).write(aligned)
    let whole = members.filter { place(pattern, in: $0.tokens) != nil }.count
    template.deviatingShare = 1 - Double(whole) / Double(members.count)
    return (template, kind)
  }

  private func member(_ row: UInt32) throws(ChorusError) -> Member {
    let (segment, local) = snapshot.place(ofRow: row)
    let text = try segment.text(ofRow: local)
    let normalised = Normaliser().normalise(text, keepingMap: true)
    return Member(
      text: text,
      tokens: Tokeniser().tokenise(normalised),
      normalised: normalised
    )
  }

  // MARK: Alignment

  /// The members that have all runs of a pattern in order, with the runs marked.
  private func align(_ pattern: [[UInt64]], _ members: [Member]) -> [Member] {
    members.compactMap { member in
      guard let runs = place(pattern, in: member.tokens) else { return nil }
      var aligned = member
      aligned.runs = runs
      return aligned
    }
  }

  /// Finds the runs of a pattern in order, each at its first place after the one before; the last
  /// one at its last place, so that a closing line is found at the end.
  private func place(_ pattern: [[UInt64]], in tokens: [Token]) -> [Range<Int>]? {
    var runs: [Range<Int>] = []
    var start = 0
    for (number, run) in pattern.enumerated() {
      let isLast = number == pattern.count - 1 && number > 0
      guard let found = find(run, in: tokens, from: start, last: isLast) else { return nil }
      runs.append(found..<(found + run.count))
      start = found + run.count
    }
    return runs
  }

  private func find(_ run: [UInt64], in tokens: [Token], from start: Int, last: Bool) -> Int? {
    guard tokens.count - start >= run.count else { return nil }
    let places = Array(start...(tokens.count - run.count))
    let matches: (Int) -> Bool = { place in
      run.indices.allSatisfy { tokens[place + $0].hash == run[$0] }
    }
    return last ? places.last(where: matches) : places.first(where: matches)
  }

  // MARK: Growing

  /// Extends runs over tokens that nearly all members share, and adds words that begin a line in
  /// nearly all.
  private func grown(_ pattern: [[UInt64]], _ members: [Member]) -> [[UInt64]] {
    var pattern = pattern
    var number = 0
    while number <= pattern.count {
      let aligned = align(pattern, members)
      guard aligned.count >= 2 else { return pattern }
      if number < pattern.count {
        if let next = common(aligned, { Self.token(after: number, $0) }) {
          pattern[number].append(next)
          continue
        }
        if let previous = common(aligned, { Self.token(before: number, $0) }) {
          pattern[number].insert(previous, at: 0)
          continue
        }
      }
      if let word = common(aligned, { Self.lineStart(inGap: number, $0) }) {
        pattern.insert([word], at: number)
        continue
      }
      number += 1
    }
    return pattern
  }

  /// The token that nearly all members have at a place, if there is one.
  private func common(_ members: [Member], _ token: (Member) -> UInt64?) -> UInt64? {
    var counts: [UInt64: Int] = [:]
    for member in members { if let found = token(member) { counts[found, default: 0] += 1 } }
    let best = counts.max { ($0.value, $0.key) < ($1.value, $1.key) }
    guard let best, Double(best.value) >= Self.fixedShare * Double(members.count) else {
      return nil
    }
    return best.key
  }

  private static func gap(_ number: Int, _ member: Member) -> Range<Int> {
    let start = number == 0 ? 0 : member.runs[number - 1].upperBound
    let end = number == member.runs.count ? member.tokens.count : member.runs[number].lowerBound
    return start..<max(start, end)
  }

  private static func token(after run: Int, _ member: Member) -> UInt64? {
    gap(run + 1, member).first.map { member.tokens[$0].hash }
  }

  private static func token(before run: Int, _ member: Member) -> UInt64? {
    gap(run, member).last.map { member.tokens[$0].hash }
  }

  /// The last word of a gap that begins a line: the label of what follows.
  private static func lineStart(inGap number: Int, _ member: Member) -> UInt64? {
    gap(number, member).dropFirst().last { member.tokens[$0].startsLine }
      .map { member.tokens[$0].hash }
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusIndex
internal import ChorusSketch
internal import ChorusText
internal import Glibc

/// Turns fragments into candidates: closes each over the anchors that its rows share, and measures
/// the fixed text that those anchors cover.
struct CandidateBuilder: Sendable {
  let snapshot: Snapshot
  let hot: HotAnchors
  let rowAnchors: RowAnchors
  let accounts: RowAccounts
  let statistics: TextStatistics
  let crowd: Crowd
  let minimumAccountCount: Int
  let evidence: Evidence

  /// An anchor belongs to a fragment's text when this share of its rows has it.
  static let closureShare = 0.9

  /// The fewest anchors of a text that can be evidence by itself.
  private static let leastAnchorCount = 3

  /// Builds the candidates of all fragments, in the order of the fragments.
  func candidates(_ fragments: Fragments) throws(ChorusError) -> [Candidate] {
    // Fragments of one family sample the same rows: side by side, they read each text once.
    let order = fragments.leaders.indices.sorted {
      (fragments.sketches[$0].rows.first ?? 0, $0) < (fragments.sketches[$1].rows.first ?? 0, $1)
    }
    let chunks = stride(from: 0, to: order.count, by: 256).map {
      order[$0..<min($0 + 256, order.count)]
    }
    let found = try Parallel.map(
      chunks.count,
      throwing: { number throws(ChorusError) -> [Candidate] in
        var counter = StampedCounter(count: accounts.accountCount)
        var anchors = StampedCounter(count: hot.count)
        var texts = TextCache(snapshot)
        var result: [Candidate] = []
        for fragment in chunks[number] {
          let leader = fragments.leaders[fragment]
          let sketch = fragments.sketches[fragment]
          if let candidate = try candidate(
            leader,
            sketch,
            fragments.sizes[fragment],
            &counter,
            &anchors,
            &texts
          ) {
            result.append(candidate)
          }
        }
        return result
      }
    )
    return found.flatMap { $0 }
  }

  private func candidate(
    _ leader: Int,
    _ sketch: RowSketch,
    _ size: Int,
    _ counter: inout StampedCounter,
    _ anchors: inout StampedCounter,
    _ texts: inout TextCache
  ) throws(ChorusError) -> Candidate? {
    // One short run of text says nothing without a crowd, and most fragments are no more.
    guard
      size >= Self.leastAnchorCount
        || crowd.returnBits(hot.rows(of: leader), &counter) >= evidence.neededBits
    else { return nil }
    let sample = spreadSample(sketch.rows, &counter)
    let closure = closure(of: sample, &anchors)
    let rows = rows(of: leader, having: closure)
    guard accounts.distinctCount(rows, &counter) >= minimumAccountCount else { return nil }
    let returnBits = crowd.returnBits(rows, &counter)
    guard closure.count >= Self.leastAnchorCount || returnBits >= evidence.neededBits else {
      return nil
    }
    guard let text = try fixedText(sample, closure, rows.count, &texts) else { return nil }
    let lift = evidence.lift(bits: text.bits, rowCount: rows.count)
    let standsAlone = evidence.isEnough(
      bits: text.bits,
      rowCount: rows.count,
      returning: returnBits
    )
    guard standsAlone || evidence.isPart(lift: lift) else { return nil }
    return Candidate(
      rows: rows,
      closure: closure,
      bits: text.bits,
      liftBits: lift,
      returnBits: returnBits,
      standsAlone: standsAlone,
      accountCount: accounts.distinctCount(rows, &counter),
      exemplar: text.exemplar,
      fixedTokens: text.fixed,
      key: hot.keys[leader]
    )
  }

  /// The rows of an anchor that have enough of a closure: one customer's batch may share a phrase
  /// with a family without having the rest of its text.
  private func rows(of leader: Int, having closure: [UInt32]) -> [UInt32] {
    let measure = ClosureShare(closure.lazy.map { hot.keys[Int($0)] })
    return hot.rows(of: leader).filter { row in
      var shared: UInt64 = 0
      var place = 0
      for anchor in rowAnchors.of(row) {
        while place < closure.count, closure[place] < anchor { place += 1 }
        if place == closure.count { break }
        if closure[place] == anchor {
          shared += ClosureShare.weight(ofKey: hot.keys[Int(anchor)])
        }
      }
      return measure.share(shared) >= MemberAssigner.memberShare
    }
  }

  /// The sampled rows, at most two of each account, so that one busy account does not speak for
  /// all.
  private func spreadSample(_ rows: [UInt32], _ counter: inout StampedCounter) -> [UInt32] {
    counter.begin()
    return rows.filter { row in
      accounts.of(row).allSatisfy { counter.add($0) <= 2 }
    }
  }

  /// The hot anchors that nearly all of some rows have, ascending.
  private func closure(of rows: [UInt32], _ anchors: inout StampedCounter) -> [UInt32] {
    anchors.begin()
    for row in rows { for anchor in rowAnchors.of(row) { anchors.add(anchor) } }
    let needed = max(1, Int((Self.closureShare * Double(rows.count)).rounded(.up)))
    return anchors.seen.filter { Int(anchors.count(of: $0)) >= needed }.sorted()
  }

  // MARK: Fixed text

  private struct FixedText {
    var bits: Double
    var exemplar: UInt32
    var fixed: [Range<Int>]
  }

  /// The fixed text of a closure as it stands in the middle one of a few rows.
  private func fixedText(
    _ sample: [UInt32],
    _ closure: [UInt32],
    _ rowCount: Int,
    _ texts: inout TextCache
  ) throws(ChorusError) -> FixedText? {
    let keys = Set(closure.map { hot.keys[Int($0)] })
    var seen: [(row: UInt32, tokens: [Token], isFixed: [Bool], count: Int)] = []
    for row in sample.prefix(5) {
      let tokens = try texts.tokens(ofRow: row)
      let isFixed = FixedTokens.mask(tokens, keys, snapshot.anchorSelector)
      seen.append((row, tokens, isFixed, isFixed.reduce(0) { $0 + ($1 ? 1 : 0) }))
    }
    seen.sort { ($0.count, $0.row) < ($1.count, $1.row) }
    guard !seen.isEmpty else { return nil }
    let middle = seen[seen.count / 2]
    guard middle.count > 0 else { return nil }
    return FixedText(
      bits: bits(middle.tokens, middle.isFixed, rowCount: rowCount),
      exemplar: middle.row,
      fixed: FixedTokens.ranges(middle.isFixed)
    )
  }

  /// The information of fixed tokens under the bigrams of all other text.
  ///
  /// What the family itself adds to the counts is taken off, or a large family would hide itself.
  /// Each pair of words counts once: repeating a text is no new evidence.
  private func bits(_ tokens: [Token], _ isFixed: [Bool], rowCount: Int) -> Double {
    var own: [UInt64: Double] = [:]
    let inSample = Double(rowCount) / statistics.scale
    for (place, token) in tokens.enumerated() where isFixed[place] {
      own[token.hash, default: 0] += inSample
    }
    let total = Double(max(statistics.tokenCount, 1))
    func others(_ token: UInt64) -> Double {
      max(0, statistics.count(token) - (own[token] ?? 0))
    }
    var seen = Set<UInt64>()
    var bits = 0.0
    for (place, token) in tokens.enumerated() where isFixed[place] {
      let single = (others(token.hash) + 0.5) / (total + 1)
      guard place > 0, isFixed[place - 1] else {
        if seen.insert(token.hash).inserted { bits -= log2(single) }
        continue
      }
      let previous = tokens[place - 1].hash
      guard seen.insert(Hashing.mix(previous) &+ token.hash).inserted else { continue }
      let together = max(0, statistics.count(previous, token.hash) - inSample)
      bits -= log2(min(1, (together + 2 * single) / (others(previous) + 2)))
    }
    return bits
  }
}

/// Which tokens of a text the anchors of a family cover.
enum FixedTokens {
  /// Marks the tokens of every run whose anchor is among `keys`.
  static func mask(
    _ tokens: [Token],
    _ keys: Set<UInt64>,
    _ selector: AnchorSelector
  ) -> [Bool] {
    var mask = [Bool](repeating: false, count: tokens.count)
    selector.forEachRun(of: tokens) { run in
      guard keys.contains(run.anchor) else { return }
      for place in run.start..<(run.start + run.count) { mask[place] = true }
    }
    return mask
  }

  /// The maximal runs of marked tokens.
  static func ranges(_ mask: [Bool]) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var start: Int?
    for place in 0...mask.count {
      let isMarked = place < mask.count && mask[place]
      if isMarked, start == nil { start = place }
      if !isMarked, let first = start {
        ranges.append(first..<place)
        start = nil
      }
    }
    return ranges
  }
}

extension Snapshot {
  /// Returns the segment of a row that is numbered through all segments, and its row there.
  func place(ofRow row: UInt32) -> (segment: Segment, row: Int) {
    var rest = Int(row)
    for segment in segments {
      if rest < segment.rowCount { return (segment, rest) }
      rest -= segment.rowCount
    }
    preconditionFailure("a row lies outside the snapshot")
  }
}

/// The tokens of the rows that were last looked at.
private struct TextCache {
  private static let limit = 1024

  private let snapshot: Snapshot
  private var texts: [UInt32: [Token]] = [:]

  init(_ snapshot: Snapshot) { self.snapshot = snapshot }

  mutating func tokens(ofRow row: UInt32) throws(ChorusError) -> [Token] {
    if let known = texts[row] { return known }
    if texts.count >= Self.limit { texts.removeAll(keepingCapacity: true) }
    let (segment, local) = snapshot.place(ofRow: row)
    let text = try segment.text(ofRow: local)
    let tokens = Tokeniser().tokenise(Normaliser().normalise(text))
    texts[row] = tokens
    return tokens
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusSketch
internal import ChorusText

/// Runs of tokens in a fixed order with any text between: a fragment, or a template with slots.
struct FragmentPattern: Sendable {
  /// A run of tokens that must stand in a text.
  struct Piece: Sendable {
    let hashes: [UInt64]
    /// For each token, how many of the first tokens stand again right up to it (Knuth, Morris and
    /// Pratt, 1977).
    let borders: [Int]
    /// Anchors that every segment has postings of for all texts with the piece in it; none when the
    /// piece is too short for that.
    let sureAnchors: [UInt64]
    /// The anchors of all its runs: where a segment has enough postings of one, it has them all.
    let anchors: [UInt64]
  }

  let pieces: [Piece]
  /// Whether a slot stands before the first piece, and one behind the last.
  let openEnds: (before: Bool, after: Bool)

  private let normaliser = Normaliser()
  private let tokeniser = Tokeniser()

  /// Creates the pattern of a fragment, or, when `hasSlots` is set, of a template, in which `{1}`,
  /// `{2}` and so on, and `{*}`, stand for any text.
  init(_ text: [UInt8], hasSlots: Bool, plan: SketchPlan, key: SketchKey?) {
    let parts = hasSlots ? Self.parts(of: text) : [text[...]]
    var hasTokens: [Bool] = []
    let selector = AnchorSelector(plan: plan, key: key)
    // A plan that takes only some anchors has postings of them all.
    let window = max(plan.anchorWindow, SegmentFormat.sampleWindow(of: plan))
    var pieces: [Piece] = []
    for part in parts {
      let tokens = tokeniser.tokenise(normaliser.normalise(Array(part)))
      // Beside words, symbols separate: punctuation between two slots makes them one.
      hasTokens.append(!tokens.isEmpty && (parts.count == 1 || Self.hasWords(part)))
      guard hasTokens.last ?? false else { continue }
      let hashes = tokens.map(\.hash)
      pieces.append(
        Piece(
          hashes: hashes,
          borders: Self.borders(of: hashes),
          sureAnchors: selector.inner(tokens, window: window),
          anchors: plan.anchorWindow == 1 ? selector.inner(tokens, window: 1) : []
        )
      )
    }
    self.pieces = pieces
    openEnds = (!(hasTokens.first ?? true), !(hasTokens.last ?? true))
  }

  /// Whether a text has tokens besides the symbols that are some where there is nothing else.
  private static func hasWords(_ text: ArraySlice<UInt8>) -> Bool {
    let probe = Array("a ".utf8) + text
    return Tokeniser().tokenise(Normaliser().normalise(probe)).count > 1
  }

  /// Cuts a template at its slots.
  static func parts(of text: [UInt8]) -> [ArraySlice<UInt8>] {
    var parts: [ArraySlice<UInt8>] = []
    var start = 0
    var place = 0
    while place < text.count {
      guard let end = slotEnd(text, from: place) else {
        place += 1
        continue
      }
      parts.append(text[start..<place])
      start = end
      place = end
    }
    parts.append(text[start...])
    return parts
  }

  /// The end of the slot that begins at a place, if one does: `{*}`, or a number in braces.
  private static func slotEnd(_ text: [UInt8], from start: Int) -> Int? {
    guard text[start] == 0x7B else { return nil }
    var end = start + 1
    while end < text.count, (0x30...0x39).contains(text[end]), end - start <= 4 { end += 1 }
    if end == start + 1, end < text.count, text[end] == 0x2A { end += 1 }
    guard end > start + 1, end < text.count, text[end] == 0x7D else { return nil }
    return end + 1
  }

  /// Where a pattern stands in a text as received, in bytes.
  struct Place: Hashable, Sendable {
    /// From the first piece to the end of the last.
    var span: Range<Int>
    /// What stands in each slot; slots without a word between them are one.
    var fillers: [Range<Int>]
  }

  /// Memory for the tokens of one text after another.
  struct Workspace {
    fileprivate var normalised = NormalisedText()
    fileprivate var tokens: [Token] = []
  }

  /// Returns whether the pattern stands in a text.
  ///
  /// Each piece is looked for behind the one before it, where it first stands: if the pattern
  /// stands in the text at all, it does so.
  ///
  /// - Complexity: O(*n*).
  func matches(_ text: ArraySlice<UInt8>, _ workspace: inout Workspace) -> Bool {
    normaliser.normalise(text.span, into: &workspace.normalised)
    tokeniser.tokenise(workspace.normalised, into: &workspace.tokens)
    return runs(in: workspace.tokens) != nil
  }

  /// Returns where the pattern first stands in a text as received, in bytes, or `nil`.
  func place(in text: [UInt8]) -> Place? {
    let mapped = normaliser.normalise(text, keepingMap: true)
    let tokens = tokeniser.tokenise(mapped)
    guard let runs = runs(in: tokens), let last = runs.last else { return nil }
    let spans = runs.map { run in
      let end = tokens[run.upperBound - 1].range.upperBound
      return mapped.sourceOffset(
        of: tokens[run.lowerBound].range.lowerBound
      )..<mapped.sourceEnd(of: end)
    }
    var place = Place(
      span: spans[0].lowerBound..<max(spans[0].lowerBound, spans[runs.count - 1].upperBound),
      fillers: zip(spans, spans.dropFirst()).map {
        $0.upperBound..<max($0.upperBound, $1.lowerBound)
      }
    )
    if openEnds.before { place.fillers.insert(0..<place.span.lowerBound, at: 0) }
    if openEnds.after, last.upperBound <= tokens.count {
      place.fillers.append(place.span.upperBound..<max(place.span.upperBound, text.count))
    }
    return place
  }

  private func runs(in tokens: [Token]) -> [Range<Int>]? {
    var runs: [Range<Int>] = []
    var start = 0
    for piece in pieces {
      guard let run = firstRun(of: piece, in: tokens, from: start) else { return nil }
      runs.append(run)
      start = run.upperBound
    }
    return runs
  }

  private func firstRun(of piece: Piece, in tokens: [Token], from first: Int) -> Range<Int>? {
    let hashes = piece.hashes
    var length = 0
    for place in first..<max(first, tokens.count) {
      let hash = tokens[place].hash
      while length > 0, hashes[length] != hash { length = piece.borders[length - 1] }
      if hashes[length] == hash { length += 1 }
      if length == hashes.count { return (place + 1 - length)..<(place + 1) }
    }
    return nil
  }

  private static func borders(of hashes: [UInt64]) -> [Int] {
    var borders = [Int](repeating: 0, count: hashes.count)
    var length = 0
    for place in hashes.indices.dropFirst() {
      while length > 0, hashes[length] != hashes[place] { length = borders[length - 1] }
      if hashes[length] == hashes[place] { length += 1 }
      borders[place] = length
    }
    return borders
  }
}

// SPDX-License-Identifier: Apache-2.0

import ChorusTestSupport

/// What mining must find, computed the slow way: from every run of words and every pair of sets.
///
/// It knows words and accounts and nothing else: no anchors, no samples, no bits. A text is its
/// list of lower-case words, and a run is `width` words that stand side by side.
///
/// - A run that enough accounts have asks a question: what else do the texts with it share? The
///   runs that nine tenths of them have are the fixed text, and all texts that have seven tenths of
///   these are a candidate.
/// - Its words are those that these runs cover, as far as they stand in one order in the texts. A
///   candidate of fewer than `leastWordCount` is none.
/// - A candidate inside another is a template of its own, or a value of a slot: see ``isOwn``.
/// - A text goes to the candidate of the most words that has it. What is left with enough accounts
///   is a family.
///
/// It does not decide what accounts alone could tell but do not tell clearly, such as whether two
/// texts under one wrapper that the same accounts send are two templates or two values.
struct BruteForceMiner {
  /// Texts and the fixed text that they share.
  private struct Candidate {
    /// The numbers of the texts.
    var texts: Set<Int>
    /// The words of the fixed text.
    var wordCount: Int
  }

  /// A distinct text.
  private struct Entry {
    var words: [Int]
    /// The run that begins at each place.
    var runs: [Int]
    var distinctRuns: Set<Int>
    var accounts: Set<String> = []
    var ids: Set<String> = []
  }

  /// The share of texts, or of what they have, that is nearly all.
  private static let nearlyAll = 0.9
  /// The share of the fixed text that a member must have.
  private static let memberShare = 0.7

  private let minimumAccountCount: Int
  private let width: Int
  private let leastWordCount: Int
  private var entries: [Entry] = []
  /// The texts that have each run; runs are numbered in the order in which they first come.
  private var holders: [Set<Int>] = []

  /// Reads prompts.
  ///
  /// - Parameters:
  ///   - prompts: The prompts.
  ///   - minimumAccountCount: The fewest accounts of a family.
  ///   - width: The words of a run.
  ///   - leastWordCount: The fewest words of fixed text of a family.
  init(
    _ prompts: [SeededCorpus.Prompt],
    minimumAccountCount: Int = 10,
    width: Int = 4,
    leastWordCount: Int = 8
  ) {
    self.minimumAccountCount = minimumAccountCount
    self.width = width
    self.leastWordCount = leastWordCount
    var wordNumbers: [Substring: Int] = [:]
    var runNumbers: [[Int]: Int] = [:]
    var textNumbers: [[Int]: Int] = [:]
    for prompt in prompts {
      let words = prompt.text.lowercased().split { !$0.isLetter && !$0.isNumber }.map { word in
        Self.number(of: word, &wordNumbers)
      }
      let text = Self.number(of: words, &textNumbers)
      if text == entries.count {
        let starts = 0..<max(0, words.count - width + 1)
        let runs = starts.map { Self.number(of: Array(words[$0..<($0 + width)]), &runNumbers) }
        entries.append(Entry(words: words, runs: runs, distinctRuns: Set(runs)))
        for run in runs {
          if run == holders.count { holders.append([]) }
          holders[run].insert(text)
        }
      }
      entries[text].accounts.insert(prompt.account)
      entries[text].ids.insert(prompt.id)
    }
  }

  /// The number of a thing, the next one if it has none.
  private static func number<Thing: Hashable>(
    of thing: Thing,
    _ numbers: inout [Thing: Int]
  ) -> Int {
    let number = numbers[thing] ?? numbers.count
    numbers[thing] = number
    return number
  }

  // MARK: Families

  /// The ids of the members of each family.
  func families() -> Set<Set<String>> {
    let candidates = candidates()
    let chosen = candidates.filter { inner in
      candidates.allSatisfy { !isInside(inner, $0) || isOwn(inner, of: $0) }
    }
    var taken = Set<Int>()
    var families = Set<Set<String>>()
    for candidate in chosen {
      let left = candidate.texts.subtracting(taken)
      taken.formUnion(left)
      guard accounts(of: left).count >= minimumAccountCount else { continue }
      families.insert(left.reduce(into: []) { ids, text in ids.formUnion(entries[text].ids) })
    }
    return families
  }

  /// The candidates, the most specific first.
  private func candidates() -> [Candidate] {
    var asked = Set<Set<Int>>()
    var places: [Set<Int>: Int] = [:]
    var found: [Candidate] = []
    for texts in holders {
      guard accounts(of: texts).count >= minimumAccountCount,
        asked.insert(texts).inserted
      else { continue }
      let fixed = fixedRuns(of: texts)
      let members = members(having: fixed)
      guard accounts(of: members).count >= minimumAccountCount else { continue }
      let wordCount = wordCount(of: fixed, in: members)
      guard wordCount >= leastWordCount else { continue }
      if let place = places[members] {
        found[place].wordCount = max(found[place].wordCount, wordCount)
      } else {
        places[members] = found.count
        found.append(Candidate(texts: members, wordCount: wordCount))
      }
    }
    return found.enumerated().sorted { lhs, rhs in
      let (left, right) = (lhs.element, rhs.element)
      return (right.wordCount, right.texts.count, lhs.offset)
        < (left.wordCount, left.texts.count, rhs.offset)
    }.map(\.element)
  }

  private func accounts(of texts: Set<Int>) -> Set<String> {
    texts.reduce(into: []) { accounts, text in accounts.formUnion(entries[text].accounts) }
  }

  /// The runs that nearly all of some texts have.
  private func fixedRuns(of texts: Set<Int>) -> Set<Int> {
    var counts = [Int](repeating: 0, count: holders.count)
    for text in texts { for run in entries[text].distinctRuns { counts[run] += 1 } }
    return Set(counts.indices.filter { Self.isNearlyAll(counts[$0], of: texts.count) })
  }

  /// The texts that have enough of some runs.
  private func members(having fixed: Set<Int>) -> Set<Int> {
    var counts = [Int](repeating: 0, count: entries.count)
    for run in fixed { for text in holders[run] { counts[text] += 1 } }
    let least = Self.memberShare * Double(fixed.count)
    return Set(counts.indices.filter { Double(counts[$0]) >= least })
  }

  private static func isNearlyAll(_ part: Int, of whole: Int) -> Bool {
    Double(part) >= nearlyAll * Double(whole)
  }

  // MARK: Nesting

  private func isInside(_ inner: Candidate, _ outer: Candidate) -> Bool {
    inner.texts.count < outer.texts.count
      && Self.isNearlyAll(inner.texts.intersection(outer.texts).count, of: inner.texts.count)
  }

  /// Whether a candidate inside another is a template of its own and no value of a slot.
  ///
  /// Nearly all of the other is never a template beside it. Else the accounts decide that have at
  /// least two texts of the outer one: those of another template have all their texts inside.
  /// Where less than half of the inner accounts are such, it must say twice as much.
  private func isOwn(_ inner: Candidate, of outer: Candidate) -> Bool {
    guard !Self.isNearlyAll(inner.texts.count, of: outer.texts.count) else { return false }
    let accounts = accounts(of: inner.texts)
    var counts: [String: (all: Int, inside: Int)] = [:]
    for text in outer.texts {
      for account in entries[text].accounts where accounts.contains(account) {
        counts[account, default: (0, 0)].all += 1
        if inner.texts.contains(text) { counts[account, default: (0, 0)].inside += 1 }
      }
    }
    let returning = counts.values.filter { $0.all >= 2 }
    guard 2 * returning.count >= accounts.count else {
      return inner.wordCount >= 2 * outer.wordCount
    }
    return Self.isNearlyAll(returning.count { $0.inside == $0.all }, of: returning.count)
  }

  // MARK: Fixed text

  /// The most words of fixed text that stand in one order in nearly all texts.
  ///
  /// The text with most of the runs shows the pieces. One piece may stand before another when it
  /// does so in nearly all texts that have both.
  private func wordCount(of fixed: Set<Int>, in texts: Set<Int>) -> Int {
    let ascending = texts.sorted()
    let shares = ascending.map { (entries[$0].distinctRuns.intersection(fixed).count, -$0) }
    guard let most = shares.max(by: <) else { return 0 }
    let pieces = pieces(of: entries[-most.1], covered: fixed)
    let places = pieces.map { piece in ascending.map { place(of: piece, in: entries[$0].words) } }
    var best: [Int] = []
    for (number, piece) in pieces.enumerated() {
      let before = (0..<number).filter { precedes(places[$0], places[number]) }
      best.append(piece.count + (before.map { best[$0] }.max() ?? 0))
    }
    return best.max() ?? 0
  }

  /// The longest pieces of a text that some runs cover.
  private func pieces(of entry: Entry, covered fixed: Set<Int>) -> [[Int]] {
    var isCovered = [Bool](repeating: false, count: entry.words.count)
    for (start, run) in entry.runs.enumerated() where fixed.contains(run) {
      for place in start..<(start + width) { isCovered[place] = true }
    }
    var pieces: [[Int]] = []
    for (place, word) in entry.words.enumerated() where isCovered[place] {
      if place > 0, isCovered[place - 1] {
        pieces[pieces.count - 1].append(word)
      } else {
        pieces.append([word])
      }
    }
    return pieces
  }

  private func place(of piece: [Int], in words: [Int]) -> Int? {
    guard words.count >= piece.count else { return nil }
    return (0...(words.count - piece.count)).first { words[$0...].starts(with: piece) }
  }

  private func precedes(_ left: [Int?], _ right: [Int?]) -> Bool {
    let both = zip(left, right).compactMap { left, right in
      left.flatMap { left in right.map { left < $0 } }
    }
    return !both.isEmpty && Self.isNearlyAll(both.count { $0 }, of: both.count)
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusIndex
internal import ChorusSketch

/// Brings a catalogue up to date with prompts that came since, without mining everything again.
///
/// New texts that have a family's fixed text join it. Of the others those are mined that share an
/// anchor with enough accounts, together with the earlier texts in no family that have it.
struct CatalogueUpdate {
  /// The rows that are read to count words: a part is mined, and so a part will do.
  private static let statisticsLimit = 1 << 15

  private let earlier: FamilyCatalogue
  private let snapshot: Snapshot
  private let minimumAccountCount: Int
  /// For each segment, the families of its rows, if they are known.
  private let known: [ArraySlice<Int32>?]

  /// Prepares an update.
  ///
  /// - Parameters:
  ///   - earlier: The families as they were.
  ///   - parts: The segments that they were found in.
  ///   - snapshot: What is there now.
  init(_ earlier: FamilyCatalogue, parts: [CatalogueFile.Part], snapshot: Snapshot) {
    self.earlier = earlier
    self.snapshot = snapshot
    minimumAccountCount = earlier.basis.minimumAccountCount
    var rows: [UInt64: (part: CatalogueFile.Part, rows: ArraySlice<Int32>)] = [:]
    var base = 0
    for part in parts {
      rows[part.number] = (part, earlier.familyOfRow[base..<(base + part.rowCount)])
      base += part.rowCount
    }
    known = snapshot.segments.map { segment in
      guard let found = rows[segment.summary.number], found.part == segment.part else { return nil }
      return found.rows
    }
  }

  /// The rows of segments that were not there.
  var newRowCount: Int {
    zip(snapshot.segments, known).reduce(0) { $0 + ($1.1 == nil ? $1.0.rowCount : 0) }
  }

  /// Makes the catalogue of the snapshot.
  ///
  /// - Throws: `corrupted` when a segment is damaged.
  /// - Complexity: O(*n*) in the prompts of the snapshot, of which only the new ones' texts are
  ///   read, and in the postings of the segments that were there.
  func run() throws(ChorusError) -> FamilyCatalogue {
    let accounts = try RowAccounts(snapshot)
    var catalogue = FamilyCatalogue(
      families: earlier.families,
      marks: earlier.marks,
      familyOfRow: [],
      basis: earlier.basis,
      snapshot: snapshot
    )
    // Where nothing came, segments were merged: there is nothing to mine.
    let isGrown = snapshot.promptCount > earlier.basis.promptCount
    var fresh = FreshPostings()
    for (segment, rows) in zip(snapshot.segments, known) {
      if let rows {
        catalogue.familyOfRow.append(contentsOf: rows)
      } else {
        let base = UInt32(catalogue.familyOfRow.count)
        let found = try match(segment, keepsAnchors: isGrown)
        catalogue.familyOfRow.append(contentsOf: found.families)
        for (row, anchors) in found.others { fresh.append(anchors, ofRow: base + row) }
      }
    }
    if isGrown { try mine(&catalogue, fresh, accounts) }
    catalogue.basis.promptCount = snapshot.promptCount
    let spreads = try Spread.measure(
      catalogue.familyOfRow,
      familyCount: catalogue.families.count,
      in: snapshot,
      accounts
    )
    for number in catalogue.families.indices {
      let score = catalogue.families[number].spread.score
      catalogue.families[number].spread = spreads[number]
      catalogue.families[number].spread.score = score
    }
    catalogue.sort()
    return catalogue
  }

  /// What matching the rows of a segment gives: their families, and the anchors of those that are
  /// in none.
  private struct Matched {
    var families: [Int32] = []
    var others: [(row: UInt32, anchors: [UInt64])] = []
  }

  private func match(_ segment: Segment, keepsAnchors: Bool) throws(ChorusError) -> Matched {
    let matcher = earlier.matcher
    let ranges = stride(from: 0, to: segment.rowCount, by: 1024).map {
      $0..<min($0 + 1024, segment.rowCount)
    }
    let found = try Parallel.map(
      ranges.count,
      throwing: { number throws(ChorusError) -> Matched in
        let sketcher = snapshot.anchorSketcher()
        var sketch = SketchBatch()
        var memory = matcher.makeMemory()
        var matched = Matched()
        for (row, text) in zip(ranges[number], try segment.texts(ranges[number])) {
          guard !segment.isDead(row: row) else {
            matched.families.append(-1)
            continue
          }
          sketch.removeAll()
          sketcher.sketch(text.span, into: &sketch)
          let distinct = sketch.distinctAnchors(of: 0)
          let family = matcher.family(ofAnchors: distinct, &memory)
          matched.families.append(Int32(family ?? -1))
          if family == nil, keepsAnchors { matched.others.append((UInt32(row), distinct)) }
        }
        return matched
      }
    )
    return Matched(families: found.flatMap(\.families), others: found.flatMap(\.others))
  }

  // MARK: New families

  /// Mines the rows in no family that share enough with new ones.
  private func mine(
    _ catalogue: inout FamilyCatalogue,
    _ fresh: FreshPostings,
    _ accounts: RowAccounts
  ) throws(ChorusError) {
    let chosen = try pool(catalogue, fresh, accounts)
    let part = try snapshot.selecting(chosen)
    guard part.rowCount > 0 else { return }
    let statistics = try TextStatistics(snapshot, limit: Self.statisticsLimit)
    let whole = Double(max(1, snapshot.rowCount / TextStatistics.sampleLimit))
    var options = FamilyMiner.Options()
    options.minimumAccountCount = minimumAccountCount
    let found = try FamilyMiner(options: options).mine(
      part,
      among: FamilyMiner.Traffic(
        accounts: accounts,
        statistics: statistics,
        tokenCount: Int(Double(statistics.tokenCount) * statistics.scale / whole),
        fragmentCount: earlier.basis.fragmentCount
      )
    )
    guard !found.families.isEmpty else { return }
    let places = catalogue.adopt(found)
    var familyOfText: [UInt64: Int32] = [:]
    try forEachText(of: part, part.segments.map { Array(0..<$0.rowCount) }) { row, key in
      let family = found.familyOfRow[row]
      if family >= 0 { familyOfText[key] = places[Int(family)] }
    }
    try forEachText(of: snapshot, chosen) { row, key in
      if let family = familyOfText[key] { catalogue.familyOfRow[row] = family }
    }
  }

  /// Calls a closure for some rows of each segment with the row, numbered through all segments, and
  /// the key of its text.
  private func forEachText(
    of snapshot: Snapshot,
    _ rows: [[Int]],
    _ body: (Int, UInt64) -> Void
  ) throws(ChorusError) {
    var base = 0
    for (segment, wanted) in zip(snapshot.segments, rows) {
      var rest = wanted[...]
      for start in stride(from: 0, to: segment.rowCount, by: 1 << 12) {
        let range = start..<min(start + 1 << 12, segment.rowCount)
        guard let first = rest.first, range.contains(first) else { continue }
        let found = try segment.rows(range)
        while let row = rest.first, range.contains(row) {
          body(base + row, found[row - start].textKey)
          rest = rest.dropFirst()
        }
      }
      base += segment.rowCount
    }
  }

  /// Chooses the rows to mine, for each segment: those in no family that have an anchor of enough
  /// accounts, of which a new row has it too.
  ///
  /// An anchor that had the accounts of a family before and hardly grew is passed over, for it was
  /// looked at when everything was mined.
  private func pool(
    _ catalogue: FamilyCatalogue,
    _ fresh: FreshPostings,
    _ accounts: RowAccounts
  ) throws(ChorusError) -> [[Int]] {
    let sorted = fresh.sorted
    let chunks = sorted.chunks(4 * Parallel.workerCount)
    let taken = try Parallel.map(
      chunks.count,
      throwing: { number throws(ChorusError) -> [UInt32] in
        try rowsWorthMining(sorted, chunks[number], catalogue, accounts)
      }
    )
    var isTaken = [Bool](repeating: false, count: accounts.rowCount)
    for row in taken.joined() { isTaken[Int(row)] = true }
    var pool: [[Int]] = []
    var base = 0
    for segment in snapshot.segments {
      pool.append((0..<segment.rowCount).filter { isTaken[base + $0] })
      base += segment.rowCount
    }
    return pool
  }

  /// The rows of the anchors of some new rows, earlier and new, of the anchors that have enough
  /// accounts only now.
  private func rowsWorthMining(
    _ fresh: FreshPostings.Sorted,
    _ chunk: Range<Int>,
    _ catalogue: FamilyCatalogue,
    _ accounts: RowAccounts
  ) throws(ChorusError) -> [UInt32] {
    var counter = StampedCounter(count: accounts.accountCount)
    // Those that had the accounts of a family in some segment already.
    var isOld = [Bool](repeating: false, count: chunk.count)
    var earlier: [UInt64] = []
    var base: UInt32 = 0
    for (segment, rows) in zip(snapshot.segments, known) {
      if rows != nil {
        try segment.forEachPosting(of: fresh.anchors[chunk]) { place, rows in
          guard !isOld[place - chunk.lowerBound] else { return }
          let first = earlier.count
          let isGrowing = rows.count <= Self.growingShare * fresh.rowCount(of: place)
          counter.begin()
          for row in rows {
            for account in accounts.of(base + row) { counter.add(account) }
            earlier.append(UInt64(place) << 32 | UInt64(base + row))
            guard
              (!isGrowing && counter.seen.count >= minimumAccountCount)
                || earlier.count - first > Self.longList
            else { continue }
            isOld[place - chunk.lowerBound] = true
            earlier.removeLast(earlier.count - first)
            return
          }
        }
      }
      base += UInt32(segment.rowCount)
    }
    earlier.sort()
    var taken: [UInt32] = []
    var next = 0
    for place in chunk {
      let start = next
      while next < earlier.count, earlier[next] >> 32 == UInt64(place) { next += 1 }
      guard !isOld[place - chunk.lowerBound],
        next - start + fresh.rowCount(of: place) >= minimumAccountCount
      else { continue }
      let old = earlier[start..<next].map { UInt32(truncatingIfNeeded: $0) }
      let new = fresh.rows(of: place)
      guard
        accounts.distinctCount(old, &counter) < minimumAccountCount
          || old.count <= Self.growingShare * new.count
      else { continue }
      for row in new { for account in accounts.of(row) { counter.add(account) } }
      guard counter.seen.count >= minimumAccountCount else { continue }
      taken.append(contentsOf: new)
      for row in old where catalogue.familyOfRow[Int(row)] < 0 { taken.append(row) }
    }
    return taken
  }

  /// An anchor is looked at again when it had at most so many times the rows that came, that is,
  /// when it grew as much as makes everything be mined again.
  private static let growingShare = 4

  /// The rows of an anchor from which on it is passed over, however few their accounts are.
  private static let longList = 1 << 10
}

extension Segment {
  /// The segment as a catalogue notes it.
  var part: CatalogueFile.Part {
    CatalogueFile.Part(
      number: summary.number,
      rowCount: rowCount,
      occurrenceCount: summary.occurrenceCount
    )
  }
}

extension FamilyCatalogue {
  /// Adds families that were found in a part of the prompts.
  ///
  /// One whose fixed text an earlier family has is that family.
  ///
  /// - Returns: The number that each has here.
  mutating func adopt(_ found: FamilyCatalogue) -> [Int32] {
    var taken = Set(families.flatMap { [$0.name] + $0.formerNames })
    var byKey: [UInt64: [Int]] = [:]
    for (number, mark) in marks.enumerated() {
      for key in mark.keys { byKey[key, default: []].append(number) }
    }
    var places: [Int32] = []
    var renamed: [String: String] = [:]
    var adoptedCount = 0
    for (family, mark) in zip(found.families, found.marks) {
      let same = (byKey[mark.leader] ?? []).first { marks[$0].isLike(mark) }
      if let same {
        places.append(Int32(same))
        renamed[family.name] = families[same].name
        continue
      }
      var family = family
      let name = family.name
      family.name = FamilyName.free(name, &taken)
      renamed[name] = family.name
      adoptedCount += 1
      places.append(Int32(families.count))
      families.append(family)
      marks.append(mark)
    }
    for number in (families.count - adoptedCount)..<families.count {
      families[number].parent = families[number].parent.flatMap { renamed[$0] }
    }
    return places
  }

  /// Puts the families in the order in which they are listed.
  mutating func sort() {
    let order = families.indices.sorted { lhs, rhs in
      let (left, right) = (families[lhs].spread.score, families[rhs].spread.score)
      return left == right ? marks[lhs].leader < marks[rhs].leader : left > right
    }
    var numbers = [Int32](repeating: -1, count: order.count)
    for (number, old) in order.enumerated() { numbers[old] = Int32(number) }
    families = order.map { families[$0] }
    marks = order.map { marks[$0] }
    familyOfRow = familyOfRow.map { $0 < 0 ? -1 : numbers[Int($0)] }
  }
}

extension FamilyMark {
  /// Whether two fixed texts are nearly the same.
  fileprivate func isLike(_ other: FamilyMark) -> Bool {
    let shared = Set(keys).intersection(other.keys).count
    let larger = max(keys.count, other.keys.count)
    return Double(shared) >= Fragments.likeness * Double(larger)
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusIndex

/// Makes a catalogue of the chosen candidates: assigns rows, names families, writes templates out,
/// and measures spread.
struct CatalogueAssembler: Sendable {
  let snapshot: Snapshot
  let hot: HotAnchors
  let accounts: RowAccounts
  let evidence: Evidence
  let minimumAccountCount: Int

  func assemble(
    _ candidates: [Candidate],
    _ choices: [FamilySelector.Choice]
  ) throws(ChorusError) -> FamilyCatalogue {
    let chosen = nested(choices.map { candidates[$0.candidate] }, choices)
    let assigner = MemberAssigner(hot: hot, accounts: accounts, evidence: evidence)
    let assigned = assigner.assign(chosen)
    let spreads = try spreads(chosen, assigned)
    let scores = chosen.map { candidate in
      evidence.textBits(bits: candidate.bits, rowCount: candidate.rows.count)
        + candidate.returnBits
    }
    let order = chosen.indices.filter { spreads[$0].accountCount >= minimumAccountCount }
      .sorted { lhs, rhs in
        scores[lhs] == scores[rhs] ? chosen[lhs].key < chosen[rhs].key : scores[lhs] > scores[rhs]
      }
    let names = names(of: chosen, order)
    var numbers = [Int32](repeating: -1, count: chosen.count)
    for (number, family) in order.enumerated() { numbers[family] = Int32(number) }
    let numberOf = numbers
    let familyOfRow = assigned.map { $0 < 0 ? -1 : numberOf[Int($0)] }
    let samples = samples(of: order.count, familyOfRow)
    let positions = Dictionary(
      choices.enumerated().map { ($1.candidate, $0) },
      uniquingKeysWith: { first, _ in first }
    )
    let families = try Parallel.map(
      order.count,
      throwing: { number throws(ChorusError) -> Family in
        let family = order[number]
        let keys = Set(chosen[family].closure.map { hot.keys[Int($0)] })
        let builder = TemplateBuilder(snapshot: snapshot, keys: keys)
        let written = try builder.build(exemplar: chosen[family].exemplar, samples[number])
        var spread = spreads[family]
        spread.score = scores[family]
        return Family(
          name: names[family],
          kind: written.kind,
          parent: choices[family].parent.flatMap { positions[$0] }
            .flatMap { numberOf[$0] >= 0 ? names[$0] : nil },
          template: written.template,
          spread: spread
        )
      }
    )
    return FamilyCatalogue(families: families, familyOfRow: familyOfRow, snapshot: snapshot)
  }

  /// Lets a family inside another say at least as much as that one, so that a prompt goes to the
  /// most specific family whose text it has: measured by itself, boilerplate that the others repeat
  /// counts for little in it.
  private func nested(
    _ chosen: [Candidate],
    _ choices: [FamilySelector.Choice]
  ) -> [Candidate] {
    var nested = chosen
    let position = Dictionary(
      choices.enumerated().map { ($1.candidate, $0) },
      uniquingKeysWith: { first, _ in first }
    )
    for family in chosen.indices {
      // A chain of parents is short; its length is bounded all the same.
      var parent = choices[family].parent.flatMap { position[$0] }
      var depth = 1.0
      while let found = parent, depth < 16 {
        nested[family].bits = max(nested[family].bits, chosen[found].bits + depth)
        parent = choices[found].parent.flatMap { position[$0] }
        depth += 1
      }
    }
    return nested
  }

  /// Names families by the least hash of their anchors that no family before has taken, so that a
  /// family that gains or loses some prompts most likely keeps its name.
  private func names(of chosen: [Candidate], _ order: [Int]) -> [String] {
    var names = [String](repeating: "", count: chosen.count)
    var taken = Set<UInt64>()
    for family in order {
      let keys = chosen[family].closure.map { Hashing.mix(hot.keys[Int($0)]) >> 24 }
      let free = keys.filter { !taken.contains($0) }.min()
      var name = free ?? Hashing.mix(chosen[family].key) >> 24
      while !taken.insert(name).inserted { name = (name + 1) & ((1 << 40) - 1) }
      names[family] = Self.spelled(Hashing.mix(name) >> 24)
    }
    return names
  }

  /// Forty bits as eight letters and digits, without those that are mistaken for one another.
  private static func spelled(_ bits: UInt64) -> String {
    let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz")
    var name = "f-"
    for place in (0..<8).reversed() { name.append(alphabet[Int(bits >> (5 * UInt64(place)) & 31)]) }
    return name
  }

  /// A few rows of each family, the same on every run.
  private func samples(of count: Int, _ familyOfRow: [Int32]) -> [[UInt32]] {
    var members = [[UInt32]](repeating: [], count: count)
    for (row, family) in familyOfRow.enumerated() where family >= 0 {
      members[Int(family)].append(UInt32(row))
    }
    return members.map { RowSketch($0[...], accounts.rowHashes).rows }
  }

  private func spreads(
    _ chosen: [Candidate],
    _ assigned: [Int32]
  ) throws(ChorusError) -> [Spread] {
    var spreads = chosen.map { _ in
      Spread(
        promptCount: 0,
        distinctCount: 0,
        accountCount: 0,
        firstSeen: Timestamp.end,
        lastSeen: Timestamp.earliest,
        score: 0
      )
    }
    var members = [Set<UInt32>](repeating: [], count: chosen.count)
    for (row, family) in assigned.enumerated() where family >= 0 {
      spreads[Int(family)].distinctCount += 1
      members[Int(family)].formUnion(accounts.of(UInt32(row)))
    }
    var base = 0
    for segment in snapshot.segments {
      let count = segment.summary.occurrenceCount
      for start in stride(from: 0, to: count, by: 1 << 14) {
        let range = start..<min(start + 1 << 14, count)
        for (place, occurrence) in zip(range, try segment.occurrences(range)) {
          guard !segment.isDeleted(place) else { continue }
          let family = Int(assigned[base + Int(occurrence.row)])
          guard family >= 0 else { continue }
          spreads[family].promptCount += 1
          spreads[family].firstSeen = min(spreads[family].firstSeen, occurrence.time)
          spreads[family].lastSeen = max(spreads[family].lastSeen, occurrence.time)
        }
      }
      base += segment.rowCount
    }
    for family in chosen.indices { spreads[family].accountCount = members[family].count }
    return spreads
  }
}

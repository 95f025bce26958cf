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
    let spreads = try Spread.measure(assigned, familyCount: chosen.count, in: snapshot, accounts)
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
    let marks = order.enumerated().map { number, family in
      FamilyMark(
        keys: chosen[family].closure.map { hot.keys[Int($0)] },
        leader: chosen[family].key,
        bits: chosen[family].bits,
        sample: samples[number].map { accounts.rowHashes[Int($0)] }
      )
    }
    let promptCount = snapshot.promptCount
    return FamilyCatalogue(
      families: families,
      marks: marks,
      familyOfRow: familyOfRow,
      basis: CatalogueBasis(
        minimumAccountCount: minimumAccountCount,
        minedPromptCount: promptCount,
        promptCount: promptCount,
        fragmentCount: hot.count,
        neededBits: MemberAssigner.neededBits(evidence, familyCount: chosen.count)
      ),
      snapshot: snapshot
    )
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
      names[family] = FamilyName.spelled(Hashing.mix(name))
    }
    return names
  }

  /// A few rows of each family, the same on every run.
  private func samples(of count: Int, _ familyOfRow: [Int32]) -> [[UInt32]] {
    var members = [[UInt32]](repeating: [], count: count)
    for (row, family) in familyOfRow.enumerated() where family >= 0 {
      members[Int(family)].append(UInt32(row))
    }
    return members.map { RowSketch($0[...], accounts.rowHashes).rows }
  }
}

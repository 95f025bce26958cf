// SPDX-License-Identifier: Apache-2.0

import ChorusFamily
import ChorusIndex
import ChorusStore
import ChorusTestSupport
import Testing

@Suite struct CatalogueTests {
  private let corpus = SeededCorpus.mixed(seed: 41)

  @Test func `a family is found again by its name`() throws {
    let catalogue = try Found(corpus.prompts).catalogue
    for (number, family) in catalogue.families.enumerated() {
      #expect(try catalogue.number(ofFamily: family.name) == number)
    }
  }

  @Test func `an unknown name is not found`() throws {
    let catalogue = try Found(corpus.prompts).catalogue
    #expect(failure { _ = try catalogue.number(ofFamily: "f-none") }?.code == .notFound)
  }

  @Test func `the members of one family are those among all members`() throws {
    let found = try Found(corpus.prompts, segmentRowCount: 90)
    for number in found.catalogue.families.indices {
      var ids = Set<String>()
      try found.catalogue.forEachMember(of: number) { member in
        #expect(member.family == number)
        ids.insert(member.id)
      }
      #expect(ids == found.members[number])
    }
  }

  @Test func `a member names its account and time`() throws {
    let byID = Dictionary(uniqueKeysWithValues: corpus.prompts.map { ($0.id, $0) })
    try Found(corpus.prompts).catalogue.forEachMember { member in
      #expect(byID[member.id]?.account == member.account)
      #expect(byID[member.id]?.time == member.time)
    }
  }

  @Test func `families stand in order of their score`() throws {
    let scores = try Found(corpus.prompts).catalogue.families.map(\.spread.score)
    #expect(scores == scores.sorted(by: >))
  }

  @Test func `a damaged segment is an error, not an empty answer`() throws {
    let storage = MemoryStorage()
    try IndexWriter.add(corpus.prompts, to: storage)
    let name = try #require(try storage.names().first { $0.hasPrefix("segment") })
    let bytes = try #require(storage.bytes(of: name))
    var codes = Set<ChorusError.Code>()
    for place in stride(from: 4096, to: bytes.count - 4096, by: bytes.count / 40) {
      storage.set(name, to: bytes.flipping(1, at: place))
      let error = failure { _ = try FamilyMiner().mine(Index(storage).snapshot()) }
      if let error { codes.insert(error.code) }
    }
    #expect(codes == [.corrupted])
  }
}

extension CatalogueTests {
  @Test func `a query can ask within a family, and a match knows its family`() throws {
    let corpus = SeededCorpus.mixed(seed: 45)
    let snapshot = try Snapshot.of(corpus.prompts, segmentRowCount: 60)
    let catalogue = try FamilyMiner().mine(snapshot)
    #expect(catalogue.families.count >= 3)
    for (number, family) in catalogue.families.enumerated() {
      var members = Set<String>()
      try catalogue.forEachMember(of: number) { members.insert($0.id) }
      let text = try #require(corpus.prompts.first { members.contains($0.id) }?.text)
      var query = Query(text: Array(text.utf8), limit: 1000, threshold: 0.1)
      let all = try snapshot.answer(query).matches
      for match in all {
        #expect((catalogue.family(of: match)?.name == family.name) == members.contains(match.id))
      }
      query.filter.rows = catalogue.rows(ofFamily: number)
      let within = try snapshot.answer(query).matches.map(\.id)
      #expect(within == all.map(\.id).filter(members.contains))
      #expect(!within.isEmpty)
      query.mode = .contains
      query.text = Array(text.split(separator: " ").prefix(4).joined(separator: " ").utf8)
      let holding = Set(try snapshot.answer(query).matches.map(\.id))
      #expect(holding.isSubset(of: members))
    }
  }

  @Test func `rows of another snapshot let nothing through`() throws {
    let snapshot = try Snapshot.of(corpus.prompts)
    let other = try Snapshot.of(corpus.prompts)
    var query = Query(text: Array(corpus.prompts[3].text.utf8))
    query.filter.rows = RowSet(other)
    #expect(try snapshot.answer(query).matches.isEmpty)
  }
}

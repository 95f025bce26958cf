// SPDX-License-Identifier: Apache-2.0

import ChorusFamily
import ChorusIndex
import ChorusTestSupport
import Testing

/// Changes to the input that must not change what is found.
@Suite struct FamilyMinerProperties {
  private let corpus = SeededCorpus.mixed(seed: 21)

  @Test func `order of arrival does not matter`() throws {
    var generator = SeededGenerator(seed: 1)
    let shuffled = corpus.prompts.shuffled(using: &generator)
    #expect(try Found(shuffled).sets == Found(corpus.prompts).sets)
  }

  @Test func `names of accounts do not matter`() throws {
    let renamed = corpus.prompts.map { prompt in
      var other = prompt
      other.account = String(Hashing.hash64(Array(prompt.account.utf8)), radix: 36)
      return other
    }
    #expect(try Found(renamed).sets == Found(corpus.prompts).sets)
  }

  @Test(arguments: [50, 130])
  func `the number of segments does not matter`(segmentRowCount: Int) throws {
    let split = try Found(corpus.prompts, segmentRowCount: segmentRowCount)
    let whole = try Found(corpus.prompts)
    #expect(split.sets == whole.sets)
  }

  @Test func `mining again gives the same names`() throws {
    let first = try Found(corpus.prompts).catalogue.families.map(\.name)
    let second = try Found(corpus.prompts, segmentRowCount: 100).catalogue.families.map(\.name)
    #expect(Set(first).count == first.count)
    #expect(Set(first) == Set(second))
  }

  @Test func `a family keeps its name when it grows`() throws {
    let part = corpus.prompts.filter { $0.family != 0 || $0.id.hashValueOfDigits % 4 != 0 }
    let before = Set(try Found(part).catalogue.families.map(\.name))
    let after = Set(try Found(corpus.prompts).catalogue.families.map(\.name))
    #expect(before == after)
  }

  @Test func `prompts sent twice by their accounts change nothing but the counts`() throws {
    let doubled = corpus.prompts.flatMap { prompt in
      var again = prompt
      again.id += "-again"
      return [prompt, again]
    }
    let once = try Found(corpus.prompts)
    let twice = try Found(doubled)
    let halves = Set(twice.members.map { ids in ids.filter { !$0.hasSuffix("-again") } })
    #expect(halves == once.sets)
  }
}

extension String {
  /// The number made of the digits of an id.
  fileprivate var hashValueOfDigits: Int { Int(filter(\.isNumber)) ?? 0 }
}

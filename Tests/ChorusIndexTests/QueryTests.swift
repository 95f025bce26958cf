// SPDX-License-Identifier: Apache-2.0

import Chorus
import ChorusTestSupport
import Testing

struct QueryTests {
  /// Forty copies of one text with small changes, over accounts, times and attributes.
  private static let prompts: [SeededCorpus.Prompt] = {
    var corpus = SeededCorpus(seed: 21)
    let text = corpus.text(wordCount: 30)
    for place in 0..<40 {
      corpus.append(
        "\(text) number\(place / 2)",
        account: "account-\(place % 4)",
        attributes: place % 5 == 0 ? [] : [("model", "m\(place % 3)"), ("region", "r\(place % 2)")]
      )
    }
    return corpus.prompts
  }()

  private static let text = prompts[0].text

  /// Returns the ids that pass a filter, and those that should.
  private static func ids(
    mode: Query.Mode,
    _ change: (inout PromptFilter) -> Void,
    where isWanted: (SeededCorpus.Prompt) -> Bool
  ) throws -> (found: [String], wanted: [String]) {
    var filter = PromptFilter()
    change(&filter)
    let words = text.split(separator: " ")
    let asked = mode == .similar ? text : words[4..<12].joined(separator: " ")
    let snapshot = try Snapshot.of(prompts, segmentRowCount: 6)
    let query = Query(text: Array(asked.utf8), mode: mode, limit: 100, filter: filter)
    return (
      try snapshot.answer(query).matches.map(\.id).sorted(),
      prompts.filter(isWanted).map(\.id).sorted()
    )
  }

  @Test(arguments: Query.Mode.allCases)
  func `without a filter all are found`(_ mode: Query.Mode) throws {
    let (found, wanted) = try Self.ids(mode: mode) { _ in
    } where: { _ in
      true
    }
    #expect(found == wanted)
  }

  @Test(arguments: Query.Mode.allCases)
  func `since keeps that moment and what comes after`(_ mode: Query.Mode) throws {
    let time = Self.prompts[11].time
    let (found, wanted) = try Self.ids(mode: mode) {
      $0.since = time
    } where: {
      $0.time >= time
    }
    #expect(found == wanted)
  }

  @Test(arguments: Query.Mode.allCases)
  func `until leaves out that moment and what comes after`(_ mode: Query.Mode) throws {
    let time = Self.prompts[11].time
    let (found, wanted) = try Self.ids(mode: mode) {
      $0.until = time
    } where: {
      $0.time < time
    }
    #expect(found == wanted)
  }

  @Test(arguments: Query.Mode.allCases)
  func `since and until together keep what lies between`(_ mode: Query.Mode) throws {
    let times = Self.prompts[7].time..<Self.prompts[30].time
    let (found, wanted) = try Self.ids(mode: mode) {
      $0.since = times.lowerBound
      $0.until = times.upperBound
    } where: {
      times.contains($0.time)
    }
    #expect(found == wanted)
  }

  @Test(arguments: Query.Mode.allCases)
  func `an account keeps its own prompts only`(_ mode: Query.Mode) throws {
    let (found, wanted) = try Self.ids(mode: mode) {
      $0.account = "account-2"
    } where: {
      $0.account == "account-2"
    }
    #expect(found == wanted)
  }

  @Test func `an unknown account has no matches`() throws {
    let (found, _) = try Self.ids(mode: .similar) {
      $0.account = "account"
    } where: { _ in
      false
    }
    #expect(found.isEmpty)
  }

  @Test(arguments: Query.Mode.allCases)
  func `an attribute keeps the prompts that have it`(_ mode: Query.Mode) throws {
    let (found, wanted) = try Self.ids(mode: mode) {
      $0.attributes = [("model", "m1")]
    } where: {
      $0.attributes.contains { $0 == ("model", "m1") }
    }
    #expect(found == wanted)
  }

  @Test func `several attributes must all be there`() throws {
    let (found, wanted) = try Self.ids(mode: .similar) {
      $0.attributes = [("model", "m1"), ("region", "r0")]
    } where: { prompt in
      prompt.attributes.contains { $0 == ("model", "m1") }
        && prompt.attributes.contains { $0 == ("region", "r0") }
    }
    #expect(!wanted.isEmpty)
    #expect(found == wanted)
  }

  @Test func `an attribute's value under another name does not count`() throws {
    let (found, _) = try Self.ids(mode: .similar) {
      $0.attributes = [("region", "m1")]
    } where: { _ in
      false
    }
    #expect(found.isEmpty)
  }

  @Test func `the prompt asked about can be left out`() throws {
    let (found, wanted) = try Self.ids(mode: .similar) {
      $0.excludedID = "prompt-0"
    } where: {
      $0.id != "prompt-0"
    }
    #expect(found == wanted)
  }

  @Test func `a filter narrows before the limit is applied`() throws {
    var query = Query(text: Array(Self.text.utf8), limit: 3)
    query.filter.account = "account-3"
    let matches = try Snapshot.of(Self.prompts).answer(query).matches
    #expect(matches.map(\.account) == ["account-3", "account-3", "account-3"])
  }

  @Test func `a prompt is most similar to itself`() throws {
    let snapshot = try Snapshot.of(SeededCorpus.mixed(seed: 22).prompts)
    for prompt in try snapshot.prompts().prefix(20) {
      let best = try snapshot.answer(Query(text: Array(prompt.text.utf8), limit: 1)).matches.first
      #expect(best?.similarity == 1)
      #expect(best?.containment == 1)
    }
  }

  // MARK: Questions that cannot be answered

  @Test(arguments: ["", " ", "\n\t ", "\u{200B}", "\u{A0}"])
  func `a text without a visible character cannot be asked about`(_ text: String) throws {
    let snapshot = try Snapshot.of(Self.prompts)
    let error = failure { _ = try snapshot.answer(Query(text: Array(text.utf8))) }
    #expect(error?.code == .invalidInput)
  }

  @Test(arguments: ["secretword", "secretword secretword secretword"])
  func `an error never has the query's text in it`(_ text: String) throws {
    let snapshot = try Snapshot.of(Self.prompts)
    let query = Query(text: Array(text.utf8), mode: .contains, limit: 0)
    let error = failure { _ = try snapshot.answer(query) }
    #expect(error?.description.contains("secretword") == false)
  }

  @Test func `a prompt of symbols alone is found by itself`() throws {
    var corpus = SeededCorpus(seed: 23)
    corpus.append("?!? ... ?!? +++ ///", account: "a")
    corpus.append("***", account: "a")
    let snapshot = try Snapshot.of(corpus.prompts)
    let matches = try snapshot.answer(Query(text: Array("?!? ... ?!? +++ ///".utf8))).matches
    #expect(matches.map(\.id) == ["prompt-0"])
  }

  @Test func `a prompt of one word is found by it`() throws {
    var corpus = SeededCorpus(seed: 24)
    for text in ["hello", "goodbye", "hello"] { corpus.append(text, account: "a") }
    let snapshot = try Snapshot.of(corpus.prompts)
    let matches = try snapshot.answer(Query(text: Array("Hello!".utf8))).matches
    #expect(matches.map(\.id) == ["prompt-0", "prompt-2"])
  }

  @Test func `bytes that are not UTF-8 can be asked about`() throws {
    let snapshot = try Snapshot.of(Self.prompts)
    let query = Query(text: Array(Self.text.utf8) + [0x20, 0xFF, 0xC3])
    #expect(try snapshot.answer(query).matches.count == 10)
  }

  @Test func `more candidates than are compared exactly is said`() throws {
    var corpus = SeededCorpus(seed: 25)
    let text = corpus.text(wordCount: 12)
    for place in 0..<600 { corpus.append("\(text) tail\(place)", account: "a") }
    let snapshot = try Snapshot.of(corpus.prompts)
    let answer = try snapshot.answer(Query(text: Array(text.utf8), limit: 20))
    #expect(answer.isTruncated)
    #expect(answer.matches.count == 20)
    #expect(answer.candidateCount > answer.verifiedCount)
  }

  @Test func `a text that is too long to be normalised is refused`() throws {
    let snapshot = try Snapshot.of(Self.prompts)
    let text = [UInt8](repeating: 0x61, count: Normaliser.largestByteCount + 1)
    #expect(failure { _ = try snapshot.answer(Query(text: text)) }?.code == .invalidInput)
  }
}

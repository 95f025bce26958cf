// SPDX-License-Identifier: Apache-2.0

import Chorus
import ChorusTestSupport
import Testing

/// What queries promise beyond exact numbers: the same answers however an index is cut, hot
/// templates, templates as queries, batches, limits.
struct SearchTests {
  private static func query(
    _ text: String,
    mode: Query.Mode = .similar,
    limit: Int = 10_000,
    threshold: Double = 0.5
  ) -> Query {
    Query(text: Array(text.utf8), mode: mode, limit: limit, threshold: threshold)
  }

  /// What of an answer does not depend on how the index is cut.
  private static func visible(_ answer: Answer) -> [String] {
    answer.matches.map { match in
      "\(match.id) \(match.time) \(match.similarity) \(match.containment) \(match.score) "
        + "\(String(describing: match.span)) \(match.fillers)"
    }
  }

  /// Queries of every kind about a corpus.
  private static func queries(_ corpus: inout SeededCorpus) -> [Query] {
    var queries: [Query] = []
    for place in 0..<60 {
      let prompt = corpus.prompts[corpus.number(below: corpus.prompts.count)]
      let words = prompt.text.split(separator: " ")
      switch place % 6 {
      case 0: queries.append(query(prompt.text))
      case 1: queries.append(query(corpus.edited(prompt.text, editCount: 3), threshold: 0.3))
      case 2: queries.append(query(words.prefix(14).joined(separator: " "), mode: .contains))
      case 3: queries.append(query(words.prefix(5).joined(separator: " "), mode: .contains))
      case 4:
        var slots = query(
          "\(words.prefix(4).joined(separator: " ")) {1} \(words.suffix(3).joined(separator: " "))",
          mode: .contains
        )
        slots.hasSlots = true
        queries.append(slots)
      default:
        var filtered = query(prompt.text, limit: 7, threshold: 0.2)
        filtered.filter.since = corpus.prompts[20].time
        filtered.filter.account = place % 4 == 1 ? prompt.account : nil
        filtered.filter.excludedID = prompt.id
        queries.append(filtered)
      }
    }
    return queries
  }

  @Test(arguments: [1, 7, 50])
  func `answers are the same in any number of segments and after compaction`(
    _ segmentCount: Int
  ) throws {
    var corpus = SeededCorpus.mixed(seed: 31)
    let queries = Self.queries(&corpus)
    let wanted = try Snapshot.of(corpus.prompts).answers(queries).map { try Self.visible($0.get()) }
    let storage = MemoryStorage()
    var options = IndexWriter.Options()
    options.compaction = nil
    let writer = try IndexWriter(storage, options: options)
    let width = (corpus.prompts.count + segmentCount - 1) / segmentCount
    for start in stride(from: 0, to: corpus.prompts.count, by: width) {
      let part = corpus.prompts[start..<min(start + width, corpus.prompts.count)]
      try writer.append(PromptBatch(part))
      try writer.commit()
    }
    let cut = try Index(storage).snapshot()
    #expect(cut.segments.count == (corpus.prompts.count + width - 1) / width)
    #expect(try cut.answers(queries).map { try Self.visible($0.get()) } == wanted)
    try writer.compact()
    let merged = try Index(storage).snapshot()
    #expect(merged.segments.count == 1)
    #expect(try merged.answers(queries).map { try Self.visible($0.get()) } == wanted)
    #expect(wanted.filter { !$0.isEmpty }.count > 45)
  }

  @Test func `a batch answers as one query after the other does`() throws {
    var corpus = SeededCorpus.mixed(seed: 32)
    let snapshot = try Snapshot.of(corpus.prompts, segmentRowCount: 40)
    var queries = Self.queries(&corpus)
    queries.insert(Self.query(" \u{200B} "), at: 10)
    let batch = try snapshot.answers(queries)
    #expect(batch.count == queries.count)
    for (place, (query, result)) in zip(queries, batch).enumerated() {
      switch result {
      case .success(let answer):
        #expect(Self.visible(answer) == Self.visible(try snapshot.answer(query)))
        #expect(place != 10)
      case .failure(let error):
        #expect(error.code == .invalidInput)
        #expect(place == 10)
      }
    }
    #expect(try snapshot.answers([]).isEmpty)
  }

  // Twelve words, and one number that differs: in the worst place 7 of 13 shingles are shared.
  @Test(arguments: 0..<12)
  func `ten sentences that differ in one number find each other`(_ place: Int) throws {
    for seed in 0..<3 as Range<UInt64> {
      var corpus = SeededCorpus(seed: 3300 + seed)
      corpus.appendNoise(count: 100)
      var words = (0..<12).map { _ in corpus.word() }
      var ids: Set<String> = []
      for number in 0..<10 {
        words[place] = String(1000 + 37 * number)
        corpus.append(words.joined(separator: " ") + ".", account: "account-\(number)")
        ids.insert(corpus.prompts[corpus.prompts.count - 1].id)
      }
      let snapshot = try Snapshot.of(corpus.prompts)
      for prompt in corpus.prompts.suffix(10) {
        let found = try snapshot.matches(prompt.text).map(\.id)
        #expect(Set(found) == ids, "\(seed)")
      }
    }
  }

  // MARK: Hot templates

  /// A template that 2,000 prompts are cut from, among others.
  private static func hot(segmentCount: Int) throws -> (Snapshot, SeededCorpus) {
    var corpus = SeededCorpus(seed: 34)
    let template = corpus.template(wordCount: 60, slotCount: 1)
    corpus.appendFamily(
      size: 2000,
      accountCount: 200,
      template: template,
      fillerWordCount: 30
    )
    corpus.appendNoise(count: 200)
    let width = (corpus.prompts.count + segmentCount - 1) / segmentCount
    return (try Snapshot.of(corpus.prompts, segmentRowCount: width), corpus)
  }

  @Test(arguments: [1, 4])
  func `a hot template gives the best of it and about its true number`(
    _ segmentCount: Int
  ) throws {
    let (snapshot, corpus) = try Self.hot(segmentCount: segmentCount)
    let oracle = Oracle(corpus.prompts)
    for place in [5, 777, 1900] {
      let text = corpus.prompts[place].text
      let exact = oracle.similarities(to: text)
      var query = Self.query(text, limit: 10)
      (query.limits.runCount, query.limits.signatureCount) = (1, 1)
      let answer = try snapshot.answer(query)
      #expect(answer.isTruncated)
      #expect(answer.verifiedCount == 128)
      #expect(answer.matches.first?.similarity == 1)
      #expect(answer.matches.contains { $0.id == corpus.prompts[place].id })
      #expect(answer.matches.allSatisfy { exact[$0.id] == $0.similarity })
      let wanted = Double(exact.values.count { $0 >= 0.5 })
      #expect(abs(Double(answer.textCount) - wanted) < 0.2 * wanted, "\(wanted)")
      // The best that are found are about as good as the best that there are.
      let best = exact.values.sorted(by: >)[9]
      #expect((answer.matches.last?.similarity ?? 0) > best - 0.1)
    }
  }

  @Test func `an answer that asks for all of a hot template has all of it`() throws {
    let (snapshot, corpus) = try Self.hot(segmentCount: 1)
    let text = corpus.prompts[5].text
    let wanted = Oracle(corpus.prompts).similarities(to: text).filter { $0.value >= 0.7 }.keys
    var query = Self.query(text, threshold: 0.7)
    query.limits.runCount = .max
    let answer = try snapshot.answer(query)
    #expect(Set(answer.matches.map(\.id)) == Set(wanted))
    #expect(!answer.isTruncated)
  }

  @Test func `filters find the few of a hot template that pass`() throws {
    let (snapshot, corpus) = try Self.hot(segmentCount: 4)
    let text = corpus.prompts[5].text
    let exact = Oracle(corpus.prompts).similarities(to: text)
    let similar = corpus.prompts.filter { (exact[$0.id] ?? 0) >= 0.5 }
    var query = Self.query(text, limit: 20)
    (query.limits.runCount, query.limits.signatureCount) = (1, 1)
    query.filter.account = "family-0-account-77"
    let own = similar.filter { $0.account == "family-0-account-77" }.map(\.id)
    #expect(Set(try snapshot.answer(query).matches.map(\.id)) == Set(own))
    #expect(own.count > 3)
    query.filter.account = nil
    query.filter.since = corpus.prompts[1000].time
    query.filter.until = corpus.prompts[1010].time
    let within = similar.filter {
      $0.time >= corpus.prompts[1000].time && $0.time < corpus.prompts[1010].time
    }
    #expect(Set(try snapshot.answer(query).matches.map(\.id)) == Set(within.map(\.id)))
    #expect(within.count > 3)
  }

  @Test func `deleted prompts of a hot template take no other's place`() throws {
    let (_, corpus) = try Self.hot(segmentCount: 1)
    let storage = MemoryStorage()
    let writer = try IndexWriter(storage)
    try writer.append(corpus.batch)
    try writer.commit()
    let kept = corpus.prompts.prefix(2000).filter { $0.account == "family-0-account-77" }
    let others = Set(corpus.prompts.map(\.account)).subtracting(["family-0-account-77"])
    _ = try writer.delete(others.sorted().map { .account($0) })
    let snapshot = try Index(storage).snapshot()
    let answer = try snapshot.answer(Self.query(kept[0].text, limit: 20, threshold: 0.4))
    let exact = Oracle(Array(kept)).similarities(to: kept[0].text).filter { $0.value >= 0.4 }
    #expect(Set(answer.matches.map(\.id)) == Set(exact.keys))
    #expect(answer.textCount == exact.count)
    #expect(answer.candidateCount <= kept.count)
  }

  @Test func `the prompt asked about does not count`() throws {
    let corpus = SeededCorpus.mixed(seed: 50)
    let snapshot = try Snapshot.of(corpus.prompts)
    for prompt in corpus.prompts.prefix(20) {
      var query = Self.query(prompt.text)
      let all = try snapshot.answer(query)
      query.filter.excludedID = prompt.id
      let others = try snapshot.answer(query)
      #expect(others.matches.map(\.id) == all.matches.map(\.id).filter { $0 != prompt.id })
      let texts = Set(others.matches.map { String(decoding: $0.text, as: UTF8.self) })
      #expect(others.textCount == texts.count)
    }
  }

  // MARK: Templates as queries

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `a template finds the texts that have its pieces in order`(_ seed: UInt64) throws {
    var corpus = SeededCorpus.mixed(seed: 35 + seed)
    let snapshot = try Snapshot.of(corpus.prompts, segmentRowCount: 50)
    for _ in 0..<12 {
      let words = corpus.prompts[corpus.number(below: 60)].text.split(separator: " ")
      let cut = 3 + corpus.number(below: 10)
      let gap = corpus.number(below: 4)
      let pieces = [
        words.prefix(cut).joined(separator: " "),
        words.dropFirst(cut + gap).prefix(2 + corpus.number(below: 14)).joined(separator: " "),
      ]
      var query = Self.query("\(pieces[0]) {1} \(pieces[1])", mode: .contains)
      query.hasSlots = true
      let wanted = corpus.prompts.filter { prompt in
        Oracle.contains(Oracle.tokens(prompt.text), inOrder: pieces.map(Oracle.tokens))
      }
      let found = try snapshot.answer(query)
      #expect(found.matches.map(\.id).sorted() == wanted.map(\.id).sorted())
      #expect(!wanted.isEmpty)
      for match in found.matches {
        let span = try #require(match.span)
        let filler = try #require(match.fillers.first)
        #expect(span.contains(filler.lowerBound) || filler.isEmpty)
        let between = Oracle.tokens(String(decoding: match.text[filler], as: UTF8.self))
        let all = Oracle.tokens(String(decoding: match.text[span], as: UTF8.self))
        #expect(all == Oracle.tokens(pieces[0]) + between + Oracle.tokens(pieces[1]))
      }
    }
  }

  @Test func `pieces in another order are no match`() throws {
    var corpus = SeededCorpus(seed: 39)
    corpus.append("first the alpha and then the beta", account: "a")
    let snapshot = try Snapshot.of(corpus.prompts)
    for (template, count) in [
      ("the alpha {1} the beta", 1), ("the beta {1} the alpha", 0), ("the {1} the {2} the", 0),
      ("the {1} the {2}", 1),
    ] {
      var query = Self.query(template, mode: .contains)
      query.hasSlots = true
      #expect(try snapshot.answer(query).matches.count == count, "\(template)")
    }
  }

  @Test func `slots at the ends take what stands before and behind`() throws {
    var corpus = SeededCorpus(seed: 40)
    corpus.append("alpha beta: say the word now, gamma", account: "a")
    var query = Self.query("{*} say the word {2}", mode: .contains)
    query.hasSlots = true
    let match = try #require(try Snapshot.of(corpus.prompts).answer(query).matches.first)
    let fillers = match.fillers.map { String(decoding: match.text[$0], as: UTF8.self) }
    #expect(fillers == ["alpha beta: ", " now, gamma"])
  }

  @Test(
    arguments: [
      ("Translate {1}.", [" the house"]), ("translate {1}, {2}!", [" the house"]),
      ("({1}) house", ["Translate the "]), ("- {1} - {2} the - {3}.", ["Translate ", " house"]),
    ]
  )
  func `punctuation beside a slot is not looked for`(
    _ template: String,
    _ wanted: [String]
  ) throws {
    var corpus = SeededCorpus(seed: 49)
    corpus.append("Translate the house", account: "a")
    var query = Self.query(template, mode: .contains)
    query.hasSlots = true
    let match = try #require(try Snapshot.of(corpus.prompts).answer(query).matches.first)
    #expect(match.fillers.map { String(decoding: match.text[$0], as: UTF8.self) } == wanted)
  }

  @Test func `without slots asked for braces are text`() throws {
    var corpus = SeededCorpus(seed: 41)
    corpus.append("use {1} as it is here", account: "a")
    corpus.append("use anything as it is here", account: "a")
    let snapshot = try Snapshot.of(corpus.prompts)
    var query = Self.query("use {1} as it is", mode: .contains)
    #expect(try snapshot.answer(query).matches.map(\.id) == ["prompt-0"])
    query.hasSlots = true
    #expect(try snapshot.answer(query).matches.map(\.id) == ["prompt-0", "prompt-1"])
  }

  @Test(arguments: ["{1}", "{1} {2}", " {*} "])
  func `a template of slots alone cannot be asked about`(_ text: String) throws {
    let snapshot = try Snapshot.of(SeededCorpus.mixed(seed: 42).prompts)
    var query = Self.query(text, mode: .contains)
    query.hasSlots = true
    #expect(failure { _ = try snapshot.answer(query) }?.code == .invalidInput)
  }

  @Test func `nothing is similar to a template with slots`() throws {
    let snapshot = try Snapshot.of(SeededCorpus.mixed(seed: 42).prompts)
    var query = Self.query("one {1} two")
    query.hasSlots = true
    #expect(failure { _ = try snapshot.answer(query) }?.code == .invalidInput)
  }

  // A run of one word over and over is what a naive search takes quadratic time for.
  @Test func `a long run of one word is found in a longer one`() throws {
    var corpus = SeededCorpus(seed: 43)
    let text = Array(repeating: "na", count: 60_000).joined(separator: " ")
    corpus.append(text + " batman", account: "a")
    let snapshot = try Snapshot.of(corpus.prompts)
    let fragment = Array(repeating: "na", count: 30_000).joined(separator: " ")
    for (end, count) in [(" batman", 1), (" robin", 0)] {
      let query = Self.query(fragment + end, mode: .contains)
      #expect(try snapshot.answer(query).matches.count == count)
    }
  }

  // The anchors of a fragment that four prompts share are posted for some of them alone.
  @Test func `a fragment that is rare is found in all prompts that have it`() throws {
    var corpus = SeededCorpus(seed: 52)
    let fragments = (0..<60).map { _ in corpus.text(wordCount: 6) }
    for fragment in fragments {
      for place in 0..<4 {
        let around = (corpus.text(wordCount: 3 + 4 * place), corpus.text(wordCount: 15))
        corpus.append("\(around.0) \(fragment) \(around.1)", account: "a")
      }
    }
    let snapshot = try Snapshot.of(corpus.prompts)
    let oracle = Oracle(corpus.prompts)
    for fragment in fragments {
      let found = try snapshot.answer(Self.query(fragment, mode: .contains)).matches.map(\.id)
      #expect(found.sorted() == oracle.ids(containing: fragment))
      #expect(found.count >= 4)
    }
  }

  // MARK: Scores

  // A text of the same words in another order has the lower similarity and the higher score. It
  // stands behind texts whose similarity is higher, so that it is looked at last.
  @Test func `a higher score beats a higher similarity, whatever the limit`() throws {
    var corpus = SeededCorpus(seed: 51)
    let words = (0..<200).map { _ in corpus.word() + corpus.word() }
    for _ in 0..<4 {
      // Long words weigh much in an embedding.
      let others = (0..<20).map { _ in (0..<12).map { _ in corpus.word() }.joined() }
      corpus.append((words.dropLast(20) + others).joined(separator: " "), account: "a")
    }
    var moved = words
    for place in [20, 60, 100, 140, 180] { moved.swapAt(place, place + 1) }
    moved[199] = "another"
    corpus.append(moved.joined(separator: " "), account: "b")
    let snapshot = try Snapshot.of(corpus.prompts, segmentRowCount: 1)
    var query = Self.query(words.joined(separator: " "), limit: 10)
    let all = try snapshot.answer(query).matches
    #expect(all.first?.id == "prompt-4")
    #expect((all.first?.similarity ?? 1) < (all.last?.similarity ?? 0))
    query.limit = 1
    #expect(try snapshot.answer(query).matches.map(\.id) == ["prompt-4"])
  }

  // MARK: Limits

  @Test func `a cancelled task stops searching`() async throws {
    let snapshot = try Snapshot.of(SeededCorpus.mixed(seed: 44).prompts)
    let task = Task { () -> [ChorusError.Code?] in
      // The task is cancelled from outside, whenever that comes to pass.
      while !Task.isCancelled { await Task.yield() }
      let query = Self.query("one two three")
      let fragment = Self.query("one two three", mode: .contains)
      return [
        failure { _ = try snapshot.answer(query) }?.code,
        failure { _ = try snapshot.answer(fragment) }?.code,
        failure { _ = try snapshot.answers([query]) }?.code,
      ]
    }
    task.cancel()
    #expect(await task.value == [.cancelled, .cancelled, .cancelled])
  }

  @Test func `a deadline that is over is an error, in a batch of that query alone`() throws {
    let snapshot = try Snapshot.of(SeededCorpus.mixed(seed: 45).prompts)
    for mode in Query.Mode.allCases {
      var late = Self.query("one two three", mode: mode)
      late.limits.deadline = .now
      #expect(failure { _ = try snapshot.answer(late) }?.code == .limitExceeded)
      let both = try snapshot.answers([late, Self.query("one two three", mode: mode)])
      #expect(failure { _ = try both[0].get() }?.code == .limitExceeded)
      #expect(failure { _ = try both[1].get() } == nil)
    }
  }

  @Test func `limits below one are refused`() throws {
    let snapshot = try Snapshot.of(SeededCorpus.mixed(seed: 46).prompts)
    for path in [\Query.Limits.textCount, \.signatureCount, \.runCount] {
      var query = Self.query("one two three")
      query.limits[keyPath: path] = 0
      #expect(failure { _ = try snapshot.answer(query) }?.code == .invalidInput)
    }
  }

  @Test func `texts are left out when they are not wanted`() throws {
    let corpus = SeededCorpus.mixed(seed: 47)
    let snapshot = try Snapshot.of(corpus.prompts)
    for mode in Query.Mode.allCases {
      var query = Self.query(corpus.prompts[3].text, mode: mode)
      let with = try snapshot.answer(query)
      query.includesText = false
      let without = try snapshot.answer(query)
      #expect(Self.visible(with) == Self.visible(without))
      #expect(with.matches.allSatisfy { !$0.text.isEmpty })
      #expect(without.matches.allSatisfy { $0.text.isEmpty })
    }
  }

  @Test func `the number of matching texts is exact when nothing is left out`() throws {
    var corpus = SeededCorpus.mixed(seed: 48)
    let snapshot = try Snapshot.of(corpus.prompts)
    for query in Self.queries(&corpus) where query.filter.excludedID == nil {
      var one = query
      one.limit = 1
      let all = Set(
        try snapshot.answer(query).matches.map { String(decoding: $0.text, as: UTF8.self) }
      )
      #expect(try snapshot.answer(one).textCount == all.count)
    }
  }
}

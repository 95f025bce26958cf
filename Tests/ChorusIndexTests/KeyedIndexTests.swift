// SPDX-License-Identifier: Apache-2.0

import Chorus
import ChorusTestSupport
import Testing

/// Indexes without texts, and indexes whose sketches say nothing without the key.
struct KeyedIndexTests {
  private static let prompts: [SeededCorpus.Prompt] = {
    var corpus = SeededCorpus(seed: 28)
    corpus.appendFamily(size: 8, accountCount: 3)
    corpus.appendNoise(count: 20, wordCount: 25)
    return corpus.prompts
  }()

  private static func key(_ seed: UInt8) throws(ChorusError) -> SketchKey {
    try SketchKey(secret: (0..<32).map { $0 &* 7 &+ seed })
  }

  private static func build(
    _ key: SketchKey?,
    keepsText: Bool
  ) throws(ChorusError) -> MemoryStorage {
    let storage = MemoryStorage()
    var options = IndexWriter.Options()
    options.keepsText = keepsText
    let writer = try IndexWriter(storage, key: key, options: options)
    try writer.append(PromptBatch(prompts))
    try writer.commit()
    return storage
  }

  @Test(arguments: [false, true])
  func `a keyed index answers as one without a key`(_ keepsText: Bool) throws {
    let key = try Self.key(1)
    let keyed = try Index(Self.build(key, keepsText: keepsText), key: key).snapshot()
    let plain = try Index(Self.build(nil, keepsText: true)).snapshot()
    #expect(keyed.verify().faults.isEmpty)
    for prompt in Self.prompts {
      let query = Query(text: Array(prompt.text.utf8), limit: 40, threshold: 0.9)
      let found = try keyed.answer(query).matches
      #expect(found.map(\.id).sorted() == (try plain.answer(query).matches.map(\.id).sorted()))
      #expect(found.allSatisfy { $0.isEstimate == !keepsText })
    }
  }

  @Test func `another key, none, and one too many are refused`() throws {
    let key = try Self.key(1)
    let storage = try Self.build(key, keepsText: false)
    let plain = try Self.build(nil, keepsText: true)
    for (storage, key) in try [
      (storage, nil), (storage, Self.key(2)), (plain, Self.key(1)),
    ] as [(MemoryStorage, SketchKey?)] {
      #expect(failure { _ = try Index(storage, key: key).snapshot() }?.code == .planMismatch)
      #expect(failure { _ = try IndexWriter(storage, key: key) }?.code == .planMismatch)
      #expect(failure { _ = try IndexRepair(storage, key: key).run() }?.code == .planMismatch)
    }
  }

  @Test func `nothing of a sketch is what it is without the key, or with another`() throws {
    let text = "Explain in a few words how one would go about cleaning an old copper kettle."
    let sketches = try [nil, Self.key(1), Self.key(2)].map { key in
      var plan = SketchPlan.standard
      plan.keyCheck = key?.check ?? 0
      return Sketcher(plan: plan, key: key).sketch(text)
    }
    for (first, second) in [(0, 1), (0, 2), (1, 2)] {
      let (one, other) = (sketches[first], sketches[second])
      #expect(one.textKeys != other.textKeys)
      #expect(Set(one.bandKeys).isDisjoint(with: other.bandKeys))
      #expect(Set(one.anchors).isDisjoint(with: other.anchors))
      // Of 128 lanes of four bits, eight agree by chance.
      let agreeing = zip(one.signatures, other.signatures).reduce(0) { sum, pair in
        sum + (pair.0 & 15 == pair.1 & 15 ? 1 : 0) + (pair.0 >> 4 == pair.1 >> 4 ? 1 : 0)
      }
      #expect(agreeing < 30)
      #expect(abs(Cosine.similarities(one.embeddings, other.embeddings)[0]) < 0.5)
    }
  }

  @Test func `a key is made of all bytes of a secret but for space at its end`() throws {
    let secret = Array("0123456789abcdef0123".utf8)
    #expect(try SketchKey(secret: secret) == SketchKey(secret: secret + [10]))
    for place in secret.indices {
      #expect(try SketchKey(secret: secret) != SketchKey(secret: secret.flipping(1, at: place)))
    }
    #expect(try SketchKey(secret: secret) != SketchKey(secret: secret + [65]))
    #expect(failure { _ = try SketchKey(secret: Array(secret.prefix(15))) }?.code == .invalidInput)
  }

  @Test func `an index without texts has none in any file`() throws {
    let storage = try Self.build(nil, keepsText: false)
    let index = try Index(storage)
    for prompt in Self.prompts {
      for word in prompt.text.split(separator: " ") where word.count > 7 {
        for name in try storage.names() {
          let bytes = String(decoding: storage.bytes(of: name) ?? [], as: UTF8.self)
          #expect(!bytes.contains(word), "\(name)")
        }
      }
    }
    let snapshot = try index.snapshot()
    #expect(failure { _ = try snapshot.text(ofID: Self.prompts[0].id) }?.code == .notFound)
    #expect(failure { _ = try FamilyMiner().mine(snapshot) }?.code == .invalidInput)
    let query = Query(text: Array(Self.prompts[0].text.utf8), mode: .contains)
    #expect(failure { _ = try snapshot.answer(query) }?.code == .invalidInput)
  }

  @Test func `an index goes on as it began, with texts or without`() throws {
    let storage = try Self.build(nil, keepsText: false)
    var corpus = SeededCorpus(seed: 99)
    corpus.appendNoise(count: 3, wordCount: 20)
    let more = corpus.prompts.enumerated().map { place, prompt -> SeededCorpus.Prompt in
      var prompt = prompt
      prompt.id = "more-\(place)"
      return prompt
    }
    try IndexWriter.add(more, to: storage)
    #expect(try Index(storage).snapshot().promptCount == Self.prompts.count + 3)
    #expect(try !Index(storage).snapshot().manifest.hasText)
    #expect(try Index(storage).verify().faults.isEmpty)
  }

  // The vector of the paper's appendix A: key 00...0f; it takes the message of 15 bytes, this the
  // one of 8, from the reference implementation's table.
  @Test func `the keyed hash is SipHash-2-4`() throws {
    let key: [UInt64] = [0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908]
    #expect(SipHash.hash(key, 0x0706_0504_0302_0100) == 0x93F5_F579_9A93_2462)
  }
}

/// SipHash-2-4 of eight bytes, written down from the paper.
private enum SipHash {
  static func hash(_ key: [UInt64], _ message: UInt64) -> UInt64 {
    var v: [UInt64] = [
      key[0] ^ 0x736F_6D65_7073_6575, key[1] ^ 0x646F_7261_6E64_6F6D,
      key[0] ^ 0x6C79_6765_6E65_7261, key[1] ^ 0x7465_6462_7974_6573,
    ]
    func rotated(_ value: UInt64, _ count: UInt64) -> UInt64 {
      value << count | value >> (64 - count)
    }
    func round() {
      v[0] &+= v[1]
      v[1] = rotated(v[1], 13) ^ v[0]
      v[0] = rotated(v[0], 32)
      v[2] &+= v[3]
      v[3] = rotated(v[3], 16) ^ v[2]
      v[0] &+= v[3]
      v[3] = rotated(v[3], 21) ^ v[0]
      v[2] &+= v[1]
      v[1] = rotated(v[1], 17) ^ v[2]
      v[2] = rotated(v[2], 32)
    }
    for word in [message, 8 << 56] {
      v[3] ^= word
      round()
      round()
      v[0] ^= word
    }
    v[2] ^= 0xFF
    for _ in 0..<4 { round() }
    return v[0] ^ v[1] ^ v[2] ^ v[3]
  }
}

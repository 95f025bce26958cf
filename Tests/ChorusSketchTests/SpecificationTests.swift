// SPDX-License-Identifier: Apache-2.0

import ChorusSketch
import ChorusTestSupport
import ChorusText
import Foundation
import Testing

/// The library and an independent implementation of the page Sketches agree on every number.
struct SpecificationTests {
  struct Plan: Codable {
    var shingleWidth: UInt32?
    var laneBits: UInt32?
    var anchorWidth: UInt32?
    var anchorWindow: UInt32?
    var embeddingDimension: UInt32?
    var seed: UInt64?

    enum CodingKeys: String, CodingKey {
      case seed
      case shingleWidth = "shingle_width"
      case laneBits = "lane_bits"
      case anchorWidth = "anchor_width"
      case anchorWindow = "anchor_window"
      case embeddingDimension = "embedding_dimension"
    }

    var sketchPlan: SketchPlan {
      var plan = SketchPlan.standard
      plan.shingleWidth = shingleWidth ?? plan.shingleWidth
      plan.laneBitCount = laneBits ?? plan.laneBitCount
      plan.anchorWidth = anchorWidth ?? plan.anchorWidth
      plan.anchorWindow = anchorWindow ?? plan.anchorWindow
      plan.embeddingDimension = embeddingDimension ?? plan.embeddingDimension
      plan.seed = seed ?? plan.seed
      return plan
    }
  }

  struct Token: Decodable, Equatable {
    var start: Int
    var end: Int
    var startsLine: Bool
    var isCharacter: Bool
    var hash: UInt64

    init(_ token: ChorusText.Token) {
      start = token.range.lowerBound
      end = token.range.upperBound
      startsLine = token.startsLine
      isCharacter = token.isCharacter
      hash = token.hash
    }

    init(from decoder: any Decoder) throws {
      var values = try decoder.unkeyedContainer()
      start = try values.decode(Int.self)
      end = try values.decode(Int.self)
      startsLine = try values.decode(Bool.self)
      isCharacter = try values.decode(Bool.self)
      hash = UInt64(try values.decode(String.self), radix: 16) ?? 0
    }
  }

  struct Expected: Decodable {
    var normalised: String
    var replaced: Int
    var tokens: [Token]?
    var shingleSet: [UInt32]
    var signature: String
    var bandKeys: [UInt32]
    var anchors: [UInt64]
    var embedding: [Int8]

    enum CodingKeys: String, CodingKey {
      case normalised, replaced, tokens, signature, anchors, embedding
      case shingleSet = "shingle_set"
      case bandKeys = "band_keys"
    }
  }

  struct Vector: Decodable {
    var text: String
    var plan: Plan
    var expected: Expected

    enum CodingKeys: String, CodingKey {
      case plan, expected
      case text = "text_hex"
    }
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { String(0x100 + UInt32($0), radix: 16).dropFirst() }.joined()
  }

  private static func bytes(_ hexadecimal: String) -> [UInt8] {
    let digits = Array(hexadecimal)
    return stride(from: 0, to: digits.count, by: 2).map {
      UInt8(String(digits[$0...($0 + 1)]), radix: 16) ?? 0
    }
  }

  private static func check(_ text: [UInt8], _ plan: SketchPlan, _ expected: Expected) {
    let normalised = Normaliser().normalise(text)
    let place = "\(hexadecimal(text).prefix(60)), plan \(plan.parameters)"
    #expect(hexadecimal(normalised.bytes) == expected.normalised, "\(place)")
    #expect(normalised.replacedCount == expected.replaced, "\(place)")
    let tokens = Tokeniser().tokenise(normalised).map(Token.init)
    if let wanted = expected.tokens { #expect(tokens == wanted, "\(place)") }
    let sketcher = Sketcher(plan: plan)
    #expect(sketcher.shingleSet(text.span) == expected.shingleSet, "\(place)")
    var batch = SketchBatch()
    sketcher.sketch(text.span, into: &batch)
    #expect(hexadecimal(batch.signatures) == expected.signature, "\(place)")
    #expect(batch.bandKeys == expected.bandKeys, "\(place)")
    #expect(batch.distinctAnchors(of: 0) == expected.anchors, "\(place)")
    #expect(batch.embeddings == expected.embedding, "\(place)")
    #expect(Int(batch.tokenCounts[0]) == tokens.count)
  }

  @Test func `published test vectors come out as they are printed`() throws {
    let folder = try #require(Bundle.module.resourceURL)
    let data = try Data(contentsOf: folder.appending(path: "Fixtures/vectors.jsonl"))
    let vectors = try data.split(separator: 0x0A).map {
      try JSONDecoder().decode(Vector.self, from: Data($0))
    }
    #expect(vectors.count == 95)
    for vector in vectors {
      Self.check(Self.bytes(vector.text), vector.plan.sketchPlan, vector.expected)
    }
  }

  // MARK: The independent implementation, run

  private static let oracle = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Tools/oracle/sketch_oracle.py")

  private static let canRun =
    FileManager.default.fileExists(atPath: "/usr/share/unicode/UnicodeData.txt")
    && FileManager.default.isExecutableFile(atPath: "/usr/bin/env")

  private static func run(_ arguments: [String], _ input: String) throws -> (Data, Int32) {
    let folder = try TemporaryFolder()
    let file = URL(filePath: folder.path).appending(path: "input.jsonl")
    try Data(input.utf8).write(to: file)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", oracle.path] + arguments
    process.standardInput = try FileHandle(forReadingFrom: file)
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (output, process.terminationStatus)
  }

  private struct Question: Encodable {
    var text: String
    var plan: Plan

    enum CodingKeys: String, CodingKey {
      case plan
      case text = "text_hex"
    }
  }

  private static func texts(_ seed: UInt64) -> [[UInt8]] {
    var generator = SeededGenerator(seed: seed)
    var corpus = SeededCorpus(seed: seed)
    // Any assigned code point among words, and then bytes that are no text.
    let scalars = (0..<150).map { _ -> [UInt8] in
      var text = String.UnicodeScalarView()
      for _ in 0..<(generator.next() % 30) {
        let planes: [UInt64] = [0x80, 0x800, 0x3000, 0x10000, 0x20000, 0x110000]
        let limit = planes[Int(generator.next() % UInt64(planes.count))]
        if let scalar = Unicode.Scalar(UInt32(generator.next() % limit)) { text.append(scalar) }
      }
      return Array((String(text) + corpus.text(wordCount: 3)).utf8)
    }
    let bytes = (0..<50).map { _ in
      (0..<(generator.next() % 40)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    }
    let plain = [3, 30, 300].map { Array(corpus.text(wordCount: $0).utf8) }
    return scalars + bytes + plain
  }

  @Test(
    .enabled(if: canRun, "needs Python 3 and Debian's package unicode-data"),
    arguments: [1, 2] as [UInt64]
  )
  func `an independent implementation agrees on texts of any kind`(_ seed: UInt64) throws {
    let texts = Self.texts(seed)
    let plan =
      seed == 1
      ? Plan()
      : Plan(shingleWidth: 2, laneBits: 8, anchorWidth: 3, anchorWindow: 4, seed: seed)
    let encoder = JSONEncoder()
    let questions = try texts.map { text in
      String(
        decoding: try encoder.encode(Question(text: Self.hexadecimal(text), plan: plan)),
        as: UTF8.self
      )
    }
    let (output, status) = try Self.run([], questions.joined(separator: "\n"))
    #expect(status == 0)
    let answers = try output.split(separator: 0x0A).map {
      try JSONDecoder().decode(Expected.self, from: Data($0))
    }
    #expect(answers.count == texts.count)
    for (text, answer) in zip(texts, answers) { Self.check(text, plan.sketchPlan, answer) }
  }

  @Test(.enabled(if: canRun, "needs Python 3 and Debian's package unicode-data"))
  func `the published folds follow from Unicode's data`() throws {
    let (output, status) = try Self.run(["--check-folds"], "")
    #expect(status == 0, "\(String(decoding: output.prefix(500), as: UTF8.self))")
  }
}

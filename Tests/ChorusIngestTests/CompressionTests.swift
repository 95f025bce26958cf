// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusIngest
import Testing

struct CompressionTests {
  private let directory: TemporaryDirectory
  private static let text = corpus(lineCount: 900, seed: 3)
  private static let whole = Result { try parse(Array(text.utf8)).prompts }

  init() throws { directory = try TemporaryDirectory() }

  @Test(arguments: Compressor.allCases)
  func `a format is told by content and not by name`(_ format: Compressor) throws {
    let packed = format.compress(Array(Self.text.utf8))
    for name in ["a.jsonl", "a.gz", "a.zst", "a.lz4"] {
      let result = try ingest([try directory.write(name, packed)])
      #expect(try result.prompts == Self.whole.get())
      #expect(result.rejects.isEmpty)
    }
  }

  @Test(arguments: Compressor.allCases, [1, 3, 50, 1000])
  func `streams read in small pieces give the same records`(
    _ format: Compressor,
    _ blockByteCount: Int
  ) throws {
    let text = corpus(lineCount: 20, seed: 4)
    let input = try directory.write("a", format.compress(Array(text.utf8)))
    let expected = try parse(Array(text.utf8)).prompts
    #expect(try ingest([input], blockByteCount: blockByteCount).prompts == expected)
  }

  @Test(arguments: Compressor.allCases)
  func `streams put behind one another are one stream`(_ format: Compressor) throws {
    let bytes = Array(Self.text.utf8)
    let cuts = [0, 1000, 1000, 60_000, bytes.count]
    let packed = zip(cuts, cuts.dropFirst()).flatMap { format.compress(Array(bytes[$0..<$1])) }
    let result = try ingest([try directory.write("a", packed)])
    #expect(try result.prompts == Self.whole.get())
    #expect(result.rejects.isEmpty)
  }

  @Test(arguments: Compressor.allCases)
  func `a stream of nothing is fine`(_ format: Compressor) throws {
    #expect(try ingest([try directory.write("a", format.compress([]))]) == Ingested())
  }

  @Test(arguments: Compressor.allCases, 1...15)
  func `a stream cut short gives its whole lines and one reject`(
    _ format: Compressor,
    _ sixteenths: Int
  ) throws {
    let packed = format.compress(Array(Self.text.utf8))
    let cut = Array(packed.prefix(packed.count * sixteenths / 16))
    let next = try directory.write("b", goodLine("next"))
    let result = try ingest([try directory.write("a", cut), next])
    let prompts = result.prompts.dropLast()
    #expect(result.prompts.last?.id == "next")
    #expect(try Array(prompts) == Array(Self.whole.get().prefix(prompts.count)))
    #expect(result.reasons == [.truncatedStream])
    let delivered = Self.text.utf8.split(separator: 10).prefix(prompts.count)
    #expect(result.rejects[0].line == UInt64(prompts.count + 1))
    #expect(result.rejects[0].byteOffset == UInt64(delivered.reduce(0) { $0 + $1.count + 1 }))
  }

  @Test(arguments: Compressor.allCases)
  func `a stream cut short by its last byte loses at most its last line`(
    _ format: Compressor
  ) throws {
    let packed = format.compress(Array(Self.text.utf8))
    let result = try ingest([try directory.write("a", Array(packed.dropLast()))])
    #expect(result.prompts.count >= 899)
    #expect(result.reasons == [.truncatedStream])
  }

  @Test(arguments: Compressor.allCases, 0..<40)
  func `damage is never silent`(_ format: Compressor, _ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var packed = format.compress(Array(Self.text.utf8))
    let place = Int(generator.next() % UInt64(packed.count))
    packed[place] ^= 1 << UInt8(generator.next() % 8)
    let result = try ingest([try directory.write("a", packed)])
    let isWhole = try result.prompts == Self.whole.get()
    #expect(!result.rejects.isEmpty || isWhole, "byte \(place)")
  }

  @Test(arguments: Compressor.allCases)
  func `damage in the middle leaves the lines before it`(_ format: Compressor) throws {
    let half = format.compress(Array(Self.text.utf8))
    var damaged = half
    for place in (damaged.count / 2)..<(damaged.count / 2 + 64) { damaged[place] ^= 0xA5 }
    let result = try ingest([try directory.write("a", half + damaged)])
    #expect(try Array(result.prompts.prefix(900)) == Self.whole.get())
    #expect(result.reasons.last == .damagedStream)
    #expect(result.rejects.last?.line ?? 0 > 900)
  }

  @Test(arguments: Compressor.allCases)
  func `what follows a stream and is none is damage`(_ format: Compressor) throws {
    let packed = format.compress(Array(Self.text.utf8)) + Array("garbage behind".utf8)
    let result = try ingest([try directory.write("a", packed)])
    #expect(try result.prompts == Self.whole.get())
    #expect(result.reasons == [.damagedStream])
    #expect(result.rejects[0].line == 901)
  }

  @Test func `zero bytes behind a gzip stream are passed over`() throws {
    let packed = Compressor.gzip.compress(Array(Self.text.utf8)) + [UInt8](repeating: 0, count: 999)
    let result = try ingest([try directory.write("a", packed)])
    #expect(try result.prompts == Self.whole.get())
    #expect(result.rejects.isEmpty)
  }

  @Test func `frames to skip are skipped`() throws {
    let skipped: [UInt8] = [0x53, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]
    let packed = skipped + Compressor.zstd.compress(Array(goodLine("1").utf8)) + skipped
    let result = try ingest([try directory.write("a", packed)])
    #expect(result.ids == ["1"])
    #expect(result.rejects.isEmpty)
  }

  @Test func `a last line without a line feed in a whole stream is a record`() throws {
    for format in Compressor.allCases {
      let input = try directory.write("a", format.compress(Array(goodLine("1").utf8)))
      #expect(try ingest([input]).ids == ["1"])
    }
  }

  @Test func `a line that expands without end is dropped as it comes`() throws {
    let bomb = [UInt8](repeating: 0x20, count: 4 << 20)
    var options = IngestOptions()
    options.maximumRecordByteCount = 100_000
    for format in Compressor.allCases {
      let packed = format.compress(bomb + Array(("\n" + goodLine("1")).utf8))
      let source = [try directory.write("a", packed)]
      let result = try ingest(source, options: options, blockByteCount: 65_536)
      #expect(result.ids == ["1"])
      #expect(result.reasons == [.tooLarge])
    }
  }
}

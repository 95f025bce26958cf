// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusIngest
internal import FoundationEssentials
import Testing

struct PromptSourceTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  /// Lines of all kinds, and where the bad ones are.
  private static let mixed = [
    goodLine("1"), "", "   ", "nonsense", goodLine("2", text: "caf\u{E9}"), "\t", "{}",
    goodLine("3"),
  ]

  @Test func `blank lines are passed over and counted`() throws {
    let result = try ingest([try directory.write("a", Self.mixed.joined(separator: "\n"))])
    #expect(result.ids == ["1", "2", "3"])
    #expect(result.prompts.map(\.line) == [1, 5, 8])
    #expect(result.rejects.map(\.line) == [4, 7])
    #expect(result.rejects.map(\.reason) == [.notJSON, .missingID])
  }

  @Test(arguments: 1...64)
  func `blocks of any size give the same records`(_ blockByteCount: Int) throws {
    let lines = Self.mixed + [goodLine("long", text: String(repeating: "x", count: 500))]
    let bytes = [0xEF, 0xBB, 0xBF] + Array(lines.joined(separator: "\r\n").utf8)
    let input = try directory.write("a", bytes)
    let whole = try ingest([input])
    #expect(whole.ids == ["1", "2", "3", "long"])
    #expect(try ingest([input], blockByteCount: blockByteCount) == whole)
  }

  @Test func `a block ends at a line feed unless the stream ends`() throws {
    let text = corpus(lineCount: 100, seed: 1) + goodLine("last")
    let source = try PromptSource(
      inputs: [try directory.write("a", text)],
      options: IngestOptions(),
      blockByteCount: 1000
    )
    var joined: [UInt8] = []
    var line: UInt64 = 1
    while let block = try source.next() {
      #expect(block.firstOffset == UInt64(joined.count))
      #expect(block.firstLine == line)
      let bytes = block.bytes.prefix(block.byteCount)
      joined += bytes
      line += UInt64(bytes.count { $0 == 10 })
      #expect(bytes.last == 10 || joined.count == text.utf8.count)
    }
    #expect(joined == Array(text.utf8))
  }

  @Test func `a byte order mark counts in the offsets`() throws {
    let input = try directory.write("a", [0xEF, 0xBB, 0xBF] + Array("{}\n{}".utf8))
    #expect(try ingest([input]).rejects.map(\.byteOffset) == [3, 6])
  }

  @Test(arguments: ["", "\n", "\r\n\r\n", " ", "\u{FEFF}"])
  func `a file without records is fine`(_ text: String) throws {
    #expect(try ingest([try directory.write("a", text)]) == Ingested())
  }

  @Test(arguments: [[0xEF], [0xEF, 0xBB], [0xEF, 0xBB, 0x7B]] as [[UInt8]])
  func `a broken byte order mark is a bad record`(_ bytes: [UInt8]) throws {
    #expect(try ingest([try directory.write("a", bytes)]).reasons == [.invalidUTF8])
  }

  @Test func `lines and offsets start anew in each input`() throws {
    let first = try directory.write("a", goodLine("1") + "\n{}")
    let second = try directory.write("b", "{}\n" + goodLine("2"))
    let result = try ingest([first, second])
    #expect(result.ids == ["1", "2"])
    #expect(result.rejects.map(\.source) == [first.name, second.name])
    #expect(result.rejects.map(\.line) == [2, 1])
    #expect(result.rejects.map(\.byteOffset) == [UInt64(goodLine("1").utf8.count + 1), 0])
  }

  @Test(arguments: [1, 7, 64, 4096])
  func `a line that is too long is dropped and its neighbours kept`(
    _ blockByteCount: Int
  ) throws {
    var options = IngestOptions()
    options.maximumRecordByteCount = 200
    let long = goodLine("long", text: String(repeating: "x", count: 9000))
    let lines = [goodLine("1"), long, goodLine("2"), goodLine("3"), long]
    let input = try directory.write("a", lines.joined(separator: "\n"))
    let result = try ingest([input], options: options, blockByteCount: blockByteCount)
    #expect(result.ids == ["1", "2", "3"])
    #expect(result.prompts.map(\.line) == [1, 3, 4])
    #expect(result.reasons == [.tooLarge, .tooLarge])
    #expect(result.rejects.map(\.line) == [2, 5])
    let ahead = lines[0].utf8.count + 1
    #expect(result.rejects[0].byteOffset == UInt64(ahead))
    let between = long.utf8.count + lines[2].utf8.count + lines[3].utf8.count + 3
    #expect(result.rejects[1].byteOffset == UInt64(ahead + between))
  }

  @Test(arguments: [1, 100, 4096])
  func `a line of exactly the limit is kept whatever ends it`(_ blockByteCount: Int) throws {
    var options = IngestOptions()
    let fitting = goodLine("fits")
    options.maximumRecordByteCount = fitting.utf8.count
    let text = "\(fitting)\n\(fitting)\r\n\(goodLine("large"))\r\n\(fitting)\r"
    let input = try directory.write("a", text)
    let result = try ingest([input], options: options, blockByteCount: blockByteCount)
    #expect(result.prompts.map(\.line) == [1, 2, 4])
    #expect(result.rejects.map(\.line) == [3])
  }

  @Test func `a line that is too long is never held whole`() throws {
    var options = IngestOptions()
    options.maximumRecordByteCount = 10_000
    let bytes = [UInt8](repeating: 0x5B, count: 4 << 20) + Array(("\n" + goodLine("1")).utf8)
    let source = try PromptSource(
      inputs: [try directory.write("a", bytes)],
      options: options,
      blockByteCount: 4096
    )
    var largest = 0
    while let block = try source.next() { largest = max(largest, block.bytes.count) }
    #expect(largest < 20_000)
  }

  @Test func `a missing file is an error that names it`() throws {
    let error = #expect(throws: ChorusError.self) {
      _ = try ingest([.file("/nowhere/at/all.jsonl")])
    }
    #expect(error?.code == .notFound)
    #expect(error?.message.contains("/nowhere/at/all.jsonl") == true)
  }

  @Test func `a directory is an error that names it`() throws {
    let error = #expect(throws: ChorusError.self) { _ = try ingest([.file(directory.path)]) }
    #expect(error?.code == .invalidInput)
    #expect(error?.message.contains(directory.path) == true)
  }

  @Test(arguments: ["", "a\u{0}b"])
  func `a name that cannot be a file's is an error`(_ name: String) {
    #expect(throws: ChorusError.self) { _ = try ingest([.file(name)]) }
  }

  @Test func `after a file that has gone the next one is read`() throws {
    let first = try directory.write("a", goodLine("1"))
    let second = try directory.write("b", goodLine("2"))
    let source = try PromptSource(inputs: [first, second], options: IngestOptions())
    try FileManager.default.removeItem(atPath: first.name)
    #expect(throws: ChorusError.self) { _ = try source.next() }
    #expect(try source.next()?.inputIndex == 1)
    #expect(try source.next() == nil)
  }

  @Test func `progress ends at the sizes of the files`() throws {
    let text = corpus(lineCount: 50, seed: 2)
    let packed = Compressor.zstd.compress(Array(text.utf8))
    let inputs = [try directory.write("a", text), try directory.write("b", packed)]
    let source = try PromptSource(inputs: inputs, options: IngestOptions())
    let total = UInt64(text.utf8.count + packed.count)
    #expect(source.progress == (0, total))
    while try source.next() != nil {}
    #expect(source.progress == (total, total))
  }

  @Test func `the size of standard input is not known`() throws {
    let source = try PromptSource(inputs: [.standardInput], options: IngestOptions())
    #expect(source.progress.totalByteCount == nil)
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusIngest
import Testing

struct IngestProperties {
  /// Lines that together have every shape a field can have.
  private static let seeds = [
    goodLine("1", text: "caf\u{E9} \\u00e9 \\ud83d\\ude00 \\n"),
    #"{"id":7,"account":"b","time":1776816000123,"text":"x","n":{"a":[1,{}],"b":null}}"#,
    #"{"text":[{"role":"system","content":"s"},{"content":[{"type":"text","text":"p"},"#
      + #"{"type":"image"}],"role":"user"}],"id":"c","account":5,"time":"1776816000"}"#,
    #"{"account":"a","time":"2026-04-22T00:00:46+02:00","text":"t","model":-1.5e3,"flag":true}"#,
  ].map { Array($0.utf8) }

  /// Bytes that matter to JSON come up more often than others.
  private static let telling = Array("{}[]\",:\\u0dt8-.e \r\n".utf8) + [0, 0xFF, 0xC3, 0xED, 0xF0]

  private static func mutated(_ line: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    var bytes = line
    for _ in 0...(generator.next() % 4) {
      let place = Int(generator.next() % UInt64(max(bytes.count, 1)))
      let byte = telling[Int(generator.next() % UInt64(telling.count))]
      switch generator.next() % 6 {
      case _ where bytes.isEmpty: bytes.append(byte)
      case 0: bytes[place] = byte
      case 1: bytes[place] ^= 1 << UInt8(generator.next() % 8)
      case 2: bytes.insert(byte, at: place)
      case 3: bytes.remove(at: place)
      case 4: bytes.removeSubrange(place..<min(bytes.count, place + 9))
      default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 9)], at: place)
      }
    }
    return bytes
  }

  private static var options: IngestOptions {
    var options = IngestOptions()
    options.generateIDs = true
    options.attributeNames = ["model", "n.b", "flag"]
    return options
  }

  private static func isBlank(_ line: ArraySlice<UInt8>) -> Bool {
    line.allSatisfy { [0x20, 0x09, 0x0D].contains($0) }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `every line ends as a record, a reject or blank`(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let parser = try RecordParser(options: Self.options)
    for _ in 0..<40 {
      let lines = (0..<25).map { _ in
        Self.mutated(Self.seeds[Int(generator.next() % 4)], &generator)
      }
      let bytes = Array(lines.joined(separator: [10]))
      let wanted = bytes.split(separator: 10, omittingEmptySubsequences: false)
        .enumerated().filter { !Self.isBlank($0.element) }.map { UInt64($0.offset + 1) }
      let block = parser.parse(LineBlock(sourceName: "memory", lines: bytes))
      #expect((block.lines + block.rejects.map(\.line)).sorted() == wanted, "seed \(seed)")
    }
  }

  @Test func `a line is judged alike alone and among others`() throws {
    var generator = SeededGenerator(seed: 77)
    let parser = try RecordParser(options: Self.options)
    for _ in 0..<300 {
      let line = Self.mutated(Self.seeds[Int(generator.next() % 4)], &generator).filter { $0 != 10 }
      let alone = parser.parse(LineBlock(sourceName: "memory", lines: line))
      let among = parser.parse(
        LineBlock(sourceName: "memory", lines: line + [10] + Self.seeds[0] + [10] + line)
      )
      #expect(among.batch.records.count == 2 * alone.batch.records.count + 1)
      #expect(
        among.rejects.map(\.reason) == alone.rejects.map(\.reason) + alone.rejects.map(\.reason)
      )
    }
  }

  @Test func `text that was accepted is valid UTF-8`() throws {
    var generator = SeededGenerator(seed: 5)
    let lines = (0..<3000).map { _ in Self.mutated(Self.seeds[0], &generator) }
    let parser = try RecordParser(options: Self.options)
    let block = parser.parse(
      LineBlock(sourceName: "memory", lines: Array(lines.joined(separator: [10])))
    )
    #expect(block.batch.records.count > 100)
    for record in block.batch.records {
      for field in [record.id, record.account, record.text] {
        #expect(String(validating: block.batch.bytes(field), as: UTF8.self) != nil)
      }
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusIngest

/// All that came out of some inputs, in a form that is easy to compare.
struct Ingested: Equatable {
  /// A prompt and the line it came from.
  struct Prompt: Equatable {
    let line: UInt64
    let id: String
    let account: String
    let time: Timestamp
    let text: String
    let attributes: [String]
  }

  var prompts: [Prompt] = []
  var rejects: [Reject] = []

  var ids: [String] { prompts.map(\.id) }
  var texts: [String] { prompts.map(\.text) }
  var reasons: [RejectReason] { rejects.map(\.reason) }

  mutating func add(_ block: ParsedBlock) {
    let batch = block.batch
    for (record, line) in zip(batch.records, block.lines) {
      let attributes = AttributeCodec.decode(batch.bytes(record.attributes)) ?? [("broken", "")]
      prompts.append(
        Prompt(
          line: line,
          id: batch.string(record.id),
          account: batch.string(record.account),
          time: record.time,
          text: batch.string(record.text),
          attributes: attributes.map { "\($0.name)=\($0.value)" }
        )
      )
    }
    rejects += block.rejects
  }
}

/// Reads and parses inputs from files.
func ingest(
  _ inputs: [PromptInput],
  options: IngestOptions = IngestOptions(),
  blockByteCount: Int = PromptSource.ordinaryBlockByteCount
) throws -> Ingested {
  let source = try PromptSource(
    inputs: inputs,
    options: options,
    blockByteCount: blockByteCount
  )
  let parser = try RecordParser(options: options)
  var result = Ingested()
  while let block = try source.next() { result.add(parser.parse(block)) }
  return result
}

/// Parses lines in memory.
func parse(
  _ lines: [UInt8],
  options: IngestOptions = IngestOptions()
) throws -> Ingested {
  var result = Ingested()
  let block = LineBlock(sourceName: "memory", lines: lines)
  result.add(try RecordParser(options: options).parse(block))
  return result
}

/// Parses lines in memory.
func parse(
  _ lines: String...,
  options: IngestOptions = IngestOptions()
) throws -> Ingested {
  try parse(Array(lines.joined(separator: "\n").utf8), options: options)
}

/// Returns a good line.
func goodLine(_ id: String, text: String = "hello there") -> String {
  #"{"id": "\#(id)", "account": "a", "time": "2026-04-22T00:00:46.960Z", "text": "\#(text)"}"#
}

/// Returns a line whose text has any JSON value.
func line(textValue: String) -> String {
  #"{"id": "x", "account": "a", "time": 1776816000, "text": \#(textValue)}"#
}

/// Returns many good lines of seeded words, which compress to about a third.
func corpus(lineCount: Int, seed: UInt64) -> String {
  var generator = SeededGenerator(seed: seed)
  var result = ""
  for number in 0..<lineCount {
    let words = (0..<40).map { _ in String(generator.next() % 100_000, radix: 36) }
    result += goodLine("r\(number)", text: words.joined(separator: " ")) + "\n"
  }
  return result
}

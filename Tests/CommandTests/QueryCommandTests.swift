// SPDX-License-Identifier: Apache-2.0

import Chorus
import ChorusTestSupport
import Foundation
import Testing

struct QueryCommandTests {
  private static func line(_ object: [String: String]) throws -> String {
    String(decoding: try JSONEncoder().encode(object), as: UTF8.self) + "\n"
  }

  // MARK: Batches

  @Test func `each match of a batch names its query`() throws {
    let program = try Program()
    let prompts = try program.makeIndex()
    var lines = ""
    for prompt in prompts { lines += try Self.line(["id": "q-\(prompt.id)", "text": prompt.text]) }
    let file = try program.folder.write("batch.jsonl", lines)
    let run = try program.run("query", program.index, "--batch", file, "--json", "--limit", "1")
    #expect(run.status == 0)
    let matches = try run.objects()
    #expect(matches.compactMap { $0["query"] as? String } == prompts.map { "q-\($0.id)" })
    #expect(matches.compactMap { $0["id"] as? String } == prompts.map(\.id))
    #expect(run.errors.contains("\(prompts.count) texts"))
  }

  @Test func `a batch takes chats and standard input, and counts what it cannot ask`() throws {
    let program = try Program()
    let prompts = try program.makeIndex()
    let text = try #require(
      String(data: JSONEncoder().encode(prompts[0].text), encoding: .utf8)
    )
    let input = """
      {"id":"chat","text":[{"role":"user","content":\(text)}]}
      {"text":\(text)}
      {"id":"blank","text":"\\u200b"}
      {"id":"none"}
      no json
      """
    let rejects = program.folder.path(of: "rejects.jsonl")
    let run = try program.run(
      "query",
      program.index,
      "--batch",
      "-",
      "--json",
      "--limit",
      "1",
      "--rejects",
      rejects,
      input: input
    )
    #expect(run.status == 3)
    let matches = try run.objects()
    #expect(matches.count == 2)
    #expect(matches.allSatisfy { $0["id"] as? String == prompts[0].id })
    #expect(matches[0]["query"] as? String == "chat")
    let refused = String(decoding: try program.folder.read("rejects.jsonl"), as: UTF8.self)
    #expect(refused.split(separator: "\n").count == 3)
    for part in ["\"line\":3", "\"line\":4", "\"line\":5"] { #expect(refused.contains(part)) }
  }

  @Test func `timing says how long one text takes and what it looks at`() throws {
    let program = try Program()
    let prompts = try program.makeIndex()
    let file = try program.write("batch.jsonl", prompts)
    let run = try program.run("query", program.index, "--batch", file, "--timing", "--json")
    #expect(run.status == 0)
    for part in ["median", "99th percentile", "candidates", "bytes read"] {
      #expect(run.errors.contains(part))
    }
    let plain = try program.run("query", program.index, "--batch", file, "--json")
    #expect(plain.output == run.output)
  }

  // MARK: Templates

  @Test func `a template with slots is a query`() throws {
    let program = try Program()
    var corpus = SeededCorpus(seed: 221)
    for name in ["Paris", "the small town of Bath"] {
      corpus.append("Tell me about \(name) in two lines, please.", account: "a")
    }
    corpus.append("Tell me about nothing at all.", account: "b")
    try program.run("index", program.index, try program.write("a.jsonl", corpus.prompts))
    let run = try program.run(
      "query",
      program.index,
      "tell me about {1} in two lines",
      "--mode",
      "contains",
      "--slots",
      "--json",
      "--text"
    )
    let matches = try run.objects()
    #expect(matches.compactMap { $0["id"] as? String } == ["prompt-0", "prompt-1"])
    for match in matches {
      let text = try #require(match["text"] as? String)
      let slots = try #require(match["slots"] as? [[Int]])
      let filler = Array(text.utf8)[slots[0][0]..<slots[0][1]]
      let words = String(decoding: filler, as: UTF8.self).trimmingCharacters(in: .whitespaces)
      #expect(["Paris", "the small town of Bath"].contains(words))
    }
    let shown = try program.run(
      "query",
      program.index,
      "tell me about {1} in two lines",
      "--mode",
      "contains",
      "--slots",
      "--text"
    )
    #expect(shown.output.contains("Tell me about Paris in two lines, please."))
  }

  // MARK: Families

  @Test func `matches name their family, and a query can ask within one`() throws {
    let program = try Program()
    var corpus = SeededCorpus(seed: 223)
    corpus.appendFamily(size: 40, accountCount: 20)
    corpus.appendNoise(count: 30)
    try program.run("index", program.index, try program.write("a.jsonl", corpus.prompts))
    let text = corpus.prompts[0].text
    let arguments = ["query", program.index, text, "--json", "--threshold", "0.2", "--limit", "99"]
    #expect(try program.run(all: arguments).objects().allSatisfy { $0["family"] is NSNull })
    let listed = try program.run("families", program.index, "--json").objects()
    let name = try #require(listed.first?["family"] as? String)
    let named = try program.run(all: arguments + ["--families"]).objects()
    #expect(named.count { $0["family"] as? String == name } == 40)
    let within = try program.run(all: arguments + ["--family", name]).objects()
    #expect(within.count == 40)
    // Families that are kept cost nothing, and are named unasked.
    let unasked = try program.run(all: arguments).objects()
    #expect(unasked.count { $0["family"] as? String == name } == 40)
    #expect(try program.run(all: arguments + ["--family", "none"]).status == 1)
    let shown = try program.run("query", program.index, text, "--families", "--explain")
    #expect(shown.output.contains("It is of the family \(name): 40 prompts of 20 accounts."))
  }

  // MARK: Explanations

  @Test func `an explanation has its keys, and sentences for people`() throws {
    let program = try Program()
    let prompts = try program.makeIndex()
    let run = try program.run("query", program.index, prompts[0].text, "--json", "--explain")
    let match = try #require(try run.objects().first)
    let explanation = try #require(match["explanation"] as? [String: Any])
    #expect((explanation["band_lanes"] as? [Int])?.count == 16)
    #expect(explanation["agreement"] as? Int == 128)
    #expect(explanation["lanes"] as? Int == 128)
    #expect(explanation["estimate"] as? Double == 1)
    let shared = try #require(explanation["shared_shingles"] as? Int)
    #expect(explanation["query_shingles"] as? Int == shared)
    #expect(explanation["prompt_shingles"] as? Int == shared)
    #expect((explanation["shared_in_query"] as? [[Int]])?.isEmpty == false)
    #expect((explanation["differing_in_query"] as? [[Int]]) != nil)
    #expect((explanation["differing_in_prompt"] as? [[Int]]) != nil)
    #expect((explanation["says"] as? [String])?.count == 4)
    let people = try program.run("query", program.index, prompts[0].text, "--explain")
    #expect(people.output.contains("128 of 128 lanes"))
    #expect(!people.output.contains(prompts[0].text))
  }

  // MARK: Instruction sets

  /// The same bits on every instruction set: those without fast products of bytes multiply with
  /// OpenBLAS what many queries share.
  @Test func `every instruction set gives the same answers`() throws {
    let program = try Program()
    var corpus = SeededCorpus(seed: 222)
    // So many that a thread answers 64 together, from where on AVX2 multiplies with OpenBLAS too.
    corpus.appendFamily(size: 240, accountCount: 7)
    corpus.appendNoise(count: 40)
    let file = try program.write("a.jsonl", corpus.prompts)
    try program.run("index", program.index, file)
    let outputs = try ["scalar", "avx2", "avx512", "neon", ""].map { isa in
      let run = try program.run(
        "query",
        program.index,
        "--batch",
        file,
        "--json",
        "--threshold",
        "0.2",
        "--limit",
        "100",
        environment: ["CHORUS_ISA": isa]
      )
      #expect(run.status == 0)
      return run.output
    }
    #expect(outputs[0].split(separator: "\n").count > 1000)
    for output in outputs { #expect(output == outputs[0]) }
  }

  // MARK: Wrong usage

  @Test(
    arguments: [
      ["text", "--slots"], ["text", "--batch", "x.jsonl"], ["text", "--timing"],
      ["text", "--rejects", "r.jsonl"], ["--batch", "x.jsonl", "--id", "1"],
      ["text", "--threshold", "1.5"], ["text", "--limit", "0"], [],
    ]
  )
  func `what does not go together is wrong usage`(_ arguments: [String]) throws {
    let program = try Program()
    try program.makeIndex()
    #expect(try program.run(all: ["query", program.index] + arguments).status == 2)
  }

  @Test func `a batch that is not there is a failed run`() throws {
    let program = try Program()
    try program.makeIndex()
    let run = try program.run("query", program.index, "--batch", "/no/such/file.jsonl")
    #expect(run.status == 1)
    #expect(run.errors.contains("/no/such/file.jsonl"))
  }

  @Test func `compact takes as much memory as it is told`() throws {
    let program = try Program()
    let prompts = try program.makeIndex()
    #expect(try program.run("compact", program.index, "--memory-mib", "0").status == 2)
    let run = try program.run("compact", program.index, "--memory-mib", "64", "--json")
    #expect(try run.objects().first?["segments"] as? Int == 1)
    let found = try program.run("query", program.index, prompts[0].text, "--json").objects()
    #expect(found.first?["id"] as? String == prompts[0].id)
  }
}

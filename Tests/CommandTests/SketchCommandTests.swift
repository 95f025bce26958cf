// SPDX-License-Identifier: Apache-2.0

import Chorus
import ChorusTestSupport
import Foundation
import Testing

struct SketchCommandTests {
  private static func prompts(_ count: Int) -> [SeededCorpus.Prompt] {
    var corpus = SeededCorpus(seed: 231)
    corpus.appendNoise(count: count)
    return corpus.prompts
  }

  @Test func `each prompt has a line with the sketch that the library makes`() throws {
    let program = try Program()
    let prompts = Self.prompts(5)
    let run = try program.run("sketch", program.write("a.jsonl", prompts))
    #expect(run.status == 0)
    let lines = try run.objects()
    #expect(lines.compactMap { $0["id"] as? String } == prompts.map(\.id))
    for (line, prompt) in zip(lines, prompts) {
      let sketch = Sketcher().sketch(prompt.text)
      #expect((line["signature"] as? String)?.count == 128)
      #expect((line["signature"] as? String)?.prefix(2) == hexadecimal(sketch.signatures[0]))
      #expect(line["band_keys"] as? [UInt32] == sketch.bandKeys)
      #expect(line["anchors"] as? [UInt64] == sketch.distinctAnchors(of: 0))
      #expect(line["embedding"] as? [Int8] == sketch.embeddings)
      #expect(line["embedding_scale"] as? Double ?? 0 > 0)
      #expect(line["tokens"] as? Int == Int(sketch.tokenCounts[0]))
    }
  }

  private func hexadecimal(_ byte: UInt8) -> Substring {
    String(0x100 + Int(byte), radix: 16).dropFirst()
  }

  @Test func `only the parts that were asked for are there`() throws {
    let program = try Program()
    let path = try program.write("a.jsonl", Self.prompts(1))
    let line = try #require(try program.run("sketch", path, "--parts", "anchors").objects().first)
    #expect(Set(line.keys) == ["id", "tokens", "anchors"])
  }

  @Test func `more bits a lane make a longer signature`() throws {
    let program = try Program()
    let path = try program.write("a.jsonl", Self.prompts(1))
    let run = try program.run("sketch", path, "--lane-bits", "8")
    #expect((try run.objects().first?["signature"] as? String)?.count == 256)
  }

  @Test func `the counts and the check value do not depend on threads or passes`() throws {
    let program = try Program()
    let prompts = Self.prompts(50)
    let path = try program.write("a.jsonl", prompts)
    let bytes = prompts.reduce(0) { $0 + $1.text.utf8.count }
    var checks = Set<Int>()
    for (threads, passes) in [("1", "1"), ("2", "1"), ("3", "4"), ("64", "1")] {
      let run = try program.run(
        "sketch",
        path,
        "--discard",
        "--json",
        "--threads",
        threads,
        "--repeat",
        passes
      )
      let summary = try #require(try run.objects().first)
      #expect(summary["prompts"] as? Int == 50)
      #expect(summary["text_bytes"] as? Int == bytes)
      #expect(summary["threads"] as? Int == Int(threads))
      #expect(summary["rejected"] as? Int == 0)
      #expect(summary["replaced"] as? Int == 0)
      #expect(summary["tokens"] as? Int ?? 0 > 50)
      #expect(summary["anchors"] as? Int ?? 0 > 50)
      #expect(summary["sketch_seconds"] as? Double ?? -1 >= 0)
      checks.insert(try #require(summary["check"] as? Int))
    }
    #expect(checks.count == 1)
  }

  @Test func `a record that cannot be taken is counted, listed and told`() throws {
    let program = try Program()
    let good = Self.prompts(1).map(Program.line)[0]
    let rejects = program.folder.path(of: "rejects.jsonl")
    let run = try program.run(
      "sketch",
      "--rejects",
      rejects,
      input: "{\"id\": \"x\"}\n\(good)\nnot JSON\n"
    )
    #expect(run.status == 3)
    #expect(try run.objects().count == 1)
    #expect(run.errors.contains("Rejected 2 records"))
    let listed = String(decoding: try program.folder.read("rejects.jsonl"), as: UTF8.self)
    #expect(listed.split(separator: "\n").count == 2)
  }

  @Test(arguments: [
    ["--parts", "everything"], ["--parts", ""], ["--lane-bits", "5"], ["--anchor-window", "0"],
    ["--anchor-window", "17"], ["--threads", "0"], ["--repeat", "2"],
    ["--discard", "--repeat", "0"],
  ])
  func `an option outside its range is wrong usage`(_ options: [String]) throws {
    let program = try Program()
    let process = try program.start(["sketch"] + options, input: nil)
    process.waitUntilExit()
    #expect(process.terminationStatus == 2)
  }
}

// SPDX-License-Identifier: Apache-2.0

import Chorus
import ChorusTestSupport
import Foundation
import Testing

/// Deleting, compacting, repairing, indexes without texts and with a key, on the command line.
struct KeepingCommandTests {
  @Test func `delete and compact leave no trace`() throws {
    let program = try Program()
    let prompts = try program.makeIndex()
    let (id, account) = (prompts[2].id, prompts[5].account)
    let deletion = try program.run(
      "delete",
      program.index,
      "--id",
      id,
      "--account",
      account,
      "--json"
    )
    let count = prompts.filter { $0.id == id || $0.account == account }.count
    #expect(try deletion.objects().first?["deleted"] as? Int == count)
    #expect(try program.run("query", program.index, "--id", id).status == 1)
    let stats = try #require(try program.run("stats", program.index, "--json").objects().first)
    #expect(stats["prompts"] as? Int == prompts.count - count)
    #expect(stats["deleted"] as? Int == count)

    let traces = [
      "verify", program.index, "--deleted", "id=\(id)", "--deleted", "account=\(account)",
    ]
    #expect(try program.run(all: traces).status == 4)
    let compacted = try program.run("compact", program.index, "--json")
    #expect(compacted.status == 0)
    #expect(try compacted.objects().first?["segments"] as? Int == 1)
    #expect(try program.run(all: traces).status == 0)
    #expect(try program.run("verify", program.index).status == 0)
  }

  @Test(arguments: [
    ["delete"], ["delete", "--before", "yesterday"], ["verify", "--deleted", "x"],
    ["verify", "--deleted", "id="], ["verify", "--repair", "--deleted", "id=x"],
  ])
  func `what is not said clearly ends with 2 and changes nothing`(_ words: [String]) throws {
    let program = try Program()
    try program.makeIndex()
    let before = try program.folder.read("index/manifest")
    #expect(try program.run(all: [words[0], program.index] + words.dropFirst()).status == 2)
    #expect(try program.folder.read("index/manifest") == before)
  }

  @Test(arguments: ["delete", "compact"])
  func `an index is not made by a mistyped path`(_ command: String) throws {
    let program = try Program()
    let path = program.folder.path(of: "nowhere")
    let arguments = command == "delete" ? [command, path, "--id", "x"] : [command, path]
    #expect(try program.run(all: arguments).status == 1)
    #expect(!FileManager.default.fileExists(atPath: path))
    _ = try program.folder.write("empty/x", "no index")
    let other = program.folder.path(of: "empty")
    #expect(try program.run(all: [command, other] + arguments.dropFirst(2)).status == 4)
    #expect(try program.folder.names().contains("empty"))
  }

  @Test func `repair says what it drops and keeps the rest`() throws {
    let program = try Program()
    let prompts = try program.makeIndex()
    let name = "index/segment-00000001"
    try program.folder.write(name, try program.folder.read(name).flipping(1, at: 100))
    #expect(try program.run("verify", program.index).status == 4)
    let repair = try #require(
      try program.run("verify", program.index, "--repair", "--json").objects().first
    )
    let lost = try #require(repair["lost"] as? Int)
    #expect((repair["faults"] as? [String])?.count == 1)
    #expect(repair["prompts"] as? Int == prompts.count - lost)
    #expect(try program.run("verify", program.index).status == 0)
  }

  @Test func `an index without texts and with a key`() throws {
    let program = try Program()
    var corpus = SeededCorpus(seed: 212)
    corpus.appendNoise(count: 5)
    let prompts = corpus.prompts
    let file = try program.folder.write(
      "x.jsonl",
      prompts.map(Program.line).joined(separator: "\n")
    )
    let key = try program.folder.write("key", "a secret of more than sixteen bytes\n")
    let other = try program.folder.write("other", "another secret of many bytes\n")
    let arguments = ["index", program.index, file, "--no-text", "--key-file", key]
    #expect(try program.run(all: arguments).status == 0)
    let query = ["query", program.index, prompts[3].text, "--json"]
    let match = try #require(try program.run(all: query + ["--key-file", key]).objects().first)
    #expect(match["id"] as? String == prompts[3].id)
    #expect(match["estimated"] as? Bool == true)
    #expect(try program.run(all: query).status == 4)
    #expect(try program.run(all: query + ["--key-file", other]).status == 4)
    #expect(try program.run(all: query + ["--key-file", file + "x"]).status == 1)
    #expect(try program.run("families", program.index, "--key-file", key).status == 2)
    #expect(try program.run("verify", program.index, "--key-file", key).status == 0)
  }

  @Test func `acknowledged prompts are durable before the input ends`() throws {
    let program = try Program()
    var corpus = SeededCorpus(seed: 213)
    corpus.appendNoise(count: 6)
    let pipe = Pipe()
    let process = try program.start(
      ["index", program.index, "--acknowledge"],
      input: pipe.fileHandleForReading
    )
    pipe.fileHandleForWriting.write(
      Data(corpus.prompts.map { Program.line($0) + "\n" }.joined().utf8)
    )
    // Another process sees them while the first still waits for more.
    var found = 0
    while found < 6, process.isRunning {
      let stats = try program.run("stats", program.index, "--json")
      found = stats.status == 0 ? try stats.objects().first?["prompts"] as? Int ?? 0 : 0
    }
    #expect(found == 6)
    #expect(process.isRunning)
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    #expect(try program.run("verify", program.index).status == 0)
    let stats = try #require(try program.run("stats", program.index, "--json").objects().first)
    #expect(stats["prompts"] as? Int == 6)
  }
}

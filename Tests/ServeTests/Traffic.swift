// SPDX-License-Identifier: Apache-2.0

import ChorusTestSupport
import Foundation
import Testing

/// Simulated traffic with families and campaigns, indexed and mined once for all tests.
enum Traffic {
  /// The prompts in it.
  static let promptCount = 15_000

  private static let files = Result {
    let program = try Program()
    let traffic = program.folder.path(of: "traffic.jsonl")
    let run = try program.run("simulate", "--prompts", "\(promptCount)", "--seed", "3")
    try run.output.write(toFile: traffic, atomically: true, encoding: .utf8)
    try #require(try program.run("index", program.index, traffic, "--quiet").status == 0)
    try #require(try program.run("campaigns", program.index, "--quiet").status == 0)
    var files: [String: Data] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: program.index) {
      files[name] = FileManager.default.contents(atPath: program.index + "/" + name)
    }
    return files
  }

  /// A program with an index of its own of this traffic.
  static func program() throws -> Program {
    let program = try Program()
    try FileManager.default.createDirectory(
      atPath: program.index,
      withIntermediateDirectories: false
    )
    for (name, data) in try files.get() {
      try data.write(to: URL(filePath: program.index + "/" + name))
    }
    return program
  }

  /// A service on an index of its own of this traffic, with all families known.
  static func server() throws -> Server {
    let server = try Server(program())
    try server.mine()
    return server
  }

  /// What a command of the program prints about this traffic as JSON Lines.
  static func objects(_ command: String, _ arguments: String...) throws -> [[String: Any]] {
    let program = try program()
    let run = try program.run(all: [command, program.index] + arguments + ["--json"])
    try #require(run.status == 0, "\(run.errors)")
    return try run.objects()
  }
}

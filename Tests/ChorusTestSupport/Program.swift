// SPDX-License-Identifier: Apache-2.0

package import Foundation

/// The built program `chorus`, run in a folder of its own.
package final class Program {
  /// How a run ended and what it wrote.
  package struct Run {
    package var status: Int32
    package var output: String
    package var errors: String

    /// Notes a run.
    package init(status: Int32, output: String, errors: String) {
      self.status = status
      self.output = output
      self.errors = errors
    }

    /// The objects of JSON Lines on standard output.
    package func objects() throws -> [[String: Any]] {
      try output.split(separator: "\n").map { line in
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
        return object as? [String: Any] ?? [:]
      }
    }
  }

  /// The program is not where it is looked for.
  package struct NotBuilt: Error {}

  /// Its folder.
  package let folder: TemporaryFolder
  private let executable: URL
  private var runCount = 0

  /// Finds the program and makes a folder for it.
  package init() throws {
    folder = try TemporaryFolder()
    executable = try Self.find()
  }

  /// The path of the index that most tests use.
  package var index: String { folder.path(of: "index") }

  /// The program stands next to the tests, or next to the bundle that they are in.
  private static func find() throws -> URL {
    var places = [URL(filePath: CommandLine.arguments[0]), Bundle.main.bundleURL]
    for _ in 0..<4 {
      places = places.map { $0.deletingLastPathComponent() }
      for place in places {
        let candidate = place.appending(path: "chorus")
        var isFolder: ObjCBool = false
        let exists = unsafe FileManager.default.fileExists(
          atPath: candidate.path,
          isDirectory: &isFolder
        )
        if exists, !isFolder.boolValue { return candidate }
      }
    }
    throw NotBuilt()
  }

  /// Starts the program; output and errors go to files, so that neither can fill a pipe, unless
  /// another place for errors is given.
  package func start(
    _ arguments: [String],
    input: FileHandle?,
    environment: [String: String] = [:],
    errors: FileHandle? = nil
  ) throws -> Process {
    runCount += 1
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = input ?? FileHandle.nullDevice
    process.standardOutput = try FileHandle(
      forWritingTo: URL(filePath: folder.write("log/out-\(runCount)", ""))
    )
    process.standardError =
      try errors
      ?? FileHandle(forWritingTo: URL(filePath: folder.write("log/err-\(runCount)", "")))
    try process.run()
    return process
  }

  /// Runs the program to its end.
  @discardableResult
  package func run(
    _ arguments: String...,
    input: String? = nil,
    environment: [String: String] = [:]
  ) throws -> Run {
    try run(all: arguments, input: input, environment: environment)
  }

  /// Runs the program to its end.
  @discardableResult
  package func run(
    all arguments: [String],
    input: String? = nil,
    environment: [String: String] = [:]
  ) throws -> Run {
    let handle = try input.map { text in
      try FileHandle(forReadingFrom: URL(filePath: folder.write("log/in-\(runCount)", text)))
    }
    let process = try start(arguments, input: handle, environment: environment)
    process.waitUntilExit()
    return Run(
      status: process.terminationStatus,
      output: String(decoding: try folder.read("log/out-\(runCount)"), as: UTF8.self),
      errors: String(decoding: try folder.read("log/err-\(runCount)"), as: UTF8.self)
    )
  }
}

extension Program {
  /// One record as a line of JSON.
  package static func line(_ prompt: SeededCorpus.Prompt) -> String {
    var record = ["id": prompt.id, "account": prompt.account, "text": prompt.text]
    record["time"] = prompt.time.description
    for attribute in prompt.attributes { record[attribute.name] = attribute.value }
    let data = try? JSONEncoder().encode(record)
    return data.map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  /// Writes prompts to a file of JSON Lines and returns its path.
  package func write(
    _ name: String,
    _ prompts: some Sequence<SeededCorpus.Prompt>
  ) throws -> String {
    try folder.write(name, prompts.map { Self.line($0) + "\n" }.joined())
  }

  /// Makes an index of two segments and returns the prompts in it.
  @discardableResult
  package func makeIndex() throws -> [SeededCorpus.Prompt] {
    var corpus = SeededCorpus(seed: 201)
    corpus.appendFamily(size: 6, accountCount: 3)
    corpus.appendNoise(count: 6)
    for (name, half) in [("a.jsonl", corpus.prompts.prefix(6)), ("b.jsonl", corpus.prompts[6...])] {
      let run = try run("index", index, write(name, half))
      guard run.status == 0 else { throw NotBuilt() }
    }
    return corpus.prompts
  }

  /// The names of the segments' files.
  package func segmentNames() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: index).sorted()
      .filter { $0.hasPrefix("segment-") }
  }

  /// Changes the bytes of a file of the index.
  package func change(_ name: String, _ change: ([UInt8]) -> [UInt8]) throws {
    try folder.write("index/" + name, change(try folder.read("index/" + name)))
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import ChorusIngest
internal import FoundationEssentials

/// A directory of its own for one test, removed with it.
final class TemporaryDirectory {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "ingest-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file and returns it as an input.
  func write(_ name: String, _ bytes: [UInt8]) throws -> PromptInput {
    let file = path + "/" + name
    try Data(bytes).write(to: URL(filePath: file))
    return .file(file)
  }

  /// Writes a file of text and returns it as an input.
  func write(_ name: String, _ text: String) throws -> PromptInput {
    try write(name, Array(text.utf8))
  }
}

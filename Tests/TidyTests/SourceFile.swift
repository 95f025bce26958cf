// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A file of the repository, as the rules see it.
struct SourceFile {
  /// The path from the root of the repository.
  let path: String
  let bytes: [UInt8]

  var name: String { String(path.split(separator: "/").last ?? "") }

  /// The second part of the path: the module's name.
  var module: String { String(path.split(separator: "/").dropFirst().first ?? "") }

  /// The lines, numbered from 1.
  var lines: [(number: Int, text: String)] {
    bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated().map {
      ($0.offset + 1, String(decoding: $0.element, as: UTF8.self))
    }
  }

  /// The lines that are not comments.
  var code: [(number: Int, text: String)] {
    lines.filter { line in !line.text.drop { $0 == " " }.hasPrefix("//") }
  }

  /// The root of the repository: this file stands at Tests/TidyTests.
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// All files under a folder whose names end in one of some extensions, ascending by path.
  static func all(under folders: [String], extensions: Set<String>? = nil) -> [SourceFile] {
    var files: [SourceFile] = []
    for folder in folders {
      let paths = try? FileManager.default.subpathsOfDirectory(
        atPath: root.appending(path: folder).path
      )
      for path in (paths ?? []).sorted() {
        let url = root.appending(path: folder).appending(path: path)
        guard extensions?.contains(url.pathExtension) ?? true, !url.hasDirectoryPath,
          let data = FileManager.default.contents(atPath: url.path)
        else { continue }
        files.append(SourceFile(path: folder + "/" + path, bytes: [UInt8](data)))
      }
    }
    return files
  }

  /// Everything written by hand or by our generators.
  static let sources = all(
    under: ["Sources", "Tests", "Benchmarks", "Tools"],
    extensions: ["swift", "c", "h", "cpp"]
  )
}

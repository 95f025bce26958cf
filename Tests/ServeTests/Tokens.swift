// SPDX-License-Identifier: Apache-2.0

import ChorusTestSupport
import Foundation
import Testing

/// A token as `chorus token` makes it.
struct Token {
  /// What the client sends.
  var secret: String
  /// What stands in the token file.
  var line: String

  /// The header that shows it.
  var header: [String: String] { ["Authorization": "Bearer \(secret)"] }
}

extension Program {
  /// Makes a token.
  func token(_ name: String, _ roles: [String]) throws -> Token {
    let run = try run(
      all: ["token", "--name", name] + roles.sorted().flatMap { ["--role", $0] }
    )
    try #require(run.status == 0, "\(run.errors)")
    return Token(
      secret: run.errors.trimmingCharacters(in: .whitespacesAndNewlines),
      line: run.output.trimmingCharacters(in: .whitespacesAndNewlines)
    )
  }

  /// Writes the file of some tokens and gives its path.
  @discardableResult
  func writeTokens(_ tokens: Token...) throws -> String {
    try folder.write("tokens", tokens.map { $0.line + "\n" }.joined())
  }

  /// Starts a service that must not start.
  ///
  /// - Returns: Its status, or `nil` where it did listen, and what it wrote.
  func refusal(_ arguments: String...) throws -> (status: Int32?, errors: String) {
    let pipe = Pipe()
    let process = try start(
      ["serve", index] + arguments,
      input: nil,
      errors: pipe.fileHandleForWriting
    )
    try pipe.fileHandleForWriting.close()
    var text = ""
    while case let piece = pipe.fileHandleForReading.availableData, !piece.isEmpty {
      text += String(decoding: piece, as: UTF8.self)
      guard text.contains("\"listening\"") else { continue }
      process.terminate()
      process.waitUntilExit()
      return (nil, text)
    }
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }
}

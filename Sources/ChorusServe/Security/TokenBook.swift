// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
internal import Foundation

/// The tokens that clients may use, from a file that has only their digests.
///
/// A line of the file is `NAME ROLES SHA256`, such as `alice read,write 9f86d0...`; empty lines and
/// those that begin with `#` are passed over. Tokens are 256 bits of chance, so one round of
/// SHA-256 is enough: there is nothing to guess.
public struct TokenBook: Sendable {
  struct Entry: Sendable {
    var name: String
    var roles: Roles
    var digest: Digest
  }

  private var entries: [Entry] = []

  /// The most bytes that a token may have.
  private static let longestToken = 512

  /// The number of tokens.
  public var count: Int { entries.count }

  /// Reads the text of a token file.
  ///
  /// - Parameters:
  ///   - text: The lines.
  ///   - path: Where they are from, for errors.
  /// - Throws: `invalidInput` when a line has another form, a name is there twice, or there is no
  ///   token at all.
  public init(_ text: String, path: String) throws(ChorusError) {
    var names: Set<String> = []
    for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      let fields = line.split(whereSeparator: \.isWhitespace)
      if fields.isEmpty || fields[0].hasPrefix("#") { continue }
      guard fields.count == 3, let digest = Digest(hexadecimal: fields[2]) else {
        throw Self.failure(path, number, "it is not NAME ROLES SHA256")
      }
      var roles: Roles = []
      for name in fields[1].split(separator: ",", omittingEmptySubsequences: false) {
        guard let role = Roles(name: String(name)) else {
          throw Self.failure(path, number, "a role is none of read, write and admin")
        }
        roles.formUnion(role)
      }
      guard names.insert(String(fields[0])).inserted else {
        throw Self.failure(path, number, "its name is there twice")
      }
      entries.append(Entry(name: String(fields[0]), roles: roles, digest: digest))
    }
    guard !entries.isEmpty else {
      throw ChorusError(
        .invalidInput,
        "Cannot use the token file \(path): it has no token. 'chorus token' makes one."
      )
    }
  }

  /// Reads a token file.
  ///
  /// - Throws: `invalidInput` when it cannot be read or used.
  public init(path: String) throws(ChorusError) {
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw ChorusError(.invalidInput, "Cannot read the token file \(path): check the path.")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ChorusError(.invalidInput, "Cannot use the token file \(path): it is not UTF-8.")
    }
    try self.init(text, path: path)
  }

  private static func failure(_ path: String, _ line: Int, _ reason: String) -> ChorusError {
    ChorusError(
      .invalidInput,
      "Cannot use line \(line + 1) of the token file \(path): \(reason)."
    )
  }

  /// Whose token a secret is, if it is one.
  ///
  /// Looks at all of them, so that the time does not tell which.
  func entry(ofToken secret: String) -> Entry? {
    guard secret.utf8.count <= Self.longestToken else { return nil }
    let digest = Digest(of: secret)
    var found: Entry?
    for entry in entries where entry.digest.equals(digest) { found = entry }
    return found
  }

  /// Makes a new token.
  ///
  /// - Parameters:
  ///   - name: Whose it is.
  ///   - roles: What it allows.
  /// - Returns: The secret, which is nowhere else, and the line of the token file.
  /// - Throws: `invalidInput` when the name has white space in it or begins with `#`.
  public static func make(
    name: String,
    roles: Roles
  ) throws(ChorusError) -> (secret: String, line: String) {
    guard !name.isEmpty, !name.hasPrefix("#"), !name.contains(where: \.isWhitespace),
      !roles.isEmpty
    else {
      throw ChorusError(
        .invalidInput,
        "Cannot make a token: the name must be one word that does not begin with '#', and there "
          + "must be a role."
      )
    }
    let secret = Digest.secret()
    let roleNames = roles == .admin ? ["admin"] : roles.names
    let line = "\(name) \(roleNames.joined(separator: ",")) \(Digest(of: secret).hexadecimal)"
    return (secret, line)
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A place that prompts are read from.
public enum PromptInput: Hashable, Sendable {
  /// A file, or anything else that can be opened by a path.
  case file(String)
  /// Standard input.
  case standardInput
}

extension PromptInput {
  /// The path as given, or `-` for standard input.
  public var name: String {
    switch self {
    case .file(let path): path
    case .standardInput: "-"
    }
  }

  /// The whole path of a file, by which a later run knows it again; `nil` for standard input.
  var wholePath: String? {
    guard case .file(let path) = self else { return nil }
    // Sound: the library allocates the string, which is copied and freed here.
    guard let resolved = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }
}

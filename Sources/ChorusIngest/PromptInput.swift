// SPDX-License-Identifier: Apache-2.0

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
}

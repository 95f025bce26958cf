// SPDX-License-Identifier: Apache-2.0

package import ChorusKernels

/// One token of a normalised text: a word, a symbol, or a character of a script without spaces.
public struct Token: Sendable {
  package var storage: chorus_token

  package init(_ storage: chorus_token) { self.storage = storage }

  /// The hash of the token's bytes, with look-alikes, accents and digits folded.
  public var hash: UInt64 { storage.hash }

  /// Where the token lies in the normalised text.
  public var range: Range<Int> {
    Int(storage.start & ~CHORUS_LINE_START)..<Int(storage.end & ~CHORUS_CHARACTER)
  }

  /// A Boolean value that says whether the token is the first of its line.
  public var startsLine: Bool { storage.start & CHORUS_LINE_START != 0 }

  /// A Boolean value that says whether the token is one character of a script without spaces, an
  /// emoji or a symbol; other tokens are words.
  public var isCharacter: Bool { storage.end & CHORUS_CHARACTER != 0 }
}

/// Cuts normalised text into tokens.
///
/// A token is a maximal run of letters, digits and marks; a character of a script that puts no
/// spaces between words (Han, Kana, Thai, Lao, Khmer, Myanmar and their like), an emoji or another
/// symbol outside ASCII is one by itself, with the marks that follow it. Everything else separates.
/// A text with none of these has one token for each visible character, so only a blank text has no
/// tokens.
public struct Tokeniser: Sendable {
  /// Creates a tokeniser.
  public init() {}

  /// Cuts a normalised text into tokens.
  ///
  /// - Parameters:
  ///   - text: The normalised text.
  ///   - tokens: Receives the tokens in order; its memory is reused.
  /// - Complexity: O(*n*).
  public func tokenise(_ text: NormalisedText, into tokens: inout [Token]) {
    TextKernels.tokenise(text.bytes, into: &tokens)
  }

  /// Cuts a normalised text into tokens.
  public func tokenise(_ text: NormalisedText) -> [Token] {
    var tokens: [Token] = []
    tokenise(text, into: &tokens)
    return tokens
  }
}

// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
internal import ChorusText

/// Templates that are known to be innocent: public ones, a firm's own, those of a library.
public struct KnownTemplates: Sendable {
  /// Runs of this many words are compared.
  private static let runLength = 4
  /// A family is known when this share of its runs is in one known template.
  private static let leastShare = 0.9

  private var names = Set<String>()
  private var templates: [Set<UInt64>] = []

  /// Creates an empty list.
  public init() {}

  /// Reads a list: on each line the name of a family, or a template as `chorus families` writes
  /// it, with `{1}`, `{2}` where anything may stand.
  ///
  /// A `\n` stands for a line end of the template. Empty lines and those that begin with `#` are
  /// passed over.
  ///
  /// - Throws: `invalidInput` when a line has no word in it.
  public init(lines: [String]) throws(ChorusError) {
    for (number, line) in lines.enumerated() {
      let text = line.trimmed
      if text.isEmpty || text.hasPrefix("#") { continue }
      if text.isNameOfFamily {
        names.insert(text)
        continue
      }
      let runs = Self.runs(Self.pieces(text))
      guard !runs.isEmpty else {
        throw ChorusError(
          .invalidInput,
          "Cannot read line \(number + 1) of the known templates: it has no word. Give the name of "
            + "a family, or a template with words."
        )
      }
      templates.append(runs)
    }
  }

  /// The number of names and templates.
  public var count: Int { names.count + templates.count }

  /// Whether a family is known: by a name that it has or had, or because nearly all of its fixed
  /// text is in one known template.
  ///
  /// - Complexity: O(*n*) in the fixed text, times the known templates.
  public func contains(_ family: Family) -> Bool {
    if names.contains(family.name) || !names.isDisjoint(with: family.formerNames) { return true }
    guard !templates.isEmpty else { return false }
    let runs = Self.runs(
      family.template.parts.compactMap { part in
        if case .fixed(let text) = part { text } else { nil }
      }
    )
    guard !runs.isEmpty else { return false }
    return templates.contains { known in
      Double(runs.intersection(known).count) >= Self.leastShare * Double(runs.count)
    }
  }

  /// The numbers of the families of a catalogue that are known.
  public func families(in catalogue: FamilyCatalogue) -> Set<Int> {
    guard count > 0 else { return [] }
    return Set(catalogue.families.indices.filter { contains(catalogue.families[$0]) })
  }

  /// The fixed pieces of a written template.
  private static func pieces(_ text: String) -> [String] {
    var pieces: [String] = [""]
    var rest = Substring(text)
    while let character = rest.first {
      if character == "{", let end = rest.firstIndex(of: "}"), end != rest.startIndex,
        rest[rest.index(after: rest.startIndex)..<end].allSatisfy(\.isNumber)
      {
        pieces.append("")
        rest = rest[rest.index(after: end)...]
      } else if rest.hasPrefix("\\n") {
        pieces[pieces.count - 1].append("\n")
        rest = rest.dropFirst(2)
      } else {
        pieces[pieces.count - 1].append(character)
        rest = rest.dropFirst()
      }
    }
    return pieces
  }

  /// The hashes of all runs of words; of a piece that is shorter, of the whole piece.
  private static func runs(_ pieces: [String]) -> Set<UInt64> {
    var runs = Set<UInt64>()
    // Marks around slots come and go.
    for piece in pieces where piece.contains(where: { $0.isLetter || $0.isNumber }) {
      let tokens = Tokeniser().tokenise(Normaliser().normalise(Array(piece.utf8))).map(\.hash)
      guard !tokens.isEmpty else { continue }
      let length = min(runLength, tokens.count)
      for start in 0...(tokens.count - length) {
        runs.insert(
          tokens[start..<(start + length)].reduce(UInt64(length)) { Hashing.mix($0 &+ $1) }
        )
      }
    }
    return runs
  }
}

extension String {
  /// The text without blanks around it.
  fileprivate var trimmed: String {
    String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }

  /// Whether the text is spelled as names of families are.
  fileprivate var isNameOfFamily: Bool {
    hasPrefix("f-") && utf8.count == 10
      && dropFirst(2).allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
  }
}

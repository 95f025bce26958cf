// SPDX-License-Identifier: Apache-2.0

package import ChorusCore
internal import ChorusSketch
package import ChorusStore

/// Files beside the segments: what was found in the prompts, and what people decided about it.
///
/// What was found may be absent, damaged or of another build, and is then found again. Files that
/// hold text of prompts go away with every deletion.
package enum KeptFile {
  /// How the name of a file begins that may hold text of prompts.
  package static let textPrefix = "families-"
  /// How the name of a file begins that holds none.
  package static let namePrefix = "family-names-"
  /// How the name of a file begins that has a person's verdict.
  package static let verdictPrefix = "verdict-"
  /// What stands in the name of one that is being written.
  package static let temporaryInfix = "-new-"

  /// Whether a file is one of these: nothing else that someone put into the folder is.
  package static func isName(_ name: String) -> Bool {
    let parts = name.split(separator: "-new-", maxSplits: 1, omittingEmptySubsequences: false)
    let stem = parts[0]
    if parts.count == 2 {
      guard !parts[1].isEmpty, parts[1].allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) })
      else { return false }
    }
    for prefix in [textPrefix, namePrefix] where stem.hasPrefix(prefix) {
      let rest = stem.dropFirst(prefix.count)
      return !rest.isEmpty && rest.allSatisfy { $0.isASCII && $0.isNumber }
    }
    guard stem.hasPrefix(verdictPrefix) else { return false }
    let rest = stem.dropFirst(verdictPrefix.count)
    return rest.hasPrefix("c-") && rest.count > 2
      && rest.dropFirst(2).allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
  }

  /// The file of the verdict about a campaign.
  package static func verdictName(_ campaign: String) -> String { verdictPrefix + campaign }

  /// What a file of some name holds.
  private static func kind(of name: String) -> Envelope.Kind {
    name.hasPrefix(verdictPrefix) ? .verdict : .families
  }

  /// Whether a file goes away when prompts are deleted: it may have their text.
  static func hasText(_ name: String) -> Bool { isName(name) && name.hasPrefix(textPrefix) }

  /// Whether a file was being written when its writer was killed, or still is.
  static func isTemporary(_ name: String) -> Bool {
    isName(name) && name.contains(temporaryInfix)
  }
}

extension KeptFile {
  /// What is damaged in a kept file, or `nil` when nothing is.
  static func fault(of name: String, in storage: any Storage) -> ChorusError? {
    do throws(ChorusError) {
      try BlockFile(storage, name: name, kind: kind(of: name)).verify()
      return nil
    } catch {
      // A reader may have replaced it since it was listed; an older one is made again.
      guard error.code == .corrupted || error.code == .foreign else { return nil }
      return ChorusError(
        error.code,
        name.hasPrefix(verdictPrefix)
          ? "Cannot read \(storage.location)/\(name), which has a verdict: remove it with 'chorus "
            + "verify --repair', and give it again with 'chorus campaign --mark'."
          : "Cannot read \(storage.location)/\(name), which keeps what was found: nothing is lost, "
            + "and 'chorus families' makes it again."
      )
    }
  }
}

extension Index {
  /// Reads a kept file.
  ///
  /// - Returns: `nil` when there is none that can be used.
  package func keptFile(_ name: String, for snapshot: Snapshot) -> BlockFile? {
    guard let file = try? BlockFile(storage, name: name, kind: .families),
      file.envelope.indexID == snapshot.manifest.indexID,
      file.envelope.planFingerprint == snapshot.manifest.plan.fingerprint
    else { return nil }
    return file
  }

  /// Replaces a kept file in one step.
  ///
  /// - Parameters:
  ///   - name: Its name.
  ///   - kind: What it holds.
  ///   - isDurable: Whether a crash may not lose it.
  ///   - snapshot: The snapshot that it was made from.
  ///   - write: Writes the sections.
  /// - Throws: What the storage throws.
  package func keep(
    _ name: String,
    kind: Envelope.Kind = .families,
    isDurable: Bool = false,
    for snapshot: Snapshot,
    _ write: (BlockFileWriter) throws(ChorusError) -> Void
  ) throws(ChorusError) {
    var generator = SystemRandomNumberGenerator()
    let temporary = name + KeptFile.temporaryInfix + String(generator.next(), radix: 36)
    let envelope = snapshot.manifest.envelope(kind, number: snapshot.manifest.generation)
    do throws(ChorusError) {
      let file = try BlockFileWriter(storage, name: temporary, envelope: envelope)
      try write(file)
      _ = try file.finish()
      try storage.rename(temporary, to: name)
      if isDurable { try storage.synchronise() }
      // A writer that deleted prompts since has removed what it saw, which this was not among.
      if KeptFile.hasText(name), (try? manifest().keeps(snapshot.manifest)) != true {
        try storage.removeIfThere(name)
      }
    } catch {
      try? storage.remove(temporary)
      throw error
    }
  }
}

extension Index {
  /// The names of the files with verdicts, ascending.
  package func verdictFileNames() throws(ChorusError) -> [String] {
    try storage.names().filter { name in
      KeptFile.isName(name) && name.hasPrefix(KeptFile.verdictPrefix)
        && !KeptFile.isTemporary(name)
    }
  }

  /// Opens the file of a verdict.
  ///
  /// - Throws: `corrupted` when it is damaged or of another index.
  package func verdictFile(
    _ name: String,
    for snapshot: Snapshot
  ) throws(ChorusError) -> BlockFile {
    let file = try BlockFile(storage, name: name, kind: .verdict)
    guard file.envelope.indexID == snapshot.manifest.indexID else {
      throw file.damaged("it is of another index", at: 0)
    }
    return file
  }

  /// Removes the file of a verdict.
  package func removeVerdictFile(_ name: String) throws(ChorusError) {
    // What a file says of itself may be forged.
    guard KeptFile.isName(name) else { return }
    try storage.remove(name)
    try storage.synchronise()
  }
}

extension Storage {
  /// Removes a file, unless somebody else did already.
  func removeIfThere(_ name: String) throws(ChorusError) {
    do throws(ChorusError) { try remove(name) } catch {
      guard error.code == .notFound else { throw error }
    }
  }
}

extension Manifest {
  /// Whether nothing was deleted or rewritten since an earlier generation.
  fileprivate func keeps(_ earlier: Manifest) -> Bool {
    deletions == earlier.deletions && Set(segments).isSuperset(of: earlier.segments)
  }

  /// Hashes of what was deleted and is still in the files of segments.
  package var deletionHashes: [UInt64] { deletions.map { Hashing.hash64($0.encoded) } }
}

// SPDX-License-Identifier: Apache-2.0

package import ChorusCore
internal import ChorusSketch
package import ChorusStore

/// Files beside the segments that can be made again from them: what was found in the prompts.
///
/// They may be absent, damaged or of another build, and are then made again. Those that hold text
/// of prompts go away with every deletion.
package enum KeptFile {
  /// How the name of a file begins that may hold text of prompts.
  package static let textPrefix = "families-"
  /// How the name of a file begins that holds none.
  package static let namePrefix = "family-names-"
  /// What stands in the name of one that is being written.
  package static let temporaryInfix = ".new-"

  /// Whether a file is one of these.
  package static func isName(_ name: String) -> Bool {
    name.hasPrefix(textPrefix) || name.hasPrefix(namePrefix)
  }

  /// Whether a file goes away when prompts are deleted: it may have their text.
  static func hasText(_ name: String) -> Bool { name.hasPrefix(textPrefix) }

  /// Whether a file was being written when its writer was killed, or still is.
  static func isTemporary(_ name: String) -> Bool {
    isName(name) && name.contains(temporaryInfix)
  }
}

extension KeptFile {
  /// What is damaged in a kept file, or `nil` when nothing is.
  static func fault(of name: String, in storage: any Storage) -> ChorusError? {
    do throws(ChorusError) {
      try BlockFile(storage, name: name, kind: .families).verify()
      return nil
    } catch {
      // A reader may have replaced it since it was listed; an older one is made again.
      guard error.code == .corrupted || error.code == .foreign else { return nil }
      return ChorusError(
        error.code,
        "Cannot read \(storage.location)/\(name), which keeps what was found: nothing is lost, and "
          + "'chorus families' makes it again."
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
  ///   - snapshot: The snapshot that it was made from.
  ///   - write: Writes the sections.
  /// - Throws: What the storage throws.
  package func keep(
    _ name: String,
    for snapshot: Snapshot,
    _ write: (BlockFileWriter) throws(ChorusError) -> Void
  ) throws(ChorusError) {
    var generator = SystemRandomNumberGenerator()
    let temporary = name + KeptFile.temporaryInfix + String(generator.next(), radix: 36)
    let envelope = snapshot.manifest.envelope(.families, number: snapshot.manifest.generation)
    do throws(ChorusError) {
      let file = try BlockFileWriter(storage, name: temporary, envelope: envelope)
      try write(file)
      _ = try file.finish()
      try storage.rename(temporary, to: name)
      // Nothing depends on it: what a crash loses is made again.
    } catch {
      try? storage.remove(temporary)
      throw error
    }
  }
}

extension Manifest {
  /// Hashes of what was deleted and is still in the files of segments.
  package var deletionHashes: [UInt64] { deletions.map { Hashing.hash64($0.encoded) } }
}

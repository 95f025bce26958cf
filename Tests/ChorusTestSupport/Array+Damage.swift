// SPDX-License-Identifier: Apache-2.0

// What happens to files in the field: a bit flips, an end goes missing, another version writes.

extension [UInt8] {
  /// Returns the bytes with some bits of one byte turned over.
  package func flipping(_ mask: UInt8, at place: Int) -> Self {
    var damaged = self
    damaged[place] ^= mask
    return damaged
  }

  /// Returns the bytes of a file of an index as another format version would have written its
  /// envelope: the version replaced and the envelope's checksum made good again.
  package func withFormatVersion(_ version: UInt32) -> Self {
    var writer = ByteWriter()
    writer.write(version)
    return replacing(at: 12, with: writer.bytes).withEnvelopeChecksum()
  }

  /// Returns the bytes with others in their place from an offset on.
  package func replacing(at offset: Int, with other: [UInt8]) -> Self {
    var changed = self
    changed.replaceSubrange(offset..<(offset + other.count), with: other)
    return changed
  }

  /// Returns the bytes of a file with the checksum that its first 56 bytes ask for.
  package func withEnvelopeChecksum() -> Self {
    var writer = ByteWriter()
    writer.write(Hashing.hash64(self[..<56]))
    return replacing(at: 56, with: writer.bytes)
  }
}

extension ChorusError.Code {
  /// Whether the code is one of those that a damaged or foreign file may give.
  package var saysDamage: Bool { [.corrupted, .foreign, .tooNew, .tooOld].contains(self) }
}

/// Returns the error that a closure throws, or `nil` when it throws none of ours.
package func failure(of body: () throws -> Void) -> ChorusError? {
  do { try body() } catch { return error as? ChorusError }
  return nil
}

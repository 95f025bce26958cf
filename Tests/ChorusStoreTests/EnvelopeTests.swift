// SPDX-License-Identifier: Apache-2.0

import ChorusCore
import ChorusStore
import ChorusTestSupport
import Testing

struct EnvelopeTests {
  private static func read(
    _ bytes: [UInt8],
    of kind: Envelope.Kind = .segment
  ) throws -> Envelope {
    try Envelope.read(FileBytes(bytes), of: kind, path: "folder/name")
  }

  @Test(arguments: [Envelope.Kind.segment, .manifest])
  func `an envelope comes back as it was written`(_ kind: Envelope.Kind) throws {
    let envelope = Envelope(
      kind: kind,
      indexID: IndexID(low: .max, high: 1),
      planFingerprint: 2,
      number: .max
    )
    #expect(try Self.read(envelope.encoded, of: kind) == envelope)
  }

  @Test func `an envelope has 64 bytes`() {
    #expect(BlockFileFixture.envelope.encoded.count == 64)
    #expect(Envelope.byteCount == 64)
  }

  @Test(arguments: [4, 5, 255, 1 << 16, .max] as [UInt32])
  func `a newer format is too new`(_ version: UInt32) {
    let bytes = BlockFileFixture.envelope.encoded.withFormatVersion(version)
    #expect(failure { _ = try Self.read(bytes) }?.code == .tooNew)
  }

  @Test(arguments: [0, 1, 2] as [UInt32])
  func `an older format is too old`(_ version: UInt32) {
    let bytes = BlockFileFixture.envelope.encoded.withFormatVersion(version)
    #expect(failure { _ = try Self.read(bytes) }?.code == .tooOld)
  }

  @Test(arguments: [0, 2, 4] as [UInt32])
  func `another format's message has both versions, the path and what to do`(_ version: UInt32) {
    let bytes = BlockFileFixture.envelope.encoded.withFormatVersion(version)
    let message = failure { _ = try Self.read(bytes) }?.message ?? ""
    #expect(message.contains("format \(version)"))
    #expect(message.contains("reads \(Envelope.version)"))
    #expect(message.contains("folder/name"))
    #expect(message.contains("ndex the source again"))
  }

  @Test func `a flipped bit of the version is damage and not a newer format`() {
    let bytes = BlockFileFixture.envelope.encoded.flipping(2, at: 12)
    #expect(failure { _ = try Self.read(bytes) }?.code == .corrupted)
  }

  @Test func `another magic is foreign`() {
    let text = Array("{\"id\": \"a file of JSON Lines with more than 64 bytes in all of it\"}".utf8)
    #expect(failure { _ = try Self.read(text) }?.code == .foreign)
  }

  @Test func `another kind of file is foreign`() {
    let bytes = BlockFileFixture.envelope.encoded
    #expect(failure { _ = try Self.read(bytes, of: .manifest) }?.code == .foreign)
  }

  @Test func `an empty file is damage`() {
    #expect(failure { _ = try Self.read([]) }?.code == .corrupted)
  }

  @Test func `a short file of something else is foreign`() {
    #expect(failure { _ = try Self.read(Array("id".utf8)) }?.code == .foreign)
  }
}

// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chorus

struct CompactCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compact",
    abstract: "Merges segments and erases what was deleted.",
    discussion: """
      Needs as much free space as the segments that are being merged take, and about 2 GiB of \
      memory. The index can be asked meanwhile.
      """
  )

  @OptionGroup var options: IndexOptions

  @OptionGroup var output: OutputOptions

  private struct Result: Encodable {
    var segmentsBefore: Int
    var segments: Int
    var indexBytesBefore: UInt64
    var indexBytes: UInt64

    enum CodingKeys: String, CodingKey {
      case segments
      case segmentsBefore = "segments_before"
      case indexBytesBefore = "index_bytes_before"
      case indexBytes = "index_bytes"
    }
  }

  func run() throws {
    let writer = try options.writer()
    let before = (writer.segmentCount, writer.indexByteCount)
    try writer.compact()
    if output.json {
      try JSONLines().write(
        Result(
          segmentsBefore: before.0,
          segments: writer.segmentCount,
          indexBytesBefore: before.1,
          indexBytes: writer.indexByteCount
        )
      )
    } else if !output.quiet {
      Terminal.output.line(
        "\(Format.count(before.0)) segments of \(Format.bytes(before.1)) are now "
          + "\(Format.count(writer.segmentCount)) of \(Format.bytes(writer.indexByteCount))."
      )
    }
  }
}

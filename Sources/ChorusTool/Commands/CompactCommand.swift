// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chorus

struct CompactCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compact",
    abstract: "Merges segments and erases what was deleted.",
    discussion: """
      Needs as much free space as the segments that are being merged take. Segments become as \
      large as --memory-mib allows; the larger they are, the faster the index answers. The index \
      can be asked meanwhile.
      """
  )

  @OptionGroup var options: IndexOptions

  @Option(help: "The memory that the prompts of one segment may take while it is merged.")
  var memoryMib = 1024

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (1...1 << 20).contains(memoryMib) else {
      throw ValidationError("--memory-mib must be from 1 to 1,048,576.")
    }
  }

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
    var writing = IndexWriter.Options()
    writing.compaction = CompactionPolicy(memoryByteCount: UInt64(memoryMib) << 20)
    let writer = try options.writer(options: writing)
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

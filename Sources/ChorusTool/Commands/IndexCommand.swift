// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chorus
import ChorusWire

struct IndexCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "index",
    abstract: "Adds prompts to an index, creating it on first use.",
    discussion: """
      Reads JSON Lines, one prompt a line, plain or compressed with gzip, zstd or lz4 (told by \
      content). A record that cannot be used is counted, written to --rejects, and never stops the \
      run unless --on-error stop is given. A prompt whose id is already in the index is refused \
      and counted. A run that was interrupted can simply be run again: it goes on where it stood \
      in each file.
      """
  )

  enum OnError: String, ExpressibleByArgument, CaseIterable {
    case skip
    case stop
  }

  @OptionGroup var options: IndexOptions

  @Argument(help: "The files to read; '-' or none is standard input.")
  var files: [String] = []

  @OptionGroup var record: RecordOptions

  @Option(name: .customLong("attribute"), help: "The path of a scalar field to keep; repeatable.")
  var attributes: [String] = []

  @Option(help: "What to do at a bad record: skip or stop.")
  var onError = OnError.skip

  @Flag(help: "Do not store the texts of a new index: similarity is estimated, no families.")
  var noText = false

  @Flag(
    help: ArgumentHelp(
      "Make prompts durable as they are read, not by the segment, and print how many are.",
      discussion: "For a pipe that must not lose anything. Prints one number a line, or with "
        + "--json one object with the key acknowledged: the prompts that are durable so far, those "
        + "refused included."
    )
  )
  var acknowledge = false

  @Option(
    help: ArgumentHelp(
      "A file that receives the prompts of known families as they arrive, as JSON Lines.",
      discussion: "Known are the families that 'chorus families' keeps beside the index. Nothing "
        + "is mined for it. Keys: family, id, account, time.",
      valueName: "file"
    )
  )
  var families: String?

  @Option(help: "The memory for gathering prompts before they are written, in MiB.")
  var bufferMib = IndexWriter.Options().bufferByteCount >> 20

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (1...2047).contains(bufferMib) else {
      throw ValidationError("--buffer-mib must be from 1 to 2047.")
    }
  }

  func run() throws {
    var ingest = try record.ingestOptions()
    ingest.attributeNames = attributes
    try ingest.validate()
    let inputs = RecordOptions.inputs(files)
    // Inputs are opened before the index is created, so that a mistyped path leaves nothing behind.
    _ = try PromptSource(inputs: inputs, options: ingest)

    let progress = ProgressLine(isQuiet: output.quiet)
    defer { progress.clear() }
    var writing = IndexWriter.Options(bufferByteCount: bufferMib << 20)
    writing.keepsText = !noText
    writing.keepsLog = acknowledge
    let key = try options.key()
    let writer = try IndexWriter(
      DiskStorage(creating: options.index),
      key: key,
      options: writing
    )
    if noText, writer.keepsText {
      throw ValidationError("The index stores texts; --no-text is for a new one.")
    }
    // A run that goes on where another had ended goes on with its rejects too.
    let rejectFile = try record.rejects.map { path throws(ChorusError) in
      try LineFile(path, goesOn: BulkIndexer(writer).continues(inputs))
    }
    let stops = onError == .stop
    var watch = try families == nil ? nil : openWatch(key)
    let sightings = try families.map { path throws(ChorusError) in
      try LineFile(path, goesOn: BulkIndexer(writer).continues(inputs))
    }
    let indexer = BulkIndexer(writer, options: ingest, acknowledges: acknowledge)
    let outcome = try indexer.run(
      inputs,
      onReject: { reject throws(ChorusError) in
        try rejectFile?.write(reject.jsonLine)
        try rejectFile?.flush()
        guard !stops else { throw Self.stopped(at: reject) }
      },
      onAdded: { batch, added throws(ChorusError) in
        guard let found = watch?.look(at: batch, added) else { return }
        for sighting in found { try sightings?.write(Self.line(sighting)) }
        try sightings?.flush()
      },
      onProgress: { step in
        progress.show(step)
        if acknowledge { acknowledged(step.recordCount) }
      }
    )
    let rejectCount = outcome.rejectCount
    try rejectFile?.flush()
    progress.clear()
    try report(writer, outcome, watch, seconds: progress.seconds)
    if rejectCount > 0 { throw ExitStatus.finishedWithRejects }
  }

  /// What tells of prompts which known family they are of.
  private func openWatch(_ key: SketchKey?) throws(ChorusError) -> FamilyWatch {
    let index = try Index(path: options.index, key: key)
    guard let watch = FamilyKeeper(index).watch(for: try index.snapshot()) else {
      throw ChorusError(
        .notFound,
        "Cannot tell families: none are kept beside the index. Run 'chorus families' first."
      )
    }
    return watch
  }

  private func acknowledged(_ count: Int) {
    Terminal.output.line(output.json ? "{\"acknowledged\":\(count)}" : String(count))
    Terminal.output.flush()
  }

  private static func stopped(at reject: Reject) -> ChorusError {
    ChorusError(
      .cancelled,
      "Stopped at \(reject.source), line \(reject.line), offset \(reject.byteOffset): "
        + "\(reject.reason.sentence) Mend it and run again: nothing is added twice."
    )
  }

  private struct Summary: Encodable {
    var prompts: Int
    var distinct: Int
    var rejected: Int
    var duplicateIDs: Int
    var textBytes: UInt64
    var indexBytes: UInt64
    var seconds: Double
    var ofKnownFamilies: Int?

    enum CodingKeys: String, CodingKey {
      case prompts, distinct, rejected, seconds
      case ofKnownFamilies = "of_known_families"
      case duplicateIDs = "duplicate_ids"
      case textBytes = "text_bytes"
      case indexBytes = "index_bytes"
    }
  }

  private func report(
    _ writer: IndexWriter,
    _ outcome: BulkIndexer.Outcome,
    _ watch: FamilyWatch?,
    seconds: Double
  ) throws {
    let counts = writer.counts
    let rejectCount = outcome.rejectCount
    if output.json {
      try JSONLines().write(
        Summary(
          prompts: counts.prompts,
          distinct: counts.distinct,
          rejected: rejectCount,
          duplicateIDs: counts.duplicateIDs,
          textBytes: counts.textByteCount,
          indexBytes: writer.indexByteCount,
          seconds: seconds,
          ofKnownFamilies: watch?.promptCount
        )
      )
      return
    }
    guard !output.quiet else { return }
    for (name, line) in outcome.continued {
      Terminal.output.line("Continued \(name) at line \(line), where the last run had ended.")
    }
    let rate = Double(counts.prompts) / max(seconds, 0.001)
    Terminal.output.line(
      "Added \(Format.count(counts.prompts)) prompts, \(Format.count(counts.distinct)) of them "
        + "distinct, in \(Format.duration(seconds)) (\(Format.count(Int(rate)))/s)."
    )
    if counts.duplicateIDs > 0 {
      Terminal.output.line(
        "Refused \(Format.count(counts.duplicateIDs)) prompts whose id was already there."
      )
    }
    if rejectCount > 0 {
      let place =
        record.rejects.map { " They are listed in \($0)." } ?? " See them with --rejects FILE."
      Terminal.output.line("Rejected \(Format.count(rejectCount)) records.\(place)")
    }
    if let watch {
      let prompts = Format.count(watch.promptCount)
      let families = Format.count(watch.familyCount)
      Terminal.output.line("\(prompts) of them are of \(families) known families.")
    }
    Terminal.output.line(
      "\(Format.bytes(counts.textByteCount)) of text; the index now has "
        + "\(Format.bytes(writer.indexByteCount))."
    )
  }

  private static func line(_ sighting: FamilyWatch.Sighting) throws(ChorusError) -> String {
    guard let line = try? JSONText.line(of: MemberObject(sighting)) else {
      throw ChorusError(.invalidInput, "Cannot write a prompt of a known family as JSON.")
    }
    return line
  }
}

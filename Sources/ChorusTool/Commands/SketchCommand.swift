// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chorus

struct SketchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sketch",
    abstract: "Prints the sketches of prompts, for other programs.",
    discussion: """
      Reads prompts as 'chorus index' does and writes one JSON object a line: the id, and the \
      parts asked for: the signature (hexadecimal) with its band keys, the anchors, the \
      embedding with its scale. The documentation page Sketches says what each number is. With \
      --discard nothing is written but the counts, the seconds that sketching took, reading and \
      parsing left out, and a check value that depends on the sketches alone.
      """
  )

  enum Part: String, CaseIterable {
    case signature
    case anchors
    case embedding
  }

  @Argument(help: "The files to read; '-' or none is standard input.")
  var files: [String] = []

  @OptionGroup var record: RecordOptions

  @Option(
    help: "The parts to print, of signature, anchors, embedding (computed only when asked for)."
  )
  var parts = "signature,anchors,embedding"

  @Option(help: "The bits to keep of each lane of the signature: 4 or 8.")
  var laneBits: UInt32 = SketchPlan.standard.laneBitCount

  @Option(help: "The consecutive runs of which one is an anchor, from 1 to 16.")
  var anchorWindow: UInt32 = SketchPlan.standard.anchorWindow

  @Flag(help: "Compute, and print only the counts.")
  var discard = false

  @Option(help: "The threads that sketch.")
  var threads = 1

  @Option(help: "With --discard, how often to sketch; the fastest time counts.")
  var `repeat` = 1

  @OptionGroup var output: OutputOptions

  private var plan: SketchPlan { SketchPlan(laneBitCount: laneBits, anchorWindow: anchorWindow) }

  func validate() throws {
    guard plan.isUsable else {
      throw ValidationError("--lane-bits must be 4 or 8 and --anchor-window from 1 to 16.")
    }
    guard (1...1024).contains(threads) else {
      throw ValidationError("--threads must be from 1 to 1024.")
    }
    guard (1...1000).contains(`repeat`), discard || `repeat` == 1 else {
      throw ValidationError("--repeat must be from 1 to 1000, and goes with --discard.")
    }
    for name in parts.split(separator: ",", omittingEmptySubsequences: false)
    where Part(rawValue: String(name)) == nil {
      throw ValidationError("--parts must be some of signature, anchors and embedding.")
    }
  }

  func run() throws {
    let wanted = Set(parts.split(separator: ",").compactMap { Part(rawValue: String($0)) })
    let ingest = try record.ingestOptions()
    let source = try PromptSource(inputs: RecordOptions.inputs(files), options: ingest)
    let rejectFile = try record.rejects.map { path throws(ChorusError) in try LineFile(path) }
    let run = SketchRun(
      plan: plan,
      embeds: wanted.contains(.embedding),
      threadCount: threads,
      repeatCount: discard ? `repeat` : 0
    )
    let lines = JSONLines()
    var summary = Summary(threads: threads)
    while let blocks = try nextBlocks(of: source) {
      let parser = try RecordParser(options: ingest)
      let parsed = blocks.map { parser.parse($0) }
      for reject in parsed.flatMap(\.rejects) { try rejectFile?.write(reject.jsonLine) }
      summary.rejected += parsed.reduce(0) { $0 + $1.rejects.count }
      let batches = parsed.map(\.batch)
      for (batch, sketches) in zip(batches, run.sketch(batches)) {
        if discard {
          summary.add(batch, sketches)
        } else {
          for (place, prompt) in batch.records.enumerated() {
            let id = batch.string(prompt.id)
            try lines.write(Row(id: id, sketches.prompt(place), wanted))
          }
        }
      }
    }
    try rejectFile?.flush()
    summary.seconds = run.seconds
    if discard { try report(summary, lines) }
    guard summary.rejected > 0 else { return }
    if !output.quiet {
      let place =
        record.rejects.map { " They are listed in \($0)." } ?? " See them with --rejects FILE."
      Terminal.error.line("Rejected \(Format.count(summary.rejected)) records.\(place)")
    }
    throw ExitStatus.finishedWithRejects
  }

  private func nextBlocks(of source: PromptSource) throws -> [LineBlock]? {
    var blocks: [LineBlock] = []
    while blocks.count < 16, let block = try source.next() { blocks.append(block) }
    return blocks.isEmpty ? nil : blocks
  }

  private func report(_ summary: Summary, _ lines: JSONLines) throws {
    if output.json { return try lines.write(summary) }
    let rate = Double(summary.textBytes) / max(summary.seconds, 1e-9) / 1e6
    Terminal.output.line(
      "Sketched \(Format.count(summary.prompts)) prompts, "
        + "\(Format.bytes(UInt64(summary.textBytes))) of text, in "
        + "\(Format.decimal(summary.seconds, 3)) s on \(threads) thread\(threads == 1 ? "" : "s"): "
        + "\(Format.count(Int(rate))) MB/s."
    )
    Terminal.output.line(
      "\(Format.count(summary.tokens)) tokens, \(Format.count(summary.anchors)) anchors, "
        + "\(Format.count(summary.replaced)) ill-formed sequences; "
        + "check value \(summary.check)."
    )
  }
}

extension SketchCommand {
  /// What one prompt's line says.
  fileprivate struct Row: Encodable {
    var id: String
    var tokens: UInt32
    var signature: String?
    var bandKeys: [UInt32]?
    var anchors: [UInt64]?
    var embedding: [Int8]?
    var embeddingScale: Float?

    enum CodingKeys: String, CodingKey {
      case id, tokens, signature, anchors, embedding
      case bandKeys = "band_keys"
      case embeddingScale = "embedding_scale"
    }

    init(id: String, _ sketch: SketchBatch, _ parts: Set<Part>) {
      self.id = id
      tokens = sketch.tokenCounts[0]
      if parts.contains(.signature) {
        signature = Format.hexadecimal(sketch.signatures)
        bandKeys = sketch.bandKeys
      }
      if parts.contains(.anchors) { anchors = sketch.distinctAnchors(of: 0) }
      if parts.contains(.embedding) {
        embedding = sketch.embeddings
        embeddingScale = sketch.embeddingScales[0]
      }
    }
  }

  /// What is printed instead of the sketches.
  fileprivate struct Summary: Encodable {
    var prompts = 0
    var rejected = 0
    var replaced = 0
    var textBytes = 0
    var tokens = 0
    var anchors = 0
    var check: UInt64 = 0
    var threads: Int
    var seconds = 0.0

    enum CodingKeys: String, CodingKey {
      case prompts, rejected, replaced, tokens, anchors, check, threads
      case textBytes = "text_bytes"
      case seconds = "sketch_seconds"
    }

    init(threads: Int) { self.threads = threads }

    mutating func add(_ batch: PromptBatch, _ sketches: SketchBatch) {
      prompts += sketches.count
      replaced += sketches.replacedCounts.reduce(0) { $0 + Int($1) }
      textBytes += batch.records.reduce(0) { $0 + $1.text.bounds.count }
      tokens += sketches.tokenCounts.reduce(0) { $0 + Int($1) }
      for place in 0..<sketches.count {
        let prompt = sketches.prompt(place)
        let distinct = prompt.distinctAnchors(of: 0)
        anchors += distinct.count
        // 53 bits, which every reader of JSON takes.
        check &+= Hashing.hash64(prompt.signatures) &+ distinct.reduce(0, &+)
        for value in prompt.embeddings { check = check &* 31 &+ UInt64(bitPattern: Int64(value)) }
      }
      check &= 1 << 53 - 1
    }
  }
}

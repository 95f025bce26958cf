// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusFamily
internal import ChorusIndex
internal import ChorusIngest
internal import ChorusSketch
internal import ChorusWire

extension Calls {
  private struct RecordObject: Encodable {
    /// The place in the array, or the line.
    var record: UInt64
    var id: String?
    var status: String
    /// The family of an added prompt; null when it is of none.
    var family: OrNull<String>?
    var reason: String?
    var detail: String?
  }

  private struct AddedObject: Encodable {
    var added: Int
    var duplicateIDs: Int
    var rejected: Int
    var records: [RecordObject]?

    enum CodingKeys: String, CodingKey {
      case added, rejected, records
      case duplicateIDs = "duplicate_ids"
    }
  }

  /// The records of a body, sketched.
  private struct Received: Sendable {
    var prepared: PreparedBatch
    var lines: [UInt64]
    var rejects: [Reject]
    var isSingle: Bool
  }

  /// Answers `POST /v1/prompts`.
  func addPrompts(_ body: HeldBody?, _ parameters: inout Parameters) async throws -> Reply {
    let listsRecords = try parameters.flag("records", default: true)
    try parameters.end()
    guard let body else { throw Problem.invalid("The call needs a body.") }
    guard body.mediaType == "application/json" || body.isNDJSON else {
      throw Problem.unsupportedType
    }
    let snapshot = engine.holder.snapshot()
    let (plan, key) = (snapshot.manifest.plan, engine.options.index.key)
    let options = engine.options.ingest
    let limit = limits.recordCount
    let received = try await engine.ingest.run {
      try Self.receive(body, options, plan: plan, key: key, limit: limit)
    }
    if received.isSingle, let reject = received.rejects.first {
      engine.meter.received(byteCount: body.bytes.count, added: 0, duplicates: 0, rejected: 1)
      throw Problem(reject)
    }
    var outcome = LiveIndex.Outcome()
    if !received.prepared.batch.records.isEmpty {
      outcome = try await engine.holder.add(received.prepared)
    }
    engine.meter.received(
      byteCount: body.bytes.count,
      added: outcome.addedCount,
      duplicates: outcome.duplicateIDCount,
      rejected: received.rejects.count
    )
    let done = outcome
    let answer: @Sendable () throws -> Reply = {
      try .json(
        AddedObject(
          added: done.addedCount,
          duplicateIDs: done.duplicateIDCount,
          rejected: received.rejects.count,
          records: listsRecords ? records(received, done) : nil
        )
      )
    }
    // What was added must be told, however many wait for the lane.
    guard listsRecords, received.lines.count > Self.smallCount,
      let reply = try? await engine.ingest.run(answer)
    else { return try answer() }
    return reply
  }

  /// The records from which on an answer is made on a lane.
  private static let smallCount = 256

  private static func receive(
    _ body: HeldBody,
    _ options: IngestOptions,
    plan: SketchPlan,
    key: SketchKey?,
    limit: Int
  ) throws -> Received {
    var lines = body.bytes
    var isSingle = false
    var count = 0
    if body.isNDJSON {
      for byte in lines where byte == 0x0A { count += 1 }
    } else {
      let framed = try RecordLines(json: body.bytes)
      lines = framed.bytes
      isSingle = framed.isSingle
      count = framed.count
    }
    guard count <= limit else {
      throw Problem(413, "tooLarge", "The body has more than \(limit) records. Send it in parts.")
    }
    let parsed = try RecordParser(options: options)
      .parse(LineBlock(sourceName: "request", lines: lines))
    return Received(
      prepared: PreparedBatch(parsed.batch, sketcher: Sketcher(plan: plan, key: key)),
      lines: parsed.lines,
      rejects: parsed.rejects,
      isSingle: isSingle
    )
  }

  /// What became of each record, in the order of the body.
  private func records(_ received: Received, _ outcome: LiveIndex.Outcome) -> [RecordObject] {
    let batch = received.prepared.batch
    var families: [String: String] = [:]
    for sighting in engine.passes.sightings(received.prepared, outcome.added) {
      families[sighting.id] = sighting.family
    }
    let added = Set(outcome.added)
    var records: [RecordObject] = []
    for (position, record) in batch.records.enumerated() {
      let id = batch.string(record.id)
      let isNew = added.contains(position)
      records.append(
        RecordObject(
          record: received.lines[position],
          id: id,
          status: isNew ? "added" : "duplicate",
          family: isNew ? OrNull(families[id]) : nil
        )
      )
    }
    for reject in received.rejects {
      records.append(
        RecordObject(
          record: reject.line,
          status: "rejected",
          reason: reject.reason.rawValue,
          detail: reject.reason.sentence
        )
      )
    }
    return records.sorted { $0.record < $1.record }
  }

  private struct PromptObject: Encodable {
    var id: String
    var account: String
    var time: String
    var text: String?
    var attributes: [String: String]
    var family: OrNull<String>
  }

  /// Answers `GET /v1/prompts/{id}`.
  func prompt(_ id: String, _ parameters: inout Parameters) async throws -> Reply {
    try parameters.end()
    let snapshot = engine.holder.snapshot()
    let findings = engine.passes.findings
    return try await engine.queries.run {
      guard let (number, place) = try snapshot.location(ofID: id) else {
        throw Problem.notFound("There is no prompt of that id.")
      }
      let segment = snapshot.segments[number]
      let occurrence = try segment.occurrences(place..<(place + 1))[0]
      let row = Int(occurrence.row)
      let attributes = try segment.attributes(place..<(place + 1))[0]
      let family = try findings?.finder.family(segment: number, row: row, in: snapshot)
      return try .json(
        PromptObject(
          id: id,
          account: segment.accountNames[Int(occurrence.account)],
          time: occurrence.time.description,
          text: snapshot.manifest.hasText
            ? String(decoding: try segment.text(ofRow: row), as: UTF8.self) : nil,
          attributes: Dictionary(
            attributes.map { ($0.name, $0.value) },
            uniquingKeysWith: { first, _ in first }
          ),
          family: OrNull(family.flatMap { findings?.catalogue.families[$0].name })
        )
      )
    }
  }

  private struct DeletedObject: Encodable {
    var deleted: Int
  }

  /// Answers `DELETE /v1/prompts/{id}` and `DELETE /v1/accounts/{account}`.
  func delete(_ target: DeletionTarget, _ parameters: inout Parameters) async throws -> Reply {
    try parameters.end()
    return try .json(DeletedObject(deleted: try await engine.delete(target)))
  }
}

extension HeldBody {
  /// Whether each line is a value.
  var isNDJSON: Bool {
    ["application/x-ndjson", "application/jsonl", "application/x-jsonlines"].contains(mediaType)
  }
}

extension Problem {
  static let unsupportedType = Problem(
    415,
    "unsupportedMediaType",
    "The body must be application/json, or application/x-ndjson where lines are taken."
  )

  /// Creates the problem that a single record is.
  fileprivate init(_ reject: Reject) {
    let isJSON = reject.reason != .notJSON && reject.reason != .invalidUTF8
    self.init(isJSON ? 422 : 400, "invalidInput", reject.reason.sentence)
    reason = reject.reason.rawValue
  }
}

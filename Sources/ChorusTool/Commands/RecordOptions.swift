// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chorus

/// Where the fields of a record are.
struct FieldOptions: ParsableArguments {
  @Option(help: "The path of the id in a record, with dots into nested objects.")
  var idField = "id"

  @Option(help: "The path of the account.")
  var accountField = "account"

  @Option(help: "The path of the time: RFC 3339, or seconds or milliseconds since 1970.")
  var timeField = "time"

  @Option(help: "The path of the text: a string, or an array of chat turns.")
  var textField = "text"

  @Option(help: "The roles of the chat turns that are taken, with commas between them.")
  var roles = "system,user"

  /// The options as the library has them.
  var ingestOptions: IngestOptions {
    var ingest = IngestOptions()
    ingest.idField = idField
    ingest.accountField = accountField
    ingest.timeField = timeField
    ingest.textField = textField
    ingest.roles = roles.split(separator: ",").map(String.init)
    return ingest
  }
}

/// Where the fields of a record are, and which records are taken.
struct RecordOptions: ParsableArguments {
  @OptionGroup var fields: FieldOptions

  @Flag(help: "Make ids for records without one, equal on every run over the same input.")
  var generateIds = false

  @Option(help: "A file that receives one JSON line for each record that was not taken.")
  var rejects: String?

  @Option(help: "The largest record to take, in bytes.")
  var maxRecordBytes = IngestOptions().maximumRecordByteCount

  /// The options as the library has them, checked.
  func ingestOptions() throws(ChorusError) -> IngestOptions {
    var ingest = fields.ingestOptions
    ingest.generateIDs = generateIds
    ingest.maximumRecordByteCount = maxRecordBytes
    try ingest.validate()
    return ingest
  }

  /// The inputs that a command's arguments name.
  static func inputs(_ files: [String]) -> [PromptInput] {
    files.isEmpty ? [.standardInput] : files.map { $0 == "-" ? .standardInput : .file($0) }
  }
}

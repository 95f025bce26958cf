// SPDX-License-Identifier: Apache-2.0

/// Why a record, or the rest of a stream, was not taken.
///
/// The raw values are stable: they are written to the rejects file.
public enum RejectReason: String, CaseIterable, Error, Sendable {
  /// The line is not one JSON value, or nests deeper than 1,024 levels.
  case notJSON = "not_json"
  /// The line is JSON but not an object.
  case notAnObject = "not_an_object"
  /// The id is absent or null.
  case missingID = "missing_id"
  /// The account is absent or null.
  case missingAccount = "missing_account"
  /// The time is absent or null.
  case missingTime = "missing_time"
  /// The text is absent or null.
  case missingText = "missing_text"
  /// The line has bytes that are not UTF-8.
  case invalidUTF8 = "invalid_utf8"
  /// A field that is kept has an escape of one half of a surrogate pair.
  case loneSurrogate = "lone_surrogate"
  /// The time has another form, or names no moment from 1970 up to 2200.
  case invalidTime = "invalid_time"
  /// The id has another type, is empty, or is too long.
  case invalidID = "invalid_id"
  /// The account has another type, is empty, or is too long.
  case invalidAccount = "invalid_account"
  /// The text is neither a string nor a chat array.
  case invalidText = "invalid_text"
  /// The text has nothing but white space, or no turn of a wanted role.
  case emptyText = "empty_text"
  /// The record is longer than the limit.
  case tooLarge = "too_large"
  /// A compressed stream ends in the middle.
  case truncatedStream = "truncated_stream"
  /// A compressed stream cannot be decoded further.
  case damagedStream = "damaged_stream"
}

extension RejectReason {
  /// One sentence for a person.
  public var sentence: String {
    switch self {
    case .notJSON: "The line is not one JSON value, or it nests too deep."
    case .notAnObject: "The line is not a JSON object."
    case .missingID: "The record has no id: name its field, or have ids generated."
    case .missingAccount: "The record has no account: name its field."
    case .missingTime: "The record has no time: name its field."
    case .missingText: "The record has no text: name its field."
    case .invalidUTF8: "The record has bytes that are not UTF-8."
    case .loneSurrogate: "A field of the record has an escape of half a surrogate pair."
    case .invalidTime:
      "The time is neither RFC 3339 nor a number of seconds or milliseconds, or is not between the "
        + "years 1970 and 2199."
    case .invalidID: "The id is not a string of 1 to 1024 bytes or an integer number."
    case .invalidAccount: "The account is not a string of 1 to 1024 bytes or an integer number."
    case .invalidText: "The text is neither a string nor a chat array."
    case .emptyText: "The text is empty, or the chat has no text of a wanted role."
    case .tooLarge: "The record is longer than the limit."
    case .truncatedStream:
      "The compressed stream ends too early: what follows the last whole line is lost."
    case .damagedStream:
      "The compressed stream is damaged: what follows the last whole line before it is lost."
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

public import ChorusCore

/// Says where the fields of a prompt are found in a record, and what to accept.
///
/// A field is named by a dotted path: `request.messages` is the key `messages` of the object at the
/// key `request`. A key that has a dot in it cannot be named. Paths may overlap, and one value may
/// serve several fields.
public struct IngestOptions: Hashable, Sendable {
  /// Where the caller's own id is: a string or an integer number.
  public var idField = "id"
  /// Where the account is: a string or an integer number.
  public var accountField = "account"
  /// Where the time is: RFC 3339, or seconds or milliseconds since 1970.
  public var timeField = "time"
  /// Where the text is: a string or a chat array.
  public var textField = "text"
  /// The roles whose turns of a chat array are kept.
  public var roles = ["system", "user"]
  /// The scalar fields to keep as attributes; a name given twice counts once.
  public var attributeNames: [String] = []
  /// Whether a record without an id gets one from its bytes and its line number.
  public var generateIDs = false
  /// Whether a record may be without an account and a time, as texts to ask about are.
  ///
  /// The account is empty then, and the time is the beginning of 1970.
  public var takesBareTexts = false
  /// The most bytes a record may have, in `1...IngestOptions.largestRecordByteCount`.
  public var maximumRecordByteCount = 16 << 20

  /// The greatest limit on the bytes of a record: 128 MiB.
  ///
  /// A parser needs up to seven times the bytes of its longest record.
  public static let largestRecordByteCount = 128 << 20

  /// Creates the default options.
  public init() {}
}

extension IngestOptions {
  /// The most components a path may have.
  static let maximumComponentCount = 32

  /// Checks that every path can be followed and every limit kept.
  ///
  /// - Throws: ``ChorusError`` with code `invalidInput`.
  public func validate() throws(ChorusError) {
    try Self.check(idField, "the id")
    try Self.check(accountField, "the account")
    try Self.check(timeField, "the time")
    try Self.check(textField, "the text")
    for name in attributeNames { try Self.check(name, "an attribute") }
    guard (1...Self.largestRecordByteCount).contains(maximumRecordByteCount) else {
      throw ChorusError(
        .invalidInput,
        "Cannot limit a record to \(maximumRecordByteCount) bytes: the limit must be between 1 and "
          + "\(Self.largestRecordByteCount)."
      )
    }
  }

  private static func check(_ path: String, _ role: String) throws(ChorusError) {
    let components = path.split(separator: ".", omittingEmptySubsequences: false)
    guard components.allSatisfy({ !$0.isEmpty }) else {
      throw ChorusError(
        .invalidInput,
        "Cannot use \"\(path)\" as the field of \(role): a path is one or more names joined by "
          + "dots, such as request.messages."
      )
    }
    guard components.count <= maximumComponentCount else {
      throw ChorusError(
        .invalidInput,
        "Cannot use a path of \(components.count) names as the field of \(role): at most "
          + "\(maximumComponentCount) are allowed."
      )
    }
  }
}

// SPDX-License-Identifier: Apache-2.0

/// An error from reading, writing, indexing or querying.
///
/// Switch on ``code`` to decide what to do; show ``message`` to a person. Neither ever contains
/// prompt text: a prompt is named by its id or by its place in a file.
public struct ChorusError: Error, Sendable {
  /// What went wrong, as a category a caller can act on.
  public let code: Code
  /// One sentence: what was attempted, on which file, and what to do next.
  public let message: String
  /// Where in the data the fault lies, when the fault is in the data.
  public let position: Position?
  /// The lower-level error that caused this one, if any.
  public let cause: (any Error)?

  /// Creates an error.
  public init(
    _ code: Code,
    _ message: String,
    at position: Position? = nil,
    cause: (any Error)? = nil
  ) {
    self.code = code
    self.message = message
    self.position = position
    self.cause = cause
  }
}

extension ChorusError {
  /// A category of failure with a stable name and a stable number.
  ///
  /// Codes can be added without breaking callers, and numbers are never reused.
  public struct Code: Hashable, Sendable {
    /// The stable name, such as `corrupted`.
    public let name: String
    /// The stable number, such as 10.
    public let number: Int32

    private init(_ name: String, _ number: Int32) {
      self.name = name
      self.number = number
    }

    /// Bytes on disk do not match their checksum or break an invariant.
    public static let corrupted = Self("corrupted", 10)
    /// The data was written by a newer format than this build reads.
    public static let tooNew = Self("tooNew", 11)
    /// The data was written by an older format than this build reads.
    public static let tooOld = Self("tooOld", 12)
    /// The data was made with other hashing or normalisation parameters.
    public static let planMismatch = Self("planMismatch", 13)
    /// Another process is writing to the index.
    public static let locked = Self("locked", 14)
    /// The named thing does not exist.
    public static let notFound = Self("notFound", 15)
    /// The operating system refused a read or a write.
    public static let ioFailure = Self("ioFailure", 16)
    /// The disk is full.
    public static let noSpace = Self("noSpace", 17)
    /// A stated limit was exceeded.
    public static let limitExceeded = Self("limitExceeded", 18)
    /// The files are not a Chorus index.
    public static let foreign = Self("foreign", 19)
    /// The caller's input cannot be used.
    public static let invalidInput = Self("invalidInput", 20)
    /// The caller asked to stop.
    public static let cancelled = Self("cancelled", 21)
  }

  /// A place in a file.
  public struct Position: Hashable, Sendable {
    /// The file's path as the caller gave it.
    public let file: String
    /// The offset in bytes from the start of the file.
    public let offset: UInt64

    /// Creates a position.
    public init(file: String, offset: UInt64) {
      self.file = file
      self.offset = offset
    }
  }
}

extension ChorusError: CustomStringConvertible {
  /// The message, with the position and the cause where they are known.
  public var description: String {
    var text = message
    if let position { text += " (\(position.file), offset \(position.offset))" }
    if let cause { text += " [cause: \(cause)]" }
    return text
  }
}

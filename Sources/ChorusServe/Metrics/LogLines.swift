// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusWire
public import Logging

/// Writes what happens as JSON, one object a line, for programs that gather logs.
public struct LogLines: LogHandler {
  /// What goes with every line.
  public var metadata: Logger.Metadata = [:]
  /// The least level that is written.
  public var logLevel: Logger.Level

  private let write: @Sendable (String) -> Void

  /// Creates a handler.
  ///
  /// - Parameters:
  ///   - level: The least level that is written.
  ///   - write: Receives each line, without its line break, from any thread.
  public init(level: Logger.Level, write: @escaping @Sendable (String) -> Void) {
    logLevel = level
    self.write = write
  }

  /// The value of a key that goes with every line.
  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// Writes a line.
  public func log(event: LogEvent) {
    var object = ["time": Timestamp.now.description, "level": "\(event.level)"]
    object["message"] = "\(event.message)"
    for (key, value) in metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 })
    where !key.hasPrefix("hb.") {
      object[key] = "\(value)"
    }
    guard let line = try? JSONText.line(of: object) else { return }
    write(line)
  }
}

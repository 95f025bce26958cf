// SPDX-License-Identifier: Apache-2.0

public import ChorusCore

/// What the manifest says of a segment.
public struct SegmentSummary: Hashable, Sendable {
  /// The segment's number, which names its file and is never used again.
  public var number: UInt64
  /// The bytes of its file.
  public var byteCount: UInt64
  /// The distinct normalised texts.
  public var rowCount: Int
  /// The prompts.
  public var occurrenceCount: Int
  /// The accounts.
  public var accountCount: Int
  /// The bytes of all distinct texts.
  public var textByteCount: UInt64
  /// When the earliest prompt was sent.
  public var firstTime: Timestamp
  /// When the latest prompt was sent.
  public var lastTime: Timestamp
}

// SPDX-License-Identifier: Apache-2.0

public import ChorusCore

/// The prompts of a block of lines, and what was not taken.
public struct ParsedBlock: Sendable {
  /// The good records, in input order.
  public internal(set) var batch = PromptBatch()
  /// For each record of the batch, the number of its line in its input, from 1.
  public internal(set) var lines: [UInt64] = []
  /// The others, in input order, with those the block already had.
  public internal(set) var rejects: [Reject] = []
}

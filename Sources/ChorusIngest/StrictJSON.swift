// SPDX-License-Identifier: Apache-2.0

/// Tells JSON from what only looks like it.
///
/// Readers of JSON differ in what they let pass: a comma too many, other encodings than UTF-8.
package enum StrictJSON {
  /// Whether a line is one JSON object in UTF-8, to the last byte.
  ///
  /// - Complexity: O(*n*).
  package static func isObject(line: [UInt8]) -> Bool {
    let json = SimdJSON()
    // Some field must be asked for; every byte is read all the same.
    _ = json.slot(of: "text")
    let block = LineBlock(sourceName: "request", lines: line)
    let scan = json.read(block, maximumLineByteCount: IngestOptions.largestRecordByteCount)
    return scan.lines.count == 1 && scan.lines[0].reason == nil
  }
}

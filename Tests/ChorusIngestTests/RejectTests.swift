// SPDX-License-Identifier: Apache-2.0

internal import ChorusIngest
import Testing

struct RejectTests {
  @Test func `the JSON form has file, line, offset, reason and detail`() {
    let reject = Reject(source: "in.jsonl", line: 3, byteOffset: 120, reason: .missingTime)
    #expect(
      reject.jsonLine
        == #"{"file":"in.jsonl","line":3,"offset":120,"reason":"missing_time","#
        + #""detail":"The record has no time: name its field."}"#
    )
  }

  @Test func `the file name is escaped`() {
    let name = "a\"b\\c\nd\te\u{1}f\u{E9}.jsonl"
    let reject = Reject(source: name, line: 1, byteOffset: 0, reason: .notJSON)
    #expect(reject.jsonLine.hasPrefix("{\"file\":\"a\\\"b\\\\c\\nd\\te\\u0001f\u{E9}.jsonl\","))
  }

  @Test func `the JSON form is itself a line that can be parsed`() throws {
    let reject = Reject(source: "\u{0}\u{1F}\"\\", line: 1, byteOffset: 0, reason: .tooLarge)
    var options = IngestOptions()
    options.idField = "reason"
    options.accountField = "file"
    options.timeField = "line"
    options.textField = "detail"
    let result = try parse(reject.jsonLine, options: options)
    #expect(result.prompts.map(\.account) == ["\u{0}\u{1F}\"\\"])
  }
}

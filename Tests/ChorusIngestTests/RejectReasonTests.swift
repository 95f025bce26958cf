// SPDX-License-Identifier: Apache-2.0

internal import ChorusIngest
import Testing

/// A bad line and why it is bad.
struct BadLine: Sendable, CustomTestStringConvertible {
  let bytes: [UInt8]
  let reason: RejectReason

  init(_ text: String, _ reason: RejectReason) {
    bytes = Array(text.utf8)
    self.reason = reason
  }

  init(bytes: [UInt8], _ reason: RejectReason) {
    self.bytes = bytes
    self.reason = reason
  }

  var testDescription: String {
    "\(reason): \(String(decoding: bytes.prefix(80), as: UTF8.self))"
  }

  /// A line with other values for some of the fields; `nil` leaves a field out.
  private static func fields(
    id: String? = #""x""#,
    account: String? = #""a""#,
    time: String? = "1776816000",
    text: String? = #""t""#
  ) -> String {
    let all = [("id", id), ("account", account), ("time", time), ("text", text)]
    let present = all.compactMap { name, value in value.map { "\"\(name)\":\($0)" } }
    return "{" + present.joined(separator: ",") + "}"
  }

  static let syntax: [Self] = [
    "hello", "{", "}", "{}}", "{\"id\":}", "{,}", "nul", "tru e", "\"open", "{\"a\" 1}", "{a:1}",
    "{\"a\":1,}", "{\"a\":[1,]}", "{\"a\":[1}}", "{\"a\":{]}", "{\"a\":01}", "{\"a\":1.}",
    "{\"a\":-}", "{\"a\":1e}", "{\"a\":+1}", "{\"a\":.5}", "{\"a\":NaN}", "{\"a\":truex}",
    "{\"a\":\"b\":1}", "{\"a\":\"b\"c}", "{\"a\":12\"b\"}", "{\"a\":\"\\q\"}",
    "{\"a\":\"\\u12g4\"}",
    "{\"a\":1}{\"b\":2}", "{\"a\":1} x", "{\"a\":1}]", "{\"a\\x\":1}", "{\"a\":\"\t\"}", "'a'",
    "{\"a\":1 \"b\":2}", "{\"a\":[1 2]}", "{\"a\":{\"b\"}}", "{\"a\":\"b", "{\"text\":[{]}",
    "{\"text\":[{\"content\":01}]}", "{\"id\":tru}", "{\"id\":\"\\u\"}", "\u{FEFF}",
  ].map { Self($0, .notJSON) }

  static let shape: [Self] = [
    Self("[1,2]", .notAnObject), Self("12", .notAnObject), Self("\"text\"", .notAnObject),
    Self("null", .notAnObject), Self(" true ", .notAnObject), Self("-1.5e3", .notAnObject),
    Self("{}", .missingID), Self(fields(id: nil), .missingID), Self(fields(id: "null"), .missingID),
    Self(fields(account: nil), .missingAccount), Self(fields(account: "null"), .missingAccount),
    Self(fields(time: nil), .missingTime), Self(fields(time: "null"), .missingTime),
    Self(fields(text: nil), .missingText), Self(fields(text: "null"), .missingText),
  ]

  static let values: [Self] = [
    Self(fields(id: "\"\""), .invalidID), Self(fields(id: "1.5"), .invalidID),
    Self(fields(id: "1e5"), .invalidID), Self(fields(id: "true"), .invalidID),
    Self(fields(id: "{}"), .invalidID), Self(fields(id: "[\"x\"]"), .invalidID),
    Self(fields(id: "\"\(String(repeating: "x", count: 1025))\""), .invalidID),
    Self(fields(account: "\"\""), .invalidAccount), Self(fields(account: "[]"), .invalidAccount),
    Self(fields(account: "0.5"), .invalidAccount), Self(fields(account: "false"), .invalidAccount),
    Self(fields(account: "\"\(String(repeating: "x", count: 1025))\""), .invalidAccount),
    Self(fields(time: "\"yesterday\""), .invalidTime), Self(fields(time: "-1"), .invalidTime),
    Self(fields(time: "1e300"), .invalidTime), Self(fields(time: "1e999"), .invalidTime),
    Self(fields(time: "true"), .invalidTime), Self(fields(time: "\"\""), .invalidTime),
    Self(fields(time: "\"2026-02-30T00:00:00Z\""), .invalidTime),
    Self(fields(time: "{\"seconds\":1}"), .invalidTime),
    Self(fields(text: "5"), .invalidText), Self(fields(text: "true"), .invalidText),
    Self(fields(text: "{\"a\":\"b\"}"), .invalidText), Self(fields(text: "[1]"), .invalidText),
    Self(fields(text: "[\"hello\"]"), .invalidText), Self(fields(text: "[[]]"), .invalidText),
    Self(fields(text: "[{\"role\":\"user\",\"content\":7}]"), .invalidText),
    Self(fields(text: "[{\"role\":\"user\",\"content\":[\"x\"]}]"), .invalidText),
    Self(fields(text: "\"\""), .emptyText), Self(fields(text: "\" \\n\\t\""), .emptyText),
    Self(fields(text: "\"\\u00a0\\u2003\\u3000\\u0085\""), .emptyText),
    Self(fields(text: "[]"), .emptyText),
    Self(fields(text: "[{\"role\":\"assistant\",\"content\":\"x\"}]"), .emptyText),
    Self(fields(text: "[{\"content\":\"x\"}]"), .emptyText),
    Self(fields(text: "\"\\ud800\""), .loneSurrogate),
    Self(fields(text: "\"\\udc00x\""), .loneSurrogate),
    Self(fields(id: "\"\\ud83dx\""), .loneSurrogate),
    Self(fields(text: "[{\"role\":\"user\",\"content\":\"\\ud800\"}]"), .loneSurrogate),
  ]

  static let encoding: [Self] = [
    [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82],
  ].flatMap { (broken: [UInt8]) in
    let wanted = Array("{\"id\":\"".utf8) + broken + Array("\"}".utf8)
    let unknown = Array("{\"x\":\"".utf8) + broken + Array("\"}".utf8)
    return [wanted, unknown, broken].map { Self(bytes: $0, .invalidUTF8) }
  }

  static let all = syntax + shape + values + encoding
}

struct RejectReasonTests {
  @Test(arguments: BadLine.all)
  func `a bad line is refused for its reason and its neighbours are kept`(
    _ bad: BadLine
  ) throws {
    let before = Array((goodLine("before") + "\n").utf8)
    let after = Array(("\n" + goodLine("after")).utf8)
    let result = try parse(before + bad.bytes + after)
    let expected = Reject(
      source: "memory",
      line: 2,
      byteOffset: UInt64(before.count),
      reason: bad.reason
    )
    #expect(result.rejects == [expected])
    #expect(result.ids == ["before", "after"])
  }

  @Test func `a bad line at the end of the memory of a block is refused`() throws {
    for bad in BadLine.all {
      let result = try parse(bad.bytes)
      #expect(result.reasons == [bad.reason], "\(bad.testDescription)")
    }
  }

  @Test func `every reason has a sentence and a name of its own`() {
    let all = RejectReason.allCases
    #expect(Set(all.map(\.sentence)).count == all.count)
    #expect(all.allSatisfy { $0.rawValue.allSatisfy { $0.isLowercase || $0 == "_" || $0 == "8" } })
  }

  @Test func `invalid UTF-8 outranks every other fault of a line`() throws {
    let result = try parse(Array("[nonsense \"".utf8) + [0xFF])
    #expect(result.reasons == [.invalidUTF8])
  }

  @Test func `brackets nested beyond the limit are refused`() throws {
    let open = String(repeating: "[", count: 1_000_000)
    let deep = String(repeating: "[", count: 2000) + String(repeating: "]", count: 2000)
    let objects = String(repeating: "{\"a\":", count: 2000)
    let result = try parse(
      open,
      "{\"x\":" + open,
      "{\"x\":" + open + "}",
      "{\"x\":" + deep + "}",
      "{\"x\":" + objects + "1" + String(repeating: "}", count: 2001),
      line(textValue: deep),
      line(textValue: open)
    )
    #expect(
      result.reasons == [.notAnObject, .notJSON, .notJSON, .notJSON, .notJSON, .notJSON, .notJSON]
    )
  }

  @Test func `brackets nested up to the limit are kept`() throws {
    let deep = String(repeating: "[", count: 1024) + String(repeating: "]", count: 1024)
    let result = try parse(goodLine("x").replacing("{\"id\"", with: "{\"x\":\(deep),\"id\""))
    #expect(result.ids == ["x"])
  }

  @Test func `a record over the limit is refused wherever it stands`() throws {
    var options = IngestOptions()
    let fitting = goodLine("fits")
    options.maximumRecordByteCount = fitting.utf8.count
    let large = goodLine("large")
    let result = try parse(large, fitting + "\r", large, options: options)
    #expect(result.ids == ["fits"])
    #expect(result.reasons == [.tooLarge, .tooLarge])
    #expect(result.rejects.map(\.line) == [1, 3])
  }
}

// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusIngest
import Testing

struct RecordParserTests {
  @Test func `the four fields are found in any order`() throws {
    let result = try parse(
      #"{"text":"t","time":"2026-04-22T00:00:46.960Z","x":[1,{"id":"no"}],"account":"a","id":"i"}"#
    )
    let expected = Ingested.Prompt(
      line: 1,
      id: "i",
      account: "a",
      time: Timestamp(milliseconds: 1_776_816_046_960),
      text: "t",
      attributes: []
    )
    #expect(result.prompts == [expected])
  }

  @Test func `escapes are undone`() throws {
    let result = try parse(line(textValue: #""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\u0000""#))
    #expect(result.texts == ["\"\\/\u{8}\u{C}\n\r\t\u{E9}\u{1F600}\u{0}"])
  }

  @Test func `a key with escapes is the same key`() throws {
    let result = try parse(
      #"{"\u0069d":"i","acc\u006funt":"a","time":1,"t\u0065xt":"t","\ud800":1,"a\"b":2}"#
    )
    #expect(result.ids == ["i"])
    #expect(result.texts == ["t"])
  }

  @Test func `integers serve as id and account`() throws {
    let result = try parse(
      #"{"id":18446744073709551616000,"account":-7,"time":1,"text":"t"}"#
    )
    #expect(result.ids == ["18446744073709551616000"])
    #expect(result.prompts.map(\.account) == ["-7"])
  }

  @Test func `an id of exactly 1024 bytes is kept`() throws {
    let id = String(repeating: "x", count: 1024)
    #expect(try parse(goodLine(id)).ids == [id])
  }

  @Test func `of a key that appears twice the last one wins`() throws {
    let result = try parse(
      #"{"id":"1","id":"2","account":5,"account":"a","time":"x","time":1,"text":[],"text":"t"}"#
    )
    #expect(result.ids == ["2"])
    #expect(result.prompts.map(\.account) == ["a"])
    #expect(result.texts == ["t"])
  }

  @Test func `a null after a value takes the value away`() throws {
    let result = try parse(#"{"id":"1","account":"a","time":1,"text":"t","id":null}"#)
    #expect(result.reasons == [.missingID])
  }

  @Test func `what nobody asked for may hold any JSON`() throws {
    let result = try parse(
      #"{"x":1e999,"y":"\ud800","z":[{},[],{"a":[null,true,-0.5E+7]}],"#
        + #""id":"i","account":"a","time":1,"text":"t","":""}"#
    )
    #expect(result.ids == ["i"])
  }

  @Test func `white space may stand between all tokens`() throws {
    let result = try parse(
      "\t{ \"id\" : \"i\" ,\t\"account\" : 5 , \"time\" : 1 , \"text\" : \"t\" } \r\n"
    )
    #expect(result.ids == ["i"])
  }

  @Test func `a text of NUL is text`() throws {
    #expect(try parse(line(textValue: #""\u0000""#)).texts == ["\u{0}"])
  }

  @Test func `a long text is kept whole`() throws {
    let text = String(repeating: "all work and no play ", count: 100_000)
    #expect(try parse(goodLine("x", text: text)).texts == [text])
  }

  @Test func `a parser can be used for many blocks`() throws {
    let parser = try RecordParser(options: IngestOptions())
    for round in 0..<50 {
      var result = Ingested()
      let bad = round.isMultiple(of: 2) ? "{\"id\":[" : "[]"
      let lines = [goodLine("a\(round)"), bad, goodLine("b\(round)")].joined(separator: "\n")
      result.add(parser.parse(LineBlock(sourceName: "memory", lines: Array(lines.utf8))))
      #expect(result.ids == ["a\(round)", "b\(round)"])
      #expect(result.reasons.count == 1)
    }
  }

  @Test func `an empty block has no prompts`() throws {
    #expect(try parse([]) == Ingested())
  }
}

struct FieldPathTests {
  @Test func `a dotted path goes into nested objects`() throws {
    var options = IngestOptions()
    options.idField = "meta.id"
    options.accountField = "meta.who.account"
    options.timeField = "meta.time"
    options.textField = "request.messages"
    let result = try parse(
      #"{"request":{"messages":"t","m":[]},"meta":{"who":{"account":"a"},"time":1,"id":"i"}}"#,
      options: options
    )
    #expect(result.ids == ["i"])
    #expect(result.prompts.map(\.account) == ["a"])
    #expect(result.texts == ["t"])
  }

  @Test func `an object that appears twice counts once, as its last form`() throws {
    var options = IngestOptions()
    options.idField = "a.b.id"
    let tail = #""account":"a","time":1,"text":"t"}"#
    let result = try parse(
      #"{"a":{"b":{"id":"1"}},"a":{"b":{}},"# + tail,
      #"{"a":{"b":{"id":"1"}},"a":{"b":{"id":"2"}},"# + tail,
      #"{"a":{"b":{"id":"1"},"b":7},"# + tail,
      #"{"a":{"b":{"id":"1"}},"a":[],"# + tail,
      options: options
    )
    #expect(result.ids == ["2"])
    #expect(result.reasons == [.missingID, .missingID, .missingID])
  }

  @Test func `a path through something that is no object finds nothing`() throws {
    var options = IngestOptions()
    options.textField = "text.inner"
    let result = try parse(
      line(textValue: #""t""#),
      line(textValue: "[{}]"),
      line(textValue: "4"),
      options: options
    )
    #expect(result.reasons == [.missingText, .missingText, .missingText])
  }

  @Test func `one field may lie below another`() throws {
    var options = IngestOptions()
    options.attributeNames = ["text", "text.lang", "id"]
    let result = try parse(
      line(textValue: #""t""#),
      line(textValue: #"{"lang":"en"}"#),
      options: options
    )
    #expect(result.prompts.map(\.attributes) == [["text=t", "id=x"]])
    #expect(result.reasons == [.invalidText])
  }

  @Test func `keys longer than a machine word are compared whole`() throws {
    var options = IngestOptions()
    options.idField = "conversation_id"
    let result = try parse(
      #"{"conversation_ix":"1","conversation_id":"2","conversation_id2":"3","account":1,"time":1,"#
        + #""text":"t"}"#,
      options: options
    )
    #expect(result.ids == ["2"])
  }

  @Test(arguments: ["", ".", "a.", ".a", "a..b"])
  func `an empty path component is refused`(_ path: String) throws {
    var options = IngestOptions()
    options.attributeNames = [path]
    let error = #expect(throws: ChorusError.self) { try options.validate() }
    #expect(error?.code == .invalidInput)
  }

  @Test func `a path of more than 32 names is refused`() {
    var options = IngestOptions()
    options.textField = Array(repeating: "a", count: 33).joined(separator: ".")
    #expect(throws: ChorusError.self) { _ = try RecordParser(options: options) }
  }

  @Test(arguments: [0, -1, IngestOptions.largestRecordByteCount + 1])
  func `a record limit that cannot be kept is refused`(_ limit: Int) {
    var options = IngestOptions()
    options.maximumRecordByteCount = limit
    #expect(throws: ChorusError.self) { try options.validate() }
  }
}

struct AttributeTests {
  @Test func `scalar attributes are kept as they were written`() throws {
    var options = IngestOptions()
    options.attributeNames = [
      "model", "net.asn", "net.ratio", "flag", "gone", "list", "nil", "obj",
    ]
    let result = try parse(
      #"{"id":"i","account":"a","time":1,"text":"t","model":"m\u002d1","#
        + #""net":{"asn":64500,"ratio":1.50e+3},"flag":false,"list":[1],"nil":null,"obj":{}}"#,
      options: options
    )
    #expect(
      result.prompts.map(\.attributes)
        == [["model=m-1", "net.asn=64500", "net.ratio=1.50e+3", "flag=false"]]
    )
  }

  @Test func `an attribute named twice is kept once`() throws {
    var options = IngestOptions()
    options.attributeNames = ["account", "account"]
    #expect(try parse(goodLine("x"), options: options).prompts[0].attributes == ["account=a"])
  }

  @Test func `each record has its own attributes`() throws {
    var options = IngestOptions()
    options.attributeNames = ["id"]
    let result = try parse(goodLine("1"), "{}", goodLine("2"), options: options)
    #expect(result.prompts.map(\.attributes) == [["id=1"], ["id=2"]])
  }
}

struct RecordTimeTests {
  private static func milliseconds(_ time: String) throws -> Int64? {
    let result = try parse(#"{"id":"i","account":"a","text":"t","time":\#(time)}"#)
    return result.prompts.first?.time.milliseconds
  }

  @Test(
    arguments: [
      ("1776816046", 1_776_816_046_000), ("1776816046960", 1_776_816_046_960),
      ("1776816046.96", 1_776_816_046_960), ("1.776816046e9", 1_776_816_046_000), ("0", 0),
      ("\"1776816046\"", 1_776_816_046_000), ("\"1776816046960\"", 1_776_816_046_960),
      ("\"2026-04-22T00:00:46Z\"", 1_776_816_046_000),
      ("\"2026-04-22T00:00:46.960Z\"", 1_776_816_046_960),
      ("\"2026-04-22t02:00:46.96+02:00\"", 1_776_816_046_960),
      ("\"2026-04-22 00:00:46,9609Z\"", 1_776_816_046_960),
    ] as [(String, Int64)]
  )
  func `every form of a time is read`(_ form: String, _ expected: Int64) throws {
    #expect(try Self.milliseconds(form) == expected)
  }

  @Test func `the quick reader of times agrees with the full one`() throws {
    var generator = SeededGenerator(seed: 11)
    var forms: [String] = []
    let alphabet = Array("0123456789:.-TZ/;".utf8)
    for _ in 0..<2000 {
      let moment = Timestamp(milliseconds: Int64(generator.next() % 7_258_118_400_000))
      var bytes = Array(moment.description.utf8)
      if generator.next() % 2 == 0 { bytes.removeSubrange(19..<23) }
      if generator.next() % 2 == 0 {
        let place = Int(generator.next() % UInt64(bytes.count))
        bytes[place] = alphabet[Int(generator.next() % UInt64(alphabet.count))]
      }
      forms.append(String(decoding: bytes, as: UTF8.self))
    }
    let lines = forms.map { #"{"id":"i","account":"a","text":"t","time":"\#($0)"}"# }
    let result = try parse(Array(lines.joined(separator: "\n").utf8))
    let expected = forms.compactMap { Timestamp(rfc3339: Array($0.utf8)) }
    #expect(result.prompts.map(\.time) == expected)
  }
}

struct GeneratedIDTests {
  private static var options: IngestOptions {
    var options = IngestOptions()
    options.generateIDs = true
    return options
  }

  private static let bare = #"{"account":"a","time":1,"text":"t"}"#

  @Test func `a generated id has the hash of the record and its line number`() throws {
    let result = try parse("", Self.bare, options: Self.options)
    let hash = String(Hashing.hash64(Array(Self.bare.utf8)), radix: 16)
    let zeros = String(repeating: "0", count: 16 - hash.count)
    #expect(result.ids == ["g\(zeros)\(hash)-2"])
  }

  @Test func `generated ids do not depend on block size or line ends`() throws {
    let directory = try TemporaryDirectory()
    let lines = (0..<20).map { #"{"account":"\#($0 % 3)","time":1,"text":"t"}"# }
    let plain = try directory.write("a", lines.joined(separator: "\n"))
    let other = try directory.write("b", lines.joined(separator: "\r\n") + "\r\n")
    let first = try ingest([plain], options: Self.options)
    let second = try ingest([other], options: Self.options, blockByteCount: 7)
    #expect(first.ids.count == 20)
    #expect(first.ids == second.ids)
    #expect(Set(first.ids).count == 20)
  }

  @Test func `an id that is there is kept, and a wrong one refused`() throws {
    let result = try parse(goodLine("mine"), goodLine(""), options: Self.options)
    #expect(result.ids == ["mine"])
    #expect(result.reasons == [.invalidID])
  }

  @Test func `a null id is generated like an absent one`() throws {
    let result = try parse(
      #"{"id":null,"account":"a","time":1,"text":"t"}"#,
      options: Self.options
    )
    #expect(result.ids.map { $0.prefix(1) } == ["g"])
  }
}

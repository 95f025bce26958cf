// SPDX-License-Identifier: Apache-2.0

internal import ChorusIngest
import Testing

struct ChatTests {
  private static func text(_ chat: String, roles: [String]? = nil) throws -> String? {
    var options = IngestOptions()
    if let roles { options.roles = roles }
    return try parse(line(textValue: chat), options: options).texts.first
  }

  @Test func `turns of the wanted roles are joined by an empty line in order`() throws {
    let chat = #"""
      [{"role":"system","content":"s"},{"role":"user","content":"1"},
      """#.replacing("\n", with: "") + #"{"role":"assistant","content":"no"},"#
      + #"{"content":"2","role":"user"}]"#
    #expect(try Self.text(chat) == "s\n\n1\n\n2")
  }

  @Test func `other roles can be wanted`() throws {
    let chat = #"[{"role":"user","content":"u"},{"role":"assistant","content":"a"}]"#
    #expect(try Self.text(chat, roles: ["assistant"]) == "a")
    #expect(try Self.text(chat, roles: []) == nil)
  }

  @Test func `parts of a type of text give their text`() throws {
    let chat =
      #"[{"role":"user","content":[{"type":"text","text":"a"},"#
      + #"{"type":"image_url","image_url":{"url":"data:"}},{"text":"b","type":"input_text"},"#
      + #"{"type":"output_text","text":"c"},{"text":"no type"},{"type":5,"text":"no"}]}]"#
    #expect(try Self.text(chat) == "a\n\nb\n\nc")
  }

  @Test func `null content and empty content leave no trace`() throws {
    let chat =
      #"[{"role":"user","content":null},{"role":"user","content":""},"#
      + #"{"role":"user","content":"x"},{"role":"user","content":[]},{"role":"user"},"#
      + #"{"role":"user","content":[{"type":"text","text":""}]},{"role":"user","content":"y"}]"#
    #expect(try Self.text(chat) == "x\n\ny")
  }

  @Test func `roles and keys with escapes are understood`() throws {
    let chat =
      #"[{"r\u006fle":"us\u0065r","c\u006fntent":[{"typ\u0065":"t\u0065xt","text":"\u0078"}]}]"#
    #expect(try Self.text(chat) == "x")
  }

  @Test func `what a turn that is not wanted holds does not matter`() throws {
    let chat =
      #"[{"role":"assistant","content":{"tool":[1]}},{"content":5,"role":"tool"},"#
      + #"{"content":"\ud800","role":"tool"},{"role":"tool","content":"\ud800"},"#
      + #"{"role":5,"content":true},{"role":"user","content":"x"}]"#
    #expect(try Self.text(chat) == "x")
  }

  @Test func `of a key that appears twice in a turn the last one wins`() throws {
    let chat =
      #"[{"role":"user","content":"1","content":"2"},"#
      + #"{"role":"tool","role":"user","content":"3"},{"role":"user","content":"4","role":"tool"},"#
      + #"{"role":"user","content":5,"content":[{"type":"text","text":7,"text":"6"}]}]"#
    #expect(try Self.text(chat) == "2\n\n3\n\n6")
  }

  @Test func `a chat can lie at a dotted path`() throws {
    var options = IngestOptions()
    options.textField = "request.messages"
    let result = try parse(
      #"{"id":1,"account":1,"time":1,"request":{"messages":[{"role":"user","content":"x"}]}}"#,
      options: options
    )
    #expect(result.texts == ["x"])
  }

  @Test func `a chat that comes again replaces the first`() throws {
    let first = #"{"id":1,"account":1,"time":1,"text":[{"role":"user","content":"1"}],"#
    let result = try parse(
      first + #""text":[{"role":"user","content":"2"},{"role":"user","content":"3"}]}"#
    )
    #expect(result.texts == ["2\n\n3"])
  }

  @Test func `an attribute of the path of a chat is not kept`() throws {
    var options = IngestOptions()
    options.attributeNames = ["text"]
    let result = try parse(
      line(textValue: #"[{"role":"user","content":"x"}]"#),
      options: options
    )
    #expect(result.prompts.map(\.attributes) == [[]])
  }

  @Test func `a chat of many short pieces fits the memory of its block`() throws {
    let turn = #"{"role":"user","content":[{"type":"text","text":"x"},{"type":"text","text":"y"}]}"#
    let chat = "[" + Array(repeating: turn, count: 5000).joined(separator: ",") + "]"
    let expected = Array(repeating: "x\n\ny", count: 5000).joined(separator: "\n\n")
    #expect(try Self.text(chat) == expected)
  }
}

// SPDX-License-Identifier: Apache-2.0

import ChorusFamily
import Testing

@Suite struct SlotKindTests {
  private func kind(_ fillers: [String]) -> Slot.Kind {
    SlotText.kind(fillers.map { SlotText(Array($0.utf8)[...]) }, fillerCount: Set(fillers).count)
  }

  @Test(
    arguments: [
      (.number, ["12", "3.5", "-7", "1,200", "45 %"]),
      (.date, ["2026-05-01", "01.05.2026", "5/12/26", "2026-05-01 12:30", "12:30:59"]),
      (.date, ["2026-05-01T12:30:59Z", "2026-05-02T00:00:00.5Z", " 2026-12-31 "]),
      (.url, ["https://a.example/x", "http://b.example"]),
      (.json, ["{\"a\": [1, 2]}", "[1, 2, {\"b\": \"]\"}]", "{\"c\":\"\\\"}\"}"]),
      (.name, ["Ada Lovelace", "Rio de Janeiro", "O'Neill", "Z\u{FC}rich", "Jean-Luc Picard"]),
      (.short, ["red apples", "a small house", "blue"]),
      (.code, ["int main() {\n  return 0;\n}", "def f(x):\n    return x[0]\n"]),
      (.lines, ["one line of prose here\nand another one", "words and words\nmore of them"]),
      (.text, ["a sentence of more than four words", "and one more of just that kind"]),
      (.empty, ["", " ", "\n"]),
    ] as [(Slot.Kind, [String])]
  )
  func `fillers are of the kind that a person would say`(_ wanted: Slot.Kind, _ fillers: [String]) {
    #expect(kind(fillers) == wanted)
  }

  @Test func `a few values that come again are a list`() {
    #expect(kind((0..<12).map { ["red", "green", "blue"][$0 % 3] }) == .list)
    #expect(kind((0..<12).map { ["Monday", "Sunday"][$0 % 2] }) == .list)
    #expect(kind((0..<6).map { ["red", "green"][$0 % 2] }) == .short)
  }

  @Test(
    arguments: [
      "2026-13-45", "99/99/99", "1.2.3.4", "12-34", "25:61", "2026-05", "5-12-2026-1",
    ]
  )
  func `what cannot be a date is none`(_ text: String) {
    #expect(kind([text, text + " "]) != .date)
  }

  @Test(arguments: ["{name}", "{]", "[1, 2", "{\"a\": \"b}", "[(]"])
  func `brackets that are no JSON are none`(_ text: String) {
    #expect((kind([text]) == .json) == (text == "[(]"))
  }

  @Test func `four fifths decide`() {
    #expect(kind(["1", "2", "3", "4", "none"]) == .number)
    #expect(kind(["1", "2", "3", "no", "none"]) != .number)
  }
}

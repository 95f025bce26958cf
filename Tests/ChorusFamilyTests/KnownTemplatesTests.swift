// SPDX-License-Identifier: Apache-2.0

import ChorusCore
import ChorusFamily
import Testing

@Suite struct KnownTemplatesTests {
  private func family(_ parts: [Template.Part], former: [String] = []) -> Family {
    let slots = parts.filter { if case .slot = $0 { true } else { false } }.map { _ in
      Slot(kind: .text, fillerCount: 9, sampleCount: 9, lengths: 1...9, examples: [])
    }
    return Family(
      name: "f-0123abcd",
      kind: .template,
      formerNames: former,
      template: Template(parts: parts, slots: slots, fixedShare: 0.5),
      spread: Spread(
        promptCount: 1,
        distinctCount: 1,
        accountCount: 1,
        firstSeen: .earliest,
        lastSeen: .end,
        score: 0
      )
    )
  }

  private var letter: Family {
    family([
      .fixed("Write a polite letter to "), .slot(0),
      .fixed(" about the delayed order.\nKeep it short and "), .slot(1), .fixed("."),
    ])
  }

  @Test func `a family is known by its name and by one that it had`() throws {
    let known = try KnownTemplates(lines: ["# ours", "", "f-0123abcd"])
    #expect(known.contains(letter))
    #expect(try KnownTemplates(lines: ["f-0123abce"]).contains(letter) == false)
    let former = family([.fixed("any words at all here")], former: ["f-zzzzzzzz"])
    #expect(try KnownTemplates(lines: [" f-zzzzzzzz "]).contains(former))
  }

  @Test func `a family is known by its template as it is written`() throws {
    let line = letter.template.text.replacing("\n", with: "\\n")
    #expect(try KnownTemplates(lines: [line]).contains(letter))
  }

  @Test func `case, punctuation and spaces do not matter`() throws {
    let line = "write a POLITE letter to {1} about the delayed order, keep it short and {2}"
    #expect(try KnownTemplates(lines: [line]).contains(letter))
  }

  @Test func `a family inside a longer known template is known`() throws {
    let line =
      "Hello. Write a polite letter to {1} about the delayed order. Keep it short and {2}. Thanks"
    #expect(try KnownTemplates(lines: [line]).contains(letter))
  }

  @Test func `a family that says more than the known template is not known`() throws {
    #expect(try KnownTemplates(lines: ["Write a polite letter to {1}"]).contains(letter) == false)
  }

  @Test func `words that no slot parts are not the template`() throws {
    let line = "Write a polite letter about the delayed order. Keep it short."
    #expect(try KnownTemplates(lines: [line]).contains(letter) == false)
  }

  @Test func `a line without words is refused`() {
    let error = #expect(throws: ChorusError.self) {
      try KnownTemplates(lines: ["ok words", "{1}"])
    }
    #expect(error?.code == .invalidInput)
    #expect(error?.message.contains("line 2") ?? false)
  }

  @Test func `an empty list knows nothing`() throws {
    #expect(try KnownTemplates(lines: []).contains(letter) == false)
    #expect(KnownTemplates().count == 0)
  }
}

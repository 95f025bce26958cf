// SPDX-License-Identifier: Apache-2.0

import ChorusCore
import Testing

struct ChorusErrorTests {
  // Numbers are the C status and never change.
  @Test(
    arguments: [
      (ChorusError.Code.corrupted, "corrupted", 10), (.tooNew, "tooNew", 11),
      (.tooOld, "tooOld", 12), (.planMismatch, "planMismatch", 13), (.locked, "locked", 14),
      (.notFound, "notFound", 15), (.ioFailure, "ioFailure", 16), (.noSpace, "noSpace", 17),
      (.limitExceeded, "limitExceeded", 18), (.foreign, "foreign", 19),
      (.invalidInput, "invalidInput", 20), (.cancelled, "cancelled", 21),
    ] as [(ChorusError.Code, String, Int32)]
  )
  func `a code has its name and number`(_ code: ChorusError.Code, _ name: String, _ number: Int32) {
    #expect(code.name == name)
    #expect(code.number == number)
  }

  @Test func `a description has the message, the place and the cause`() {
    let cause = ChorusError(.ioFailure, "The disk is gone.")
    let error = ChorusError(
      .corrupted,
      "Cannot read it.",
      at: .init(file: "folder/file", offset: 7),
      cause: cause
    )
    #expect(
      error.description
        == "Cannot read it. (folder/file, offset 7) [cause: The disk is gone.]"
    )
  }

  @Test func `a description without place and cause is the message`() {
    #expect(ChorusError(.locked, "Wait.").description == "Wait.")
  }
}

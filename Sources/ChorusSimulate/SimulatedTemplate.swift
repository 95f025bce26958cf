// SPDX-License-Identifier: Apache-2.0

/// The templates of simulated families: fixed text around slots.
enum SimulatedTemplate: Int, CaseIterable {
  case grading, extraction, reasoning, review, dialogue, ranking, unitTest, tutor, rewrite, proof
  case label, agent

  /// Returns one prompt of the template.
  func prompt(_ prose: inout ProseGenerator) -> String {
    switch self {
    case .grading:
      "You are grading an answer on a scale from 1 to 10.\nQuestion: \(prose.sentence())\nAnswer: "
        + "\(prose.prompt())\nReturn the grade and then one line that justifies it."
    case .extraction:
      "Extract every person, place and quantity from the passage below as a JSON list.\n\n"
        + "\(prose.prompt())\n\nUse the keys kind, value and offset, and nothing else."
    case .reasoning:
      "\(prose.sentence())\n\nThink aloud for as long as you need, number each step, and do not "
        + "skip dead ends. Finish with a line that begins FINAL."
    case .review:
      "Act as a senior reviewer. Here is a change to the module \(prose.noun()):\n"
        + "\(prose.prompt())\nList defects first, then style, then what you would test."
    case .dialogue:
      "Continue this conversation for eight turns and keep both voices distinct.\n\(prose.name()): "
        + "\(prose.sentence())\n\(prose.name()): \(prose.sentence())"
    case .ranking:
      "Which response is more helpful? Reply with A or B and a confidence between 0 and 100.\n[A] "
        + "\(prose.prompt())\n[B] \(prose.prompt())"
    case .unitTest:
      "Write a complete set of unit tests for the function described here: \(prose.sentence()) "
        + "Cover the empty input, the largest input, and one input that must fail."
    case .tutor:
      "My student \(prose.name()) is stuck on \(prose.phrase()). Ask three guiding questions, each "
        + "a little easier than the last, and never reveal the result."
    case .rewrite:
      "Rewrite the text between the markers so that a ten year old understands it.\n<<<\n"
        + "\(prose.prompt())\n>>>\nKeep every number exactly as it is."
    case .proof:
      "Prove or refute: \(prose.sentence()) State the assumptions you need, give the argument in "
        + "full, and mark the step that would break if an assumption were dropped."
    case .label:
      "Label the intent of the message with one of: order, complaint, question, other.\nMessage: "
        + "\(prose.sentence())\nLabel:"
    case .agent:
      "Goal: \(prose.sentence())\nYou may call search, open, click and finish. Before each call "
        + "write down what you expect to see, and afterwards whether you were right."
    }
  }

  /// The bytes of text that all prompts of the template share, about.
  var fixedByteCount: Int {
    var prose = ProseGenerator(seed: 1)
    let shortest = (0..<40).map { _ in prompt(&prose).utf8.count }.min() ?? 0
    return shortest * 2 / 3
  }
}

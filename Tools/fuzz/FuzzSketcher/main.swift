// SPDX-License-Identifier: Apache-2.0

import ChorusKernels
import ChorusSketch
import ChorusText
import Fuzzing

// Any bytes have a sketch, under plans of all kinds, and the sketch is consistent with its parts.
let plans = [
  SketchPlan.standard,
  SketchPlan(shingleWidth: 1, laneBitCount: 8, anchorWidth: 2, anchorWindow: 5),
  SketchPlan(shingleWidth: 16, anchorWidth: 16, anchorWindow: 16, embeddingDimension: 64),
]
let sketchers = plans.map { Sketcher(plan: $0) }
let normaliser = Normaliser()
let space = [UInt8](repeating: 0x20, count: 2500)
let tokeniser = Tokeniser()

/// The tokens of a text by one instruction set.
func tokens(_ text: [UInt8], _ isa: UInt32) -> [[UInt64]]? {
  guard let table = unsafe chorus_kernels_for(chorus_isa(isa)) else { return nil }
  var state = chorus_tokeniser(
    offset: 0,
    readable: text.count,
    starts_line: true,
    takes_symbols: false
  )
  var part = [chorus_token](repeating: chorus_token(), count: Int(CHORUS_TOKEN_CAPACITY))
  var found: [[UInt64]] = []
  while state.offset < text.count {
    let count = unsafe table.pointee.tokenise(text, text.count, &state, &part)
    found += part.prefix(count).map { [$0.hash, UInt64($0.start), UInt64($0.end)] }
  }
  return found
}

fuzz { bytes in
  guard let first = bytes.first else { return }
  let plan = plans[Int(first) % plans.count]
  let sketcher = sketchers[Int(first) % plans.count]
  let text = Array(bytes.dropFirst())
  // Raw bytes too: the kernels must take what is no text.
  let scalar = tokens(text, 0)
  for isa in 1...3 as ClosedRange<UInt32> {
    if let found = tokens(text, isa) { precondition(found == scalar, "kernels disagree") }
  }
  var batch = SketchBatch()
  sketcher.sketch(text.span, into: &batch)
  // Space around a text, longer than the kernels take at a time, changes nothing.
  let around = space + text + space
  sketcher.sketch(around.span, into: &batch)
  precondition(batch.prompt(0).signatures == batch.prompt(1).signatures, "space has a signature")
  precondition(batch.distinctAnchors(of: 0) == batch.distinctAnchors(of: 1), "space has anchors")
  precondition(batch.tokenCounts[0] == batch.tokenCounts[1], "space has tokens")
  let normalised = tokeniser.tokenise(normaliser.normalise(text))
  precondition(Int(batch.tokenCounts[0]) == normalised.count, "tokens are lost")
  precondition(batch.signatures.count == 2 * plan.signatureByteCount, "lanes are lost")
  precondition(batch.anchors.allSatisfy { $0 < 1 << 40 }, "an anchor has more than 40 bits")
  precondition(batch.anchors.isEmpty == normalised.isEmpty, "a text has no anchor")
  precondition(sketcher.shingleSet(text.span).isEmpty == normalised.isEmpty, "an empty set")
}

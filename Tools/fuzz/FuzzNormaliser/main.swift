// SPDX-License-Identifier: Apache-2.0

import ChorusText
import Fuzzing

// Any bytes become valid UTF-8 that stays as it is, with and without the map; and the map leads
// from every offset to one inside the source, never backwards.
let normaliser = Normaliser()
let tokeniser = Tokeniser()
fuzz { bytes in
  let once = normaliser.normalise(bytes)
  precondition(String(validating: once.bytes, as: UTF8.self) != nil, "not UTF-8")
  let twice = normaliser.normalise(once.bytes)
  precondition(twice.bytes == once.bytes && twice.replacedCount == 0, "not stable")
  precondition(once.replacedCount <= bytes.count, "too many replacements")
  var end = 0
  for token in tokeniser.tokenise(once) {
    precondition(token.range.lowerBound >= end && !token.range.isEmpty, "tokens overlap")
    end = token.range.upperBound
  }
  precondition(end <= once.bytes.count, "a token lies outside its text")
  guard bytes.count < 512 else { return }
  let mapped = normaliser.normalise(bytes, keepingMap: true)
  precondition(mapped.bytes == once.bytes, "the map changes the text")
  precondition(mapped.replacedCount == once.replacedCount, "the map changes the count")
  var last = 0
  for offset in 0...once.bytes.count {
    let source = mapped.sourceOffset(of: offset)
    precondition((last...bytes.count).contains(source), "the map goes backwards or outside")
    last = source
  }
}

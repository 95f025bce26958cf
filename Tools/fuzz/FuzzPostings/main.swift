// SPDX-License-Identifier: Apache-2.0

import ChorusKernels
import Fuzzing

// A block of postings of any bytes is refused or gives ascending postings, and what is looked up in
// a block that is whole is what a filter of all of it gives.
var postings = [UInt64](repeating: 0, count: Int(CHORUS_POSTING_BLOCK_POSTINGS) + 1)
var found = postings
let capacity = Int(CHORUS_POSTING_BLOCK_POSTINGS)
var runs = [chorus_run](repeating: chorus_run(), count: capacity + 1)

fuzz { bytes in
  guard bytes.count > 6 else { return }
  let firstKey = bytes.prefix(5).reduce(0) { $0 << 8 | UInt64($1) } >> UInt64(bytes[5] % 40)
  let block = Array(bytes.dropFirst(6))
  let least = firstKey &+ UInt64(bytes[5])
  let most = least &+ UInt64(bytes[4]) * 64
  let foundCount = unsafe chorus_find_postings(
    block,
    block.count,
    block.count,
    firstKey,
    least,
    most,
    &found,
    capacity
  )
  let runCount = unsafe chorus_find_runs(
    block,
    block.count,
    block.count,
    firstKey,
    least,
    most,
    &runs,
    capacity
  )
  let count = unsafe chorus_decode_postings(block, block.count, firstKey, &postings, capacity)
  guard count >= 0 else { return }
  precondition(count <= capacity && postings[0] >> 24 == firstKey, "another key is first")
  for place in 1..<max(count, 1) {
    precondition(postings[place - 1] < postings[place], "postings descend")
  }
  let wanted = postings.prefix(count).filter { (least...most).contains($0 >> 24) }
  precondition(foundCount == wanted.count, "another number was found")
  precondition(Array(found.prefix(foundCount)) == Array(wanted), "others were found")
  let spread = runs.prefix(runCount).flatMap { run in
    (0..<UInt64(run.count)).map { run.key << 24 | (UInt64(run.row) + $0) }
  }
  precondition(spread == Array(wanted), "the runs are others")
  // And it can be encoded again.
  var again = [UInt8](repeating: 0, count: Int(CHORUS_POSTING_BLOCK_BYTES))
  var taken = 0
  let used = unsafe chorus_encode_postings(
    postings,
    count,
    24,
    &again,
    again.count,
    &taken
  )
  precondition(taken > 0 && used <= again.count, "nothing was encoded")
  let second = unsafe chorus_decode_postings(again, used, firstKey, &found, capacity)
  precondition(second == taken, "what was encoded does not come back")
}

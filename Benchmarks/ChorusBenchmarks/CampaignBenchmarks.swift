// SPDX-License-Identifier: Apache-2.0

import Benchmark
import Chorus
import ChorusSimulate

/// Finding campaigns once families are known: 10 million prompts of 100,000 accounts.
func campaignBenchmarks() {
  Benchmark("campaign.find") { benchmark in
    let (activity, families) = simulated(promptCount: Corpus.isSmoke ? 100_000 : 10_000_000)
    benchmark.startMeasurement()
    let found = CampaignFinder().find(activity, families: families)
    benchmark.stopMeasurement()
    Corpus.check(found.campaigns.count, smoke: 4, real: 4, "campaign.find")
  }
}

/// Activity of four pools, a thousand public families, and ordinary prompts; nearly a third of all
/// prompts are of families.
private func simulated(promptCount: Int) -> (FamilyActivity, [String]) {
  var generator = SeededGenerator(seed: 1)
  func number(_ bound: Int) -> Int { Int(generator.next() % UInt64(bound)) }
  var activity = FamilyActivity()
  let accountCount = promptCount / 100
  activity.accountNames = (0..<accountCount).map { "account-\($0)" }
  activity.promptCounts = [Int](repeating: 0, count: accountCount)
  activity.lives = [FamilyActivity.Life](repeating: .init(), count: accountCount)
  let poolSize = accountCount / 50
  let publicCount = 1000
  func add(_ family: Int?, _ account: Int, isMachine: Bool) {
    let hour = isMachine ? number(24) : 9 + number(9)
    let second = number(45) * 86_400 + hour * 3600 + number(3600)
    let time = Timestamp(milliseconds: 1_776_816_000_000 + Int64(second) * 1000)
    activity.promptCounts[account] += 1
    activity.lives[account].add(time)
    let event = FamilyActivity.Event(
      family: Int32(family ?? -1),
      account: UInt32(account),
      time: time
    )
    if family == nil {
      activity.otherRhythm.add(time)
      if account.isMultiple(of: 8) { activity.otherEvents.append(event) }
    } else {
      activity.events.append(event)
    }
  }
  for place in 0..<promptCount {
    switch place % 10 {
    case 0:
      let pool = number(4)
      add(4 * pool + number(4), pool * poolSize + number(poolSize), isMachine: true)
    case 1, 2:
      // Few use much of a public template, most use little.
      let rank = number(1 + number(1 + number(accountCount)))
      add(
        16 + number(publicCount),
        4 * poolSize + rank % (accountCount - 4 * poolSize),
        isMachine: false
      )
    default:
      add(nil, number(1 + number(accountCount)), isMachine: false)
    }
  }
  return (activity, (0..<(16 + publicCount)).map { "f-\($0)" })
}

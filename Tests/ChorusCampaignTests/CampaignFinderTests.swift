// SPDX-License-Identifier: Apache-2.0

import ChorusCampaign
import ChorusCore
import ChorusFamily
import Testing

@Suite struct CampaignFinderTests {
  @Test(arguments: [0, 5, 20])
  func `a pool is found whatever ordinary prompts its accounts send`(camouflage: Int) {
    var traffic = Traffic(seed: 1)
    traffic.addPeople(4000, accountCount: 1500)
    let families = (0..<4).map { _ in traffic.family() }
    let pool = traffic.addPool(
      "pool",
      accountCount: 40,
      families: families,
      promptCount: 80,
      camouflage: camouflage
    )
    #expect(traffic.found == [pool])
  }

  @Test func `a pool with a single family is found by its load and its hours`() {
    var traffic = Traffic(seed: 2)
    traffic.addPeople(4000, accountCount: 1500)
    let family = traffic.family()
    let pool = traffic.addPool("pool", accountCount: 60, families: [family], promptCount: 480)
    #expect(traffic.found == [pool])
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func `innocent look-alikes are not accused`(seed: UInt64) {
    var traffic = Traffic(seed: 100 + seed)
    traffic.addPeople(4000, accountCount: 1500)
    // Public templates, each with a crowd of its own.
    for template in 0..<10 {
      let family = traffic.family()
      traffic.addPublic("crowd-\(template)", accountCount: 60, family: family)
    }
    // A wrapper that every application puts around its prompts.
    let wrapper = traffic.family()
    for place in 0..<1000 { traffic.add("app-\(place)", wrapper, traffic.humanTime()) }
    // One customer's batch, all day and night.
    let batch = traffic.family()
    for _ in 0..<2000 { traffic.add("customer", batch, traffic.machineTime()) }
    // Colleagues who share the templates of their firm.
    for _ in 0..<4 { traffic.addPublic("colleague", accountCount: 25, family: traffic.family()) }
    #expect(traffic.found == [])
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func `people who share a few templates and send little are not accused`(seed: UInt64) {
    var traffic = Traffic(seed: 200 + seed)
    traffic.addPeople(4000, accountCount: 1500)
    for (name, accountCount, familyCount) in [("class", 200, 2), ("club", 300, 4)] {
      let families = (0..<familyCount).map { _ in traffic.family() }
      for account in 0..<accountCount {
        repeat {
          traffic.add(
            "\(name)-\(account)",
            families[traffic.number(familyCount)],
            traffic.humanTime()
          )
        } while traffic.number(3) == 0
      }
    }
    #expect(traffic.found == [])
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func `people who were given the same task are not accused`(seed: UInt64) {
    var traffic = Traffic(seed: 300 + seed)
    traffic.addPeople(4000, accountCount: 1500)
    // A class does all of its exercises, each student twice; newcomers do both steps of a tutorial.
    let exercises = (0..<5).map { _ in traffic.family() }
    for student in 0..<30 {
      for family in exercises + exercises {
        traffic.add("student-\(student)", family, traffic.humanTime())
      }
    }
    let steps = (0..<2).map { _ in traffic.family() }
    for newcomer in 0..<80 {
      for family in steps { traffic.add("newcomer-\(newcomer)", family, traffic.humanTime()) }
    }
    let list = CampaignFinder().find(traffic.activity, families: traffic.families)
    #expect(list.campaigns.isEmpty)
    // Families and load speak all the same; only the hours do not.
    let groups = list.examined.filter { $0.families.count > 1 }
    #expect(groups.count == 2)
    for group in groups {
      let speaking = Set(group.signals.filter(\.speaks).map(\.kind))
      #expect(speaking == [.portfolio, .load])
    }
  }

  @Test func `a slow pool among busy people is found`() {
    var traffic = Traffic(seed: 12)
    for person in 0..<300 {
      for _ in 0..<(2000 / (person + 1)) {
        traffic.add("person-\(person)", nil, traffic.humanTime())
      }
    }
    let families = (0..<4).map { _ in traffic.family() }
    let pool = traffic.addPool("slow", accountCount: 200, families: families, promptCount: 110)
    let found = traffic.found
    #expect(found.count == 1)
    // Accounts with one prompt can be strays; the rest are found.
    #expect(found.allSatisfy { $0.isSubset(of: pool) && 10 * $0.count >= 7 * pool.count })
  }

  @Test func `two pools that share a public template stay two, and its crowd is left alone`() {
    var traffic = Traffic(seed: 3)
    traffic.addPeople(4000, accountCount: 1500)
    let shared = traffic.family()
    traffic.addPublic("crowd", accountCount: 80, family: shared)
    var pools = Set<Set<String>>()
    for name in ["left", "right"] {
      let families = (0..<4).map { _ in traffic.family() }
      pools.insert(
        traffic.addPool(name, accountCount: 40, families: families, promptCount: 100)
      )
      for _ in 0..<60 {
        traffic.add("\(name)-\(traffic.number(40))", shared, traffic.machineTime())
      }
    }
    #expect(Set(traffic.found) == pools)
  }

  @Test func `a stray prompt among a busy pool's accuses no one`() {
    var traffic = Traffic(seed: 4)
    traffic.addPeople(4000, accountCount: 1500)
    let families = (0..<4).map { _ in traffic.family() }
    let pool = traffic.addPool("pool", accountCount: 40, families: families, promptCount: 150)
    traffic.add("person-1", families[0], traffic.humanTime())
    #expect(traffic.found == [pool])
  }

  @Test func `fewer accounts than were asked for are no campaign`() {
    var traffic = Traffic(seed: 5)
    traffic.addPeople(4000, accountCount: 1500)
    let families = (0..<4).map { _ in traffic.family() }
    let pool = traffic.addPool("pool", accountCount: 12, families: families, promptCount: 100)
    var options = CampaignFinder.Options()
    options.minimumAccountCount = pool.count + 1
    let names = traffic.families
    #expect(
      CampaignFinder(options: options).find(traffic.activity, families: names).campaigns.isEmpty
    )
    options.minimumAccountCount = pool.count
    #expect(
      CampaignFinder(options: options).find(traffic.activity, families: names).campaigns.count == 1
    )
  }

  @Test func `the order of prompts changes nothing`() throws {
    var traffic = Traffic(seed: 6)
    traffic.addPeople(4000, accountCount: 1500)
    let families = (0..<4).map { _ in traffic.family() }
    _ = traffic.addPool("pool", accountCount: 40, families: families, promptCount: 80)
    var shuffled = traffic.activity
    var generator = SeededGenerator(seed: 7)
    shuffled.events.shuffle(using: &generator)
    let first = CampaignFinder().find(traffic.activity, families: traffic.families)
    let second = CampaignFinder().find(shuffled, families: traffic.families)
    let one = try #require(first.campaigns.first)
    let other = try #require(second.campaigns.first)
    #expect(one.name == other.name)
    #expect(one.accounts == other.accounts)
    for (left, right) in zip(one.signals, other.signals) {
      #expect(left.kind == right.kind)
      #expect(abs(left.bits - right.bits) <= 1e-6 * left.bits)
    }
  }

  @Test func `no traffic has no campaigns`() {
    let list = CampaignFinder().find(FamilyActivity(), families: [])
    #expect(list.campaigns.isEmpty)
    #expect(list.examinedCount == 0)
    #expect(throws: ChorusError.self) { try list.campaign(named: "c-none") }
  }

  @Test func `accounts are counted`() throws {
    var traffic = Traffic(seed: 8)
    traffic.addPeople(4000, accountCount: 1500)
    let families = (0..<3).map { _ in traffic.family() }
    _ = traffic.addPool(
      "pool",
      accountCount: 30,
      families: families,
      promptCount: 90,
      camouflage: 3
    )
    let list = CampaignFinder().find(traffic.activity, families: traffic.families)
    let campaign = try #require(list.campaigns.first)
    #expect(campaign.promptCount == 270)
    #expect(campaign.accounts.reduce(0) { $0 + $1.promptCount } == 270)
    #expect(Set(campaign.families) == Set(traffic.families))
    for account in campaign.accounts {
      let all = Double(account.promptCount + 3)
      #expect(abs(account.share - Double(account.promptCount) / all) < 1e-12)
      #expect(account.firstSeen <= account.lastSeen)
      #expect((1...3).contains(account.familyCount))
    }
    #expect(campaign.firstSeen == campaign.accounts.map(\.firstSeen).min())
    #expect(campaign.lastSeen == campaign.accounts.map(\.lastSeen).max())
  }
}

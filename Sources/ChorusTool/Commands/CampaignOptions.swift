// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chorus
import Foundation

/// The flags of the commands that find campaigns, and what they find.
struct CampaignOptions: ParsableArguments {
  @OptionGroup var options: IndexOptions

  @OptionGroup var mining: FamilyOptions

  @Option(
    help: """
      A file of known-good templates, one a line: the name of a family, or a template as \
      'families' writes it. Their prompts count as ordinary ones.
      """
  )
  var allow: String?

  /// The known templates of a file, if one is given.
  static func known(_ allow: String?) throws(ChorusError) -> KnownTemplates {
    guard let allow else { return KnownTemplates() }
    guard let bytes = FileManager.default.contents(atPath: allow) else {
      throw ChorusError(.notFound, "Cannot read the known templates \(allow): check the path.")
    }
    guard let text = String(data: bytes, encoding: .utf8) else {
      throw ChorusError(.invalidInput, "Cannot read the known templates \(allow): not UTF-8.")
    }
    return try KnownTemplates(lines: text.split(whereSeparator: \.isNewline).map(String.init))
  }

  /// Finds the campaigns.
  func find() throws -> FoundCampaigns {
    let index = try options.open()
    let snapshot = try index.snapshot()
    let catalogue = try mining.catalogue(of: index, snapshot)
    let known = try Self.known(allow).families(in: catalogue)
    let list = try mining.finder.find(catalogue, known: known)
    let book = VerdictBook(index)
    let verdicts = try book.verdicts(for: snapshot)
    for name in try book.damagedFiles(for: snapshot) {
      Terminal.error.line(
        "chorus: Cannot read the verdict in \(name). Remove it with 'chorus verify --repair', and "
          + "give it again with 'chorus campaign --mark'."
      )
    }
    return FoundCampaigns(
      index: index,
      snapshot: snapshot,
      catalogue: catalogue,
      list: list,
      verdicts: verdicts,
      knownCount: known.count
    )
  }
}

/// The campaigns of an index and what people decided about them.
struct FoundCampaigns {
  let index: Index
  let snapshot: Snapshot
  let catalogue: FamilyCatalogue
  let list: CampaignList
  let verdicts: [Verdict]
  /// The families that are known to be innocent.
  let knownCount: Int

  /// What was decided about a campaign, if anything was: by its name before by its families.
  func verdict(about campaign: Campaign) -> Verdict? {
    campaign.verdict(among: verdicts)
  }

  /// The campaigns that nobody found to be benign.
  var suspected: [Campaign] { list.suspected(given: verdicts) }
}

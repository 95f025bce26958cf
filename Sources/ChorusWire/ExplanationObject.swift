// SPDX-License-Identifier: Apache-2.0

package import ChorusIndex
internal import ChorusScore
internal import ChorusSketch

/// Why a match is one, as JSON.
package struct ExplanationObject: Encodable, Sendable {
  package var bandLanes: [Int]
  package var agreement: Int
  package var lanes: Int
  package var estimate: Double
  package var estimateDeviation: Double
  package var sharedShingles: Int?
  package var queryShingles: Int?
  package var promptShingles: Int?
  package var cosine: Double
  package var sharedInQuery: [[Int]]?
  package var sharedInPrompt: [[Int]]?
  package var differingInQuery: [[Int]]?
  package var differingInPrompt: [[Int]]?
  package var says: [String]

  enum CodingKeys: String, CodingKey {
    case agreement, lanes, estimate, cosine, says
    case bandLanes = "band_lanes"
    case estimateDeviation = "estimate_deviation"
    case sharedShingles = "shared_shingles"
    case queryShingles = "query_shingles"
    case promptShingles = "prompt_shingles"
    case sharedInQuery = "shared_in_query"
    case sharedInPrompt = "shared_in_prompt"
    case differingInQuery = "differing_in_query"
    case differingInPrompt = "differing_in_prompt"
  }

  /// Creates the object of an explanation.
  package init(_ explanation: Explanation) {
    bandLanes = explanation.bandLaneCounts
    agreement = explanation.agreement
    lanes = Signature.laneCount
    estimate = explanation.estimate.similarity
    estimateDeviation = explanation.estimate.deviation
    sharedShingles = explanation.overlap?.sharedCount
    queryShingles = explanation.overlap?.firstCount
    promptShingles = explanation.overlap?.secondCount
    cosine = explanation.cosine
    says = explanation.sentences
    guard !explanation.isEstimate else { return }
    sharedInQuery = explanation.sharedInQuery.map(MatchObject.pair)
    sharedInPrompt = explanation.sharedInPrompt.map(MatchObject.pair)
    differingInQuery = explanation.differingInQuery.map(MatchObject.pair)
    differingInPrompt = explanation.differingInPrompt.map(MatchObject.pair)
  }
}

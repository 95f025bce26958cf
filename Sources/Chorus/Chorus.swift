// SPDX-License-Identifier: Apache-2.0

// The umbrella: `import Chorus` gives all public modules. It has no code of its own.

@_exported public import ChorusCampaign
@_exported public import ChorusCore
@_exported public import ChorusFamily
@_exported public import ChorusIndex
@_exported public import ChorusIngest
@_exported public import ChorusReport
@_exported public import ChorusScore
@_exported public import ChorusSketch
@_exported public import ChorusStore
@_exported public import ChorusText

// SPDX-License-Identifier: Apache-2.0

// Every test speaks of errors, times, batches and seeds, so the base module comes with the support.

@_exported public import ChorusCore

// SPDX-License-Identifier: Apache-2.0
//
// A C face on the one thing Chorus takes from ICU: NFKC_Casefold of UTF-8.

#ifndef CHORUS_ICU_H
#define CHORUS_ICU_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

#ifdef __cplusplus
extern "C" {
#endif

/// Writes the NFKC_Casefold form of `source` to `target`.
///
/// Malformed UTF-8 becomes U+FFFD. Returns the number of bytes written; -1 when `target` is too
/// small (twelve bytes a source byte always suffice); -2 when ICU failed.
ptrdiff_t chorus_icu_nfkc_casefold(
  const uint8_t *source, size_t source_count, uint8_t *target, size_t target_capacity);

/// Whether normalisation never joins what stands before `code_point` with it.
int chorus_icu_has_boundary_before(uint32_t code_point);

#ifdef __cplusplus
}
#endif

#pragma clang assume_nonnull end

#endif

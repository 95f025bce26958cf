// SPDX-License-Identifier: Apache-2.0

#include "chorus_icu.h"

#include <limits>

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>

namespace {

const icu::Normalizer2 *folder() {
  static const icu::Normalizer2 *instance = [] {
    UErrorCode error = U_ZERO_ERROR;
    const icu::Normalizer2 *found = icu::Normalizer2::getNFKCCasefoldInstance(error);
    return U_FAILURE(error) ? nullptr : found;
  }();
  return instance;
}

}  // namespace

extern "C" ptrdiff_t chorus_icu_nfkc_casefold(
  const uint8_t *source, size_t source_count, uint8_t *target, size_t target_capacity) {
  const icu::Normalizer2 *fold = folder();
  constexpr size_t limit = std::numeric_limits<int32_t>::max();
  if (fold == nullptr || source_count > limit) return -2;
  int32_t capacity = static_cast<int32_t>(target_capacity < limit ? target_capacity : limit);
  icu::CheckedArrayByteSink sink(reinterpret_cast<char *>(target), capacity);
  icu::StringPiece piece(
    reinterpret_cast<const char *>(source), static_cast<int32_t>(source_count));
  UErrorCode error = U_ZERO_ERROR;
  fold->normalizeUTF8(0, piece, sink, nullptr, error);
  if (U_FAILURE(error)) return error == U_BUFFER_OVERFLOW_ERROR ? -1 : -2;
  return sink.Overflowed() ? -1 : sink.NumberOfBytesWritten();
}

extern "C" int chorus_icu_has_boundary_before(uint32_t code_point) {
  const icu::Normalizer2 *fold = folder();
  return fold == nullptr || fold->hasBoundaryBefore(static_cast<UChar32>(code_point));
}

// SPDX-License-Identifier: Apache-2.0
//
// How bits are mixed.

#pragma once

#include <stdint.h>

// The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
static inline uint64_t mix64(uint64_t z) {
  z += 0x9E3779B97F4A7C15;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
  z = (z ^ z >> 27) * 0x94D049BB133111EB;
  return z ^ z >> 31;
}

// The finaliser of MurmurHash3 for 32 bits.
static inline uint32_t mix32(uint32_t h) {
  h = (h ^ h >> 16) * 0x85EBCA6B;
  h = (h ^ h >> 13) * 0xC2B2AE35;
  return h ^ h >> 16;
}

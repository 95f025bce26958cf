// SPDX-License-Identifier: Apache-2.0
//
// Memory for long arrays, from the system.

#define _GNU_SOURCE
#include <sys/mman.h>

#include "include/chorus_kernels.h"

enum { large_page = 1 << 21 };

void *chorus_remap(void *address, size_t old_count, size_t new_count) {
  void *memory;
  if (new_count == 0) {
    if (address) munmap(address, old_count);
    return 0;
  }
  if (address)
    memory = mremap(address, old_count, new_count, MREMAP_MAYMOVE);
  else
    memory = mmap(
      0, new_count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return 0;
  // Large pages only pay for arrays that fill many of them.
  if (new_count >= 2 * large_page) madvise(memory, new_count, MADV_HUGEPAGE);
  return memory;
}

void chorus_set_bit(uint64_t *bits, size_t place) {
  __atomic_fetch_or(bits + place / 64, 1ull << place % 64, __ATOMIC_RELAXED);
}

bool chorus_test_bit(const uint64_t *bits, size_t place) {
  return (__atomic_load_n(bits + place / 64, __ATOMIC_RELAXED) >> place % 64 & 1) != 0;
}

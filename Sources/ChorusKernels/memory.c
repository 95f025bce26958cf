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

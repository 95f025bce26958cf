// SPDX-License-Identifier: Apache-2.0
//
// Rows that collide with a query in several bands.

#include "include/chorus_kernels.h"

typedef struct {
  uint32_t end;
  uint32_t weight;
} open_run;

// Adds rows to the collisions, to the last interval where they go on with it.
static inline void put_rows(
  chorus_collision *collisions, size_t *count, uint32_t row, uint32_t end, uint32_t weight) {
  if (*count > 0) {
    chorus_collision *last = collisions + *count - 1;
    if (last->row + last->count == row && last->weight == weight) {
      last->count += end - row;
      return;
    }
  }
  collisions[(*count)++] = (chorus_collision){row, end - row, weight};
}

size_t chorus_count_collisions(
  uint64_t *runs, uint64_t *scratch, size_t run_count, uint32_t least,
  chorus_collision *collisions) {
  chorus_sort_postings(runs, scratch, run_count, 32);
  // A sweep over the rows: the runs that are open, in the order of their ends.
  open_run open[CHORUS_OVERLAP_CAPACITY];
  size_t open_count = 0, written = 0, next = 0;
  uint32_t place = 0, weight = 0;
  while (next < run_count || open_count > 0) {
    if (open_count == 0) place = (uint32_t)(runs[next] >> 32);
    while (next < run_count && (uint32_t)(runs[next] >> 32) == place) {
      if (open_count == CHORUS_OVERLAP_CAPACITY) return SIZE_MAX;
      uint32_t count = (uint32_t)(runs[next] >> 8 & 0xFFFFFF);
      open_run run = {place + count, (uint32_t)(runs[next] & 0xFF)};
      size_t j = open_count++;
      for (; j > 0 && open[j - 1].end < run.end; j--) open[j] = open[j - 1];
      open[j] = run;
      weight += run.weight;
      next++;
    }
    uint32_t stop = open[open_count - 1].end;
    if (next < run_count && (uint32_t)(runs[next] >> 32) < stop)
      stop = (uint32_t)(runs[next] >> 32);
    if (weight >= least && stop > place) put_rows(collisions, &written, place, stop, weight);
    place = stop;
    while (open_count > 0 && open[open_count - 1].end == place)
      weight -= open[--open_count].weight;
  }
  return written;
}

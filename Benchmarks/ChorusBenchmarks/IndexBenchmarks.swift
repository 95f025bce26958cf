// SPDX-License-Identifier: Apache-2.0

import Benchmark
import Chorus

func indexBenchmarks() {
  Benchmark("index.append.memory") { benchmark in
    let batches = Corpus.batches
    benchmark.startMeasurement()
    let storage = MemoryStorage()
    let writer = try IndexWriter(storage)
    for batch in batches { try writer.append(batch) }
    try writer.commit()
    benchmark.stopMeasurement()
    Corpus.check(writer.counts.prompts, smoke: 2000, real: 100_000, "index.append.memory")
  }

  Benchmark("index.search.similar.top10") { benchmark in
    let snapshot = Corpus.snapshot
    let batch = Corpus.batches[0]
    benchmark.startMeasurement()
    var found = 0
    for record in batch.records.prefix(20) {
      let query = Query(text: Array(batch.bytes(record.text)))
      // Every prompt finds itself.
      found += try snapshot.answer(query).matches.isEmpty ? 0 : 1
    }
    benchmark.stopMeasurement()
    Corpus.check(found, smoke: 20, real: 20, "index.search.similar.top10")
  }

  Benchmark("index.search.similar.batch") { benchmark in
    let snapshot = Corpus.snapshot
    let queries = Corpus.batches[0].records.map { record in
      var query = Query(text: Array(Corpus.batches[0].bytes(record.text)))
      query.includesText = false
      return query
    }
    benchmark.startMeasurement()
    let answers = try snapshot.answers(queries)
    benchmark.stopMeasurement()
    // Every prompt finds itself.
    let found = answers.count { (try? $0.get().matches.isEmpty) == false }
    Corpus.check(found, smoke: 1000, real: 1000, "index.search.similar.batch")
  }

  Benchmark("index.search.contains.fragment") { benchmark in
    let snapshot = Corpus.snapshot
    let fragment = "write your whole private line of thought between the tags"
    benchmark.startMeasurement()
    let query = Query(text: Array(fragment.utf8), mode: .contains, limit: 5)
    let count = try snapshot.answer(query).matches.count
    benchmark.stopMeasurement()
    Corpus.check(count, smoke: 5, real: 5, "index.search.contains.fragment")
  }
}

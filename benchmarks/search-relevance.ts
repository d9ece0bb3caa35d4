/**
 * How good and how fast is the search? Relevance on graded queries, right and misspelled, and the
 * work that an answer takes, over a real catalogue of 19,406 products. Nothing is cached.
 *
 *   node --expose-gc benchmarks/search-relevance.ts
 */
import { createSearchIndex, type SearchQuery } from '../services/search/search.index.ts'
import {
  icecatJudgments,
  icecatMisspellings,
  icecatPresent,
  icecatProducts,
} from '../test/data/icecat.ts'
import { meanRelevance, relevanceOf } from '../test/data/relevance.ts'

if (!icecatPresent) {
  console.log('no catalogue beside the repository: nothing to measure')
  process.exit(0)
}

const heapBytes = () => {
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
const cpuMs = () => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

const products = icecatProducts()
const index = createSearchIndex()
const heapBefore = heapBytes()
const cpuBefore = cpuMs()
for (const product of products) {
  index.put({ ...product, status: 'active', version: 1, createdAt: 0 })
}
const buildMs = cpuMs() - cpuBefore
// Texts that the index shares with the products count for the products.
const bytesEach = (heapBytes() - heapBefore) / products.length
console.log(
  `${index.size} products: built in ${buildMs.toFixed(0)} ms CPU` +
    (globalThis.gc ? `, ${bytesEach.toFixed(0)} bytes each` : ''),
)

const judgments = icecatJudgments()
const misspellings = icecatMisspellings()
const report = (title: string, queries: readonly { q: string; query: string }[]) => {
  const scores = queries.map(({ q, query }) =>
    relevanceOf(
      index.search({ q, limit: 100 }).hits.map(({ id }) => id),
      judgments.get(query)!,
    ),
  )
  const { ndcg, condensed, judged } = meanRelevance(scores)
  const figures = [ndcg, condensed, judged].map((value) => value.toFixed(3).padStart(8))
  console.log(title.padEnd(28), queries.length.toString().padStart(4), ...figures)
}
const queries = [...judgments.keys()]
console.log('\n'.padEnd(29), '   n  NDCG@10 condensed judged@10')
report(
  'graded queries',
  queries.map((query) => ({ q: query, query })),
)
report(
  '  every other one',
  queries.filter((_, at) => at % 2 === 0).map((q) => ({ q, query: q })),
)
report(
  '  and the others',
  queries.filter((_, at) => at % 2 === 1).map((q) => ({ q, query: q })),
)
report(
  'misspelled',
  misspellings.map(({ misspelled, query }) => ({ q: misspelled, query })),
)
report(
  'the same, spelled right',
  misspellings.map(({ query }) => ({ q: query, query })),
)

/** Each query's median of several runs, so that what else runs on the machine stays out. */
function microseconds(run: () => unknown): number {
  const runs = Array.from({ length: 9 }, () => {
    const start = process.hrtime.bigint()
    run()
    return Number(process.hrtime.bigint() - start) / 1_000
  })
  return runs.sort((a, b) => a - b)[4]!
}

function time(title: string, runs: readonly (() => unknown)[]): void {
  for (const run of runs) run()
  const times = runs.map(microseconds).sort((a, b) => a - b)
  const at = (share: number) =>
    times[Math.floor(share * (times.length - 1))]!.toFixed(0).padStart(7)
  console.log(title.padEnd(34), at(0.5), at(0.99))
}

const search = (query: Partial<SearchQuery>) => () => index.search({ limit: 20, ...query })
const words = [...new Set(queries.flatMap((query) => query.split(' ')))]
const broad = [
  'cable',
  'black',
  'usb',
  'hp',
  'toner cartridge',
  'usb cable black',
  'canon',
  'power',
]
console.log('\nmicroseconds a search'.padEnd(35), ' median     p99')
time(
  'graded queries',
  queries.map((q) => search({ q })),
)
time(
  'misspelled',
  misspellings.map(({ misspelled }) => search({ q: misspelled })),
)
time(
  'words that thousands bear',
  broad.map((q) => search({ q })),
)
time(
  'beginnings of words',
  words.map((word) => search({ q: word.slice(0, 3) })),
)
time(
  'part numbers',
  products.slice(0, 200).map(({ sku }) => search({ q: sku })),
)
time(
  'by price, filtered',
  broad.map((q) => search({ q, sort: 'price', minPrice: 1_000 })),
)
time('all products by price', [search({ sort: 'price' })])
time(
  'suggest',
  words.map((word) => () => index.suggest(word.slice(0, 3), 10)),
)
let version = 1
time(
  'put of one changed product',
  products.slice(0, 200).map((product) => () => {
    version += 1
    index.put({ ...product, status: 'active', version, createdAt: 0 })
  }),
)

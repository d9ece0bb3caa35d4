/** Holds the search to what it has reached on graded queries over a real catalogue. */
import { describe, expect, test } from '@jest/globals'
import { createSearchIndex } from '../services/search/search.index.ts'
import {
  icecatJudgments,
  icecatMisspellings,
  icecatPresent,
  icecatProducts,
} from './data/icecat.ts'
import { meanRelevance, relevanceOf } from './data/relevance.ts'

test('the score of a ranking', () => {
  const grades = new Map(Object.entries({ a: 3, b: 1, c: 0 }))
  expect(relevanceOf(['a', 'b', 'c'], grades)).toEqual({ ndcg: 1, condensed: 1, judged: 0.3 })
  const late = relevanceOf(['x', 'c', 'a'], grades)
  expect(late.ndcg).toBeCloseTo(7 / Math.log2(4) / (7 + 1 / Math.log2(3)))
  expect(late.condensed).toBeCloseTo(7 / Math.log2(3) / (7 + 1 / Math.log2(3)))
})

if (!icecatPresent) console.warn('no catalogue beside the repository: relevance is not measured')

;(icecatPresent ? describe : describe.skip)('on the real catalogue', () => {
  const index = createSearchIndex()
  const products = icecatProducts()
  for (const product of products) {
    index.put({ ...product, status: 'active', version: 1, createdAt: 0 })
  }
  const judgments = icecatJudgments()
  const score = (q: string, query: string) =>
    relevanceOf(
      index.search({ q, limit: 100 }).hits.map(({ id }) => id),
      judgments.get(query)!,
    )
  const misspellings = icecatMisspellings()

  test('graded queries are answered well', () => {
    const { ndcg, condensed } = meanRelevance([...judgments.keys()].map((q) => score(q, q)))
    expect(ndcg).toBeGreaterThan(0.83)
    expect(condensed).toBeGreaterThan(0.87)
  })

  test('a misspelled word costs next to nothing', () => {
    const wrong = meanRelevance(
      misspellings.map(({ misspelled, query }) => score(misspelled, query)),
    )
    const right = meanRelevance(misspellings.map(({ query }) => score(query, query)))
    expect(right.ndcg - wrong.ndcg).toBeLessThan(0.03)
  })

  test('every part number finds its product on the first page', () => {
    const numbered = products.filter(({ sku }) => /^[A-Z]{1,4}\d{3,}[A-Z]*$/.test(sku))
    expect(numbered.length).toBeGreaterThan(500)
    for (const { id, sku } of numbered) {
      const { hits } = index.search({ q: sku, limit: 20 })
      expect([sku, hits.some((hit) => hit.id === id)]).toEqual([sku, true])
    }
  })
})

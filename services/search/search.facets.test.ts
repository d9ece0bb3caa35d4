import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { MAX_AMOUNT_MINOR } from '../../kernel/money.ts'
import { PRICE_STEPS, priceCounts, priceStep, valueCounts } from './search.facets.ts'

const price = fc.oneof(fc.nat(2_000), fc.integer({ min: 0, max: MAX_AMOUNT_MINOR }))

describe('priceCounts', () => {
  test('at most five ranges without gaps, none empty, each counting exactly its prices', () => {
    fc.assert(
      fc.property(fc.array(price), (prices) => {
        const counts = new Int32Array(PRICE_STEPS)
        for (const amount of prices) counts[priceStep(amount)]! += 1
        const ranges = priceCounts(counts)
        expect(ranges.length).toBeLessThanOrEqual(5)
        ranges.forEach(({ from, to, count }, at) => {
          const inside = prices.filter((amount) => amount >= from && amount <= to)
          expect(count).toBe(inside.length)
          expect(count).toBeGreaterThan(0)
          expect([Number.isSafeInteger(from), Number.isSafeInteger(to)]).toEqual([true, true])
          if (at > 0) expect(from).toBe(ranges[at - 1]!.to + 1)
        })
        const total = ranges.reduce((sum, { count }) => sum + count, 0)
        expect(total).toBe(prices.length)
      }),
    )
  })
})

describe('valueCounts', () => {
  test('the most frequent first, equal ones by name, at most 50, none empty', () => {
    const values = [...Array.from({ length: 60 }, (_, at) => `v${at}`), '']
    const counts = new Int32Array(61).fill(1)
    counts[59] = 9
    counts[0] = 0
    const found = valueCounts(values, counts)
    expect(found).toHaveLength(50)
    expect(found.slice(0, 3).map(({ value }) => value)).toEqual(['v59', 'v1', 'v10'])
  })
})

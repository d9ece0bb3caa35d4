import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { median, percentile } from './measure.ts'

const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 })

describe('a percentile', () => {
  test('is the smallest value that the share of all do not exceed', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0.01, max: 1, noNaN: true }), (all, share) => {
        const ascending = Float64Array.from(all).sort()
        const found = percentile(ascending, share)
        const below = ascending.filter((value) => value < found).length
        const notAbove = ascending.filter((value) => value <= found).length
        expect(ascending).toContain(found)
        expect(notAbove).toBeGreaterThanOrEqual(share * all.length)
        expect(below).toBeLessThan(share * all.length)
      }),
    )
  })

  test.each([
    [0.5, 50],
    [0.95, 95],
    [0.99, 99],
    [1, 100],
  ])('%d of 1 to 100 is %d', (share, expected) => {
    const oneToHundred = Float64Array.from({ length: 100 }, (_, at) => at + 1)
    expect(percentile(oneToHundred, share)).toBe(expected)
  })
})

test('the median is the middle, whatever the order', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 3, 2])).toBe(2.5)
  expect(median([7])).toBe(7)
})

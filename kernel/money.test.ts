import { expect, test } from '@jest/globals'
import { MAX_AMOUNT_MINOR, sum, times } from './money.ts'

const eur = (amount: number) => ({ amount, currency: 'EUR' })

test('amounts of one currency add up, none to nothing', () => {
  expect(sum([eur(1), eur(99), times(eur(25), 4)], 'EUR')).toEqual(eur(200))
  expect(sum([], 'EUR')).toEqual(eur(0))
})

test('currencies are never mixed', () => {
  const mixed = [eur(1), { amount: 1, currency: 'USD' }]
  expect(() => sum(mixed, 'EUR')).toThrow('cannot add USD to EUR')
  expect(() => sum([eur(1)], 'USD')).toThrow(RangeError)
})

test('the largest order is exact: 100 lines of 999 pieces of the highest price', () => {
  const line = times(eur(MAX_AMOUNT_MINOR), 999)
  const { amount } = sum(Array<typeof line>(100).fill(line), 'EUR')
  expect(Number.isSafeInteger(amount)).toBe(true)
  expect(BigInt(amount)).toBe(BigInt(MAX_AMOUNT_MINOR) * 99_900n)
})

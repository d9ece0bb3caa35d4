import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { allocate } from './allocation.ts'

const levels = fc.uniqueArray(
  fc.record({
    warehouseId: fc.constantFrom('A', 'B', 'C'),
    productId: fc.constantFrom('p1', 'p2'),
    available: fc.nat(6),
  }),
  { selector: ({ warehouseId, productId }) => `${warehouseId}/${productId}` },
)
const lines = fc.uniqueArray(
  fc.record({
    productId: fc.constantFrom('p1', 'p2'),
    quantity: fc.integer({ min: 1, max: 8 }),
  }),
  { minLength: 1, selector: ({ productId }) => productId },
)

test('gives exactly what is wanted and no more than there is, or tells what is short', () => {
  fc.assert(
    fc.property(levels, lines, (given, wanted) => {
      const plan = allocate(given, wanted)
      const there = (productId: string) =>
        given.filter((l) => l.productId === productId).reduce((sum, l) => sum + l.available, 0)
      if ('shortages' in plan) {
        const short = wanted.filter(({ productId, quantity }) => there(productId) < quantity)
        expect(plan.shortages.map(({ productId }) => productId)).toEqual(
          short.map(({ productId }) => productId),
        )
        return
      }
      for (const { productId, quantity } of wanted) {
        const parts = plan.allocations.flatMap(({ warehouseId, items }) =>
          items.filter((i) => i.productId === productId).map((i) => ({ warehouseId, ...i })),
        )
        expect(parts.reduce((sum, part) => sum + part.quantity, 0)).toBe(quantity)
        for (const part of parts) {
          const level = given.find(
            (l) => l.warehouseId === part.warehouseId && l.productId === productId,
          )
          expect(part.quantity).toBeLessThanOrEqual(level!.available)
        }
      }
    }),
  )
})

test('ships from one warehouse where one has it all', () => {
  const level = (warehouseId: string, productId: string, available: number) => {
    return { warehouseId, productId, available }
  }
  const given = [level('A', 'p1', 9), level('A', 'p2', 1), level('B', 'p1', 2), level('B', 'p2', 2)]
  const wanted = [
    { productId: 'p1', quantity: 2 },
    { productId: 'p2', quantity: 2 },
  ]
  expect(allocate(given, wanted)).toEqual({ allocations: [{ warehouseId: 'B', items: wanted }] })
})

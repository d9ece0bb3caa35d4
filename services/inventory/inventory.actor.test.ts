import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isRefusal } from '../../kernel/errors.ts'
import { Decider, refusalOf } from '../../test/decider.ts'
import * as decide from './inventory.actor.ts'
import { holds, stock, stockId } from './inventory.documents.ts'

const warehouseId = 'AMS'
const customerId = 'cus_1'
const quantity = fc.integer({ min: 1, max: 5 })
const product = fc.constantFrom('p1', 'p2', 'p3')
const hold = fc.record({ orderId: fc.constantFrom('o1', 'o2', 'o3'), attempt: fc.nat(1) })
const items = fc.uniqueArray(fc.record({ productId: product, quantity }), {
  minLength: 1,
  maxLength: 3,
  selector: ({ productId }) => productId,
})
const command = fc.oneof(
  fc.record({ is: fc.constant('set' as const), productId: product, onHand: fc.nat(12) }),
  fc.record({
    is: fc.constant('adjust' as const),
    productId: product,
    delta: fc.integer({ min: -6, max: 6 }),
    key: fc.nat(5),
  }),
  fc.record({ is: fc.constant('hold' as const), hold, items }),
  fc.record({ is: fc.constantFrom('claim' as const, 'release' as const, 'ship' as const), hold }),
)

type Command = typeof command extends fc.Arbitrary<infer C> ? C : never

const ON_HOLD = { claim: decide.claim, release: decide.release, ship: decide.ship }

function run(decider: Decider, given: Command): void {
  switch (given.is) {
    case 'set':
      decider.decide(decide.set, { warehouseId, ...given })
      return
    case 'adjust': {
      const idempotency = { key: `${given.key}`, fingerprint: `${given.productId} ${given.delta}` }
      const answerId = `${warehouseId}/${given.key}`
      decider.decide(decide.adjust, { warehouseId, ...given, answerId, idempotency })
      return
    }
    case 'hold':
      decider.decide(decide.hold, { warehouseId, customerId, ...given.hold, items: given.items })
      return
    default:
      decider.decide(ON_HOLD[given.is], { warehouseId, ...given.hold })
  }
}

describe('stock', () => {
  test('onHand = available + held, held = the open holds, nothing below 0, come what may', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        const decider = new Decider()
        for (const given of commands) {
          try {
            run(decider, given)
          } catch (error) {
            if (!isRefusal(error)) throw error
          }
          const open = decider.all(holds).filter(({ state }) => state === 'held')
          for (const line of decider.all(stock)) {
            const held = open
              .flatMap((each) => each.items)
              .filter(({ productId }) => productId === line.productId)
              .reduce((total, item) => total + item.quantity, 0)
            expect(line.held).toBe(held)
            expect(line.onHand).toBe(line.available + line.held)
            expect(Math.min(line.onHand, line.held, line.available)).toBeGreaterThanOrEqual(0)
          }
        }
      }),
      { numRuns: 500 },
    )
  })

  test('every command may be repeated: the second time nothing changes', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 30 }), command, (before, given) => {
        const decider = new Decider()
        const attempt = (each: Command) => {
          try {
            run(decider, each)
            return 'done'
          } catch (error) {
            if (!isRefusal(error)) throw error
            return error.type
          }
        }
        for (const each of before) attempt(each)
        const first = attempt(given)
        const after = [decider.all(stock), decider.all(holds)]
        expect(attempt(given)).toBe(first)
        expect([decider.all(stock), decider.all(holds)]).toEqual(after)
      }),
      { numRuns: 500 },
    )
  })

  test('what was held, claimed and released is on hand again', () => {
    const decider = new Decider()
    const name = { warehouseId, orderId: 'o1', attempt: 0 }
    decider.decide(decide.set, { warehouseId, productId: 'p1', onHand: 7 })
    decider.decide(decide.hold, { ...name, customerId, items: [{ productId: 'p1', quantity: 3 }] })
    decider.decide(decide.claim, name)
    expect(decider.get(stock, stockId(warehouseId, 'p1'))).toMatchObject({ onHand: 4, held: 0 })
    decider.decide(decide.release, name)
    expect(decider.get(stock, stockId(warehouseId, 'p1'))).toMatchObject({ onHand: 7, held: 0 })
    expect(refusalOf(() => decider.decide(decide.claim, name)).type).toBe('hold_gone')
  })

  test('an adjustment is answered as the first time, whatever happened since', () => {
    const decider = new Decider()
    const adjust = {
      warehouseId,
      productId: 'p1',
      delta: 2,
      answerId: `${warehouseId}/a`,
      idempotency: { key: 'a', fingerprint: 'f' },
    }
    decider.decide(decide.set, { warehouseId, productId: 'p1', onHand: 1 })
    const first = decider.decide(decide.adjust, adjust)
    decider.decide(decide.set, { warehouseId, productId: 'p1', onHand: 50 })
    expect(decider.decide(decide.adjust, adjust)).toEqual({ replayed: true, value: first.value })
    const other = { ...adjust, delta: 3, idempotency: { key: 'a', fingerprint: 'g' } }
    expect(refusalOf(() => decider.decide(decide.adjust, other)).type).toBe(
      'idempotency_key_reused',
    )
  })
})

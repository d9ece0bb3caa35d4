import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isRefusal } from '../../kernel/errors.ts'
import { Decider, refusalOf } from '../../test/decider.ts'
import * as decide from './order.actor.ts'
import { isPlaced, orders, type StoredOrder } from './order.documents.ts'
import { TRANSITIONS } from './order.states.ts'
import { placedView } from './order.view.ts'
import * as placing from './placing.actor.ts'

const on = { orderId: 'ord_1', customerId: 'cus_1' }
const total = { amount: 500, currency: 'USD' }
const draft: placing.Draft = {
  id: on.orderId,
  customerId: on.customerId,
  fingerprint: 'f',
  attempt: 0,
  items: [],
  total,
  allocations: [{ warehouseId: 'AMS', items: [{ productId: 'p', quantity: 1 }] }],
}
const HOLD_MS = 60_000

function keyed(command: string, key: number) {
  return {
    ...on,
    answerId: `${command} ${key}`,
    idempotency: { key: `${key}`, fingerprint: command },
  }
}

const key = fc.nat(2)
const command = fc.oneof(
  fc.record({ is: fc.constant('begin' as const), key }),
  fc.record({
    is: fc.constant('end' as const),
    key,
    status: fc.constantFrom('captured' as const, 'failed' as const),
  }),
  fc.record({ is: fc.constantFrom('cancel' as const, 'fulfil' as const), key }),
  fc.record({ is: fc.constant('pass' as const), durationMs: fc.integer({ min: 1, max: 50_000 }) }),
  fc.record({ is: fc.constantFrom('expire' as const, 'strikeOff' as const) }),
)

type Command = typeof command extends fc.Arbitrary<infer C> ? C : never

function run(decider: Decider, given: Command): unknown {
  switch (given.is) {
    case 'begin':
      return decider.decide(decide.beginPayment, {
        ...keyed('pay', given.key),
        paymentId: `pay_${given.key}`,
      })
    case 'end': {
      const { status } = given
      const ended = { ...on, paymentId: `pay_${given.key}`, status, claimed: true }
      return decider.decide(decide.endPayment, ended)
    }
    case 'cancel':
      return decider.decide(decide.cancel, keyed('cancel', given.key))
    case 'fulfil':
      return decider.decide(decide.fulfil, keyed('fulfil', given.key))
    case 'pass':
      decider.nowMs += given.durationMs
      return undefined
    case 'expire':
      return decider.decide(decide.expire, on)
    case 'strikeOff':
      return decider.decide(decide.strikeOff, { ...on, done: ['release', 'reverse', 'ship'] })
  }
}

function placed(): { decider: Decider; order: () => StoredOrder } {
  const decider = new Decider()
  decider.decide(placing.place, { draft, holdMs: HOLD_MS })
  return {
    decider,
    order() {
      const found = decider.get(orders, on.orderId)
      if (!isPlaced(found)) throw new Error('the order is gone')
      return found
    },
  }
}

describe('the order', () => {
  test('goes only where the table says, and remembers how it was placed', () => {
    const reached = new Set<string>()
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
        const { decider, order } = placed()
        const first = placedView(order())
        for (const given of commands) {
          const before = order()
          try {
            run(decider, given)
          } catch (error) {
            if (!isRefusal(error)) throw error
          }
          const after = order()
          reached.add(after.status)
          if (after.status !== before.status) {
            expect(TRANSITIONS[before.status]).toContain(after.status)
          }
          expect(placedView(after)).toEqual(first)
          const captured = after.payments.filter(({ status }) => status === 'captured')
          if (after.status === 'paid' || after.status === 'fulfilled') {
            expect(captured).toHaveLength(1)
          }
          const waits = after.status === 'awaiting_payment' || after.todo.length > 0
          expect(after.dueAt !== undefined).toBe(waits)
        }
      }),
      { numRuns: 1_000 },
    )
    expect([...reached].sort()).toEqual(Object.keys(TRANSITIONS).sort())
  })

  test('a command with a key is answered as the first time, whatever happened since', () => {
    fc.assert(
      fc.property(fc.array(command, { minLength: 1, maxLength: 40 }), (commands) => {
        const { decider } = placed()
        const answers = new Map<string, unknown>()
        for (const given of commands) {
          const answer = answerOf(decider, given)
          if (given.is !== 'cancel' && given.is !== 'fulfil') continue
          const name = `${given.is} ${given.key}`
          if (answers.has(name)) expect(answer).toEqual(answers.get(name))
          answers.set(name, answer)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  test('a payment under way keeps the hold; expiry gives the stock back', () => {
    const { decider, order } = placed()
    run(decider, { is: 'begin', key: 1 })
    decider.nowMs += HOLD_MS
    run(decider, { is: 'expire' })
    expect(order().status).toBe('awaiting_payment')
    run(decider, { is: 'end', key: 1, status: 'failed' })
    run(decider, { is: 'expire' })
    expect(order()).toMatchObject({ status: 'expired', todo: ['release'] })
    expect(refusalOf(() => run(decider, { is: 'begin', key: 2 })).type).toBe('order_closed')
  })

  test('a payment captured after the order was cancelled is given back', () => {
    const { decider, order } = placed()
    run(decider, { is: 'begin', key: 1 })
    run(decider, { is: 'cancel', key: 1 })
    run(decider, { is: 'end', key: 1, status: 'captured' })
    expect(order()).toMatchObject({ status: 'cancelled', todo: ['reverse', 'release'] })
  })

  test('is not paid while its stock is not claimed', () => {
    const { decider } = placed()
    run(decider, { is: 'begin', key: 1 })
    const ended = { ...on, paymentId: 'pay_1', status: 'captured' as const, claimed: false }
    expect(() => decider.decide(decide.endPayment, ended)).toThrow('not claimed')
  })
})

/** Status and body, as a client would see them. */
function answerOf(decider: Decider, given: Command): unknown {
  try {
    const reply = run(decider, given) as { value?: unknown } | undefined
    return reply?.value
  } catch (error) {
    if (!isRefusal(error)) throw error
    return [error.type, error.message]
  }
}

describe('placing', () => {
  test('a dead attempt cannot place the order, the next one can', () => {
    const decider = new Decider()
    const settled = decider.decide(placing.settle, {
      ...on,
      hold: { warehouseId: 'AMS', attempt: 0 },
    })
    expect(settled).toMatchObject({ placed: false, wanted: false })
    expect(decider.decide(placing.place, { draft, holdMs: HOLD_MS })).toEqual({
      state: 'open',
      attempt: 1,
    })
    const next = { ...draft, attempt: 1 }
    const again = decider.decide(placing.place, { draft: next, holdMs: HOLD_MS })
    expect(again).toMatchObject({ state: 'placed', created: true })
  })

  test('asking about a hold of a dead attempt leaves the next attempt alone', () => {
    const decider = new Decider()
    const ask = { ...on, hold: { warehouseId: 'AMS', attempt: 0 } }
    decider.decide(placing.settle, ask)
    decider.decide(placing.settle, ask)
    const next = { ...draft, attempt: 1 }
    const placedNow = decider.decide(placing.place, { draft: next, holdMs: HOLD_MS })
    expect(placedNow).toMatchObject({ state: 'placed' })
    expect(decider.decide(placing.settle, ask)).toMatchObject({ placed: true, wanted: false })
    const own = { ...on, hold: { warehouseId: 'AMS', attempt: 1 } }
    expect(decider.decide(placing.settle, own)).toMatchObject({ placed: true, wanted: true })
  })

  test('the same key with other content is refused, before and after', () => {
    const { decider } = placed()
    const other = () => decider.decide(placing.open, { ...on, fingerprint: 'g' })
    expect(refusalOf(other).type).toBe('idempotency_key_reused')
  })
})

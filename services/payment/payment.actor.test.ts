import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isRefusal } from '../../kernel/errors.ts'
import { Decider, refusalOf } from '../../test/decider.ts'
import * as decide from './payment.actor.ts'
import { payments, refundedMinor } from './payment.documents.ts'

const identity = {
  paymentId: 'pay_1',
  customerId: 'cus_1',
  orderId: 'ord_1',
  amount: { amount: 1_000, currency: 'USD' },
  provider: 'sandbox',
}
const paymentId = identity.paymentId
const reversalId = 'ref_reversal'
const captured = { status: 'captured' as const, reference: 'chg_1' }

const command = fc.oneof(
  fc.record({ is: fc.constant('begin' as const) }),
  fc.record({
    is: fc.constant('finish' as const),
    outcome: fc.constantFrom<decide.Outcome>(captured, {
      status: 'failed',
      failure: 'card_declined',
    }),
  }),
  fc.record({
    is: fc.constant('refund' as const),
    key: fc.nat(4),
    amountMinor: fc.option(fc.integer({ min: -5, max: 1_200 }), { nil: undefined }),
  }),
  fc.record({ is: fc.constant('finishRefund' as const), key: fc.nat(4) }),
  fc.record({ is: fc.constantFrom('reverse' as const, 'settle' as const, 'postpone' as const) }),
)

type Command = typeof command extends fc.Arbitrary<infer C> ? C : never

function run(decider: Decider, given: Command): unknown {
  switch (given.is) {
    case 'begin':
      return decider.decide(decide.begin, { ...identity, token: 'tok_ok' })
    case 'finish':
      return decider.decide(decide.finish, { paymentId, outcome: given.outcome, reversalId })
    case 'refund': {
      const { amountMinor } = given
      const amount =
        amountMinor === undefined ? undefined : { amount: amountMinor, currency: 'USD' }
      const name = { refundId: `ref_${given.key}`, fingerprint: `${amountMinor}` }
      return decider.decide(decide.beginRefund, { paymentId, ...name, amount })
    }
    case 'finishRefund':
      return decider.decide(decide.finishRefund, { paymentId, refundId: `ref_${given.key}` })
    case 'reverse':
      return decider.decide(decide.reverse, { ...identity, reversalId })
    case 'settle':
      return decider.decide(decide.settle, identity)
    case 'postpone':
      return decider.decide(decide.postpone, { paymentId })
  }
}

describe('a payment', () => {
  test('gives back at most what was captured, and all of it once reversed', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
        const decider = new Decider()
        for (const given of commands) {
          try {
            run(decider, given)
          } catch (error) {
            if (!isRefusal(error)) throw error
          }
          const payment = decider.get(payments, paymentId)
          if (!payment) continue
          const most = payment.status === 'captured' ? payment.amount.amount : 0
          expect(refundedMinor(payment)).toBeLessThanOrEqual(most)
          if (payment.reversed) expect(refundedMinor(payment)).toBe(most)
          expect(payment.refunds.every(({ amountMinor }) => amountMinor > 0)).toBe(true)
          if (payment.status !== 'processing') expect(payment.token).toBeUndefined()
          const open =
            payment.status === 'processing' ||
            payment.refunds.some(({ status }) => status === 'processing')
          expect(payment.dueAt !== undefined).toBe(open)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  test('ends once: a second outcome changes nothing', () => {
    const decider = new Decider()
    run(decider, { is: 'begin' })
    run(decider, { is: 'finish', outcome: captured })
    run(decider, { is: 'finish', outcome: { status: 'failed', failure: 'payment_failed' } })
    expect(decider.get(payments, paymentId)).toMatchObject({ status: 'captured' })
    expect(decider.events.map(({ type }) => type)).toEqual(['payment.settled'])
  })

  test('one that never began never will', () => {
    const decider = new Decider()
    run(decider, { is: 'settle' })
    expect(run(decider, { is: 'begin' })).toMatchObject({ status: 'failed' })
  })

  test('a repeated refund is told as the first; other content with its key is refused', () => {
    const decider = new Decider()
    run(decider, { is: 'begin' })
    run(decider, { is: 'finish', outcome: captured })
    run(decider, { is: 'refund', key: 1, amountMinor: 300 })
    expect(run(decider, { is: 'refund', key: 1, amountMinor: 300 })).toMatchObject({
      replayed: true,
    })
    const other = () => run(decider, { is: 'refund', key: 1, amountMinor: 301 })
    expect(refusalOf(other).type).toBe('idempotency_key_reused')
    expect(refundedMinor(decider.get(payments, paymentId)!)).toBe(300)
  })
})

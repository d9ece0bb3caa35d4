/**
 * Payments: one attempt to charge an order's total. `processing` → `captured` | `failed`. What was
 * captured can be given back in parts, never more than was captured.
 */
import Type from 'typebox'
import { containsCardNumber } from '../../kernel/card-number.ts'
import {
  action,
  contract,
  Idempotency,
  id,
  object,
  replayable,
  Timestamp,
} from '../../kernel/contract.ts'
import { keyReused, refusal } from '../../kernel/errors.ts'
import { Money } from '../../kernel/money.ts'

export const cardDeclined = refusal('card_declined', 402, 'The card was declined')
export const insufficientFunds = refusal('insufficient_funds', 402, 'Insufficient funds')
/** The provider failed for good; nothing was charged. */
export const paymentFailed = refusal('payment_failed', 502, 'The payment provider failed')
export const cardDataRefused = refusal('card_data_refused', 422, 'Card numbers are not accepted')
export const tokenUnknown = refusal('token_unknown', 422, 'No such payment token')
export const paymentNotFound = refusal('payment_not_found', 404, 'No such payment')
export const paymentNotCaptured = refusal('payment_not_captured', 409, 'Nothing was captured')
export const refundTooHigh = refusal('refund_too_high', 409, 'More than is left to refund')
export const webhookRefused = refusal('webhook_refused', 400, 'The webhook is not genuine')
export const providerUnknown = refusal('provider_unknown', 404, 'No such payment provider')

/** @throws Refusal a card number stands in some field: it must go no further than this */
export function refuseCardData(body: unknown): void {
  if (containsCardNumber(body)) throw cardDataRefused('send a token of the card, never its number')
}

export const Payment = object(
  {
    id: id('pay'),
    orderId: id('ord'),
    amount: Money,
    refunded: Money,
    status: Type.Union([
      Type.Literal('processing'),
      Type.Literal('captured'),
      Type.Literal('failed'),
    ]),
    provider: Type.String(),
    createdAt: Timestamp,
  },
  { title: 'Payment' },
)
export type Payment = Type.Static<typeof Payment>

export const Refund = object(
  {
    id: id('ref'),
    paymentId: id('pay'),
    amount: Money,
    status: Type.Union([Type.Literal('processing'), Type.Literal('refunded')]),
    createdAt: Timestamp,
  },
  { title: 'Refund' },
)
export type Refund = Type.Static<typeof Refund>

/** What became of a charge, and what its client was told first. */
export const ChargeResult = object({
  status: Payment.properties.status,
  answer: Type.Union([
    Type.Literal('captured'),
    Type.Literal('processing'),
    Type.Literal('card_declined'),
    Type.Literal('insufficient_funds'),
    Type.Literal('payment_failed'),
  ]),
  /** As the first answer showed it. */
  payment: Payment,
})
export type ChargeResult = Type.Static<typeof ChargeResult>

const mine = { customerId: id('cus'), paymentId: id('pay') }

export const paymentContract = contract('payment', 1, {
  /** Charges once per `paymentId`, however often it is asked; waits `PAYMENT_WAIT_MS` at most. */
  charge: action({
    params: object({
      ...mine,
      orderId: id('ord'),
      amount: Money,
      token: Type.String(),
    }),
    result: ChargeResult,
    errors: [tokenUnknown],
    key: 'customerId',
    idempotent: true,
  }),

  /** What became of the payment; one that never began never will. */
  settle: action({
    params: object({ ...mine, orderId: id('ord'), amount: Money }),
    result: object({ status: Payment.properties.status }),
    key: 'customerId',
    idempotent: true,
  }),

  /** The order is closed: whatever of the payment was or will be captured is given back. */
  reverse: action({
    params: object({ ...mine, orderId: id('ord'), amount: Money }),
    result: object({ settled: Type.Boolean() }),
    key: 'customerId',
    idempotent: true,
  }),

  get: action({
    params: object(mine),
    result: Payment,
    errors: [paymentNotFound],
    key: 'customerId',
    idempotent: true,
    rest: {
      method: 'GET',
      path: '/payments/:paymentId',
      summary: 'One of your payments',
      auth: 'customer',
      priority: 'pay',
      supplied: { customerId: 'customerId' },
    },
  }),

  /** The payments of an order, oldest first; at most 100. */
  listForOrder: action({
    params: object({ customerId: id('cus'), orderId: id('ord') }),
    result: object({ items: Type.Array(Payment) }),
    key: 'customerId',
    idempotent: true,
  }),

  refund: action({
    params: object({
      paymentId: id('pay'),
      amount: Type.Optional(Money),
      idempotency: Idempotency,
    }),
    result: replayable(Refund),
    errors: [paymentNotFound, paymentNotCaptured, refundTooHigh, keyReused],
    idempotent: true,
    rest: {
      method: 'POST',
      path: '/payments/:paymentId/refunds',
      summary: 'Gives back some or all of what is left of a captured payment',
      auth: 'operator',
      priority: 'operate',
      supplied: { idempotency: 'idempotency' },
      idempotencyKey: true,
      status: 201,
    },
  }),

  webhook: action({
    params: object({
      provider: Type.String({ pattern: '^[a-z]{1,32}$' }),
      webhook: object({
        rawBody: Type.String(),
        headers: Type.Record(Type.String(), Type.String()),
      }),
    }),
    result: object({ received: Type.Literal(true) }),
    errors: [webhookRefused, providerUnknown],
    idempotent: true,
    rest: {
      method: 'POST',
      path: '/webhooks/payments/:provider',
      summary: "A provider's signed notice that something became of a payment",
      auth: 'public',
      priority: 'pay',
      supplied: { webhook: 'webhook' },
    },
  }),

  sandboxCharges: action({
    params: object({ orderId: id('ord') }),
    result: object({
      items: Type.Array(
        object({
          id: Type.String(),
          paymentId: id('pay'),
          orderId: id('ord'),
          amount: Money,
          status: Type.Union([
            Type.Literal('charged'),
            Type.Literal('failed'),
            Type.Literal('refunded'),
          ]),
          createdAt: Timestamp,
        }),
      ),
    }),
    idempotent: true,
    rest: {
      method: 'GET',
      path: '/admin/sandbox/charges',
      summary: "The sandbox provider's ledger for one order",
      auth: 'operator',
      priority: 'operate',
    },
  }),

  /** Every payment against its refunds and the sandbox's ledger; violations in words. */
  audit: action({
    params: object({}),
    result: object({ violations: Type.Array(Type.String()) }),
    idempotent: true,
  }),
})

/**
 * What becomes of a payment. A refund is reserved here before the provider is asked, so that all
 * refunds together never exceed what was captured.
 */
import { ANSWER_KEPT_MS } from '../../kernel/contract.ts'
import { keyReused, type Refusal, recalled, remembered } from '../../kernel/errors.ts'
import type { Money } from '../../kernel/money.ts'
import { behaviour, put, type Read, ref } from '../../mixins/actor/behaviour.ts'
import { paymentNotCaptured, paymentNotFound, refundTooHigh } from './payment.contract.ts'
import {
  payments,
  refundedMinor,
  type StoredPayment,
  type StoredRefund,
} from './payment.documents.ts'

/** Behind the longest wait of a request, so that the sweeper does not disturb the first attempt. */
const FIRST_SWEEP_MS = 15_000
const MAX_PAUSE_MS = 60_000

interface OnPayment {
  paymentId: string
}

const reads = ({ paymentId }: OnPayment) => [ref(payments, paymentId)]

function required(read: Read, paymentId: string): StoredPayment {
  const payment = read(payments, paymentId)
  if (!payment) throw paymentNotFound('there is no such payment')
  return payment
}

function next(payment: StoredPayment, now: number): StoredPayment {
  return { ...payment, version: payment.version + 1, updatedAt: now }
}

export interface PaymentIdentity extends OnPayment {
  customerId: string
  orderId: string
  amount: Money
  provider: string
}

function created(command: PaymentIdentity, now: number): StoredPayment {
  const { paymentId, customerId, orderId, amount, provider } = command
  return {
    id: paymentId,
    version: 1,
    customerId,
    orderId,
    amount,
    provider,
    status: 'processing',
    answeredProcessing: false,
    attempts: 0,
    reversed: false,
    refunds: [],
    refusedRefunds: {},
    createdAt: now,
    updatedAt: now,
  }
}

export const begin = behaviour<PaymentIdentity & { token: string }, StoredPayment>({
  reads,
  decide(command, read, now) {
    const found = read(payments, command.paymentId)
    if (found) return { reply: found }
    const begun: StoredPayment = {
      ...created(command, now),
      token: command.token,
      dueAt: now + FIRST_SWEEP_MS,
    }
    return { put: [put(payments, begun)], reply: begun }
  },
})

export type Outcome =
  | { status: 'captured'; reference: string }
  | { status: 'failed'; failure: NonNullable<StoredPayment['failure']> }

export const finish = behaviour<
  OnPayment & { outcome: Outcome; reversalId: string },
  StoredPayment
>({
  reads,
  decide(command, read, now) {
    const found = required(read, command.paymentId)
    if (found.status !== 'processing') return { reply: found }
    const { token: _token, dueAt: _dueAt, ...kept } = next(found, now)
    let ended: StoredPayment = { ...kept, ...command.outcome }
    if (ended.reversed) ended = reversal(ended, command.reversalId, now)
    const { orderId, customerId, status } = ended
    const payload = { paymentId: ended.id, orderId, customerId, status }
    return {
      put: [put(payments, ended)],
      events: [{ type: 'payment.settled', payload }],
      reply: ended,
    }
  },
})

/** The client is about to be told that the payment is processing. */
export const answerProcessing = behaviour<OnPayment, StoredPayment>({
  reads,
  decide(command, read, now) {
    const found = required(read, command.paymentId)
    if (found.status !== 'processing' || found.answeredProcessing) return { reply: found }
    const answered = { ...next(found, now), answeredProcessing: true }
    return { put: [put(payments, answered)], reply: answered }
  },
})

/** The provider could not tell, or did not do it: to be asked again, after a growing pause. */
export const postpone = behaviour<OnPayment, StoredPayment>({
  reads,
  decide(command, read, now) {
    const found = required(read, command.paymentId)
    if (found.dueAt === undefined) return { reply: found }
    const pauseMs = Math.min(MAX_PAUSE_MS, 1_000 * 2 ** Math.min(found.attempts, 10))
    const postponed = {
      ...next(found, now),
      attempts: found.attempts + 1,
      dueAt: now + pauseMs,
    }
    return { put: [put(payments, postponed)], reply: postponed }
  },
})

/** A payment that never began gets a failed one in its place: it can never begin any more. */
export const settle = behaviour<PaymentIdentity, StoredPayment>({
  reads,
  decide(command, read, now) {
    const found = read(payments, command.paymentId)
    if (found) return { reply: found }
    const never: StoredPayment = {
      ...created(command, now),
      status: 'failed',
      failure: 'payment_failed',
    }
    return { put: [put(payments, never)], reply: never }
  },
})

export const reverse = behaviour<PaymentIdentity & { reversalId: string }, StoredPayment>({
  reads,
  decide(command, read, now) {
    const found = read(payments, command.paymentId)
    if (!found) return settle.decide(command, read, now)
    if (found.reversed) return { reply: found }
    let reversed: StoredPayment = { ...next(found, now), reversed: true }
    if (found.status === 'captured') reversed = reversal(reversed, command.reversalId, now)
    return { put: [put(payments, reversed)], reply: reversed }
  },
})

/** With a refund of all that is left. */
function reversal(payment: StoredPayment, reversalId: string, now: number): StoredPayment {
  const leftMinor = payment.status === 'captured' ? left(payment) : 0
  if (leftMinor === 0) return payment
  const refund: StoredRefund = {
    id: reversalId,
    fingerprint: 'order closed',
    amountMinor: leftMinor,
    status: 'processing',
    createdAt: now,
  }
  return { ...payment, refunds: [...payment.refunds, refund], dueAt: now }
}

function left(payment: StoredPayment): number {
  return payment.amount.amount - refundedMinor(payment)
}

export interface BeginRefund extends OnPayment {
  refundId: string
  fingerprint: string
  amount: Money | undefined
}

export const beginRefund = behaviour<BeginRefund, { replayed: boolean; payment: StoredPayment }>({
  reads,
  decide(command, read, now) {
    const found = required(read, command.paymentId)
    const { refundId: id, fingerprint } = command
    const refused = found.refusedRefunds[id]
    const repeat = refused ?? found.refunds.find((refund) => refund.id === id)
    if (repeat && repeat.fingerprint !== fingerprint) {
      throw keyReused('this Idempotency-Key refunded something else')
    }
    if (refused) throw recalled(refused.refusal)
    if (repeat) return { reply: { replayed: true, payment: found } }
    const refusal = whyNotRefundable(found, command.amount)
    if (refusal)
      return { refuse: refusal, put: [put(payments, refusing(found, command, refusal, now))] }
    const refund: StoredRefund = {
      id,
      fingerprint,
      amountMinor: command.amount?.amount ?? left(found),
      status: 'processing',
      createdAt: now,
    }
    const reserved = {
      ...next(found, now),
      refunds: [...found.refunds, refund],
      dueAt: now + FIRST_SWEEP_MS,
    }
    return { put: [put(payments, reserved)], reply: { replayed: false, payment: reserved } }
  },
})

function whyNotRefundable(payment: StoredPayment, amount: Money | undefined): Refusal | undefined {
  if (payment.status !== 'captured') return paymentNotCaptured('nothing of it was captured')
  const leftMinor = left(payment)
  const { currency } = payment.amount
  const wanted = amount ?? { amount: leftMinor, currency }
  if (wanted.currency === currency && wanted.amount >= 1 && wanted.amount <= leftMinor) {
    return undefined
  }
  return refundTooHigh(`${leftMinor} ${currency} (minor units) is left to refund`)
}

function refusing(
  payment: StoredPayment,
  { refundId, fingerprint }: BeginRefund,
  refusal: Refusal,
  now: number,
): StoredPayment {
  const recent = Object.entries(payment.refusedRefunds).filter(
    ([, { at }]) => at > now - ANSWER_KEPT_MS,
  )
  const answer = { at: now, fingerprint, refusal: remembered(refusal) }
  const refusedRefunds = { ...Object.fromEntries(recent), [refundId]: answer }
  return { ...next(payment, now), refusedRefunds }
}

/** The client is about to be told that the refund is processing. */
export const answerRefundProcessing = behaviour<OnPayment & { refundId: string }, StoredPayment>({
  reads,
  decide(command, read, now) {
    const found = required(read, command.paymentId)
    const open = found.refunds.find(({ id }) => id === command.refundId)
    if (open?.status !== 'processing' || open.answeredProcessing) return { reply: found }
    const refunds = found.refunds.map((refund) =>
      refund === open ? { ...refund, answeredProcessing: true as const } : refund,
    )
    const answered = { ...next(found, now), refunds }
    return { put: [put(payments, answered)], reply: answered }
  },
})

export const finishRefund = behaviour<OnPayment & { refundId: string }, StoredPayment>({
  reads,
  decide(command, read, now) {
    const found = required(read, command.paymentId)
    const open = found.refunds.find(({ id }) => id === command.refundId)
    if (open?.status !== 'processing') return { reply: found }
    const refunds = found.refunds.map((refund) =>
      refund === open ? { ...refund, status: 'refunded' as const } : refund,
    )
    const { dueAt, ...kept } = next(found, now)
    const more = refunds.some(({ status }) => status === 'processing')
    const done: StoredPayment = { ...kept, refunds, ...(more && dueAt ? { dueAt } : {}) }
    const { orderId, customerId, amount } = done
    const payload = {
      refundId: open.id,
      paymentId: done.id,
      orderId,
      customerId,
      amount: { amount: open.amountMinor, currency: amount.currency },
    }
    return {
      put: [put(payments, done)],
      events: [{ type: 'payment.refunded', payload }],
      reply: done,
    }
  },
})

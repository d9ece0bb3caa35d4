/**
 * What the order actor decides about a placed order. Steps that other services must do follow from
 * the state reached: they stand in `todo`, committed with it, until each is done.
 */
import type { Idempotency } from '../../kernel/contract.ts'
import { keyReused, type Refusal, recalled, remembered } from '../../kernel/errors.ts'
import { behaviour, type Decision, put, type Read, ref } from '../../mixins/actor/behaviour.ts'
import {
  type Order,
  orderAlreadyPaid,
  orderClosed,
  orderNotFound,
  orderNotPaid,
  paymentInProgress,
} from './order.contract.ts'
import {
  type Answer,
  type Effect,
  isPlaced,
  orders,
  type StoredOrder,
  type TimelineEntry,
} from './order.documents.ts'
import { type Change, changeOrder, isPaying } from './order.states.ts'
import { orderView } from './order.view.ts'

/** Against trying stolen cards on one order. */
const MAX_PAYMENTS = 20

export interface OnOrder {
  orderId: string
  customerId: string
}

const reads = ({ orderId }: OnOrder) => [ref(orders, orderId)]

function required(read: Read, { orderId, customerId }: OnOrder): StoredOrder {
  const found = read(orders, orderId)
  if (!isPlaced(found) || found.customerId !== customerId) {
    throw orderNotFound('there is no such order')
  }
  return found
}

function changed(
  order: StoredOrder,
  change: Change,
  entries: readonly Omit<TimelineEntry, 'at'>[],
  now: number,
): { put: ReturnType<typeof put>[]; reply: StoredOrder } {
  const next = changeOrder(order, change, entries, now)
  return { put: [put(orders, next)], reply: next }
}

function event(type: string, { id: orderId, customerId, total }: StoredOrder) {
  return { type, payload: { orderId, customerId, total } }
}

export interface Keyed extends OnOrder {
  /** Derived from the order, the command and its Idempotency-Key. */
  answerId: string
  idempotency: Idempotency
}

/** The answer remembered for the key, or undefined. @throws Refusal a remembered one */
function answered(order: StoredOrder, { answerId, idempotency }: Keyed): Answer | undefined {
  const answer = order.answers[answerId]
  if (!answer) return undefined
  if (answer.fingerprint !== idempotency.fingerprint) {
    throw keyReused('this Idempotency-Key was used for something else')
  }
  if (answer.refusal) throw recalled(answer.refusal)
  return answer
}

/** Refuses, and remembers it for the key. */
function refused(order: StoredOrder, command: Keyed, refusal: Refusal, now: number) {
  const { fingerprint } = command.idempotency
  const answer: Answer = { at: now, fingerprint, refusal: remembered(refusal) }
  const answers = { ...order.answers, [command.answerId]: answer }
  return { refuse: refusal, put: changed(order, { answers }, [], now).put }
}

export interface BeginPayment extends Keyed {
  paymentId: string
}

export interface BegunPayment {
  repeat: boolean
  order: StoredOrder
}

/** Lets one payment at a time begin; while it is under way the hold does not expire. */
export const beginPayment = behaviour<BeginPayment, BegunPayment>({
  reads,
  decide(command, read, now) {
    const order = required(read, command)
    answered(order, command)
    const { paymentId: id, idempotency } = command
    const known = order.payments.find((payment) => payment.id === id)
    if (known && known.fingerprint !== idempotency.fingerprint) {
      throw keyReused('this Idempotency-Key paid with something else')
    }
    if (known) return { reply: { repeat: true, order } }
    const refusal = whyNotPayable(order, now)
    if (refusal) return refused(order, command, refusal, now)
    const { fingerprint } = idempotency
    const payments = [...order.payments, { id, fingerprint, status: 'processing' as const }]
    const entry = { from: null, to: 'payment.processing', cause: `payment ${id}` }
    const begun = changed(order, { payments }, [entry], now)
    return { ...begun, reply: { repeat: false, order: begun.reply } }
  },
})

function whyNotPayable(order: StoredOrder, now: number): Refusal | undefined {
  if (order.status === 'paid' || order.status === 'fulfilled') {
    return orderAlreadyPaid('the order is paid')
  }
  if (order.status !== 'awaiting_payment') return orderClosed(`the order is ${order.status}`)
  if (isPaying(order)) return paymentInProgress('another payment of the order is under way')
  if (order.holdExpiresAt <= now) return orderClosed('the order has expired')
  if (order.payments.length >= MAX_PAYMENTS) {
    return orderClosed(`${MAX_PAYMENTS} payments of the order have failed`)
  }
  return undefined
}

export interface EndPayment extends OnOrder {
  paymentId: string
  status: 'captured' | 'failed'
  /** Every hold of the order was claimed. */
  claimed: boolean
}

/**
 * Captured: the stock is claimed and the order is paid. Failed: it can be paid by another payment.
 * Once the order is closed neither matters: its `reverse` step gives back what was captured.
 */
export const endPayment = behaviour<EndPayment, StoredOrder>({
  reads,
  decide({ paymentId, status, claimed, ...on }, read, now) {
    const order = required(read, on)
    const open = order.payments.find(({ id }) => id === paymentId)
    if (open?.status !== 'processing') return { reply: order }
    const payments = order.payments.map((payment) =>
      payment === open ? { ...payment, status } : payment,
    )
    const cause = `payment ${paymentId}`
    const ended = { from: 'payment.processing', to: `payment.${status}`, cause }
    if (status === 'failed' || order.status !== 'awaiting_payment') {
      return changed(order, { payments }, [ended], now)
    }
    if (!claimed) throw new TypeError(`the stock of ${order.id} is not claimed`)
    const entries = [
      ended,
      { from: 'stock.held', to: 'stock.claimed', cause },
      { from: order.status, to: 'paid', cause },
    ]
    const paid = changed(order, { payments, status: 'paid' }, entries, now)
    return { ...paid, events: [event('order.paid', paid.reply)] }
  },
})

/** The paying request ends with 409, for the order was closed meanwhile; remembered. */
export const refusePayment = behaviour<Keyed, never>({
  reads,
  decide(command, read, now) {
    const order = required(read, command)
    answered(order, command)
    return refused(order, command, orderClosed(`the order is ${order.status}`), now)
  },
})

function stepsToClose(order: StoredOrder): Effect[] {
  const charged = order.payments.some(({ status }) => status !== 'failed')
  return charged ? ['reverse', 'release'] : ['release']
}

export const cancel = behaviour<Keyed, Replayable>({
  reads,
  decide(command, read, now) {
    const order = required(read, command)
    const answer = answered(order, command)
    if (answer?.order) return { reply: { replayed: true, value: answer.order, order } }
    if (order.status !== 'awaiting_payment' && order.status !== 'paid') {
      return refused(order, command, orderClosed(`the order is ${order.status}`), now)
    }
    const change = { status: 'cancelled' as const, todo: stepsToClose(order) }
    return answering(order, command, change, 'cancelled by the customer', now)
  },
})

export const fulfil = behaviour<Keyed, Replayable>({
  reads,
  decide(command, read, now) {
    const order = required(read, command)
    const answer = answered(order, command)
    if (answer?.order) return { reply: { replayed: true, value: answer.order, order } }
    if (order.status !== 'paid') {
      const why = order.status === 'awaiting_payment' ? orderNotPaid : orderClosed
      return refused(order, command, why(`the order is ${order.status}`), now)
    }
    const change = { status: 'fulfilled' as const, todo: ['ship' as const] }
    return answering(order, command, change, 'fulfilled by an operator', now)
  },
})

export interface Replayable {
  replayed: boolean
  value: Order
  order: StoredOrder
}

/** A transition whose answer is remembered for the key. */
function answering(
  order: StoredOrder,
  { answerId, idempotency: { fingerprint } }: Keyed,
  change: Change & { status: StoredOrder['status'] },
  cause: string,
  now: number,
): Decision<Replayable> {
  const entries = [{ from: order.status, to: change.status, cause }]
  const value = orderView(changeOrder(order, change, entries, now))
  const answers = { ...order.answers, [answerId]: { at: now, fingerprint, order: value } }
  const next = changed(order, { ...change, answers }, entries, now)
  return {
    put: next.put,
    events: [event(`order.${change.status}`, next.reply)],
    reply: { replayed: false, value, order: next.reply },
  }
}

/** Expires the order if its hold has run out and no payment is under way. */
export const expire = behaviour<OnOrder, StoredOrder>({
  reads,
  decide(command, read, now) {
    const order = required(read, command)
    const due = order.holdExpiresAt <= now && !isPaying(order)
    if (order.status !== 'awaiting_payment' || !due) return { reply: order }
    const change = { status: 'expired' as const, todo: stepsToClose(order) }
    const entries = [{ from: order.status, to: 'expired', cause: 'the hold has run out' }]
    const expired = changed(order, change, entries, now)
    return { ...expired, events: [event('order.expired', expired.reply)] }
  },
})

const DONE: Record<Effect, [from: string, to: string]> = {
  release: ['stock.held', 'stock.released'],
  reverse: ['payment.captured', 'payment.reversed'],
  ship: ['stock.claimed', 'stock.shipped'],
}

/** Strikes steps off; with none done it only sets the time of the next try. */
export const strikeOff = behaviour<OnOrder & { done: readonly Effect[] }, StoredOrder>({
  reads,
  decide({ done, ...on }, read, now) {
    const order = required(read, on)
    const struck = order.todo.filter((step) => done.includes(step))
    const todo = order.todo.filter((step) => !done.includes(step))
    const entries = struck.map((step) => {
      const [from, to] = DONE[step]
      return { from, to, cause: `the order is ${order.status}` }
    })
    return changed(order, { todo }, entries, now)
  },
})

/** An operator gave some of a payment back; told by an event, so perhaps twice. */
export const noteRefund = behaviour<OnOrder & { refundId: string; amount: string }, void>({
  reads,
  decide(command, read, now) {
    const order = required(read, command)
    const { refundId, amount } = command
    if (order.timeline.some((entry) => entry.ref === refundId)) return { reply: undefined }
    const cause = `refund ${refundId} of ${amount}`
    const entry = { from: 'payment.captured', to: 'payment.refunded', cause, ref: refundId }
    return { put: changed(order, {}, [entry], now).put, reply: undefined }
  },
})

/** The customer was erased: who and where the order went to is forgotten, its figures stay. */
export const forgetAddress = behaviour<OnOrder, void>({
  reads,
  decide(command, read, now) {
    const order = required(read, command)
    if (!order.shippingAddress) return { reply: undefined }
    const { put: _, reply } = changed(order, {}, [], now)
    const { shippingAddress: _address, ...forgotten } = reply
    const answers = Object.entries(forgotten.answers).map(([key, answer]) => {
      if (!answer.order) return [key, answer]
      const { shippingAddress: _shown, ...value } = answer.order
      return [key, { ...answer, order: value }]
    })
    const document = { ...forgotten, answers: Object.fromEntries(answers) }
    return { put: [put(orders, document)], reply: undefined }
  },
})

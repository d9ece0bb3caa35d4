/**
 * The order's state machine: which transitions exist, and when an order must be looked at again.
 */
import { ANSWER_KEPT_MS } from '../../kernel/contract.ts'
import type { OrderStatus } from './order.contract.ts'
import type { StoredOrder, TimelineEntry } from './order.documents.ts'

export const TRANSITIONS: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  awaiting_payment: ['paid', 'expired', 'cancelled'],
  paid: ['fulfilled', 'cancelled'],
  fulfilled: [],
  expired: [],
  cancelled: [],
}

/** A step that failed is tried again after this. */
const RETRY_MS = 5_000
/** Behind the longest wait of a paying request. */
const PAYMENT_CHECK_MS = 20_000
/** Transitions are few; failed payments and partial refunds could be many. */
const MAX_TIMELINE = 200

/** The fields that a decision may change; the rest of an order never changes. */
export type Change = Partial<Pick<StoredOrder, 'status' | 'payments' | 'todo' | 'answers'>>

/** The order after a change: next version, its deadline and its timeline. */
export function changeOrder(
  order: StoredOrder,
  change: Change,
  entries: readonly Omit<TimelineEntry, 'at'>[],
  now: number,
): StoredOrder {
  const to = change.status ?? order.status
  if (to !== order.status && !TRANSITIONS[order.status].includes(to)) {
    throw new TypeError(`an order cannot go from ${order.status} to ${to}`)
  }
  const { dueAt: _, ...kept } = order
  const changed: StoredOrder = {
    ...kept,
    ...change,
    version: order.version + 1,
    updatedAt: now,
    timeline: [...order.timeline, ...entries.map((entry) => ({ at: now, ...entry }))].slice(
      -MAX_TIMELINE,
    ),
  }
  if (change.answers) changed.answers = recentAnswers(change.answers, now)
  const dueAt = deadline(changed, now)
  return dueAt === undefined ? changed : { ...changed, dueAt }
}

/** When an order must be taken up again if nothing happens to it; undefined: never. */
export function deadline(order: StoredOrder, now: number): number | undefined {
  if (order.todo.length > 0) return now + RETRY_MS
  if (order.status !== 'awaiting_payment') return undefined
  return isPaying(order) ? now + PAYMENT_CHECK_MS : order.holdExpiresAt
}

export function isPaying(order: StoredOrder): boolean {
  return order.payments.some(({ status }) => status === 'processing')
}

function recentAnswers(answers: StoredOrder['answers'], now: number): StoredOrder['answers'] {
  const recent = Object.entries(answers).filter(([, { at }]) => at > now - ANSWER_KEPT_MS)
  return Object.fromEntries(recent)
}

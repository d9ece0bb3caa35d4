/**
 * What the order actor decides while an order is being placed. An attempt is named by the version
 * of what stands in the order's place (0: nothing). Raising that version kills the attempt: only
 * then may its holds be released, and no late write of it can succeed.
 */
import { keyReused, type Refusal, recalled, remembered } from '../../kernel/errors.ts'
import { behaviour, type Decision, put, type Read, ref } from '../../mixins/actor/behaviour.ts'
import {
  isPlaced,
  type OrderDocument,
  orders,
  type StoredOrder,
  type UnplacedOrder,
} from './order.documents.ts'

interface OnOrder {
  orderId: string
  customerId: string
}

const reads = ({ orderId }: OnOrder) => [ref(orders, orderId)]

export type Opened =
  | { state: 'placed'; order: StoredOrder; created: boolean }
  | { state: 'open'; attempt: number }

/** Whether the order may be placed, and under which attempt. */
export const open = behaviour<OnOrder & { fingerprint: string }, Opened>({
  reads,
  decide({ orderId, fingerprint }, read) {
    return { reply: opened(read(orders, orderId), fingerprint) }
  },
})

function opened(found: OrderDocument | undefined, fingerprint: string): Opened {
  if (found?.fingerprint !== undefined && found.fingerprint !== fingerprint) {
    throw keyReused('this Idempotency-Key placed another order')
  }
  if (isPlaced(found)) return { state: 'placed', order: found, created: false }
  if (found?.refusal) throw recalled(found.refusal)
  return { state: 'open', attempt: found?.version ?? 0 }
}

/** What placing it decided; the rest of a new order follows from it. */
export type Draft = Pick<
  StoredOrder,
  | 'id'
  | 'customerId'
  | 'fingerprint'
  | 'attempt'
  | 'cartId'
  | 'items'
  | 'total'
  | 'shippingAddress'
  | 'allocations'
>

/**
 * The last step of placing: the holds are made. Answers what stands there if the attempt is dead.
 */
export const place = behaviour({
  reads: ({ draft }: { draft: Draft; holdMs: number }) => [ref(orders, draft.id)],
  decide({ draft, holdMs }, read, now): Decision<Opened> {
    const found = read(orders, draft.id)
    const standing = opened(found, draft.fingerprint)
    if (standing.state === 'placed' || standing.attempt !== draft.attempt) {
      return { reply: standing }
    }
    const holdExpiresAt = now + holdMs
    const order: StoredOrder = {
      ...draft,
      version: draft.attempt + 1,
      status: 'awaiting_payment',
      holdExpiresAt,
      payments: [],
      todo: [],
      answers: {},
      dueAt: holdExpiresAt,
      timeline: [
        { at: now, from: null, to: 'stock.held', cause: 'order placed' },
        { at: now, from: null, to: 'awaiting_payment', cause: 'order placed' },
      ],
      createdAt: now,
      updatedAt: now,
    }
    const { id: orderId, customerId, total } = order
    return {
      put: [put(orders, order)],
      events: [{ type: 'order.placed', payload: { orderId, customerId, total } }],
      reply: { state: 'placed', order, created: true },
    }
  },
})

interface Refuse extends OnOrder {
  fingerprint: string
  refusal: Refusal
}

/** The attempt cannot succeed, for good: its refusal is remembered. */
export const refuse = behaviour<Refuse, StoredOrder>({
  reads,
  decide(command, read) {
    const { orderId, customerId, fingerprint, refusal } = command
    const found = read(orders, orderId)
    const standing = opened(found, fingerprint)
    if (standing.state === 'placed') return { reply: standing.order }
    const refused: UnplacedOrder = {
      id: orderId,
      version: standing.attempt + 1,
      status: 'refused',
      customerId,
      fingerprint,
      refusal: remembered(refusal),
    }
    return { refuse: refusal, put: [put(orders, refused)] }
  },
})

/** Kills the attempt, if it is the one that could still succeed. */
export const abandon = behaviour<OnOrder & { attempt: number }, OrderDocument | undefined>({
  reads,
  decide({ orderId, customerId, attempt }, read) {
    return killed(read, orderId, customerId, attempt)
  },
})

function killed(read: Read, orderId: string, customerId: string, attempt: number) {
  const found = read(orders, orderId)
  if (isPlaced(found) || (found?.version ?? 0) !== attempt) return { reply: found }
  const dead: UnplacedOrder = { id: orderId, version: attempt + 1, status: 'void', customerId }
  return { put: [put(orders, dead)], reply: dead as OrderDocument }
}

export interface Settle extends OnOrder {
  hold?: { warehouseId: string; attempt: number }
}

export interface Settled {
  placed: boolean
  wanted: boolean
  keepUntil: number
}

/** See the contract's `settle`. */
export const settle = behaviour<Settle, Settled>({
  reads,
  decide({ orderId, customerId, hold }, read) {
    const found = read(orders, orderId)
    if (!isPlaced(found)) {
      const attempt = hold?.attempt ?? found?.version ?? 0
      const decision = found?.status === 'refused' ? {} : killed(read, orderId, customerId, attempt)
      return { ...decision, reply: { placed: false, wanted: false, keepUntil: 0 } }
    }
    const own = hold?.attempt === found.attempt
    const named = found.allocations.some(({ warehouseId }) => warehouseId === hold?.warehouseId)
    const open = found.status === 'awaiting_payment' || found.status === 'paid'
    const wanted = own && named && open
    return { reply: { placed: true, wanted, keepUntil: found.holdExpiresAt } }
  },
})

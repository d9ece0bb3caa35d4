/** What order stores; all of it bears the customer as its shard key. */
import type { Static } from 'typebox'
import type { StoredRefusal } from '../../kernel/errors.ts'
import type { Money } from '../../kernel/money.ts'
import { collection, type Document } from '../../mixins/store/store.ts'
import type { Allocation } from '../inventory/inventory.contract.ts'
import type { Address, Order, OrderStatus } from './order.contract.ts'

export interface OrderLine {
  productId: string
  sku: string
  name: string
  quantity: number
  unitPrice: Money
  lineTotal: Money
}

/** A step that is still to be done for an order that has reached its state; each is idempotent. */
export type Effect = 'release' | 'reverse' | 'ship'

export interface TimelineEntry {
  at: number
  from: string | null
  to: string
  cause: string
  /** What it was written for, so that it is written once. */
  ref?: string
}

/** An order that was placed. */
export interface StoredOrder extends Document {
  status: OrderStatus
  customerId: string
  /** Fingerprint of the request that placed it. */
  fingerprint: string
  /** Which attempt at placing it succeeded; names its holds. */
  attempt: number
  cartId?: string
  items: OrderLine[]
  total: Money
  shippingAddress?: Static<typeof Address>
  allocations: Allocation[]
  holdExpiresAt: number
  /** Every payment ever begun, oldest first. */
  payments: { id: string; fingerprint: string; status: 'processing' | 'captured' | 'failed' }[]
  /** Steps that the state reached still asks for. */
  todo: Effect[]
  /** When the sweeper takes it up; absent when nothing is left to wait for. */
  dueAt?: number
  timeline: TimelineEntry[]
  /** Remembered answers to commands with an Idempotency-Key, by the command's derived id. */
  answers: Record<string, Answer>
  createdAt: number
  updatedAt: number
}

export interface Answer {
  at: number
  fingerprint: string
  order?: Order
  refusal?: StoredRefusal
}

/**
 * Stands where an order was not placed. `refused`: the remembered answer. `void`: the attempts
 * before its version are dead, so that their holds can be released; another may still succeed.
 */
export interface UnplacedOrder extends Document {
  status: 'refused' | 'void'
  customerId: string
  fingerprint?: string
  refusal?: StoredRefusal
}

export type OrderDocument = StoredOrder | UnplacedOrder

export const orders = collection<OrderDocument>({
  name: 'orders',
  shardKey: 'customerId',
  distribution: 'hashed',
  shards: 8,
  indexes: [
    { fields: ['customerId', 'createdAt', 'id'] },
    { fields: ['status', 'createdAt', 'id'] },
    { fields: ['createdAt', 'id'], sparse: true },
    { fields: ['dueAt', 'id'], sparse: true },
  ],
})

export function isPlaced(document: OrderDocument | undefined): document is StoredOrder {
  return document !== undefined && document.status !== 'refused' && document.status !== 'void'
}

/** What the cart service stores. */
import { collection, type Document } from '../../mixins/store/store.ts'
import type { Basket } from './lines.ts'

/** Lines that an order took, until it is known whether the order was placed. */
export interface Checkout extends Basket {
  orderId: string
  customerId: string
  /** Unix ms; a repeat of the order's attempt renews it. */
  at: number
}

/** A guest's cart whose lines came in, and the version of the own cart that they made. */
export interface Absorption {
  cartId: string
  version: number
}

export interface StoredCart extends Document, Basket {
  /** Whose own cart this is; a guest's has none. */
  customerId?: string
  /** The customer whose own cart this guest's cart joined: it takes nothing in any more. */
  joined?: string
  /** The last to join; that cart must be empty before another's lines go in. */
  absorbed?: Absorption
  checkouts: readonly Checkout[]
  /** The orders completed last: a late repeat of theirs must not take newer lines. */
  completed: readonly string[]
  /** When a checkout or a join is taken up; absent where none is unfinished. */
  dueAt?: number
  createdAt: number
  updatedAt: number
  /** Absent in a customer's cart that has expired, which stays as an empty one. */
  expiresAt?: number
}

export const carts = collection<StoredCart>({
  name: 'carts',
  shardKey: 'id',
  distribution: 'hashed',
  shards: 8,
  indexes: [
    { fields: ['expiresAt', 'id'], sparse: true },
    { fields: ['dueAt', 'id'], sparse: true },
  ],
})

export const cartCollections = [carts]

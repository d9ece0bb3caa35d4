/** What inventory stores. All of it bears the warehouse as its shard key. */
import type { StoredRefusal } from '../../kernel/errors.ts'
import { collection, type Document } from '../../mixins/store/store.ts'

/** id: `warehouse/product` */
export interface Stock extends Document {
  warehouseId: string
  productId: string
  onHand: number
  held: number
  available: number
  /** When the line last went from none available to some, or back; Unix ms. */
  flippedAt: number
}

/** id: `warehouse/order.attempt` */
export interface Hold extends Document {
  warehouseId: string
  orderId: string
  attempt: number
  customerId: string
  /** `held` pieces are in `Stock.held`; `claimed` ones are paid and wait to be shipped. */
  state: 'held' | 'claimed'
  items: { productId: string; quantity: number }[]
  createdAt: number
  /** When the sweeper asks the order whether it still wants the hold; absent once claimed. */
  dueAt?: number
}

/** The answer to one adjustment, for repeats; id: `warehouse/derived id`. */
export interface StockAnswer extends Document {
  warehouseId: string
  fingerprint: string
  answer:
    | { line: { onHand: number; held: number; available: number; version: number } }
    | { refusal: StoredRefusal }
  /** When it may be forgotten; Unix ms. */
  dueAt: number
}

const warehouse = { shardKey: 'warehouseId', distribution: 'hashed', shards: 12 } as const

export const stock = collection<Stock>({
  name: 'stock',
  ...warehouse,
  indexes: [{ fields: ['productId', 'warehouseId'] }, { fields: ['flippedAt', 'id'] }],
})

export const holds = collection<Hold>({
  name: 'holds',
  ...warehouse,
  indexes: [{ fields: ['dueAt', 'id'], sparse: true }, { fields: ['warehouseId', 'id'] }],
})

export const stockAnswers = collection<StockAnswer>({
  name: 'stock_answers',
  ...warehouse,
  indexes: [{ fields: ['dueAt', 'id'] }],
})

export const inventoryCollections = [stock, holds, stockAnswers]

export function stockId(warehouseId: string, productId: string): string {
  return `${warehouseId}/${productId}`
}

export function holdId(warehouseId: string, orderId: string, attempt: number): string {
  return `${warehouseId}/${orderId}.${attempt}`
}

/** Orders as clients see them. */
import type { Static } from 'typebox'
import { rfc3339 } from '../../kernel/clock.ts'
import type { AdminOrder, Order } from './order.contract.ts'
import type { StoredOrder } from './order.documents.ts'

export function orderView(order: StoredOrder): Order {
  const { id, status, items, total, shippingAddress, version, createdAt, updatedAt } = order
  const payment = order.payments.at(-1)
  return {
    id,
    status,
    items,
    total,
    ...(shippingAddress ? { shippingAddress } : {}),
    ...(payment ? { payment: { id: payment.id, status: payment.status } } : {}),
    ...(status === 'awaiting_payment' ? { holdExpiresAt: rfc3339(order.holdExpiresAt) } : {}),
    version,
    createdAt: rfc3339(createdAt),
    updatedAt: rfc3339(updatedAt),
  }
}

export function adminView(order: StoredOrder): Static<typeof AdminOrder> {
  return { ...orderView(order), customerId: order.customerId }
}

/** The answer that placing it got, from what of an order never changes: nothing need be stored. */
export function placedView(order: StoredOrder): Order {
  return orderView({
    ...order,
    status: 'awaiting_payment',
    payments: [],
    version: order.attempt + 1,
    updatedAt: order.createdAt,
  })
}

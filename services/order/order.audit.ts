/** Checks every settled order against its payments, on live data. */

import { type Clock, sleep } from '../../kernel/clock.ts'
import { type Caller, call } from '../../kernel/contract.ts'
import { readAll } from '../../mixins/store/pages.ts'
import type { Store } from '../../mixins/store/store.ts'
import { paymentContract } from '../payment/payment.contract.ts'
import { isPlaced, type OrderDocument, orders, type StoredOrder } from './order.documents.ts'

const LOOKS = 4
const PAUSE_MS = 250

/**
 * Violations, in words: an order that is paid has captured its total once, any other nothing that
 * was not given back. Orders with steps under way are not settled and are left out.
 */
export async function auditOrders(store: Store, caller: Caller, clock: Clock): Promise<string[]> {
  const suspects: string[] = []
  for await (const order of readAll<OrderDocument>(store, orders)) {
    if (isPlaced(order) && (await violation(caller, order))) suspects.push(order.id)
  }
  const violations: string[] = []
  for (const id of suspects) {
    let found: string | undefined
    for (let look = 0; look < LOOKS; look += 1) {
      if (look > 0) await sleep(clock, PAUSE_MS)
      const order = await store.get(orders, id)
      found = isPlaced(order) ? await violation(caller, order) : undefined
      if (!found) break
    }
    if (found) violations.push(found)
  }
  return violations
}

async function violation(caller: Caller, order: StoredOrder): Promise<string | undefined> {
  const { id: orderId, customerId, status, total, todo } = order
  if (order.payments.length === 0 && status !== 'paid' && status !== 'fulfilled') return undefined
  if (todo.length > 0 || order.payments.some((payment) => payment.status === 'processing')) {
    return undefined
  }
  const request = { orderId, customerId }
  const { items } = await call(caller, paymentContract.actions.listForOrder, request)
  const captured = items.filter((payment) => payment.status === 'captured')
  const net = captured.reduce(
    (sum, { amount, refunded }) => sum + amount.amount - refunded.amount,
    0,
  )
  const gross = captured.reduce((sum, { amount }) => sum + amount.amount, 0)
  if (status === 'paid' || status === 'fulfilled') {
    return gross === total.amount ? undefined : `${orderId}: ${status}, captured ${gross}`
  }
  return net === 0 ? undefined : `${orderId}: ${status}, ${net} stays captured`
}

/** Checks every payment on live data: nothing given back that was not captured, charged once. */
import { readAll } from '../../mixins/store/pages.ts'
import type { Store } from '../../mixins/store/store.ts'
import { payments, refundedMinor, type StoredPayment } from './payment.documents.ts'
import { listCharges } from './providers/sandbox.ts'

/** Violations, in words. */
export async function auditPayments(store: Store): Promise<string[]> {
  const violations: string[] = []
  for await (const payment of readAll(store, payments)) {
    const { id, amount, status, reversed } = payment
    const refunded = refundedMinor(payment)
    if (refunded > (status === 'captured' ? amount.amount : 0)) {
      violations.push(`${id}: ${refunded} refunded of ${amount.amount} ${status}`)
    }
    if (status === 'captured' && reversed && refunded !== amount.amount) {
      violations.push(`${id}: reversed, yet ${amount.amount - refunded} stays captured`)
    }
    if (payment.provider === 'sandbox') violations.push(...(await againstLedger(store, payment)))
  }
  return violations
}

async function againstLedger(store: Store, payment: StoredPayment): Promise<string[]> {
  const rows = await listCharges(store, payment.orderId)
  const charged = rows.filter((row) => row.paymentId === payment.id && row.status === 'charged')
  const total = charged.reduce((sum, { amount }) => sum + amount.amount, 0)
  const allowed = payment.status === 'failed' ? 0 : payment.amount.amount
  if (total > allowed) return [`${payment.id}: ${total} charged of ${allowed}`]
  const missing = payment.status === 'captured' && total < allowed
  return missing ? [`${payment.id}: captured, but ${total} charged`] : []
}

/** What payment stores; all of it bears the customer as its shard key. */

import type { StoredRefusal } from '../../kernel/errors.ts'
import type { Money } from '../../kernel/money.ts'
import { collection, type Document } from '../../mixins/store/store.ts'

export interface StoredRefund {
  id: string
  fingerprint: string
  amountMinor: number
  /** `processing`: decided, and taken up until the provider has done it. */
  status: 'processing' | 'refunded'
  /** The client was told that it is processing. */
  answeredProcessing?: true
  createdAt: number
}

export interface StoredPayment extends Document {
  customerId: string
  orderId: string
  amount: Money
  provider: string
  status: 'processing' | 'captured' | 'failed'
  /** Why it failed. */
  failure?: 'card_declined' | 'insufficient_funds' | 'payment_failed'
  /** Only while it is processing: what the provider is asked with. */
  token?: string
  /** The provider's name for the charge. */
  reference?: string
  /** The client was told that it is processing, whatever became of it since. */
  answeredProcessing: boolean
  /** How often the provider left it open; the pause before it is asked again grows with it. */
  attempts: number
  /** The order closed: nothing of it may stay captured. */
  reversed: boolean
  refunds: StoredRefund[]
  /** Refunds that were refused for good, by the id that they would have had. */
  refusedRefunds: Record<string, { at: number; fingerprint: string; refusal: StoredRefusal }>
  /** When the sweeper takes it up; absent when nothing is left to do. */
  dueAt?: number
  createdAt: number
  updatedAt: number
}

export const payments = collection<StoredPayment>({
  name: 'payments',
  shardKey: 'customerId',
  distribution: 'hashed',
  shards: 8,
  indexes: [
    { fields: ['orderId', 'id'] },
    { fields: ['createdAt', 'id'] },
    { fields: ['dueAt', 'id'], sparse: true },
  ],
})

export function refundedMinor(payment: StoredPayment): number {
  return payment.refunds.reduce((total, refund) => total + refund.amountMinor, 0)
}

/**
 * The sandbox: a payment provider without money. It owns the collection `sandbox_charges`, a ledger
 * that only grows: charges, failed attempts and refunds are rows of their own, so that a double
 * charge would be seen in it. All rows of a payment bear the payment as shard key.
 *
 * A payment's final answer is the row whose id is derived from the payment's, inserted only where
 * there is none: two asks at once, on two nodes or after a crash, charge once and hear the same.
 */
import { Webhook } from 'standardwebhooks'
import { type Clock, sleep } from '../../../kernel/clock.ts'
import { derivedId } from '../../../kernel/ids.ts'
import type { Money } from '../../../kernel/money.ts'
import {
  ConflictError,
  collection,
  type Document,
  type Store,
  type Write,
} from '../../../mixins/store/store.ts'
import { webhookRefused } from '../payment.contract.ts'
import {
  type ChargeOutcome,
  type ChargeRequest,
  type DeclineCode,
  isSandboxToken,
  noticeOf,
  OutcomeUnknown,
  type PaymentProvider,
  type RefundOutcome,
  type RefundRequest,
  type SandboxToken,
  type WebhookHeaders,
  type WebhookNotice,
} from './provider.ts'

const SLOW_MS = 5_000
const FLAKY_FAILURES = 2
const REFUND_ATTEMPTS = 8
const MAX_LISTED = 1_000

export interface SandboxCharge extends Document {
  paymentId: string
  orderId: string
  customerId: string
  amount: Money
  status: 'charged' | 'failed' | 'refunded'
  /** Of a failed row: why. */
  reason?: DeclineCode | 'provider_error'
  /** Of a charged row: the sum of its refunds. */
  refundedMinor?: number
  /** Unix ms. */
  createdAt: number
}

export const sandboxCharges = collection<SandboxCharge>({
  name: 'sandbox_charges',
  shardKey: 'paymentId',
  distribution: 'hashed',
  shards: 8,
  indexes: [{ fields: ['orderId', 'createdAt', 'id'] }],
})

/** The ledger's rows for one order, oldest first; the first 1,000. */
export function listCharges(store: Store, orderId: string): Promise<SandboxCharge[]> {
  return store.find(sandboxCharges, {
    where: { orderId },
    sort: [
      ['createdAt', 1],
      ['id', 1],
    ],
    limit: MAX_LISTED,
  })
}

const FINAL_FAILURES: { readonly [T in SandboxToken]?: SandboxCharge['reason'] } = {
  tok_declined: 'card_declined',
  tok_insufficient_funds: 'insufficient_funds',
  tok_error: 'provider_error',
}

export interface SandboxOptions {
  store: Store
  clock: Clock
  /** Without one every webhook is refused. */
  webhookSecret: string | undefined
}

export class SandboxProvider implements PaymentProvider {
  readonly name = 'sandbox'
  private readonly store: Store
  private readonly clock: Clock
  private readonly webhook: Webhook | undefined

  constructor({ store, clock, webhookSecret }: SandboxOptions) {
    this.store = store
    this.clock = clock
    this.webhook = webhookSecret === undefined ? undefined : new Webhook(webhookSecret)
  }

  knowsToken(token: string): boolean {
    return isSandboxToken(token)
  }

  /** `tok_slow` takes 5 s; `tok_flaky` and `tok_timeout_after_charge` throw `OutcomeUnknown`. */
  async charge(request: ChargeRequest): Promise<ChargeOutcome> {
    const { paymentId, orderId, customerId, amount, token } = request
    if (!isSandboxToken(token)) return { outcome: 'failed', reason: 'token_unknown' }
    const id = chargeId(paymentId)
    const settled = await this.store.get(sandboxCharges, id)
    if (settled) return outcomeOf(settled)

    if (token === 'tok_slow') await sleep(this.clock, SLOW_MS)
    const createdAt = this.clock.now()
    const row = { id, version: 1, paymentId, orderId, customerId, amount, createdAt }
    if (token === 'tok_flaky') await this.failAtFirst(row)

    const reason = FINAL_FAILURES[token]
    const answer: SandboxCharge = reason
      ? { ...row, status: 'failed', reason }
      : { ...row, status: 'charged' }
    if (!(await this.insert(answer))) {
      const first = await this.store.get(sandboxCharges, id)
      if (!first) throw new OutcomeUnknown('sandbox: the ledger is behind')
      return outcomeOf(first)
    }
    if (token === 'tok_timeout_after_charge') {
      throw new OutcomeUnknown('sandbox: the answer is lost')
    }
    return outcomeOf(answer)
  }

  async refund({ refundId, paymentId, amount }: RefundRequest): Promise<RefundOutcome> {
    const id = derivedId('chg', paymentId, refundId)
    for (let attempt = 0; attempt < REFUND_ATTEMPTS; attempt += 1) {
      // In this order: a charge that counts this refund already is read before the refund's row.
      const charge = await this.store.get(sandboxCharges, chargeId(paymentId))
      if (await this.store.get(sandboxCharges, id)) return { outcome: 'refunded', reference: id }
      if (charge?.status !== 'charged') return { outcome: 'failed', reason: 'not_charged' }
      const { refundedMinor = 0, ...fields } = charge
      const totalMinor = refundedMinor + amount.amount
      if (amount.currency !== charge.amount.currency || totalMinor > charge.amount.amount) {
        return { outcome: 'failed', reason: 'refund_too_high' }
      }
      const ifVersion = charge.version
      const raised: SandboxCharge = { ...charge, refundedMinor: totalMinor, version: ifVersion + 1 }
      const at = { createdAt: this.clock.now(), version: 1 }
      const row: SandboxCharge = { ...fields, ...at, id, amount, status: 'refunded' }
      // The charge's version is what keeps two refunds at once below what was charged.
      const written = await this.write(paymentId, [
        { op: 'replace', collection: sandboxCharges, document: raised, ifVersion },
        { op: 'insert', collection: sandboxCharges, document: row },
      ])
      if (written) return { outcome: 'refunded', reference: id }
    }
    throw new OutcomeUnknown('sandbox: too many refunds of one payment at once')
  }

  /**
   * Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature`; the body is
   * `{type, data: {paymentId, refundId?}}`. The age is measured by the wall clock.
   */
  async readWebhook(rawBody: string, headers: WebhookHeaders): Promise<WebhookNotice> {
    if (!this.webhook) throw webhookRefused('no webhook secret is configured')
    let event: { data?: unknown } | null | undefined
    try {
      event = this.webhook.verify(rawBody, headers as Record<string, string>) as typeof event
    } catch {
      throw webhookRefused('the signature does not match the body')
    }
    return noticeOf(headers['webhook-id']!, event?.data)
  }

  /** Each failure is a row, so that they are counted across restarts. */
  private async failAtFirst(row: Omit<SandboxCharge, 'status'>): Promise<void> {
    for (let failure = 1; failure <= FLAKY_FAILURES; failure += 1) {
      const id = derivedId('chg', row.paymentId, `failure ${failure}`)
      if (await this.insert({ ...row, id, status: 'failed', reason: 'provider_error' })) {
        throw new OutcomeUnknown('sandbox: the provider is flaky')
      }
    }
  }

  private insert(document: SandboxCharge): Promise<boolean> {
    return this.write(document.paymentId, [{ op: 'insert', collection: sandboxCharges, document }])
  }

  /** False where a condition did not hold. */
  private async write(key: string, writes: readonly Write[]): Promise<boolean> {
    try {
      await this.store.commit({ key, writes })
      return true
    } catch (error) {
      if (error instanceof ConflictError) return false
      throw error
    }
  }
}

function chargeId(paymentId: string): string {
  return derivedId('chg', paymentId)
}

function outcomeOf({ id, status, reason }: SandboxCharge): ChargeOutcome {
  if (status === 'charged') return { outcome: 'captured', reference: id }
  if (reason === 'card_declined' || reason === 'insufficient_funds') {
    return { outcome: 'declined', code: reason }
  }
  return { outcome: 'failed', reason: 'provider_error' }
}

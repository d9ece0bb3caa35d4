/**
 * Drives payments to their end with the provider. Every step may be repeated: the provider is asked
 * by payment and refund id and does each once. One drive per payment runs in a process; what it
 * leaves open is taken up again by the sweeper, at the payment's `dueAt`.
 */
import { type Clock, sleep } from '../../kernel/clock.ts'
import { derivedId } from '../../kernel/ids.ts'
import type { Actors } from '../../mixins/actor/actor.ts'
import * as decide from './payment.actor.ts'
import type { StoredPayment, StoredRefund } from './payment.documents.ts'
import type { ChargeOutcome, PaymentProvider } from './providers/provider.ts'

/** Within a request a provider that left it open is asked again this soon, then twice as late. */
const FIRST_RETRY_MS = 50

export interface ChargingOptions {
  actors: Actors
  clock: Clock
  /** The provider that a payment was begun with. @throws Error it is not set up here any more */
  providerOf(payment: StoredPayment): PaymentProvider
  onError(error: unknown): void
}

export class Charging {
  private readonly underWay = new Map<string, Promise<StoredPayment>>()
  private readonly options: ChargingOptions

  constructor(options: ChargingOptions) {
    this.options = options
  }

  /** Everything that is open of the payment, once; ends with the payment as it then is. */
  drive(payment: StoredPayment): Promise<StoredPayment> {
    const running = this.underWay.get(payment.id)
    if (running) return running
    const drive = this.steps(payment).finally(() => this.underWay.delete(payment.id))
    this.underWay.set(payment.id, drive)
    return drive
  }

  /** Drives, and again where the provider left it open, for `waitMs` at most. */
  async driveWithin(payment: StoredPayment, waitMs: number): Promise<StoredPayment> {
    const { clock } = this.options
    const until = clock.now() + waitMs
    let current = payment
    let retryMs = FIRST_RETRY_MS
    for (;;) {
      const leftMs = until - clock.now()
      if (leftMs <= 0 || isSettled(current)) return current
      const driven = await within(clock, this.drive(current), leftMs)
      if (!driven || isSettled(driven)) return driven ?? current
      current = driven
      await sleep(clock, Math.min(retryMs, Math.max(0, until - clock.now())))
      retryMs *= 2
    }
  }

  /** Waits for what is under way, so that nothing runs on after a stop. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.underWay.values())
  }

  private async steps(payment: StoredPayment): Promise<StoredPayment> {
    let current = payment
    try {
      if (current.status === 'processing') current = await this.charge(current)
      for (const refund of current.refunds) {
        if (refund.status === 'processing') current = await this.refund(current, refund)
      }
      return current
    } catch (error) {
      this.options.onError(error)
      const paymentId = payment.id
      return this.options.actors.send(decide.postpone, payment.customerId, { paymentId })
    }
  }

  private async charge(payment: StoredPayment): Promise<StoredPayment> {
    const { actors, providerOf } = this.options
    const { id: paymentId, orderId, customerId, amount, token = '', createdAt } = payment
    const request = { paymentId, orderId, customerId, amount, token, createdAt }
    const outcome =
      amount.amount === 0 ? NOTHING_TO_PAY : asOutcome(await providerOf(payment).charge(request))
    const command = { paymentId, outcome, reversalId: reversalId(paymentId) }
    return actors.send(decide.finish, customerId, command)
  }

  private async refund(payment: StoredPayment, refund: StoredRefund): Promise<StoredPayment> {
    const { actors, providerOf } = this.options
    const refunded = await providerOf(payment).refund({
      refundId: refund.id,
      paymentId: payment.id,
      reference: payment.reference ?? '',
      amount: { amount: refund.amountMinor, currency: payment.amount.currency },
    })
    if (refunded.outcome === 'failed') throw new Error(`refund refused: ${refunded.reason}`)
    const command = { paymentId: payment.id, refundId: refund.id }
    return actors.send(decide.finishRefund, payment.customerId, command)
  }
}

/** A free order is paid without the provider. */
const NOTHING_TO_PAY: decide.Outcome = { status: 'captured', reference: '' }

function asOutcome(charged: ChargeOutcome): decide.Outcome {
  if (charged.outcome === 'captured') return { status: 'captured', reference: charged.reference }
  const failure = charged.outcome === 'declined' ? charged.code : 'payment_failed'
  return { status: 'failed', failure }
}

/** The refund of all that is left when the order closes; one per payment. */
export function reversalId(paymentId: string): string {
  return derivedId('ref', paymentId, 'reversal')
}

export function isSettled(payment: StoredPayment): boolean {
  const refunding = payment.refunds.some(({ status }) => status === 'processing')
  return payment.status !== 'processing' && !refunding
}

/** The promise's value, or undefined after `waitMs`; the promise goes on. */
function within<T>(clock: Clock, promise: Promise<T>, waitMs: number): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(waitMs, () => resolve(undefined))
    promise.then(resolve, reject).finally(cancel)
  })
}

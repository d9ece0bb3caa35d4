/**
 * Binds payments to the network: charges and refunds through the provider, ends what was left open,
 * and believes a webhook only as a hint to ask the provider again.
 */
import type { ServiceSchema } from 'moleculer'
import { type Clock, rfc3339 } from '../../kernel/clock.ts'
import { derivedId } from '../../kernel/ids.ts'
import type { Actors } from '../../mixins/actor/actor.ts'
import { implement } from '../../mixins/service.ts'
import type { Store } from '../../mixins/store/store.ts'
import { startSweeper } from '../../mixins/sweeper.ts'
import { Charging, isSettled, reversalId } from './charging.saga.ts'
import * as decide from './payment.actor.ts'
import { auditPayments } from './payment.audit.ts'
import {
  type ChargeResult,
  type Payment,
  paymentContract,
  paymentNotFound,
  providerUnknown,
  type Refund,
  tokenUnknown,
} from './payment.contract.ts'
import { payments, refundedMinor, type StoredPayment } from './payment.documents.ts'
import type { PaymentProvider } from './providers/provider.ts'
import { listCharges, type SandboxCharge } from './providers/sandbox.ts'

export interface PaymentDependencies {
  store: Store
  clock: Clock
  actors: Actors
  /** New payments go through the first; the others end what they began. */
  providers: readonly [PaymentProvider, ...PaymentProvider[]]
  /** How long a charge waits for the provider before it answers `processing`. */
  waitMs: number
}

export function paymentService(dependencies: PaymentDependencies): ServiceSchema {
  const { store, clock, actors, providers, waitMs } = dependencies
  const [provider] = providers
  let onError: (error: unknown) => void = () => {}
  const charging = new Charging({
    actors,
    clock,
    providerOf: (payment) => named(payment.provider),
    onError: (error) => onError(error),
  })
  let stopSweeper = async () => {}

  function named(name: string): PaymentProvider {
    const found = providers.find((each) => each.name === name)
    if (!found) throw providerUnknown('no such provider is set up here')
    return found
  }

  const schema = implement(
    paymentContract,
    {
      async charge(params) {
        if (!provider.knowsToken(params.token)) {
          throw tokenUnknown(`${provider.name} knows no such token`)
        }
        const command = { ...params, provider: provider.name }
        let payment = await actors.send(decide.begin, params.customerId, command)
        payment = await charging.driveWithin(payment, waitMs)
        if (payment.status === 'processing') {
          const { paymentId } = params
          payment = await actors.send(decide.answerProcessing, params.customerId, { paymentId })
        }
        return chargeResult(payment)
      },

      async settle(params) {
        const command = { ...params, provider: provider.name }
        const found = await actors.send(decide.settle, params.customerId, command)
        const { status } = await charging.driveWithin(found, waitMs)
        return { status }
      },

      async reverse(params) {
        const names = { provider: provider.name, reversalId: reversalId(params.paymentId) }
        const command = { ...params, ...names }
        const found = await actors.send(decide.reverse, params.customerId, command)
        return { settled: isSettled(await charging.driveWithin(found, waitMs)) }
      },

      async get({ customerId, paymentId }) {
        return paymentView(await owned(store, customerId, paymentId))
      },

      async listForOrder({ customerId, orderId }) {
        const found = await store.find(payments, {
          where: { orderId },
          sort: [['id', 1]],
          limit: 100,
        })
        const own = found.filter((payment) => payment.customerId === customerId)
        return { items: own.sort((a, b) => a.createdAt - b.createdAt).map(paymentView) }
      },

      async refund({ paymentId, amount, idempotency }) {
        const { customerId } = await existing(store, paymentId)
        const refundId = derivedId('ref', paymentId, idempotency.key)
        const command = { paymentId, refundId, amount, fingerprint: idempotency.fingerprint }
        const { replayed, payment } = await actors.send(decide.beginRefund, customerId, command)
        await charging.driveWithin(payment, waitMs)
        const answer = { paymentId, refundId }
        const answered = await actors.send(decide.answerRefundProcessing, customerId, answer)
        return { replayed, value: refundView(answered, refundId) }
      },

      async webhook({ provider: name, webhook }) {
        const notice = await named(name).readWebhook(webhook.rawBody, webhook.headers)
        const payment = notice.paymentId && (await store.get(payments, notice.paymentId))
        if (payment && !isSettled(payment)) await charging.driveWithin(payment, waitMs)
        return { received: true as const }
      },

      async sandboxCharges({ orderId }) {
        const items = await listCharges(store, orderId)
        return {
          items: items.map(chargeView),
        }
      },

      async audit() {
        return { violations: await auditPayments(store) }
      },
    },
    clock,
  )

  return {
    ...schema,
    started() {
      onError = (error) => this.logger.warn('the payment provider left a payment open', error)
      stopSweeper = startSweeper({
        store,
        clock,
        collection: payments,
        handle: (payment) => charging.drive(payment),
        onError,
      })
    },
    async stopped() {
      await stopSweeper()
      await charging.idle()
    },
  }
}

async function existing(store: Store, paymentId: string): Promise<StoredPayment> {
  const found = await store.get(payments, paymentId)
  if (!found) throw paymentNotFound('there is no such payment')
  return found
}

async function owned(store: Store, customerId: string, paymentId: string) {
  const found = await existing(store, paymentId)
  if (found.customerId !== customerId) throw paymentNotFound('there is no such payment')
  return found
}

function paymentView(payment: StoredPayment): Payment {
  const { id, orderId, amount, status, provider, createdAt } = payment
  const refunded = { amount: refundedMinor(payment), currency: amount.currency }
  return { id, orderId, amount, refunded, status, provider, createdAt: rfc3339(createdAt) }
}

function refundView(payment: StoredPayment, refundId: string): Refund {
  const refund = payment.refunds.find(({ id }) => id === refundId)!
  return {
    id: refund.id,
    paymentId: payment.id,
    amount: { amount: refund.amountMinor, currency: payment.amount.currency },
    status: refund.answeredProcessing ? 'processing' : refund.status,
    createdAt: rfc3339(refund.createdAt),
  }
}

function chargeResult(payment: StoredPayment): ChargeResult {
  const answer = payment.answeredProcessing ? 'processing' : (payment.failure ?? payment.status)
  const shown = answer === 'captured' || answer === 'processing' ? answer : 'failed'
  const refunded = { amount: 0, currency: payment.amount.currency }
  return {
    status: payment.status,
    answer: answer as ChargeResult['answer'],
    payment: { ...paymentView(payment), refunded, status: shown },
  }
}

function chargeView({ id, paymentId, orderId, amount, status, createdAt }: SandboxCharge) {
  return { id, paymentId, orderId, amount, status, createdAt: rfc3339(createdAt) }
}

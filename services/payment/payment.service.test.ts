import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { ServiceBroker } from 'moleculer'
import { systemClock as clock } from '../../kernel/clock.ts'
import { call } from '../../kernel/contract.ts'
import { newId } from '../../kernel/ids.ts'
import { Actors } from '../../mixins/actor/actor.ts'
import { createEmbeddedStore } from '../../mixins/store/embedded.ts'
import type { Store } from '../../mixins/store/store.ts'
import { paymentContract } from './payment.contract.ts'
import { payments } from './payment.documents.ts'
import { paymentService } from './payment.service.ts'
import type { PaymentProvider } from './providers/provider.ts'
import { sandboxCharges } from './providers/sandbox.ts'

const { charge, get, refund } = paymentContract.actions
const ids = {
  customerId: newId('cus', 0),
  orderId: newId('ord', 0),
  paymentId: newId('pay', 0),
}
const usd = (amount: number) => ({ amount, currency: 'USD' })

let dataDir: string
let store: Store
let broker: ServiceBroker
/** Lets the provider, which has been asked for a refund, answer. */
let answerRefund: () => void
const refundAnswered = () =>
  new Promise<void>((resolve) => {
    answerRefund = resolve
  })

const provider: PaymentProvider = {
  name: 'sandbox',
  knowsToken: () => true,
  charge: async () => ({ outcome: 'captured', reference: 'chg_1' }),
  async refund({ refundId }) {
    await refundAnswered()
    return { outcome: 'refunded', reference: refundId }
  },
  readWebhook: async () => ({ id: 'evt_1', paymentId: undefined, refundId: undefined }),
}

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'stoa-payment-'))
  store = createEmbeddedStore({ dataDir, collections: [payments, sandboxCharges] })
  await store.open()
  broker = new ServiceBroker({ logger: false, registry: { stopDelay: 0 } })
  const actors = new Actors({ store, clock, relay: () => {} })
  broker.createService(paymentService({ store, clock, actors, providers: [provider], waitMs: 20 }))
  await broker.start()
})

afterEach(async () => {
  await broker.stop()
  await store.close()
  rmSync(dataDir, { recursive: true })
})

test('a refund that was answered as processing is answered so again once it is done', async () => {
  await call(broker, charge, { ...ids, amount: usd(900), token: 'tok_ok' })
  const { paymentId } = ids
  const idempotency = { key: 'k', fingerprint: 'f' }
  const ask = () => call(broker, refund, { paymentId, amount: usd(400), idempotency })
  const first = await ask()
  expect(first.value.status).toBe('processing')
  answerRefund()
  for (;;) {
    const payment = await store.get(payments, paymentId)
    if (payment?.refunds[0]?.status === 'refunded') break
    await new Promise(setImmediate)
  }
  expect(await ask()).toEqual({ replayed: true, value: first.value })
  const { refunded } = await call(broker, get, { customerId: ids.customerId, paymentId })
  expect(refunded).toEqual(usd(400))
})

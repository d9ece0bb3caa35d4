/**
 * The composition root: makes a node of the services that the environment names. Everything that a
 * service needs is handed to it here; nothing else of Stoa knows what runs beside what.
 */
import channels from '@moleculer/channels'
import type { BrokerOptions, ServiceBroker, ServiceSchema } from 'moleculer'
import { type Clock, systemClock } from './kernel/clock.ts'
import { type Caller, type Contract, call } from './kernel/contract.ts'
import type { Env, ServiceName } from './kernel/env.ts'
import { JWT_SECRET_FILE, keptSecret, OPERATOR_KEY_FILE } from './kernel/secrets.ts'
import { Actors } from './mixins/actor/actor.ts'
import { bury, deadLetters } from './mixins/channels/dead-letters.ts'
import { InProcessChannels } from './mixins/channels/in-process.ts'
import { MetricsReporter, startMetricsServer } from './mixins/metrics.ts'
import { Outbox } from './mixins/outbox/outbox.ts'
import { Readiness } from './mixins/readiness.ts'
import { createEmbeddedStore } from './mixins/store/embedded.ts'
import type { Collection, Store, StoredEvent } from './mixins/store/store.ts'
import packageJson from './package.json' with { type: 'json' }
import { apiService } from './services/api/api.service.ts'
import { cartContract } from './services/cart/cart.contract.ts'
import { cartCollections } from './services/cart/cart.documents.ts'
import { cartService } from './services/cart/cart.service.ts'
import { catalogContract } from './services/catalog/catalog.contract.ts'
import { catalogCollections } from './services/catalog/catalog.documents.ts'
import { catalogService } from './services/catalog/catalog.service.ts'
import { customerContract } from './services/customer/customer.contract.ts'
import { customerCollections } from './services/customer/customer.documents.ts'
import { customerService } from './services/customer/customer.service.ts'
import { inventoryContract } from './services/inventory/inventory.contract.ts'
import { inventoryCollections } from './services/inventory/inventory.documents.ts'
import { inventoryService } from './services/inventory/inventory.service.ts'
import { operatorContract } from './services/operator/operator.contract.ts'
import { operatorService } from './services/operator/operator.service.ts'
import { orderContract } from './services/order/order.contract.ts'
import { orders } from './services/order/order.documents.ts'
import { orderService } from './services/order/order.service.ts'
import { paymentContract } from './services/payment/payment.contract.ts'
import { payments } from './services/payment/payment.documents.ts'
import { paymentService } from './services/payment/payment.service.ts'
import { SandboxProvider, sandboxCharges } from './services/payment/providers/sandbox.ts'
import { StripeProvider } from './services/payment/providers/stripe.ts'
import { searchContract } from './services/search/search.contract.ts'
import { searchService } from './services/search/search.service.ts'

export const contracts: readonly Contract[] = [
  catalogContract,
  searchContract,
  cartContract,
  orderContract,
  paymentContract,
  inventoryContract,
  customerContract,
  operatorContract,
] as unknown as readonly Contract[]

export const collections: readonly Collection[] = [
  ...catalogCollections,
  ...cartCollections,
  ...customerCollections,
  ...inventoryCollections,
  orders,
  payments,
  sandboxCharges,
  deadLetters,
]

export interface Node {
  broker: ServiceBroker
  /** Where the gateway listens; undefined on a node without it. */
  url: string | undefined
  /** The operator key, if this start made it. */
  newOperatorKey: string | undefined
  /** Drains and ends, having lost nothing; at most 10 s. */
  stop(): Promise<void>
}

/** Starts the node that `env` describes; resolves once its gateway, if it has one, listens. */
export async function startNode(env: Env, clock: Clock = systemClock): Promise<Node> {
  const store = createEmbeddedStore({ dataDir: env.dataDir, collections, clock })
  await store.open()
  const readiness = new Readiness()
  const secrets = readSecrets(env)
  const inProcess = new InProcessChannels({
    clock,
    bury: (letter) => bury(store, clock, letter),
  })
  const reporter = new MetricsReporter()
  const broker = new ServiceBroker(brokerOptions(env, inProcess, reporter))
  const logger = broker.getLogger('stoa')
  const outbox = new Outbox({
    store,
    clock,
    publish: (event) => inProcess.publish(inProcess.addPrefixTopic(event.type), event),
    onError: (error) => logger.warn('events wait in the outbox', error),
  })
  const parts = { store, clock, readiness, secrets, broker, outbox, inProcess }
  const schemas = services(env, parts)
  for (const name of env.services) broker.createService(schemas[name]())
  const metrics = await startMetricsServer({ env, reporter, ready: () => readiness.missing })
  await broker.start()
  outbox.start()
  return {
    broker,
    url: env.services.includes('api') ? gatewayUrl(broker) : undefined,
    newOperatorKey: secrets.newOperatorKey,
    async stop() {
      await broker.stop()
      await outbox.stop()
      await metrics.stop()
      await store.close()
    },
  }
}

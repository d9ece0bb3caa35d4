/**
 * The composition root: makes a node of the services that the environment names. Everything that a
 * service needs is handed to it here; nothing else of Stoa knows what runs beside what.
 */
import channels from '@moleculer/channels'
import { type BrokerOptions, ServiceBroker, type ServiceSchema } from 'moleculer'
import { type Clock, systemClock } from './kernel/clock.ts'
import { type Caller, type Contract, call } from './kernel/contract.ts'
import { type Env, EnvError, type ServiceName } from './kernel/env.ts'
import { JWT_SECRET_FILE, keptSecret, OPERATOR_KEY_FILE } from './kernel/secrets.ts'
import { Actors } from './mixins/actor/actor.ts'
import { bury, deadLetters } from './mixins/channels/dead-letters.ts'
import { InProcessChannels } from './mixins/channels/in-process.ts'
import { MetricsReporter, startMetricsServer } from './mixins/metrics.ts'
import { Outbox } from './mixins/outbox/outbox.ts'
import { Readiness } from './mixins/readiness.ts'
import { createEmbeddedStore } from './mixins/store/embedded.ts'
import type { Collection, Store } from './mixins/store/store.ts'
import packageJson from './package.json' with { type: 'json' }
import { apiContract } from './services/api/api.contract.ts'
import { apiService, gatewayUrl } from './services/api/api.service.ts'
import { cartContract } from './services/cart/cart.contract.ts'
import { cartCollections, carts } from './services/cart/cart.documents.ts'
import { cartService } from './services/cart/cart.service.ts'
import { catalogContract } from './services/catalog/catalog.contract.ts'
import { catalogCollections } from './services/catalog/catalog.documents.ts'
import { catalogService } from './services/catalog/catalog.service.ts'
import { customerContract } from './services/customer/customer.contract.ts'
import { customerCollections, customers } from './services/customer/customer.documents.ts'
import { customerService } from './services/customer/customer.service.ts'
import { inventoryContract } from './services/inventory/inventory.contract.ts'
import { inventoryCollections, stock } from './services/inventory/inventory.documents.ts'
import { inventoryService } from './services/inventory/inventory.service.ts'
import { operatorContract } from './services/operator/operator.contract.ts'
import { operatorService } from './services/operator/operator.service.ts'
import { orderContract } from './services/order/order.contract.ts'
import { orders } from './services/order/order.documents.ts'
import { orderService } from './services/order/order.service.ts'
import { paymentContract } from './services/payment/payment.contract.ts'
import { payments } from './services/payment/payment.documents.ts'
import { paymentService } from './services/payment/payment.service.ts'
import type { PaymentProvider } from './services/payment/providers/provider.ts'
import { SandboxProvider, sandboxCharges } from './services/payment/providers/sandbox.ts'
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
  apiContract,
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
  refuseCluster(env)
  const store = createEmbeddedStore({ dataDir: env.dataDir, collections })
  await store.open()
  const channel = new InProcessChannels({ clock, bury: (letter) => bury(store, clock, letter) })
  const reporter = new MetricsReporter()
  const broker = new ServiceBroker(brokerOptions(env, channel, reporter))
  const warn = (error: unknown) => broker.getLogger('outbox').warn('events wait', error)
  const outbox = new Outbox({
    store,
    clock,
    publish: (event) => channel.publish(channel.addPrefixTopic(event.type), event),
    onError: warn,
  })
  const readiness = new Readiness()
  const secrets = readSecrets(env)
  const providers = await paymentProviders(env, store, clock)
  const parts: Parts = {
    ...{ env, clock, store, broker, channel, outbox, readiness, secrets, providers },
  }
  const metrics = await startMetricsServer(env, reporter, () => readiness.missing)
  for (const name of env.services) broker.createService(services(parts)[name]())
  await broker.start()
  outbox.start()
  return {
    broker,
    url: env.services.includes('api') ? gatewayUrl(broker) : undefined,
    newOperatorKey: secrets.newOperatorKey,
    async stop() {
      readiness.await('stopping')
      await broker.stop()
      await outbox.stop()
      await metrics.stop()
      await store.close()
    },
  }
}

/** Better no start than one that quietly leaves out the servers that it was given. */
function refuseCluster({ natsUrl, redisUrl, mongodbUri }: Env): void {
  const servers = { NATS_URL: natsUrl, REDIS_URL: redisUrl, MONGODB_URI: mongodbUri }
  for (const [name, url] of Object.entries(servers)) {
    if (url !== undefined) throw new EnvError(`${name} must be unset: this version is one process`)
  }
}

interface Secrets {
  operatorKey: string
  newOperatorKey: string | undefined
  jwtSecret: Uint8Array
}

function readSecrets({ adminApiKey, jwtSecret, dataDir }: Env): Secrets {
  const operator = adminApiKey
    ? { value: adminApiKey, made: false }
    : keptSecret(dataDir, OPERATOR_KEY_FILE, 'sk_')
  const signing = jwtSecret ?? keptSecret(dataDir, JWT_SECRET_FILE).value
  return {
    operatorKey: operator.value,
    newOperatorKey: operator.made ? operator.value : undefined,
    jwtSecret: new TextEncoder().encode(signing),
  }
}

interface Parts {
  env: Env
  clock: Clock
  store: Store
  broker: ServiceBroker
  channel: InProcessChannels
  outbox: Outbox
  readiness: Readiness
  secrets: Secrets
  providers: readonly [PaymentProvider, ...PaymentProvider[]]
}

/** How each service is made; a node makes those that it was told to run. */
function services(parts: Parts): Record<ServiceName, () => ServiceSchema> {
  const { env, clock, store, broker, channel, readiness, secrets } = parts
  const actors = new Actors({ store, clock, relay: parts.outbox.relay })
  const acting = { store, clock, actors }
  const { jwtSecret, operatorKey } = secrets
  return {
    api: () =>
      apiService({
        contracts,
        env,
        clock,
        keys: { jwtSecret, operatorKey },
        missing: () => readiness.missing,
        async isCustomer(customerId) {
          const { exists } = customerContract.actions
          return (await call(broker as Caller, exists, { customerId })).exists
        },
      }),
    catalog: () => catalogService({ store, clock, demo: env.demoCatalog }),
    search: () => searchService({ clock, readiness }),
    cart: () => cartService(acting),
    order: () => orderService({ ...acting, reservationTtlMs: env.reservationTtlMs }),
    inventory: () => inventoryService(acting),
    payment: () =>
      paymentService({ ...acting, providers: parts.providers, waitMs: env.paymentWaitMs }),
    customer: () =>
      customerService({ ...acting, jwtSecret, loginLimitPerMinute: env.loginLimitPerMinute }),
    operator: () =>
      operatorService({
        store,
        clock,
        version: packageJson.version,
        shards: SHARDED.map(({ service, collection }) => ({ service, count: collection.shards })),
        redeliver: (name, group, event) => channel.publish(name, event, { group }),
      }),
  }
}

/** The services whose actors are divided over nodes, and the collection that says into how many. */
const SHARDED: readonly { service: ServiceName; collection: Collection }[] = [
  { service: 'order', collection: orders },
  { service: 'payment', collection: payments },
  { service: 'inventory', collection: stock },
  { service: 'cart', collection: carts },
  { service: 'customer', collection: customers },
]

/** New payments go to Stripe where it is set up; what the sandbox began, it ends. */
async function paymentProviders(env: Env, store: Store, clock: Clock): Promise<Parts['providers']> {
  const { stripeSecretKey, stripeWebhookSecret, stripeUrl, sandboxWebhookSecret } = env
  const sandbox = new SandboxProvider({ store, clock, webhookSecret: sandboxWebhookSecret })
  if (stripeSecretKey === undefined) return [sandbox]
  // Its SDK is large: who does not use it does not load it.
  const { StripeProvider } = await import('./services/payment/providers/stripe.ts')
  const stripe = new StripeProvider({
    clock,
    secretKey: stripeSecretKey,
    webhookSecret: stripeWebhookSecret,
    url: stripeUrl,
  })
  return [stripe, sandbox]
}

function brokerOptions(
  env: Env,
  channel: InProcessChannels,
  reporter: MetricsReporter,
): BrokerOptions {
  return {
    namespace: 'stoa',
    ...(env.nodeId ? { nodeID: env.nodeId } : {}),
    logger: { type: 'Console', options: { level: env.logLevel, formatter: 'short' } },
    metadata: { version: packageJson.version },
    // Parameters are checked at the edge, by the contracts.
    validator: false,
    // Typed as one of Moleculer's own reporters; any heir of theirs serves.
    metrics: { enabled: true, reporter: reporter as never },
    // How often a service that needs others looks for them while it starts, ms.
    dependencyInterval: 50,
    // Requests under way are finished before a service stops.
    tracking: { enabled: true, shutdownTimeout: 2_000 },
    // serve.ts answers signals: the store is closed after the broker.
    skipProcessEventRegistration: true,
    middlewares: [channels.Middleware({ adapter: channel } as never)],
  }
}

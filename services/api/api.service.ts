/**
 * The REST gateway: every action with a route, over HTTP. It knows the contracts and nothing of
 * what they are about. It owns no state that outlives it. Why it is a server of its own:
 * docs/decisions/0003-own-gateway.md.
 */
import type { Context, Service, ServiceBroker, ServiceSchema } from 'moleculer'
import type { Clock } from '../../kernel/clock.ts'
import type { AnyAction, Contract } from '../../kernel/contract.ts'
import type { Env } from '../../kernel/env.ts'
import { implement } from '../../mixins/service.ts'
import { ActionCaller, type Broker, WAIT_MS } from './action-caller.ts'
import { ActionRoute } from './action-route.ts'
import { apiContract, CACHE_STALE, type CacheStale } from './api.contract.ts'
import { docsRoutes } from './docs.ts'
import { Gateway, type Route } from './gateway.ts'
import { healthRoutes } from './health.ts'
import { Identity, type IdentityKeys } from './identity.ts'
import { KeptReplies } from './kept-replies.ts'
import { MemoryWindows, RateLimiter, type RateWindows } from './limits.ts'
import { Admission } from './overload.ts'
import { Problems } from './problem.ts'
import { HttpServer, SERVER_TIMES, type ServerTimes } from './server.ts'
import { StreamRoute } from './stream-route.ts'
import { Waits } from './waits.ts'

export interface ApiDependencies {
  /** Of all services, wherever they run. */
  contracts: readonly Contract[]
  env: Pick<Env, 'host' | 'port' | 'paymentWaitMs' | 'rateLimitPerMinute'>
  clock: Clock
  keys: IdentityKeys
  /** Asked at the first sight of a customer's token, then once a minute at most. */
  isCustomer(customerId: string): Promise<boolean>
  /** What this node still waits for before it can serve. */
  missing(): readonly string[]
  /** Where requests are counted; in this process when left out. */
  rateWindows?: RateWindows
  times?: Partial<ServerTimes>
}

interface Parts {
  server: HttpServer
  kept: KeptReplies
  caller: ActionCaller
  identity: Identity
}

/** The service `api`. It listens once started and drains before anything of its node stops. */
export function apiService(dependencies: ApiDependencies): ServiceSchema {
  let parts: Parts
  const schema = implement(
    apiContract,
    {
      async warmCache(_params, context) {
        const { broker, requestID } = context
        const { kept, caller } = parts
        const ask = (action: AnyAction, params: unknown) =>
          caller.call(action, params, requestID ?? broker.generateUid())
        return { warmed: await kept.warm(ask) }
      },

      async dropCache({ tag }, context) {
        const dropped = parts.kept.drop([tag])
        const stale: CacheStale = { tags: [tag] }
        await context.broadcast(CACHE_STALE, stale)
        return { dropped }
      },
    },
    dependencies.clock,
  )
  return {
    ...schema,
    created(this: Service) {
      parts = assemble(this, dependencies)
      // The services of a node stop together; the gateway must have no request left by then.
      this.broker.middlewares.add({ name: 'gateway', stopping: () => parts.server.drain() })
    },
    async started() {
      const { host, port } = dependencies.env
      await parts.server.listen(port, host)
    },
    stopped: () => parts.server.drain(),
    events: {
      [CACHE_STALE]({ params }: Context<CacheStale>) {
        parts.kept.drop(params.tags)
      },
      'customer.erased'({ params }: Context<{ customerId: string }>) {
        parts.identity.forgetCustomer(params.customerId)
      },
    },
    methods: {
      url: () => urlOf(parts.server),
    },
  }
}

/** Where the gateway of this node listens. */
export function gatewayUrl(broker: ServiceBroker): string {
  return (broker.getLocalService('api') as Service & { url(): string }).url()
}

function urlOf({ address: { address, family, port } }: HttpServer): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

function assemble({ broker, logger }: Service, dependencies: ApiDependencies): Parts {
  const { contracts, env, clock, keys } = dependencies
  const waits = new Waits(clock)
  const identity = new Identity(keys, clock, (customerId) =>
    waits.until(clock.now() + WAIT_MS, dependencies.isCustomer(customerId)),
  )
  const windows = dependencies.rateWindows ?? new MemoryWindows()
  const guards = {
    admission: new Admission(() => performance.now()),
    limiter: new RateLimiter(env.rateLimitPerMinute, windows, clock),
    identity,
  }
  const server: HttpServer = new HttpServer(
    (request, response) => {
      gateway.handle(request, response)
    },
    { ...SERVER_TIMES, ...dependencies.times },
  )
  const caller = new ActionCaller(broker as Broker, waits, clock, env.paymentWaitMs)
  const missing = () => {
    const stopping = server.isDraining || !broker.started
    return [...dependencies.missing(), ...(stopping ? ['broker'] : [])]
  }
  const kept = new KeptReplies(clock)
  const routes: Route[] = [
    ...contracts.flatMap(({ actions }) =>
      (Object.values(actions) as AnyAction[])
        .filter(({ rest }) => rest)
        .map((action) =>
          action.rest?.stream
            ? new StreamRoute(action, caller, server.uploads)
            : new ActionRoute(action, caller, kept),
        ),
    ),
    ...healthRoutes(missing),
    ...docsRoutes(contracts),
  ]
  const gateway = new Gateway(routes, guards, new Problems(contracts, logger), clock, logger)
  return { server, identity, kept, caller }
}

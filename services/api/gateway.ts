/**
 * Takes every request from its first line to its reply: finds the route, admits, counts and
 * identifies, lets the route answer, and answers itself where that fails. A request that names no
 * route costs no more than that.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../kernel/clock.ts'
import type { Auth, Priority } from '../../kernel/contract.ts'
import { overloaded } from '../../kernel/errors.ts'
import { Exchange } from './exchange.ts'
import type { Identity, Sender } from './identity.ts'
import type { RateLimiter } from './limits.ts'
import type { Admission } from './overload.ts'
import type { FaultLog, Problems } from './problem.ts'
import { readSegments } from './query.ts'
import { invalidRequest, methodNotAllowed, routeNotFound } from './refusals.ts'
import { send } from './reply.ts'
import { Router } from './router.ts'

export interface Route {
  method: string
  path: string
  /** Without it the route is open to everybody and is never refused: health and documents. */
  guard?: { auth: Auth; priority: Priority }
  answer(exchange: Exchange, sender: Sender): void | Promise<void>
}

export interface Guards {
  admission: Admission
  limiter: RateLimiter
  identity: Identity
}

export class Gateway {
  readonly #router = new Router<Route>()
  readonly #guards: Guards
  readonly #problems: Problems
  readonly #clock: Clock
  readonly #log: FaultLog

  constructor(
    routes: readonly Route[],
    guards: Guards,
    problems: Problems,
    clock: Clock,
    log: FaultLog,
  ) {
    for (const route of routes) this.#router.add(route.method, route.path, route)
    this.#guards = guards
    this.#problems = problems
    this.#clock = clock
    this.#log = log
  }

  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    const exchange = new Exchange(request, response, this.#clock.now())
    this.#serve(exchange).catch((error) => {
      // Not even a problem could be sent: no reply is better than a process that ends.
      this.#log.error(`request ${exchange.requestId} got no reply:`, error)
      response.destroy()
    })
  }

  async #serve(exchange: Exchange): Promise<void> {
    try {
      if (exchange.isHostless) throw invalidRequest('the Host header is missing')
      const route = this.#find(exchange)
      if (!route) return
      if (route.guard) await this.#guarded(exchange, route, route.guard)
      else await route.answer(exchange, {})
    } catch (error) {
      this.#problems.answer(exchange, error)
    }
  }

  #find(exchange: Exchange): Route | undefined {
    exchange.segments = readSegments(exchange.path)
    const found = this.#router.find(exchange.segments)
    if (!found) throw routeNotFound('there is nothing at this path')
    const method = exchange.request.method!
    const route = found.methods.get(method === 'HEAD' ? 'GET' : method)
    exchange.pathValues = found.values
    if (route) return route
    const allowed = [...found.methods.keys(), 'OPTIONS']
    if (found.methods.has('GET')) allowed.push('HEAD')
    exchange.headers.push('Allow', allowed.join(', '))
    if (method !== 'OPTIONS') throw methodNotAllowed(`${method} is not for this path`)
    send(exchange, { status: 204 })
    return undefined
  }

  /** Waits only for what is a promise: most requests wait for nothing but their action. */
  async #guarded(
    exchange: Exchange,
    route: Route,
    { auth, priority }: NonNullable<Route['guard']>,
  ): Promise<void> {
    const { admission, limiter, identity } = this.#guards
    if (!admission.enter(priority)) {
      const { code, status } = overloaded
      this.#problems.refuse(exchange, code, status, 'there is too much to do; try again')
      return
    }
    try {
      const counted = limiter.byAddress(exchange.address, exchange.headers)
      if (counted) await counted
      const identified = identity.identify(auth, exchange.header('authorization'))
      const sender = identified instanceof Promise ? await identified : identified
      if (sender.customerId !== undefined) {
        const customerCounted = limiter.byCustomer(sender.customerId, exchange.headers)
        if (customerCounted) await customerCounted
      }
      await route.answer(exchange, sender)
    } finally {
      admission.leave()
    }
  }
}

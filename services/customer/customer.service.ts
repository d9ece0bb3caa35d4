/**
 * Binds customers to the network. Calls `cart.merge` when somebody logs in; sweeps erasures that
 * were interrupted. Neither passwords nor e-mail addresses reach a log.
 */
import type { Service, ServiceSchema } from 'moleculer'
import { type Clock, rfc3339 } from '../../kernel/clock.ts'
import { call } from '../../kernel/contract.ts'
import { signToken } from '../../kernel/token.ts'
import type { Actors } from '../../mixins/actor/actor.ts'
import { type CallContext, type Handlers, implement } from '../../mixins/service.ts'
import type { Store } from '../../mixins/store/store.ts'
import { startSweeper } from '../../mixins/sweeper.ts'
import { cartContract } from '../cart/cart.contract.ts'
import { Attempts } from './attempts.ts'
import { finishErasure, refuseTaken, register } from './claims.saga.ts'
import * as decide from './customer.actor.ts'
import {
  badCredentials,
  type Customer,
  customerContract,
  customerNotFound,
  type Session,
  tooManyAttempts,
} from './customer.contract.ts'
import {
  customers,
  emailClaims,
  emailKey,
  isCustomer,
  type StoredCustomer,
} from './customer.documents.ts'
import { Passwords } from './passwords.ts'

export interface CustomerDependencies {
  store: Store
  clock: Clock
  actors: Actors
  jwtSecret: Uint8Array
  /** For each e-mail address and each IP address; 0: no limit. */
  loginLimitPerMinute: number
  passwords?: Passwords
}

export function customerService(dependencies: CustomerDependencies): ServiceSchema {
  const { clock } = dependencies
  let stopSweeper = async () => {}
  return {
    ...implement(customerContract, handlers(dependencies), clock),
    started(this: Service) {
      stopSweeper = startSweeper({
        ...dependencies,
        collection: customers,
        handle: async (found) => {
          if (!isCustomer(found)) await finishErasure(dependencies, found)
        },
        onError: (error) => this.logger.warn('an erasure is unfinished', error),
      })
    },
    stopped: () => stopSweeper(),
  } as ServiceSchema
}

function handlers(dependencies: CustomerDependencies): Handlers<typeof customerContract.actions> {
  const { store, clock, actors, jwtSecret } = dependencies
  const passwords = dependencies.passwords ?? new Passwords(clock)
  const attempts = new Attempts(dependencies.loginLimitPerMinute)

  function countAttempt(key: string): void {
    const pauseMs = attempts.count(key, clock.now())
    if (pauseMs === 0) return
    const retryAfterS = Math.ceil(pauseMs / 1_000)
    throw tooManyAttempts('try again later', { retryAfterS })
  }

  async function openSession(
    customer: StoredCustomer,
    cartId: string | undefined,
    context: CallContext,
  ): Promise<Session> {
    if (cartId !== undefined) await mergeCart(context, cartId, customer.id)
    const signed = await signToken({ customerId: customer.id }, jwtSecret, clock.now())
    const { token, expiresAt } = signed
    return { customer: customerView(customer), token, expiresAt: rfc3339(expiresAt) }
  }

  return {
    async register({ email, password, name, cartId }, context) {
      await refuseTaken(dependencies, email)
      const hash = await passwords.hash(password, context.meta.deadline)
      const customer = await register(dependencies, { email, name, password: hash })
      return openSession(customer, cartId, context)
    },
    async login({ email, password, ip, cartId }, context) {
      const key = emailKey(email)
      countAttempt(`ip ${ip}`)
      countAttempt(`email ${key}`)
      const claim = await store.get(emailClaims, key)
      const found = await store.get(customers, claim?.customerId ?? 'nobody')
      const customer = isCustomer(found) ? found : undefined
      const { deadline } = context.meta
      const isRight = await passwords.verify(password, customer?.password, deadline)
      if (!customer || !isRight) throw badCredentials('the e-mail address or the password is wrong')
      return openSession(customer, cartId, context)
    },
    async get({ customerId }) {
      const found = await store.get(customers, customerId)
      if (!isCustomer(found)) throw customerNotFound('there is no such customer')
      return profileView(found)
    },
    async update(change, context) {
      const { customerId } = change
      return profileView(
        await actors.send(decide.rename, customerId, change, context.meta.deadline),
      )
    },
    async erase(change, context) {
      const { customerId } = change
      const erased = await actors.send(decide.erase, customerId, change, context.meta.deadline)
      // Gateways forget the customer's tokens now; one that misses it asks within a minute.
      await context.broadcast('customer.erased', { customerId })
      await finishErasure(dependencies, erased).catch((error) => {
        context.broker.logger.warn('the sweeper has to finish an erasure', error)
      })
      return { done: true }
    },
    async exists({ customerId }) {
      return { exists: isCustomer(await store.get(customers, customerId)) }
    },
  }
}

/** Logging in does not fail for a cart. */
async function mergeCart(context: CallContext, cartId: string, customerId: string): Promise<void> {
  try {
    await call(context, cartContract.actions.merge, { cartId, customerId })
  } catch (error) {
    // The error's context bears the parameters of the login: only its words may be logged.
    context.broker.logger.info(`a guest's cart did not join: ${(error as Error).message}`)
  }
}

function customerView({ id, email, name, createdAt }: StoredCustomer): Customer {
  return { id, email, name, createdAt: rfc3339(createdAt) }
}

function profileView(customer: StoredCustomer) {
  return { ...customerView(customer), version: customer.version }
}

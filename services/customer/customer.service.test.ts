import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { ServiceBroker } from 'moleculer'
import { call } from '../../kernel/contract.ts'
import { newId } from '../../kernel/ids.ts'
import { verifyToken } from '../../kernel/token.ts'
import { Actors } from '../../mixins/actor/actor.ts'
import { createEmbeddedStore } from '../../mixins/store/embedded.ts'
import type { Store, StoredEvent } from '../../mixins/store/store.ts'
import { createTestClock, type TestClock } from '../../test/clock.ts'
import { ERASE_AGAIN_MS } from './customer.actor.ts'
import { customerContract, type Session } from './customer.contract.ts'
import {
  customerCollections,
  customers,
  emailClaims,
  emailKey,
  isCustomer,
} from './customer.documents.ts'
import { customerService } from './customer.service.ts'
import { Passwords } from './passwords.ts'

const { actions } = customerContract
const jwtSecret = new TextEncoder().encode('a secret of at least thirty-two bytes')
const ann = { email: 'Ann@example.com', password: 'correct horse', name: 'Ann' }
const login = { email: ann.email, password: ann.password, ip: '192.0.2.1' }
const key = emailKey(ann.email)

let clock: TestClock
let store: Store
let broker: ServiceBroker
let dataDir: string
let events: StoredEvent[]
/** What `cart.merge` was asked for. */
let merges: unknown[]
let cartIsDown: boolean

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'stoa-customer-'))
  clock = createTestClock()
  store = createEmbeddedStore({ dataDir, collections: customerCollections })
  await store.open()
  events = []
  merges = []
  cartIsDown = false
  broker = new ServiceBroker({ logger: false, registry: { stopDelay: 0 } })
  broker.createService({
    name: 'cart',
    actions: {
      merge(context: { params: unknown }) {
        if (cartIsDown) throw new Error('the cart is down')
        merges.push(context.params)
        return { done: true }
      },
    },
  })
  broker.createService(service(5))
  await broker.start()
})

afterEach(async () => {
  await broker.stop()
  await store.close()
  rmSync(dataDir, { recursive: true })
})

function service(loginLimitPerMinute: number) {
  const actors = new Actors({ store, clock, relay: (committed) => events.push(...committed) })
  const passwords = new Passwords(clock, { n: 2, r: 1, p: 1 })
  return customerService({ store, clock, actors, jwtSecret, loginLimitPerMinute, passwords })
}

const refused = (code: string) => expect.objectContaining({ type: code })
const register = (change: object = {}) => call(broker, actions.register, { ...ann, ...change })

/** Lets the sweeper run until `condition` holds. */
async function swept(condition: () => Promise<boolean>): Promise<void> {
  for (let second = 0; second < 100; second += 1) {
    if (await condition()) return
    await clock.scheduled(1)
    clock.advance(1_000)
  }
  throw new Error('the sweeper has not done it')
}

describe('a registration', () => {
  test('makes a customer who is logged in', async () => {
    const { customer, token, expiresAt } = await register()
    expect(customer).toEqual({
      id: expect.stringMatching(/^cus_[0-9a-z]{26}$/),
      email: ann.email,
      name: 'Ann',
      createdAt: new Date(clock.now()).toISOString(),
    })
    expect(await verifyToken(token, jwtSecret, clock.now())).toEqual({
      customerId: customer.id,
      expiresAt: Date.parse(expiresAt),
    })
    expect(await call(broker, actions.exists, { customerId: customer.id })).toEqual({
      exists: true,
    })
  })

  test('stores no password', async () => {
    await register()
    const files = ['stoa.db', 'stoa.db-wal'].map((file) => readFileSync(join(dataDir, file)))
    const stored = Buffer.concat(files)
    expect(stored.includes(ann.email)).toBe(true)
    expect(stored.includes(ann.password)).toBe(false)
  })

  test('of an e-mail address, in whatever case, succeeds once', async () => {
    await register()
    await expect(register()).rejects.toEqual(refused('email_taken'))
    const other = register({ email: 'aNN@EXAMPLE.com' })
    await expect(other).rejects.toEqual(refused('email_taken'))
  })

  test('succeeds once when many arrive together', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => register()))
    const sessions = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    const errors = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
    expect(sessions).toHaveLength(1)
    expect(errors.map(({ type }) => type)).toEqual(Array(19).fill('email_taken'))
    expect(await store.count(customers)).toBe(1)
    const again = await call(broker, actions.login, login)
    expect(again.customer).toEqual((sessions[0] as Session).customer)
  })

  describe('after one that died between claim and customer', () => {
    const dead = newId('cus', 1)

    beforeEach(async () => {
      const claim = { id: key, version: 7, customerId: dead, claimedAt: clock.now() }
      const write = { op: 'insert', collection: emailClaims, document: claim } as const
      await store.commit({ key, writes: [write] })
    })

    test('waits a minute', async () => {
      await expect(register()).rejects.toEqual(refused('email_taken'))
      clock.advance(59_999)
      await expect(register()).rejects.toEqual(refused('email_taken'))
      clock.advance(1)
      const { customer } = await register()
      expect((await call(broker, actions.login, login)).customer).toEqual(customer)
    })

    test('leaves no room for the dead one to come back', async () => {
      clock.advance(60_000)
      await register()
      const found = await store.get(customers, dead)
      expect(found).toBeDefined()
      expect(isCustomer(found)).toBe(false)
      expect(await call(broker, actions.exists, { customerId: dead })).toEqual({ exists: false })
    })

    test('succeeds once when many arrive together', async () => {
      clock.advance(60_000)
      const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => register()))
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      expect((await call(broker, actions.login, login)).customer.name).toBe('Ann')
    })
  })

  test('that cannot be finished gives the e-mail address back at once', async () => {
    const { commit } = store
    store.commit = async (asked) => {
      const insertsCustomer = asked.writes.some(
        (write) => write.op === 'insert' && write.collection === customers,
      )
      if (!insertsCustomer) return commit.call(store, asked)
      store.commit = commit
      throw new Error('the disk is full')
    }
    await expect(register()).rejects.toThrow('the disk is full')
    expect(await register()).toMatchObject({ customer: { name: 'Ann' } })
  })
})

describe('a login', () => {
  test('opens a session of the customer', async () => {
    const { customer } = await register()
    const session = await call(broker, actions.login, { ...login, email: 'ann@EXAMPLE.com' })
    expect(session.customer).toEqual(customer)
    expect(await verifyToken(session.token, jwtSecret, clock.now())).toMatchObject({
      customerId: customer.id,
    })
  })

  test('with a wrong password or e-mail address is refused in the same words', async () => {
    await register()
    const wrong = [
      { ...login, password: 'incorrect' },
      { ...login, email: 'bob@example.com' },
    ]
    const errors = await Promise.all(
      wrong.map((params) => call(broker, actions.login, params).catch((error) => error)),
    )
    expect(errors[0]).toMatchObject({ type: 'bad_credentials', code: 401 })
    expect({ ...errors[0], message: errors[0].message }).toEqual({
      ...errors[1],
      message: errors[1].message,
    })
  })

  test('is limited by e-mail address and by IP address', async () => {
    await register()
    const attempt = (change: object) => call(broker, actions.login, { ...login, ...change })
    for (let n = 0; n < 5; n += 1) await attempt({ ip: `192.0.2.${n}` })
    const refusal = expect.objectContaining({
      type: 'too_many_attempts',
      data: { members: { retryAfterS: 60 } },
    })
    await expect(attempt({ ip: '192.0.2.9' })).rejects.toEqual(refusal)
    for (let n = 0; n < 5; n += 1) {
      const unknown = attempt({ ip: '198.51.100.1', email: `${n}@example.com` })
      await expect(unknown).rejects.toEqual(refused('bad_credentials'))
    }
    await expect(attempt({ ip: '198.51.100.1', email: 'x@example.com' })).rejects.toEqual(refusal)
    clock.advance(60_000)
    expect(await attempt({})).toHaveProperty('token')
  })
})

describe("a guest's cart", () => {
  const cartId = newId('cart', 1)

  test('joins at registration and at login', async () => {
    const { customer } = await register({ cartId })
    await call(broker, actions.login, { ...login, cartId })
    const merge = { cartId, customerId: customer.id }
    expect(merges).toEqual([merge, merge])
  })

  test('never fails them', async () => {
    cartIsDown = true
    expect(await register({ cartId })).toHaveProperty('token')
    expect(await call(broker, actions.login, { ...login, cartId })).toHaveProperty('token')
  })
})

describe('a profile', () => {
  test('is read and renamed, against its version', async () => {
    const { customer } = await register()
    const me = { customerId: customer.id }
    expect(await call(broker, actions.get, me)).toEqual({ ...customer, version: 1 })
    const renamed = await call(broker, actions.update, { ...me, name: 'Anna', ifMatch: 1 })
    expect(renamed).toEqual({ ...customer, name: 'Anna', version: 2 })
    const late = { ...me, name: 'Anne', ifMatch: 1 }
    await expect(call(broker, actions.update, late)).rejects.toEqual(refused('version_mismatch'))
    expect(await call(broker, actions.get, me)).toEqual(renamed)
  })

  test('of nobody is not found', async () => {
    const nobody = { customerId: newId('cus', 1) }
    const missing = refused('customer_not_found')
    await expect(call(broker, actions.get, nobody)).rejects.toEqual(missing)
    await expect(call(broker, actions.update, { ...nobody, name: 'X' })).rejects.toEqual(missing)
    await expect(call(broker, actions.erase, nobody)).rejects.toEqual(missing)
  })
})

describe('an erasure', () => {
  test('leaves nothing that identifies the customer', async () => {
    const { customer } = await register()
    const me = { customerId: customer.id }
    await call(broker, actions.erase, me)
    expect(await store.get(customers, customer.id)).toEqual({
      id: customer.id,
      version: 3,
      erasedAt: clock.now(),
    })
    expect(await store.get(emailClaims, key)).toBeUndefined()
    expect(events).toMatchObject([{ type: 'customer.erased', payload: me }])
    expect(await call(broker, actions.exists, me)).toEqual({ exists: false })
    await expect(call(broker, actions.get, me)).rejects.toEqual(refused('customer_not_found'))
    await expect(call(broker, actions.login, login)).rejects.toEqual(refused('bad_credentials'))
  })

  test('may be repeated, and happens once', async () => {
    const { customer } = await register()
    for (let n = 0; n < 3; n += 1) await call(broker, actions.erase, { customerId: customer.id })
    expect(events).toHaveLength(1)
  })

  test('frees the e-mail address', async () => {
    const first = await register()
    await call(broker, actions.erase, { customerId: first.customer.id })
    const second = await register()
    expect(second.customer.id).not.toBe(first.customer.id)
    await call(broker, actions.erase, { customerId: first.customer.id })
    expect((await call(broker, actions.login, login)).customer).toEqual(second.customer)
  })

  test('on a node that froze does not free it a second time', async () => {
    const { customer } = await register()
    const { get } = store
    store.get = async (from, id) => {
      const found = await get.call(store, from, id)
      if (from.name === emailClaims.name) {
        store.get = get
        const ifVersion = found!.version
        const remove = { op: 'remove', collection: emailClaims, id: key, ifVersion } as const
        await store.commit({ key, writes: [remove] })
        clock.advance(1)
        await register()
      }
      return found as never
    }
    await call(broker, actions.erase, { customerId: customer.id })
    await expect(register()).rejects.toEqual(refused('email_taken'))
    expect(await call(broker, actions.login, login)).toHaveProperty('token')
  })

  test('that was interrupted is finished by the sweeper', async () => {
    const { customer } = await register()
    const erased = {
      id: customer.id,
      version: 2,
      erasedAt: clock.now(),
      emailKey: key,
      dueAt: clock.now() + ERASE_AGAIN_MS,
    }
    const write = { op: 'replace', collection: customers, document: erased, ifVersion: 1 } as const
    await store.commit({ key: customer.id, writes: [write] })
    await swept(async () => (await store.get(customers, customer.id))!.version === 3)
    expect(await store.get(emailClaims, key)).toBeUndefined()
  })
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { ServiceBroker } from 'moleculer'
import { call } from '../../kernel/contract.ts'
import { derivedId, newId } from '../../kernel/ids.ts'
import { Actors } from '../../mixins/actor/actor.ts'
import { createEmbeddedStore } from '../../mixins/store/embedded.ts'
import type { Store } from '../../mixins/store/store.ts'
import { createTestClock, type TestClock } from '../../test/clock.ts'
import { CART_LIFE_MS, UNFINISHED_MS } from './cart.actor.ts'
import { cartContract, ownCartId } from './cart.contract.ts'
import { cartCollections, carts } from './cart.documents.ts'
import { cartService } from './cart.service.ts'

type Channels = Record<string, (event: { payload: object }) => Promise<void>>

const { actions } = cartContract
const customerId = newId('cus', 1)
const stranger = newId('cus', 2)

let clock: TestClock
let store: Store
let broker: ServiceBroker
let dataDir: string
let products: Map<string, { id: string; name: string; price: object; status: string }>
/** Orders that were placed; `settle` answers by it. */
let placed: Set<string>
let channels: Channels

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'stoa-cart-'))
  clock = createTestClock()
  store = createEmbeddedStore({ dataDir, collections: cartCollections })
  await store.open()
  products = new Map()
  placed = new Set()
  for (const id of ['a', 'b']) sell(id, 'USD')
  sell('euro', 'EUR')
  broker = new ServiceBroker({ logger: false, registry: { stopDelay: 0 } })
  broker.createService({
    name: 'catalog',
    actions: {
      getMany(context: { params: { productIds: string[] } }) {
        const found = context.params.productIds.map((id) => products.get(id))
        return { products: found.filter((product) => product !== undefined) }
      },
    },
  })
  broker.createService({
    name: 'order',
    actions: {
      settle: (context: { params: { orderId: string } }) => ({
        placed: placed.has(context.params.orderId),
      }),
    },
  })
  const actors = new Actors({ store, clock, relay: () => {} })
  const service = cartService({ store, clock, actors })
  channels = (service as unknown as { channels: Channels }).channels
  broker.createService(service)
  await broker.start()
})

afterEach(async () => {
  await broker.stop()
  await store.close()
  rmSync(dataDir, { recursive: true })
})

function sell(id: string, currency: string, status = 'active') {
  products.set(id, { id, name: `Product ${id}`, price: { amount: 100, currency }, status })
}

const line = (productId: string, quantity = 1) => ({ productId, quantity })
const refused = (code: string) => expect.objectContaining({ type: code })

/** Lets the sweepers run until `condition` holds. */
async function swept(condition: () => Promise<boolean>): Promise<void> {
  for (let second = 0; second < 100; second += 1) {
    if (await condition()) return
    await clock.scheduled(2)
    clock.advance(1_000)
  }
  throw new Error('the sweepers have not done it')
}

describe("a guest's cart", () => {
  test('is made by the first product and found by its id', async () => {
    const made = await call(broker, actions.add, line('a', 2))
    expect(made).toEqual({
      id: expect.stringMatching(/^cart_[0-9a-z]{26}$/),
      items: [
        {
          productId: 'a',
          name: 'Product a',
          quantity: 2,
          unitPrice: { amount: 100, currency: 'USD' },
          lineTotal: { amount: 200, currency: 'USD' },
        },
      ],
      subtotal: { amount: 200, currency: 'USD' },
      version: 1,
      expiresAt: new Date(clock.now() + CART_LIFE_MS).toISOString(),
    })
    expect(await call(broker, actions.get, { cartId: made.id })).toEqual(made)
    const other = await call(broker, actions.add, line('a'))
    expect(other.id).not.toBe(made.id)
  })

  test('changes line by line', async () => {
    const { id: cartId } = await call(broker, actions.add, line('a'))
    await call(broker, actions.add, { cartId, ...line('b', 3) })
    const set = await call(broker, actions.setQuantity, { cartId, ...line('b', 5) })
    expect(set.subtotal.amount).toBe(600)
    const removed = await call(broker, actions.remove, { cartId, productId: 'a' })
    expect(removed.items).toMatchObject([line('b', 5)])
    const cleared = await call(broker, actions.clear, { cartId, ifMatch: removed.version })
    expect(cleared).toMatchObject({ id: cartId, items: [], version: removed.version + 1 })
  })

  test('that is not named or not known is not found', async () => {
    const unknown = { cartId: newId('cart', 1) }
    const missing = refused('cart_not_found')
    await expect(call(broker, actions.get, {})).rejects.toEqual(missing)
    await expect(call(broker, actions.clear, {})).rejects.toEqual(missing)
    await expect(call(broker, actions.get, unknown)).rejects.toEqual(missing)
    await expect(call(broker, actions.add, { ...unknown, ...line('a') })).rejects.toEqual(missing)
  })

  test('takes what is sold, in one currency', async () => {
    sell('old', 'USD', 'inactive')
    const { id: cartId } = await call(broker, actions.add, line('a'))
    const add = (productId: string) => call(broker, actions.add, { cartId, ...line(productId) })
    await expect(add('unknown')).rejects.toEqual(refused('product_not_found'))
    await expect(add('old')).rejects.toEqual(refused('product_not_found'))
    await expect(add('euro')).rejects.toEqual(refused('currency_mismatch'))
  })

  test('is swept when it has expired', async () => {
    const { id } = await call(broker, actions.add, line('a'))
    clock.advance(CART_LIFE_MS)
    await expect(call(broker, actions.get, { cartId: id })).rejects.toEqual(
      refused('cart_not_found'),
    )
    await swept(async () => (await store.get(carts, id)) === undefined)
  })
})

describe("a customer's cart", () => {
  test('is one, found without its id, and empty before the first product', async () => {
    const empty = await call(broker, actions.get, { customerId })
    expect(empty).toMatchObject({ id: ownCartId(customerId), items: [], version: 0 })
    const made = await call(broker, actions.add, { customerId, ...line('a') })
    expect(made).toMatchObject({ id: empty.id, version: 1 })
    const named = { customerId, cartId: made.id }
    expect(await call(broker, actions.get, named)).toEqual(made)
  })

  test('is hidden from everybody else', async () => {
    const { id: cartId } = await call(broker, actions.add, { customerId, ...line('a') })
    for (const shopper of [{ cartId }, { cartId, customerId: stranger }]) {
      const missing = refused('cart_not_found')
      await expect(call(broker, actions.get, shopper)).rejects.toEqual(missing)
      await expect(call(broker, actions.clear, shopper)).rejects.toEqual(missing)
    }
  })

  test("is meant by the id of a guest's cart that joined it", async () => {
    const { id: cartId } = await call(broker, actions.add, line('a', 2))
    await call(broker, actions.add, { customerId, ...line('a') })
    await call(broker, actions.merge, { cartId, customerId })
    const own = await call(broker, actions.get, { customerId })
    expect(own.items).toMatchObject([line('a', 3)])
    expect(await call(broker, actions.get, { cartId, customerId })).toEqual(own)
    await expect(call(broker, actions.get, { cartId })).rejects.toEqual(refused('cart_not_found'))
  })

  test('goes with its customer', async () => {
    await call(broker, actions.add, { customerId, ...line('a') })
    await channels['customer.erased']!({ payload: { customerId } })
    expect(await store.get(carts, ownCartId(customerId))).toBeUndefined()
  })
})

describe('a checkout', () => {
  const orderId = derivedId('ord', 'one')
  const order = { cartId: ownCartId(customerId), customerId, orderId }
  const shown = async () => (await call(broker, actions.get, { customerId })).items

  beforeEach(async () => {
    await call(broker, actions.add, { customerId, ...line('a', 2) })
  })

  test('takes what the cart shows', async () => {
    await call(broker, actions.add, { customerId, ...line('b', 3) })
    sell('b', 'USD', 'inactive')
    expect(await shown()).toHaveLength(1)
    expect(await call(broker, actions.checkout, order)).toEqual({ items: [line('a', 2)] })
    expect(await shown()).toEqual([])
    sell('b', 'USD')
    expect(await shown()).toMatchObject([line('b', 3)])
  })

  test('of an empty cart is refused', async () => {
    await call(broker, actions.clear, { customerId })
    await expect(call(broker, actions.checkout, order)).rejects.toEqual(refused('cart_empty'))
    const theirs = { cartId: ownCartId(stranger), customerId: stranger, orderId }
    await expect(call(broker, actions.checkout, theirs)).rejects.toEqual(refused('cart_empty'))
  })

  test("follows a guest's cart to the customer's", async () => {
    const { id: cartId } = await call(broker, actions.add, line('a', 5))
    await call(broker, actions.merge, { cartId, customerId })
    const byGuests = { ...order, cartId }
    expect(await call(broker, actions.checkout, byGuests)).toEqual({ items: [line('a', 7)] })
    await call(broker, actions.restore, byGuests)
    expect(await shown()).toMatchObject([line('a', 7)])
    await call(broker, actions.checkout, byGuests)
    await call(broker, actions.complete, byGuests)
    expect((await store.get(carts, order.cartId))!.checkouts).toEqual([])
  })

  test("of a guest's cart works for a customer who names it", async () => {
    const { id: cartId } = await call(broker, actions.add, line('b'))
    const items = await call(broker, actions.checkout, { ...order, cartId })
    expect(items).toEqual({ items: [line('b')] })
    expect(await shown()).toMatchObject([line('a', 2)])
  })

  test('whose order was never placed gives its lines back', async () => {
    await call(broker, actions.checkout, order)
    clock.advance(UNFINISHED_MS)
    await swept(async () => (await shown()).length === 1)
    expect(await shown()).toMatchObject([line('a', 2)])
  })

  test('whose order was placed is completed', async () => {
    placed.add(orderId)
    await call(broker, actions.checkout, order)
    clock.advance(UNFINISHED_MS)
    await swept(async () => (await store.get(carts, order.cartId))!.checkouts.length === 0)
    expect(await shown()).toEqual([])
  })
})

test('a merge that was interrupted is finished', async () => {
  const { id: cartId } = await call(broker, actions.add, line('a', 2))
  const { version, ...rest } = (await store.get(carts, cartId))!
  const closed = { ...rest, version: version + 1, joined: customerId, dueAt: clock.now() }
  await store.commit({
    key: cartId,
    writes: [{ op: 'replace', collection: carts, document: closed, ifVersion: version }],
  })
  await swept(async () => (await store.get(carts, cartId))!.lines.length === 0)
  const own = await call(broker, actions.get, { customerId })
  expect(own.items).toMatchObject([line('a', 2)])
})

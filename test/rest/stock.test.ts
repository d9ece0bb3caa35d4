/** Stock: held for orders, never sold twice, given back by what ends an order; and set by hand. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { StockLine } from '../../services/inventory/inventory.contract.ts'
import type { Order } from '../../services/order/order.contract.ts'
import type { Client } from './client.ts'
import {
  available,
  card,
  checkBooks,
  eventually,
  newKey,
  OPERATOR,
  openShop,
  type Person,
  pay,
  place,
  register,
  type Shop,
  stocked,
} from './shop.ts'

let shop: Shop
let client: Client
let buyer: Person
beforeAll(async () => {
  shop = await openShop()
  client = shop.client
  buyer = await register(client)
})
afterAll(() => shop.close())

interface Item {
  productId: string
  quantity: number
}

function order(items: Item[], more: Record<string, unknown> = {}) {
  const request = { as: buyer.token, key: newKey(), body: { items, ...more } }
  return client.attempt<Order & Short>('POST /orders', request)
}

interface Short {
  code?: string
}

const line = (id: string, warehouse = 'AMS') => `/admin/inventory/${warehouse}/${id}`
const read = (id: string, warehouse?: string) =>
  client.ask<StockLine>(`GET ${line(id, warehouse)}`, { as: OPERATOR })
const set = (id: string, onHand: number, warehouse?: string) =>
  client.ask<StockLine>(`PUT ${line(id, warehouse)}`, { as: OPERATOR, body: { onHand } })

describe('an order', () => {
  test('of more than there is names what is missing, and holds nothing', async () => {
    const [scarce, plenty] = [await stocked(client, 2), await stocked(client, 9)]
    const refused = await order([
      { productId: plenty.id, quantity: 4 },
      { productId: scarce.id, quantity: 3 },
    ])
    expect([refused.status, refused.body.code]).toEqual([409, 'out_of_stock'])
    expect(refused.body.items).toEqual([{ productId: scarce.id, requested: 3, available: 2 }])
    expect(await available(client, plenty.id)).toBe(9)
    expect((await read(plenty.id)).held).toBe(0)
  })

  test('that names a product twice wants both together', async () => {
    const { id: productId } = await stocked(client, 5)
    const twice = (quantity: number) => [
      { productId, quantity },
      { productId, quantity },
    ]
    expect((await order(twice(3))).body.items).toEqual([{ productId, requested: 6, available: 5 }])
    const placed = await order(twice(2))
    expect(placed.body.items.map(({ quantity }) => quantity)).toEqual([4])
    expect(await available(client, productId)).toBe(1)
  })

  test('takes a line from several warehouses when none has it all', async () => {
    const { id: productId } = await stocked(client, 3)
    await set(productId, 4, 'NYC')
    const placed = await order([{ productId, quantity: 6 }])
    expect(placed.status).toBe(201)
    expect(await available(client, productId)).toBe(1)
    const held = (await read(productId)).held + (await read(productId, 'NYC')).held
    expect(held).toBe(6)
    await pay(client, buyer, placed.body)
    const onHand = (await read(productId)).onHand + (await read(productId, 'NYC')).onHand
    expect(onHand).toBe(1)
    const cancel = { as: buyer.token, key: newKey() }
    await client.send(`POST /orders/${placed.body.id}/cancel`, cancel)
    expect([await read(productId), await read(productId, 'NYC')]).toMatchObject([
      { onHand: 3, held: 0, available: 3 },
      { onHand: 4, held: 0, available: 4 },
    ])
  })

  test('takes it from the warehouse that it names', async () => {
    const { id: productId } = await stocked(client, 3)
    await set(productId, 4, 'NYC')
    const items = [{ productId, quantity: 4 }]
    const refused = await order(items, { warehouseId: 'AMS' })
    expect([refused.status, refused.body.code]).toEqual([409, 'out_of_stock'])
    expect((await order(items, { warehouseId: 'NYC' })).status).toBe(201)
    expect([(await read(productId)).held, (await read(productId, 'NYC')).held]).toEqual([0, 4])
  })

  test('of what is not sold is refused', async () => {
    const product = await stocked(client, 3)
    const inactive = await deactivate(product.id)
    for (const productId of ['prod-unheard-of', inactive]) {
      const refused = await order([{ productId, quantity: 1 }])
      expect([refused.status, refused.body.code]).toEqual([422, 'product_not_found'])
    }
    expect((await read(product.id)).held).toBe(0)
  })

  async function deactivate(id: string): Promise<string> {
    const { headers, body } = await client.send<Record<string, unknown>>(`GET /products/${id}`)
    const { id: _id, version, createdAt, updatedAt, ...fields } = body
    await client.ask(`PUT /admin/products/${id}`, {
      as: OPERATOR,
      headers: { 'if-match': headers.get('etag')! },
      body: { ...fields, status: 'inactive' },
    })
    return id
  }
})

test('of 50 orders at once exactly as many are taken as there are pieces', async () => {
  const { id: productId } = await stocked(client, 10)
  const buyers = await Promise.all(Array.from({ length: 10 }, () => register(client)))
  const body = { items: [{ productId, quantity: 1 }] }
  const replies = await Promise.all(
    Array.from({ length: 50 }, (_, turn) => {
      const { token } = buyers[turn % buyers.length]!
      return client.attempt('POST /orders', { as: token, key: newKey(), body })
    }),
  )
  expect(replies.filter(({ status }) => status === 201)).toHaveLength(10)
  expect(replies.filter(({ status }) => status === 409)).toHaveLength(40)
  expect(await read(productId)).toMatchObject({ onHand: 10, held: 10, available: 0 })
  await checkBooks(client)
})

test('pieces that are paid leave the house, those that are only ordered stay', async () => {
  const product = await stocked(client, 10)
  const [first] = [await place(client, buyer, product, 3), await place(client, buyer, product, 2)]
  expect(await read(product.id)).toMatchObject({ onHand: 10, held: 5, available: 5 })
  await pay(client, buyer, first)
  expect(await read(product.id)).toMatchObject({ onHand: 7, held: 2, available: 5 })
})

describe('a stock line', () => {
  test('is set, and makes its warehouse', async () => {
    const { id } = await stocked(client, 5)
    const made = await set(id, 7, 'A-new.warehouse_1')
    expect(made).toEqual({
      warehouseId: 'A-new.warehouse_1',
      productId: id,
      onHand: 7,
      held: 0,
      available: 7,
      version: 1,
    })
    expect(await read(id, 'A-new.warehouse_1')).toEqual(made)
    expect(await available(client, id)).toBe(12)
    const { warehouses } = await client.ask<{ warehouses: unknown[] }>(
      `GET /products/${id}/availability`,
    )
    expect(warehouses).toEqual([
      { warehouseId: 'A-new.warehouse_1', available: 7 },
      { warehouseId: 'AMS', available: 5 },
    ])
  })

  test('never falls below what is held', async () => {
    const product = await stocked(client, 5)
    await place(client, buyer, product, 3)
    const put = { as: OPERATOR, body: { onHand: 2 } }
    expect(await client.refusal(`PUT ${line(product.id)}`, put)).toBe('409 below_held')
    const adjust = (delta: number) => ({
      as: OPERATOR,
      key: newKey(),
      body: { delta, reason: 'lost' },
    })
    const target = `POST ${line(product.id)}/adjust`
    expect(await client.refusal(target, adjust(-3))).toBe('409 below_held')
    expect(await client.ask(target, adjust(-2))).toMatchObject({ onHand: 3, held: 3, available: 0 })
    expect(await set(product.id, 3)).toMatchObject({ onHand: 3, held: 3, available: 0 })
  })

  test('adds up adjustments that come at once', async () => {
    const { id } = await stocked(client, 5)
    const adjust = () =>
      client.ask(`POST ${line(id)}/adjust`, {
        as: OPERATOR,
        key: newKey(),
        body: { delta: 2, reason: 'counted' },
      })
    await Promise.all(Array.from({ length: 20 }, adjust))
    expect((await read(id)).onHand).toBe(45)
  })

  test('is changed at the version that is named, if one is', async () => {
    const { id } = await stocked(client, 5)
    const seen = await client.send(`GET ${line(id)}`, { as: OPERATOR })
    const put = (onHand: number) => ({
      as: OPERATOR,
      headers: { 'if-match': seen.headers.get('etag')! },
      body: { onHand },
    })
    const changed = await client.send(`PUT ${line(id)}`, put(6))
    expect(changed.headers.get('etag')).not.toBe(seen.headers.get('etag'))
    expect(await client.refusal(`PUT ${line(id)}`, put(7))).toBe('412 version_mismatch')
    expect((await read(id)).onHand).toBe(6)
  })

  test('is of a product that there is', async () => {
    const put = { as: OPERATOR, body: { onHand: 1 } }
    expect(await client.refusal(`PUT ${line('unheard-of')}`, put)).toBe('404 product_not_found')
    expect(await client.refusal(`GET ${line('unheard-of')}`, { as: OPERATOR })).toBe(
      '404 product_not_found',
    )
    const { id } = await stocked(client, 1)
    expect(await client.refusal(`GET ${line(id, 'NOWHERE')}`, { as: OPERATOR })).toBe(
      '404 product_not_found',
    )
  })
})

describe('where holds are short', () => {
  let hasty: Shop
  beforeAll(async () => {
    hasty = await openShop({ RESERVATION_TTL_MS: '700', PAYMENT_WAIT_MS: '100' })
  })
  afterAll(() => hasty.close())

  const statusOf = async ({ token }: Person, { id }: Order) =>
    (await hasty.client.ask<Order>(`GET /orders/${id}`, { as: token })).status

  test('an order that is not paid expires, and its stock is back', async () => {
    const person = await register(hasty.client)
    const product = await stocked(hasty.client, 5)
    const placed = await place(hasty.client, person, product, 4)
    expect(await available(hasty.client, product.id)).toBe(1)
    await eventually(async () => (await statusOf(person, placed)) === 'expired')
    await eventually(async () => (await available(hasty.client, product.id)) === 5)
    const request = { as: person.token, key: newKey(), body: card('tok_ok') }
    const target = `POST /orders/${placed.id}/payments`
    expect(await hasty.client.refusal(target, request)).toBe('409 order_closed')
    const cancel = { as: person.token, key: newKey() }
    const refused = await hasty.client.refusal(`POST /orders/${placed.id}/cancel`, cancel)
    expect(refused).toBe('409 order_closed')
  })

  test('a payment under way keeps the hold', async () => {
    const person = await register(hasty.client)
    const product = await stocked(hasty.client, 5)
    const placed = await place(hasty.client, person, product, 4)
    await pay(hasty.client, person, placed, 'tok_slow')
    await eventually(async () => {
      const status = await statusOf(person, placed)
      if (status === 'awaiting_payment') {
        expect(await available(hasty.client, product.id)).toBe(1)
      }
      return status === 'paid'
    })
    expect(await available(hasty.client, product.id)).toBe(1)
  })
})

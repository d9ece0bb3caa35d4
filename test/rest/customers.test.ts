/** Customers and their carts: who may see what, and what is left of who was forgotten. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Cart } from '../../services/cart/cart.contract.ts'
import type { Customer, Session } from '../../services/customer/customer.contract.ts'
import type { Order } from '../../services/order/order.contract.ts'
import type { Client } from './client.ts'
import {
  eventually,
  newKey,
  OPERATOR,
  openShop,
  PASSWORD,
  pay,
  place,
  register,
  type Shop,
  stocked,
} from './shop.ts'

let shop: Shop
let client: Client
beforeAll(async () => {
  shop = await openShop()
  client = shop.client
})
afterAll(() => shop.close())

const login = (email: string, password = PASSWORD, cart?: string) =>
  client.attempt<Session>('POST /sessions', {
    body: { email, password },
    ...(cart !== undefined && { cart }),
  })

describe('a customer', () => {
  test('logs in with e-mail and password', async () => {
    const person = await register(client)
    const { status, body } = await login(person.email.toUpperCase())
    expect([status, body.customer.id]).toEqual([201, person.id])
    expect(Date.parse(body.expiresAt)).toBeGreaterThan(Date.now())
    const me = await client.ask<Customer>('GET /customers/me', { as: body.token })
    expect(me).toMatchObject({ id: person.id, email: person.email })
  })

  test('is told the same of a wrong password and of an unknown e-mail', async () => {
    const { email } = await register(client)
    const [wrong, unknown] = [
      await login(email, 'not the password'),
      await login('nobody@example.com', 'not the password'),
    ]
    const told = ({ status, text, headers }: typeof wrong) => [
      status,
      text.replace(/"requestId":"[^"]+"/, ''),
      [...headers.keys()].sort(),
    ]
    expect(told(wrong)).toEqual(told(unknown))
    expect(wrong.status).toBe(401)
    expect(wrong.text).toContain('bad_credentials')
  })

  test('has an e-mail that nobody else has', async () => {
    const { email } = await register(client)
    const body = { email: email.toUpperCase(), password: PASSWORD, name: 'Another' }
    expect(await client.refusal('POST /customers', { body })).toBe('409 email_taken')
    const fresh = { email: 'twice@example.com', password: PASSWORD, name: 'Twin' }
    const twins = await Promise.all([
      client.attempt('POST /customers', { body: fresh }),
      client.attempt('POST /customers', { body: fresh }),
    ])
    expect(twins.map(({ status }) => status).sort()).toEqual([201, 409])
  })

  const good = { email: 'a@example.com', password: PASSWORD, name: 'A' }
  test.each<[string, object]>([
    ['what is no e-mail', { ...good, email: 'no mail' }],
    ['a short password', { ...good, password: 'too short' }],
    ['a very long password', { ...good, password: 'x'.repeat(201) }],
    ['an empty name', { ...good, name: '' }],
    ['no name', { ...good, name: undefined }],
  ])('is not made of %s', async (_what, body) => {
    expect(await client.refusal('POST /customers', { body })).toBe('422 validation_failed')
  })

  test('changes the name at the version that is known', async () => {
    const { token: as } = await register(client)
    const { headers } = await client.send('GET /customers/me', { as })
    const request = { as, body: { name: 'Renamed' }, headers: { 'if-match': headers.get('etag')! } }
    const changed = await client.send<Customer>('PATCH /customers/me', request)
    expect(changed.body.name).toBe('Renamed')
    expect(await client.refusal('PATCH /customers/me', request)).toBe('412 version_mismatch')
    const known = { 'if-none-match': changed.headers.get('etag')! }
    expect((await client.send('GET /customers/me', { as, headers: known })).status).toBe(304)
  })

  test('sees no order, payment or cart of another', async () => {
    const [owner, other] = [await register(client), await register(client)]
    const order = await place(client, owner, await stocked(client, 5))
    const payment = await pay(client, owner, order)
    const key = newKey()
    const body = { method: { type: 'card', token: 'tok_ok' } }
    const as = other.token
    for (const [line, request] of [
      [`GET /orders/${order.id}`, {}],
      [`GET /orders/${order.id}/timeline`, {}],
      [`GET /orders/${order.id}/payments`, {}],
      [`POST /orders/${order.id}/cancel`, { key }],
      [`POST /orders/${order.id}/payments`, { key, body }],
    ] as const) {
      expect(await client.refusal(line, { as, ...request })).toBe('404 order_not_found')
    }
    expect(await client.refusal(`GET /payments/${payment.id}`, { as })).toBe(
      '404 payment_not_found',
    )
    const { id: cart } = await client.ask<Cart>('GET /cart', { as: owner.token })
    expect(await client.refusal('GET /cart', { as, cart })).toBe('404 cart_not_found')
    expect(await client.refusal('GET /cart', { cart })).toBe('404 cart_not_found')
    const stolen = { as, key, body: { cartId: cart } }
    expect(await client.refusal('POST /orders', stolen)).toMatch(/^(404 cart_not_found|422 cart)/)
    expect((await client.ask<{ items: [] }>('GET /orders', { as })).items).toEqual([])
  })
})

test('who is forgotten is gone, and what was bought is not', async () => {
  const person = await register(client)
  const { token: as, email } = person
  const product = await stocked(client, 5)
  const order = await client.ask<Order>('POST /orders', {
    as,
    key: newKey(),
    body: {
      items: [{ productId: product.id, quantity: 2 }],
      shippingAddress: { name: 'Bo Forgotten', line1: 'Lane 7', city: 'Lund', country: 'SE' },
    },
  })
  expect(order.shippingAddress?.name).toBe('Bo Forgotten')
  await pay(client, person, order)
  expect((await client.send('DELETE /customers/me', { as })).status).toBe(204)

  for (const line of ['GET /customers/me', 'GET /orders', `GET /orders/${order.id}`, 'GET /cart']) {
    expect(await client.refusal(line, { as })).toBe('401 invalid_token')
  }
  expect((await login(email)).status).toBe(401)
  const all = () =>
    client.send<{ items: Order[] }>(`GET /admin/orders?customerId=${person.id}`, { as: OPERATOR })
  await eventually(async () => !(await all()).text.includes('Forgotten'))
  const { body, text } = await all()
  expect(body.items).toMatchObject([{ id: order.id, status: 'paid', total: order.total }])
  expect(body.items[0]!.items).toEqual(order.items)
  expect(text).not.toContain('Lund')
  const again = { email, password: PASSWORD, name: 'Bo again' }
  await eventually(async () => {
    return (await client.attempt('POST /customers', { body: again })).status === 201
  })
})

describe('a cart', () => {
  const add = (productId: string, quantity: number, request: object = {}) =>
    client.ask<Cart>('POST /cart/add', { ...request, body: { productId, quantity } })

  test('is filled, changed and emptied', async () => {
    const [one, two] = [await stocked(client, 5), await stocked(client, 5)]
    const { id: cart } = await add(one.id, 1)
    await add(one.id, 2, { cart })
    await add(two.id, 4, { cart })
    const quantities = async () =>
      (await client.ask<Cart>('GET /cart', { cart })).items.map(({ quantity }) => quantity)
    expect(await quantities()).toEqual([3, 4])
    await client.send(`PATCH /cart/items/${one.id}`, { cart, body: { quantity: 0 } })
    expect(await quantities()).toEqual([4])
    const patch = { cart, body: { quantity: 1 } }
    expect(await client.refusal(`PATCH /cart/items/${one.id}`, patch)).toBe('404 item_not_found')
    await client.send(`DELETE /cart/items/${two.id}`, { cart })
    expect(await quantities()).toEqual([])
    await add(two.id, 4, { cart })
    await client.send('DELETE /cart', { cart })
    expect(await quantities()).toEqual([])
  })

  test('takes at most 999 of a product', async () => {
    const { id } = await stocked(client, 5)
    const { id: cart } = await add(id, 998)
    const more = { cart, body: { productId: id, quantity: 2 } }
    expect(await client.refusal('POST /cart/add', more)).toBe('422 quantity_too_high')
    for (const quantity of [0, -1, 1_000, 1.5]) {
      const body = { productId: id, quantity }
      const refused = await client.refusal('POST /cart/add', { cart, body })
      expect(refused).toBe('422 validation_failed')
    }
  })

  test('adds up what is put in at once', async () => {
    const { id } = await stocked(client, 5)
    const { id: cart } = await add(id, 1)
    await Promise.all(Array.from({ length: 20 }, () => add(id, 2, { cart })))
    expect((await client.ask<Cart>('GET /cart', { cart })).items[0]!.quantity).toBe(41)
  })

  test("of a guest joins the customer's at login, once", async () => {
    const product = await stocked(client, 5)
    const person = await register(client)
    await add(product.id, 600, { as: person.token })
    const { id: cart } = await add(product.id, 500)
    const { body } = await login(person.email, PASSWORD, cart)
    const own = () => client.ask<Cart>('GET /cart', { as: body.token })
    expect((await own()).items.map(({ quantity }) => quantity)).toEqual([999])
    await client.send(`PATCH /cart/items/${product.id}`, { as: body.token, body: { quantity: 2 } })
    await login(person.email, PASSWORD, cart)
    expect((await own()).items.map(({ quantity }) => quantity)).toEqual([2])
  })

  test('shows the price of the moment, and the order keeps the one that was paid', async () => {
    const person = await register(client)
    const { id, version, createdAt, updatedAt, ...fields } = await stocked(client, 5)
    await add(id, 2, { as: person.token })
    const price = { amount: 99, currency: 'USD' }
    await client.send(`PUT /admin/products/${id}`, {
      as: OPERATOR,
      headers: { 'if-match': `"v${version}"` },
      body: { ...fields, price },
    })
    const cart = await client.ask<Cart>('GET /cart', { as: person.token })
    expect([cart.items[0]!.unitPrice, cart.subtotal.amount]).toEqual([price, 198])
    const order = await client.ask<Order>('POST /orders', {
      as: person.token,
      key: newKey(),
      body: { cartId: cart.id },
    })
    expect(order.total.amount).toBe(198)
    await client.send(`DELETE /admin/products/${id}`, { as: OPERATOR })
    const kept = await client.ask<Order>(`GET /orders/${order.id}`, { as: person.token })
    expect(kept.items).toEqual(order.items)
    await pay(client, person, order)
  })

  test('that cannot be ordered is as it was', async () => {
    const person = await register(client)
    const product = await stocked(client, 1)
    const cart = await add(product.id, 2, { as: person.token })
    const request = { as: person.token, key: newKey(), body: { cartId: cart.id } }
    expect(await client.refusal('POST /orders', request)).toBe('409 out_of_stock')
    const after = await client.ask<Cart>('GET /cart', { as: person.token })
    expect(after.items).toEqual(cart.items)
  })

  test('is ordered once, by two who press the button at once', async () => {
    const person = await register(client)
    const product = await stocked(client, 9)
    const cart = await add(product.id, 2, { as: person.token })
    const order = () =>
      client.attempt('POST /orders', {
        as: person.token,
        key: newKey(),
        body: { cartId: cart.id },
      })
    const statuses = (await Promise.all([order(), order()])).map(({ status }) => status)
    expect(statuses.sort()).toEqual([201, 422])
  })
})

test('attempts to log in are limited', async () => {
  const strict = await openShop({ LOGIN_LIMIT_PER_MINUTE: '3' })
  try {
    const body = { email: 'ada@example.com', password: 'not the password' }
    const attempt = () => strict.client.attempt('POST /sessions', { body })
    const statuses: number[] = []
    for (let turn = 0; turn < 4; turn += 1) statuses.push((await attempt()).status)
    expect(statuses).toEqual([401, 401, 401, 429])
    expect((await strict.client.send('GET /products')).status).toBe(200)
  } finally {
    await strict.close()
  }
})

test('requests are limited, and told so', async () => {
  const strict = await openShop({ RATE_LIMIT_PER_MINUTE: '20' })
  try {
    let status = 200
    for (let turn = 0; turn < 30 && status === 200; turn += 1) {
      const reply = await strict.client.attempt('GET /categories')
      status = reply.status
      expect(reply.headers.has('ratelimit')).toBe(true)
      expect(reply.headers.has('ratelimit-policy')).toBe(true)
    }
    expect(status).toBe(429)
    expect((await strict.client.attempt('GET /livez')).status).toBe(200)
  } finally {
    await strict.stop()
  }
})

/** Every route that takes an Idempotency-Key: a repeat gets the first answer, and happens once. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Client, Reply, Request } from './client.ts'
import {
  available,
  card,
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
  shop = await openShop({ PAYMENT_WAIT_MS: '200' })
  client = shop.client
  buyer = await register(client)
})
afterAll(() => shop.close())

interface Keyed {
  /** Method and path. */
  line: string
  request: Request
  /** Another content for the same path; undefined where the route takes none. */
  other?: unknown
  status: number
}

async function ordered() {
  return place(client, buyer, await stocked(client, 5))
}

async function paid() {
  const order = await ordered()
  return { order, payment: await pay(client, buyer, order) }
}

const customers = (): Request => ({ as: buyer.token, key: newKey() })
const operators = (): Request => ({ as: OPERATOR, key: newKey() })

/** A request to each keyed route that will be taken; and those that are refused for good. */
const ROUTES: Record<string, () => Promise<Keyed>> = {
  async 'an order'() {
    const { id: productId } = await stocked(client, 5)
    const body = (quantity: number) => ({ items: [{ productId, quantity }] })
    const request = { ...customers(), body: body(2) }
    return { line: 'POST /orders', request, other: body(1), status: 201 }
  },

  async 'an order of more than there is'() {
    const { id: productId } = await stocked(client, 5)
    const body = (quantity: number) => ({ items: [{ productId, quantity }] })
    const request = { ...customers(), body: body(6) }
    return { line: 'POST /orders', request, other: body(1), status: 409 }
  },

  async 'a payment'() {
    const { id } = await ordered()
    const request = { ...customers(), body: card('tok_ok') }
    const other = card('tok_declined')
    return { line: `POST /orders/${id}/payments`, request, other, status: 201 }
  },

  async 'a declined payment'() {
    const { id } = await ordered()
    const request = { ...customers(), body: card('tok_declined') }
    return { line: `POST /orders/${id}/payments`, request, other: card('tok_ok'), status: 402 }
  },

  async 'a payment that the provider failed'() {
    const { id } = await ordered()
    const request = { ...customers(), body: card('tok_error') }
    return { line: `POST /orders/${id}/payments`, request, other: card('tok_ok'), status: 502 }
  },

  async 'a slow payment'() {
    const { id } = await ordered()
    const request = { ...customers(), body: card('tok_slow') }
    return { line: `POST /orders/${id}/payments`, request, other: card('tok_ok'), status: 202 }
  },

  async 'a cancellation'() {
    const { order } = await paid()
    return { line: `POST /orders/${order.id}/cancel`, request: customers(), status: 200 }
  },

  async 'a fulfilment'() {
    const { order } = await paid()
    return { line: `POST /admin/orders/${order.id}/fulfil`, request: operators(), status: 200 }
  },

  async 'a fulfilment of what is not paid'() {
    const { id } = await ordered()
    return { line: `POST /admin/orders/${id}/fulfil`, request: operators(), status: 409 }
  },

  async 'a refund'() {
    const { payment } = await paid()
    const body = (amount: number) => ({ amount: { amount, currency: 'USD' } })
    const request = { ...operators(), body: body(100) }
    return { line: `POST /payments/${payment.id}/refunds`, request, other: body(1), status: 201 }
  },

  async 'a refund of too much'() {
    const { payment } = await paid()
    const body = (amount: number) => ({ amount: { amount, currency: 'USD' } })
    const request = { ...operators(), body: body(1_251) }
    return { line: `POST /payments/${payment.id}/refunds`, request, other: body(1), status: 409 }
  },

  async 'an adjustment'() {
    const { id } = await stocked(client, 5)
    const line = `POST /admin/inventory/AMS/${id}/adjust`
    const body = (delta: number) => ({ delta, reason: 'counted' })
    return { line, request: { ...operators(), body: body(3) }, other: body(1), status: 200 }
  },

  async 'an adjustment below what there is'() {
    const { id } = await stocked(client, 5)
    const line = `POST /admin/inventory/AMS/${id}/adjust`
    const body = (delta: number) => ({ delta, reason: 'counted' })
    return { line, request: { ...operators(), body: body(-6) }, other: body(1), status: 409 }
  },
}

const isReplayed = ({ headers }: Reply) => headers.get('idempotency-replayed') === 'true'

/** What must be the same of two answers; a problem bears its own request's id. */
function told({ status, text, headers }: Reply) {
  const body = text.replace(/"requestId":"[^"]+"/, '')
  return { status, body, location: headers.get('location') }
}

describe.each(Object.entries(ROUTES))('%s', (_name, prepare) => {
  test('is answered the same again', async () => {
    const { line, request, status } = await prepare()
    const first = await client.attempt(line, request)
    expect([first.status, isReplayed(first)]).toEqual([status, false])
    for (let repeat = 0; repeat < 2; repeat += 1) {
      const again = await client.attempt(line, request)
      expect(told(again)).toEqual(told(first))
      expect(isReplayed(again)).toBe(true)
    }
  })

  test('is answered the same to both, and happens once, when two arrive at once', async () => {
    const { line, request, status } = await prepare()
    const send = () => client.attempt(line, request)
    const replies = await Promise.all([send(), send(), send()])
    for (const reply of replies) expect(told(reply)).toEqual(told(replies[0]!))
    expect(replies[0]!.status).toBe(status)
    expect(replies.filter((reply) => !isReplayed(reply))).toHaveLength(1)
  })

  test('needs its key', async () => {
    const { line, request, status } = await prepare()
    const { key, ...unkeyed } = request
    expect(await client.refusal(line, unkeyed)).toBe('400 idempotency_key_required')
    for (const bad of ['with space', 'x'.repeat(256)]) {
      const refused = await client.refusal(line, { ...request, key: bad })
      expect(refused).toBe('400 idempotency_key_invalid')
    }
    const long = { ...request, key: key!.padEnd(255, '~') }
    expect((await client.attempt(line, long)).status).toBe(status)
  })

  test('keeps its key when it is refused before any effect', async () => {
    const { line, request, status } = await prepare()
    const unknown = { ...request, body: { ...(request.body as object), unknown: 1 } }
    expect(await client.refusal(line, unknown)).toBe('422 validation_failed')
    const nobody = { ...request, as: undefined }
    expect(await client.refusal(line, nobody)).toBe('401 authentication_required')
    const reply = await client.attempt(line, request)
    expect([reply.status, isReplayed(reply)]).toEqual([status, false])
  })

  test('refuses its key for another content', async () => {
    const { line, request, other } = await prepare()
    if (other === undefined) return
    const first = await client.attempt(line, request)
    const refused = await client.refusal(line, { ...request, body: other })
    expect(refused).toBe('422 idempotency_key_reused')
    expect(told(await client.attempt(line, request))).toEqual(told(first))
  })
})

test('a repeat may write its JSON in another way', async () => {
  const { id: productId } = await stocked(client, 5)
  const request = customers()
  const item = { productId, quantity: 1 }
  const first = await client.attempt('POST /orders', { ...request, body: { items: [item] } })
  const text = `{ "items": [ { "quantity": 1,\n "productId": "${productId}" } ] }`
  const again = await client.attempt('POST /orders', { ...request, text })
  expect(told(again)).toEqual(told(first))
  expect(await available(client, productId)).toBe(4)
})

test('a key is of one customer and one route', async () => {
  const { id: productId } = await stocked(client, 5)
  const request = { ...customers(), body: { items: [{ productId, quantity: 1 }] } }
  const mine = await client.ask<{ id: string }>('POST /orders', request)
  const stranger = await register(client)
  const theirs = await client.send<{ id: string }>('POST /orders', {
    ...request,
    as: stranger.token,
  })
  expect(theirs.body.id).not.toBe(mine.id)
  expect(isReplayed(theirs)).toBe(false)
  const payment = await client.send(`POST /orders/${mine.id}/payments`, {
    ...request,
    body: card('tok_ok'),
  })
  expect([payment.status, isReplayed(payment)]).toEqual([201, false])
  const cancelled = await client.send(`POST /orders/${mine.id}/cancel`, {
    as: buyer.token,
    key: request.key!,
  })
  expect([cancelled.status, isReplayed(cancelled)]).toEqual([200, false])
})

test('what was cancelled twice at once is refunded and restocked once', async () => {
  const product = await stocked(client, 5)
  const order = await place(client, buyer, product, 2)
  const payment = await pay(client, buyer, order)
  const cancel = () => client.attempt(`POST /orders/${order.id}/cancel`, customers())
  const statuses = (await Promise.all([cancel(), cancel()])).map(({ status }) => status)
  expect(statuses.sort()).toEqual([200, 409])
  expect(await available(client, product.id)).toBe(5)
  const { refunded } = await client.ask<typeof payment>(`GET /payments/${payment.id}`, {
    as: buyer.token,
  })
  expect(refunded).toEqual(payment.amount)
})

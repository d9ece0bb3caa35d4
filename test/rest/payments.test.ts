/** Payments that do not go as one wishes, refunds, fulfilment, and what operators see of it. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Webhook } from 'standardwebhooks'
import type { Order } from '../../services/order/order.contract.ts'
import type { Payment, Refund } from '../../services/payment/payment.contract.ts'
import type { Client } from './client.ts'
import {
  available,
  card,
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

const WEBHOOK_SECRET = `whsec_${Buffer.alloc(24, 'a test').toString('base64')}`

interface Charge {
  paymentId: string
  status: 'charged' | 'failed' | 'refunded'
  amount: { amount: number }
}

let shop: Shop
let client: Client
let buyer: Person
beforeAll(async () => {
  shop = await openShop({ PAYMENT_WAIT_MS: '300', SANDBOX_WEBHOOK_SECRET: WEBHOOK_SECRET })
  client = shop.client
  buyer = await register(client)
})
afterAll(() => shop.close())

async function ordered(quantity = 1): Promise<Order> {
  return place(client, buyer, await stocked(client, 5), quantity)
}

const read = <B>(target: string) => client.ask<B>(`GET ${target}`, { as: buyer.token })
const statusOf = async ({ id }: Order) => (await read<Order>(`/orders/${id}`)).status

async function charges({ id }: Order): Promise<Charge['status'][]> {
  const ledger = await client.ask<{ items: Charge[] }>(`GET /admin/sandbox/charges?orderId=${id}`, {
    as: OPERATOR,
  })
  return ledger.items.map(({ status }) => status)
}

function refund({ id }: Payment, amount?: number) {
  const body = amount === undefined ? {} : { amount: { amount, currency: 'USD' } }
  return client.ask<Refund>(`POST /payments/${id}/refunds`, { as: OPERATOR, key: newKey(), body })
}

describe('a provider that', () => {
  test('is slow: the payment is processing, and ends by itself', async () => {
    const order = await ordered()
    const line = `POST /orders/${order.id}/payments`
    const request = { as: buyer.token, key: newKey(), body: card('tok_slow') }
    const { status, headers, body } = await client.send<Payment>(line, request)
    expect([status, body.status]).toEqual([202, 'processing'])
    expect(headers.get('location')).toBe(`/payments/${body.id}`)
    const under = await read<Payment>(`/payments/${body.id}`)
    expect(under.status).toBe('processing')
    const other = { ...request, key: newKey(), body: card('tok_ok') }
    expect(await client.refusal(line, other)).toBe('409 payment_in_progress')

    await eventually(async () => (await statusOf(order)) === 'paid')
    expect((await read<Payment>(`/payments/${body.id}`)).status).toBe('captured')
    expect(await charges(order)).toEqual(['charged'])
    const again = await client.send<Payment>(line, request)
    expect([again.status, again.body]).toEqual([202, body])
    expect(again.headers.get('location')).toBe(`/payments/${body.id}`)
  })

  test('fails twice charges once, in the end', async () => {
    const order = await ordered()
    const payment = await pay(client, buyer, order, 'tok_flaky')
    expect(['captured', 'processing']).toContain(payment.status)
    await eventually(async () => (await statusOf(order)) === 'paid')
    expect(await charges(order)).toEqual(['failed', 'failed', 'charged'])
  })

  test('charges and loses the answer charges once', async () => {
    const order = await ordered()
    await pay(client, buyer, order, 'tok_timeout_after_charge')
    await eventually(async () => (await statusOf(order)) === 'paid')
    expect(await charges(order)).toEqual(['charged'])
  })

  test('fails for good leaves an order that can be paid', async () => {
    const order = await ordered()
    const request = { as: buyer.token, key: newKey(), body: card('tok_error') }
    expect(await client.refusal(`POST /orders/${order.id}/payments`, request)).toBe(
      '502 payment_failed',
    )
    expect(await statusOf(order)).toBe('awaiting_payment')
    expect((await pay(client, buyer, order)).status).toBe('captured')
    expect(await charges(order)).toEqual(['failed', 'charged'])
    const { items } = await read<{ items: Payment[] }>(`/orders/${order.id}/payments`)
    expect(items.map(({ status }) => status)).toEqual(['failed', 'captured'])
  })

  test('is slow does not charge an order that was cancelled meanwhile', async () => {
    const product = await stocked(client, 5)
    const order = await place(client, buyer, product, 2)
    const payment = await pay(client, buyer, order, 'tok_slow')
    const cancelled = await client.ask<Order>(`POST /orders/${order.id}/cancel`, {
      as: buyer.token,
      key: newKey(),
    })
    expect(cancelled.status).toBe('cancelled')
    await eventually(async () => {
      const { status, amount, refunded } = await read<Payment>(`/payments/${payment.id}`)
      const net = status === 'captured' ? amount.amount - refunded.amount : 0
      return status !== 'processing' && net === 0
    })
    await eventually(async () => (await available(client, product.id)) === 5)
    const rows = await charges(order)
    const count = (status: string) => rows.filter((row) => row === status).length
    expect(count('charged')).toBe(count('refunded'))
    expect(await statusOf(order)).toBe('cancelled')
  })
})

test('two payments of one order at once charge it once', async () => {
  const order = await ordered()
  const line = `POST /orders/${order.id}/payments`
  const send = () => client.attempt(line, { as: buyer.token, key: newKey(), body: card('tok_ok') })
  const statuses = (await Promise.all([send(), send(), send()])).map(({ status }) => status)
  expect(statuses.filter((status) => status === 201)).toHaveLength(1)
  expect(statuses.filter((status) => status === 409)).toHaveLength(2)
  expect(await charges(order)).toEqual(['charged'])
})

test('an order that costs nothing is paid without the provider', async () => {
  const product = await stocked(client, 5)
  const { id, version, createdAt, updatedAt, ...fields } = product
  await client.ask(`PUT /admin/products/${id}`, {
    as: OPERATOR,
    headers: { 'if-match': `"v${version}"` },
    body: { ...fields, price: { amount: 0, currency: 'USD' } },
  })
  const order = await place(client, buyer, product)
  expect(order.total.amount).toBe(0)
  expect((await pay(client, buyer, order)).status).toBe('captured')
  expect(await charges(order)).toEqual([])
})

describe('what is no payment', () => {
  const numbers = ['4242424242424242', '4242 4242 4242 4242', '4242-4242-4242-4242']
  test.each(numbers)('a card number is refused wherever it stands: %s', async (number) => {
    const { id } = await ordered()
    const bodies = [
      card(number),
      { method: { type: 'card', token: 'tok_ok', number } },
      { method: { type: 'card', token: 'tok_ok' }, note: `my card is ${number}` },
      { method: { type: 'card', number: Number(number.replaceAll(/\D/g, '')) } },
    ]
    for (const body of bodies) {
      const request = { as: buyer.token, key: newKey(), body }
      const refused = await client.attempt(`POST /orders/${id}/payments`, request)
      expect([refused.status, refused.body.code]).toEqual([422, 'card_data_refused'])
      expect(refused.text).not.toContain('4242')
    }
    expect((await read<{ items: [] }>(`/orders/${id}/payments`)).items).toEqual([])
  })

  test('an unknown token is refused', async () => {
    const { id } = await ordered()
    const request = { as: buyer.token, key: newKey(), body: card('tok_unheard_of') }
    expect(await client.refusal(`POST /orders/${id}/payments`, request)).toBe('422 token_unknown')
  })

  test('a webhook that is not genuine changes nothing', async () => {
    const line = 'POST /webhooks/payments/sandbox'
    expect(await client.refusal(line, { body: {} })).toBe('400 webhook_refused')
    const text = JSON.stringify({ type: 'payment.captured', data: { paymentId: 'pay_1' } })
    const headers = signed('msg_forged_1', text)
    const other = { text: text.replace('pay_1', 'pay_2'), headers }
    expect(await client.refusal(line, other)).toBe('400 webhook_refused')
    expect(await client.refusal('POST /webhooks/payments/nobody', { body: {} })).toBe(
      '404 provider_unknown',
    )
  })
})

function signed(id: string, text: string): Record<string, string> {
  const at = new Date()
  return {
    'webhook-id': id,
    'webhook-timestamp': `${Math.floor(at.getTime() / 1_000)}`,
    'webhook-signature': new Webhook(WEBHOOK_SECRET).sign(id, at, text),
  }
}

test('a genuine webhook is received as often as it comes, and charges nothing', async () => {
  const order = await ordered()
  const payment = await pay(client, buyer, order)
  const text = JSON.stringify({ type: 'payment.captured', data: { paymentId: payment.id } })
  const request = { text, headers: signed('msg_genuine_1', text) }
  for (let repeat = 0; repeat < 2; repeat += 1) {
    expect(await client.ask('POST /webhooks/payments/sandbox', request)).toEqual({ received: true })
  }
  expect(await charges(order)).toEqual(['charged'])
})

describe('refunds', () => {
  test('never exceed what was captured, however many come at once', async () => {
    const order = await ordered()
    const payment = await pay(client, buyer, order)
    const send = () =>
      client.attempt(`POST /payments/${payment.id}/refunds`, {
        as: OPERATOR,
        key: newKey(),
        body: { amount: { amount: 400, currency: 'USD' } },
      })
    const replies = await Promise.all(Array.from({ length: 6 }, send))
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(3)
    expect((await read<Payment>(`/payments/${payment.id}`)).refunded.amount).toBe(1_200)
    expect((await refund(payment)).amount.amount).toBe(50)
    const over = { as: OPERATOR, key: newKey(), body: {} }
    expect(await client.refusal(`POST /payments/${payment.id}/refunds`, over)).toBe(
      '409 refund_too_high',
    )
    expect(await statusOf(order)).toBe('paid')
  })

  test('are of the same currency, and of something', async () => {
    const payment = await pay(client, buyer, await ordered())
    const line = `POST /payments/${payment.id}/refunds`
    const request = (amount: number, currency: string) => ({
      as: OPERATOR,
      key: newKey(),
      body: { amount: { amount, currency } },
    })
    expect(await client.refusal(line, request(100, 'EUR'))).toMatch(/^(409|422) /)
    expect(await client.refusal(line, request(0, 'USD'))).toMatch(/^(409|422) /)
    expect(await client.refusal(line, request(-1, 'USD'))).toBe('422 validation_failed')
    expect((await read<Payment>(`/payments/${payment.id}`)).refunded.amount).toBe(0)
  })

  test('are for captured payments only', async () => {
    const order = await ordered()
    const declined = { as: buyer.token, key: newKey(), body: card('tok_declined') }
    await client.refusal(`POST /orders/${order.id}/payments`, declined)
    const { items } = await read<{ items: Payment[] }>(`/orders/${order.id}/payments`)
    const line = `POST /payments/${items[0]!.id}/refunds`
    const request = { as: OPERATOR, key: newKey(), body: {} }
    expect(await client.refusal(line, request)).toBe('409 payment_not_captured')
  })

  test('stand on the timeline', async () => {
    const order = await ordered()
    await refund(await pay(client, buyer, order), 7)
    await eventually(async () => {
      const timeline = await read<{ items: { to: string }[] }>(`/orders/${order.id}/timeline`)
      return timeline.items.some(({ to }) => to === 'payment.refunded')
    })
  })
})

describe('fulfilment', () => {
  const fulfil = (id: string) =>
    client.attempt<Order & { code: string }>(`POST /admin/orders/${id}/fulfil`, {
      as: OPERATOR,
      key: newKey(),
    })

  test('ends an order that was paid', async () => {
    const product = await stocked(client, 5)
    const order = await place(client, buyer, product, 2)
    const payment = await pay(client, buyer, order)
    const { status, body } = await fulfil(order.id)
    expect([status, body.status]).toEqual([200, 'fulfilled'])
    expect((await fulfil(order.id)).body.code).toBe('order_closed')
    const cancel = { as: buyer.token, key: newKey() }
    expect(await client.refusal(`POST /orders/${order.id}/cancel`, cancel)).toBe('409 order_closed')
    expect(await available(client, product.id)).toBe(3)
    await refund(payment, 100)
    expect(await statusOf(order)).toBe('fulfilled')
  })

  test('is not for an order that is not paid', async () => {
    expect((await fulfil((await ordered()).id)).body.code).toBe('order_not_paid')
  })
})

describe('the list of all orders', () => {
  interface Page {
    items: (Order & { customerId: string })[]
    nextCursor: string | null
  }
  const list = (query: string) => client.ask<Page>(`GET /admin/orders?${query}`, { as: OPERATOR })

  test("goes by customer and status, as a customer's own list does", async () => {
    const person = await register(client)
    const product = await stocked(client, 5)
    const [first, second, third] = [
      await place(client, person, product),
      await place(client, person, product),
      await place(client, person, product),
    ]
    await pay(client, person, second)
    const newest = [third.id, second.id, first.id]
    const of = `customerId=${person.id}`
    expect((await list(of)).items.map(({ id }) => id)).toEqual(newest)
    const waiting = await list(`${of}&status=awaiting_payment`)
    expect(waiting.items.map(({ id }) => id)).toEqual([third.id, first.id])
    expect(waiting.items.every(({ customerId }) => customerId === person.id)).toBe(true)
    expect((await list(`${of}&status=fulfilled`)).items).toEqual([])
    const own = (query: string) => client.ask<Page>(`GET /orders?${query}`, { as: person.token })
    expect((await own('status=paid')).items.map(({ id }) => id)).toEqual([second.id])

    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: Page = await own(`limit=1${cursor && `&cursor=${cursor}`}`)
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.nextCursor
      // Pages stay right while rows are added.
      if (seen.length === 1) await place(client, person, product)
    }
    expect(seen).toEqual(newest)
  })
})

/** One buyer's way through the shop, from a misspelled word to the money back. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Cart } from '../../services/cart/cart.contract.ts'
import type { Product } from '../../services/catalog/catalog.contract.ts'
import type { Session } from '../../services/customer/customer.contract.ts'
import type { Order } from '../../services/order/order.contract.ts'
import type { Payment, Refund } from '../../services/payment/payment.contract.ts'
import type { Client, Reply } from './client.ts'
import {
  available,
  card,
  checkBooks,
  newKey,
  OPERATOR,
  openShop,
  PASSWORD,
  type Shop,
} from './shop.ts'

interface Found {
  items: { id: string; name: string; price: Product['price']; inStock: boolean }[]
  total: number
  suggestion?: string
}

interface Timeline {
  items: { at: string; from: string | null; to: string; cause: string }[]
}

interface Charges {
  items: { paymentId: string; amount: Order['total']; status: string }[]
}

let shop: Shop
let client: Client
beforeAll(async () => {
  shop = await openShop()
  client = shop.client
})
afterAll(() => shop.close())

/** Finds a product by a word with a typo in it. */
async function find(): Promise<Product> {
  const found = await client.ask<Found>('GET /products/search?q=hedphones&inStock=true&limit=5')
  expect(found.total).toBeGreaterThanOrEqual(found.items.length)
  expect(found.suggestion).toBe('headphones')
  const [first] = found.items
  expect(first?.name.toLowerCase()).toContain('headphones')
  const product = await client.ask<Product>(`GET /products/${first!.id}`)
  expect([product.name, product.price]).toEqual([first!.name, first!.price])
  return product
}

/** Fills a guest's cart; registers with it; the cart is the customer's then. */
async function fillCart(product: Product): Promise<{ token: string; cart: Cart }> {
  const added = await client.send<Cart>('POST /cart/add', {
    body: { productId: product.id, quantity: 1 },
  })
  const guests = added.body
  expect(added.headers.get('x-cart-id')).toBe(guests.id)
  expect(added.headers.get('set-cookie')).toContain(`cart_id=${guests.id}`)
  const raised = await client.ask<Cart>(`PATCH /cart/items/${product.id}`, {
    headers: { cookie: `theme=dark; cart_id=${guests.id}` },
    body: { quantity: 3 },
  })
  expect(raised.subtotal).toEqual({ amount: 3 * product.price.amount, currency: 'USD' })

  const body = { email: 'ada@example.com', password: PASSWORD, name: 'Ada' }
  const { token } = await client.ask<Session>('POST /customers', { body, cart: guests.id })
  const cart = await client.ask<Cart>('GET /cart', { as: token })
  expect(cart.items).toEqual(raised.items)
  expect(cart.id).not.toBe(guests.id)
  return { token, cart }
}

/** Orders what is in the cart; the stock is held and the cart is empty. */
async function order(token: string, cart: Cart): Promise<Order> {
  const placed = await client.send<Order>('POST /orders', {
    as: token,
    key: newKey(),
    body: { cartId: cart.id, shippingAddress: address },
  })
  expect(placed.status).toBe(201)
  const { id, status, items, total, payment } = placed.body
  expect(placed.headers.get('location')).toBe(`/orders/${id}`)
  expect([status, total, payment]).toEqual(['awaiting_payment', cart.subtotal, undefined])
  expect(items.map(({ quantity }) => quantity)).toEqual([3])
  expect(Date.parse(placed.body.holdExpiresAt!)).toBeGreaterThan(Date.parse(placed.body.createdAt))
  const left = await client.ask<Cart>('GET /cart', { as: token })
  expect(left.items).toEqual([])
  const again = { as: token, key: newKey(), body: { cartId: cart.id } }
  expect(await client.refusal('POST /orders', again)).toBe('422 cart_empty')
  return placed.body
}

const address = {
  name: 'Ada Lovelace',
  line1: "12 St James's Square",
  city: 'London',
  postalCode: 'SW1Y 4JH',
  country: 'GB',
}

/** Two cards are declined, the third is charged. */
async function payFor(token: string, { id, total }: Order): Promise<Payment> {
  const line = `POST /orders/${id}/payments`
  const paying = (name: string) => ({ as: token, key: newKey(), body: card(name) })
  expect(await client.refusal(line, paying('tok_declined'))).toBe('402 card_declined')
  const poor = paying('tok_insufficient_funds')
  expect(await client.refusal(line, poor)).toBe('402 insufficient_funds')
  expect((await client.ask<Order>(`GET /orders/${id}`, { as: token })).status).toBe(
    'awaiting_payment',
  )
  const paid: Reply<Payment> = await client.send(line, paying('tok_ok'))
  expect(paid.status).toBe(201)
  expect(paid.body).toMatchObject({ orderId: id, amount: total, status: 'captured' })
  expect(paid.body.refunded.amount).toBe(0)
  expect(paid.headers.get('location')).toBe(`/payments/${paid.body.id}`)
  expect(await client.refusal(line, paying('tok_ok'))).toBe('409 order_already_paid')
  return paid.body
}

async function refundSome(token: string, { id, orderId }: Payment): Promise<void> {
  const refund = { as: OPERATOR, key: newKey(), body: { amount: { amount: 500, currency: 'USD' } } }
  const given = await client.send<Refund>(`POST /payments/${id}/refunds`, refund)
  expect([given.status, given.body.amount.amount]).toEqual([201, 500])
  const payment = await client.ask<Payment>(`GET /payments/${id}`, { as: token })
  expect([payment.status, payment.refunded.amount]).toEqual(['captured', 500])
  expect((await client.ask<Order>(`GET /orders/${orderId}`, { as: token })).status).toBe('paid')
  const over = { ...refund, key: newKey(), body: { amount: payment.amount } }
  expect(await client.refusal(`POST /payments/${id}/refunds`, over)).toBe('409 refund_too_high')
}

async function checkLedger({ id, total }: Order): Promise<void> {
  const ledger = await client.ask<Charges>(`GET /admin/sandbox/charges?orderId=${id}`, {
    as: OPERATOR,
  })
  const rows = ledger.items.map(({ status, amount }) => [status, amount.amount])
  expect(rows).toEqual([
    ['failed', total.amount],
    ['failed', total.amount],
    ['charged', total.amount],
    ['refunded', 500],
    ['refunded', total.amount - 500],
  ])
}

async function checkTimeline(token: string, { id }: Order): Promise<void> {
  const { items } = await client.ask<Timeline>(`GET /orders/${id}/timeline`, { as: token })
  const passed = items.map(({ to }) => to)
  for (const state of ['stock.held', 'awaiting_payment', 'paid', 'cancelled']) {
    expect(passed).toContain(state)
  }
  expect(passed.filter((state) => state === 'payment.failed')).toHaveLength(2)
  const times = items.map(({ at }) => at)
  expect(times).toEqual([...times].sort())
}

test('a buyer finds, orders, pays, and gets the money back', async () => {
  const product = await find()
  const before = await available(client, product.id)
  const { token, cart } = await fillCart(product)
  const placed = await order(token, cart)
  expect(await available(client, product.id)).toBe(before - 3)
  const payment = await payFor(token, placed)
  await refundSome(token, payment)

  const cancelled = await client.ask<Order>(`POST /orders/${placed.id}/cancel`, {
    as: token,
    key: newKey(),
  })
  expect(cancelled.status).toBe('cancelled')
  const repaid = await client.ask<Payment>(`GET /payments/${payment.id}`, { as: token })
  expect(repaid.refunded).toEqual(repaid.amount)
  expect(await available(client, product.id)).toBe(before)
  const line = `POST /orders/${placed.id}/cancel`
  expect(await client.refusal(line, { as: token, key: newKey() })).toBe('409 order_closed')
  await checkLedger(placed)
  await checkTimeline(token, placed)
  await checkBooks(client)
})

/**
 * Every operation of the document, asked wrongly in every way: each request is refused as rest.md
 * says, none fails inside, and nothing in the shop changes.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Cart } from '../../services/cart/cart.contract.ts'
import { sendRaw } from '../gateway/raw.ts'
import type { Client, Problem } from './client.ts'
import { type Flaw, Flaws, type Route, routesOf, type World } from './routes.flaws.ts'
import { resolved } from './routes.samples.ts'
import {
  type Audit,
  OPERATOR,
  openShop,
  PASSWORD,
  type Person,
  pay,
  place,
  register,
  type Shop,
  stocked,
} from './shop.ts'

let shop: Shop
let client: Client
let person: Person
let world: World
let routes: Route[]
beforeAll(async () => {
  shop = await openShop()
  client = shop.client
  person = await register(client)
  world = await furnish()
  routes = routesOf(resolved(client.document)).filter(
    ({ operation }) => !operation.operationId.startsWith('gateway.'),
  )
})
afterAll(() => shop.close())

/** A customer with a cart, an order that is paid, and all that the routes' paths can name. */
async function furnish(): Promise<World> {
  const product = await stocked(client, 5)
  const as = person.token
  const body = { productId: product.id, quantity: 1 }
  const { id: cart } = await client.ask<Cart>('POST /cart/add', { as, body })
  const order = await place(client, person, product)
  const payment = await pay(client, person, order)
  const known = {
    productId: product.id,
    categoryId: product.categoryId,
    warehouseId: 'AMS',
    orderId: order.id,
    paymentId: payment.id,
    customerId: person.id,
    cartId: cart,
    provider: 'sandbox',
    id: `evt_${'0'.repeat(26)}`,
    sku: 'FLAW-1',
    price: { amount: 1, currency: 'USD' },
    amount: { amount: 1, currency: 'USD' },
    country: 'SE',
    email: 'flawed@example.com',
    password: PASSWORD,
    token: 'tok_ok',
    attributes: { colour: 'red' },
    images: ['/images/1.png'],
    q: 'lamp',
    tag: 'products',
    status: 'active',
    quantity: 1,
  }
  const stranger = await register(client)
  return { known, customer: as, stranger: stranger.token, operator: OPERATOR, cart }
}

/** All that could have changed. */
async function inventoryOfAll(): Promise<unknown> {
  const customers = (target: string) => client.ask(`GET ${target}`, { as: person.token })
  const operators = (target: string) => client.ask(`GET ${target}`, { as: OPERATOR })
  const { orderId, productId } = world.known
  const { violations } = (await operators('/admin/audit')) as Audit
  return {
    violations,
    products: await client.ask('GET /products?limit=5'),
    made: await client.ask('GET /products?categoryId=test-goods'),
    categories: await client.ask('GET /categories?limit=100'),
    availability: await client.ask(`GET /products/${productId}/availability`),
    orders: await operators('/admin/orders'),
    charges: await operators(`/admin/sandbox/charges?orderId=${orderId}`),
    letters: await operators('/admin/dead-letters'),
    cart: await customers('/cart'),
    me: await customers('/customers/me'),
    timeline: await customers(`/orders/${orderId}/timeline`),
  }
}

/** What is wrong with the reply to a request that is wrong; undefined: nothing. */
async function judge(flaw: Flaw): Promise<string | undefined> {
  const { line, request, what, refusal, field } = flaw
  try {
    const { status, body, text } = await client.attempt<Problem>(line, request)
    const got = `${status} ${body?.code}`
    const fields = (body?.errors ?? []).map((error) => error.field)
    const isNamed =
      field === undefined || (fields.length > 0 && fields.every((name) => name.startsWith(field)))
    if (got.startsWith(refusal) && isNamed) return undefined
    const wanted = `${refusal} ${field ?? ''}`
    return `${line.slice(0, 90)}, ${what}: ${got}, not ${wanted} ${text.slice(0, 300)}`
  } catch (error) {
    return `${what}: ${(error as Error).message.slice(0, 500)}`
  }
}

test('a request with one thing wrong in it is refused for that, and changes nothing', async () => {
  const before = await inventoryOfAll()
  const found: string[] = []
  let count = 0
  for (const route of routes) {
    for (const flaw of new Flaws(route, world).all()) {
      count += 1
      const judged = await judge(flaw)
      if (judged !== undefined) found.push(judged)
    }
  }
  expect(found).toEqual([])
  expect(count).toBeGreaterThan(2_000)
  expect(await inventoryOfAll()).toEqual(before)
}, 120_000)

test('a method that a path does not know is refused, and the others are named', async () => {
  const { paths } = client.document
  for (const [path, operations] of Object.entries(paths)) {
    const known = Object.keys(operations).map((method) => method.toUpperCase())
    const allowed = [...known, 'OPTIONS', ...(known.includes('GET') ? ['HEAD'] : [])].sort()
    const target = path.replaceAll(/\{(\w+)\}/g, (_, name) => `${world.known[name]}`)
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'PURGE']) {
      if (allowed.includes(method)) continue
      const { status, headers } = await client.attempt(`${method} ${target}`, { as: OPERATOR })
      expect([method, target, status]).toEqual([method, target, 405])
      expect(headers.get('allow')!.split(', ').sort()).toEqual(allowed)
    }
    const { status, headers } = await client.attempt(`OPTIONS ${target}`)
    expect([status, headers.get('allow')!.split(', ').sort()]).toEqual([204, allowed])
  }
})

test.each(['/', '/nothing', '/products/', '/Products', '/orders/x/y', '/admin', '/%2e%2e/etc'])(
  'there is nothing at %s',
  async (path) => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      expect(await client.refusal(`${method} ${path}`)).toBe('404 route_not_found')
    }
  },
)

describe('what is not HTTP as clients speak it', () => {
  const port = () => Number(new URL(shop.node.url!).port)

  test.each([
    ['no HTTP at all', 'GARBAGE\r\n\r\n', 400],
    ['no host', 'GET /products HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    [
      'two lengths',
      'POST /sessions HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      400,
    ],
    [
      'length and chunks',
      'POST /sessions HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n' +
        'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['huge headers', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`, 431],
  ])('%s is refused as a problem', async (_what, text, status) => {
    const reply = await sendRaw(port(), [text])
    expect([reply.status, reply.body?.status]).toEqual([status, status])
    expect(reply.text).toMatch(/^Content-Type: application\/problem\+json\r$/m)
    expect(reply.text).toContain(`X-Request-Id: ${reply.body?.requestId}\r\n`)
  })

  test('a body that grows above 1 MiB without telling its length is refused', async () => {
    const head =
      'POST /sessions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n' +
      'Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n'
    const chunk = `40000\r\n${'x'.repeat(0x40000)}\r\n`
    const reply = await sendRaw(port(), [
      head,
      ...Array.from({ length: 5 }, () => chunk),
      '0\r\n\r\n',
    ])
    expect([reply.status, reply.body?.code]).toEqual([413, 'body_too_large'])
  })
})

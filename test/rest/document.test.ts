/** The document that a shop serves is OpenAPI 3.1, and names every route that rest.md promises. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Agreement, type Answered } from './agreement.ts'
import { openShop, type Shop } from './shop.ts'

const PROMISED = `
GET /products
GET /products/{}
GET /products/{}/availability
GET /products/search
GET /products/suggest
GET /categories
GET /categories/{}
POST /cart/add
GET /cart
PATCH /cart/items/{}
DELETE /cart/items/{}
DELETE /cart
POST /orders
GET /orders/{}
GET /orders
POST /orders/{}/cancel
GET /orders/{}/timeline
POST /orders/{}/payments
GET /orders/{}/payments
GET /payments/{}
POST /payments/{}/refunds
POST /webhooks/payments/{}
GET /admin/sandbox/charges
POST /customers
POST /sessions
GET /customers/me
PATCH /customers/me
DELETE /customers/me
POST /admin/products/import
POST /admin/products
PUT /admin/products/{}
DELETE /admin/products/{}
PUT /admin/inventory/{}/{}
POST /admin/inventory/{}/{}/adjust
GET /admin/inventory/{}/{}
GET /admin/orders
POST /admin/orders/{}/fulfil
GET /admin/cluster
GET /admin/audit
GET /admin/dead-letters
POST /admin/dead-letters/{}/replay
POST /admin/cache/warm
DELETE /admin/cache
GET /livez
GET /readyz
GET /openapi.json
GET /docs`

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.close())

test('every route that was promised is documented, and no other', () => {
  const documented = Object.entries(shop.client.document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map(
      (method) => `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, '{}')}`,
    ),
  )
  expect(documented.sort()).toEqual(PROMISED.trim().split('\n').sort())
})

test('every keyed route is documented as one', () => {
  const keyed = Object.entries(shop.client.document.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, { parameters = [] }]) =>
        parameters.some(({ name, required }) => name === 'Idempotency-Key' && required),
      )
      .map(([method]) => `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, '{}')}`),
  )
  expect(keyed.sort()).toEqual([
    'POST /admin/inventory/{}/{}/adjust',
    'POST /admin/orders/{}/fulfil',
    'POST /orders',
    'POST /orders/{}/cancel',
    'POST /orders/{}/payments',
    'POST /payments/{}/refunds',
  ])
})

test('pages and health are as documented', async () => {
  const { client } = shop
  for (const path of ['/livez', '/readyz', '/openapi.json', '/docs']) {
    expect((await client.attempt(`GET ${path}`)).status).toBe(200)
    expect((await client.attempt(`HEAD ${path}`)).status).toBe(200)
  }
})

test('a document that is not OpenAPI is not taken', () => {
  const { document } = shop.client
  expect(() => new Agreement({ ...document, openapi: '3.0.0' } as never)).toThrow('pattern')
  const paths = { '/orders/{orderId}': document.paths['/orders']! }
  expect(() => new Agreement({ ...document, paths })).toThrow('path parameters')
})

test('a reply that is not as documented is seen', async () => {
  const agreement = new Agreement(shop.client.document, ['the-node'])
  const { status, headers, text } = await shop.client.attempt('GET /categories?limit=1')
  const agreed = { method: 'GET', path: '/categories', requestId: undefined, status, headers, text }
  const check = (change: Partial<Answered>) => () => agreement.check({ ...agreed, ...change })
  expect(check({})).not.toThrow()
  expect(check({ status: 201 })).toThrow('status 201 is not in the document')
  expect(check({ path: '/category' })).toThrow('no such path')
  expect(check({ method: 'POST' })).toThrow('no such method')
  expect(check({ method: 'HEAD' })).toThrow('HEAD has a body')
  expect(check({ text: text.replace('"version"', '"revision"') })).toThrow('version')
  expect(check({ requestId: 'another-one' })).toThrow('not echoed')
  expect(check({ status: 404, path: '/none', text: 'the-node' })).toThrow('tells the-node')

  const without = (name: string) => {
    const less = new Headers(headers)
    less.delete(name)
    return check({ headers: less })
  }
  for (const name of ['X-Request-Id', 'Cache-Tag', 'Content-Type', 'X-Content-Type-Options']) {
    expect(without(name)).toThrow()
  }
})

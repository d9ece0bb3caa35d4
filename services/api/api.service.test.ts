import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { request as send } from 'undici'
import {
  CART_ID,
  CUSTOMER_ID,
  NOTE_ID,
  OPERATOR_KEY,
  startWorld,
  type World,
} from '../../test/gateway/notes.ts'

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'

let world: World
let customer: Record<string, string>
const operator = { authorization: `Bearer ${OPERATOR_KEY}` }

beforeAll(async () => {
  world = await startWorld()
  customer = { authorization: `Bearer ${await world.token()}` }
})
afterAll(() => world.stop())
beforeEach(() => {
  world.calls.length = 0
})

async function ask(
  method: Method,
  path: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: unknown } = {},
) {
  const json = body === undefined ? {} : { 'content-type': 'application/json' }
  const reply = await send(world.url + path, {
    method,
    headers: { ...json, ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const bytes = Buffer.from(await reply.body.arrayBuffer())
  const text = bytes.toString()
  const parsed = text.startsWith('{') ? JSON.parse(text) : undefined
  return { status: reply.statusCode, headers: reply.headers, bytes, text, body: parsed }
}

describe('a reply', () => {
  test('bears its length, its policies and the request id', async () => {
    const reply = await ask('GET', `/notes/${NOTE_ID}`, {
      headers: { 'x-request-id': 'my.request-1' },
    })
    expect(reply.status).toBe(200)
    expect(reply.body).toEqual({ id: NOTE_ID, text: 'hello', version: 7 })
    expect(reply.headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': `${reply.bytes.length}`,
      'x-request-id': 'my.request-1',
      'cache-control': 'private, no-store',
      etag: '"v7"',
      vary: 'Accept-Encoding',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    })
    expect(reply.headers['access-control-allow-origin']).toBeUndefined()
  })

  test.each(['short', 'with space', 'x'.repeat(129)])('makes a request id for %s', async (id) => {
    const { headers } = await ask('GET', '/livez', { headers: { 'x-request-id': id } })
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('to HEAD is that to GET without the body', async () => {
    const get = await ask('GET', `/notes/${NOTE_ID}`)
    const head = await ask('HEAD', `/notes/${NOTE_ID}`)
    expect([head.status, head.text]).toEqual([200, ''])
    for (const name of ['content-length', 'etag', 'content-type']) {
      expect(head.headers[name]).toBe(get.headers[name])
    }
    expect((await ask('HEAD', '/nothing')).status).toBe(404)
  })

  test('to OPTIONS tells the methods and nothing of other origins', async () => {
    const reply = await ask('OPTIONS', '/notes', {
      headers: { origin: 'https://elsewhere.example' },
    })
    expect([reply.status, reply.headers.allow]).toEqual([204, 'GET, POST, OPTIONS, HEAD'])
    expect(Object.keys(reply.headers).join()).not.toContain('access-control')
  })

  test('to a listing may be kept by others, and tells the next page', async () => {
    const reply = await ask('GET', '/notes?limit=2&tag=a%26b')
    expect(reply.headers).toMatchObject({
      'cache-control':
        'public, max-age=1, s-maxage=300, stale-while-revalidate=30, stale-if-error=600',
      'cache-tag': `notes,note-${NOTE_ID},note-${NOTE_ID}`,
      link: '</notes?limit=2&tag=a%26b&cursor=next_page>; rel="next"',
    })
    expect(world.calls).toEqual([{ limit: 2, tag: 'a&b' }])
    const next = await ask('GET', '/notes?cursor=next_page&limit=1')
    expect(next.headers.link).toBe('</notes?limit=1&cursor=next_page>; rel="next"')
    expect((await ask('GET', '/notes?cursor=last')).headers.link).toBeUndefined()
  })

  test('of no content is 204', async () => {
    const reply = await ask('DELETE', `/admin/notes/${NOTE_ID}`, { headers: operator })
    expect([reply.status, reply.text, reply.headers['content-type']]).toEqual([204, '', undefined])
  })
})

describe('versions', () => {
  test.each([
    ['"v7"', 304, '"v7"'],
    ['W/"v7"', 304, '"v7"'],
    ['"x", "v7-gzip"', 304, '"v7-gzip"'],
    ['*', 304, '"v7"'],
    ['"v8"', 200, '"v7"'],
    ['"v7', 200, '"v7"'],
  ])('If-None-Match %s gets %i', async (tag, status, etag) => {
    const reply = await ask('GET', `/notes/${NOTE_ID}`, { headers: { 'if-none-match': tag } })
    expect([reply.status, reply.headers.etag]).toEqual([status, etag])
    if (status === 304) expect(reply.text).toBe('')
  })

  test.each([
    [undefined, 428, 'precondition_required'],
    ['"v6"', 412, 'version_mismatch'],
    ['W/"v7"', 412, 'version_mismatch'],
    ['"v7", "v8"', 412, 'version_mismatch'],
    ['7', 412, 'version_mismatch'],
    ['"v7"', 200, undefined],
    ['"v7-br"', 200, undefined],
    ['*', 200, undefined],
  ])('If-Match %s gets %i', async (tag, status, code) => {
    const reply = await ask('PUT', `/admin/notes/${NOTE_ID}`, {
      headers: { ...operator, ...(tag === undefined ? {} : { 'if-match': tag }) },
      body: { text: 'new' },
    })
    expect([reply.status, reply.body.code]).toEqual([status, code])
    if (status === 200) expect(reply.headers.etag).toBe('"v8"')
  })
})

describe('an Idempotency-Key', () => {
  const add = (key: string | undefined, body: unknown) =>
    ask('POST', '/notes', {
      headers: { ...customer, ...(key === undefined ? {} : { 'idempotency-key': key }) },
      body,
    })

  test('gets the first answer again, however the same content is written', async () => {
    const first = await add('one', '{"text":"hi"}')
    const again = await add('one', ' { "text" : "h\\u0069" } ')
    expect([first.status, first.headers.location]).toEqual([201, `/notes/${NOTE_ID}`])
    expect(first.headers['idempotency-replayed']).toBeUndefined()
    expect([again.status, again.text, again.headers.location]).toEqual([
      first.status,
      first.text,
      first.headers.location,
    ])
    expect(again.headers['idempotency-replayed']).toBe('true')
    expect(first.body).toEqual({ id: NOTE_ID, text: 'hi', version: 1 })
    expect(first.headers.etag).toBe('"v1"')
  })

  test('is for one content', async () => {
    await add('two', { text: 'hi' })
    const other = await add('two', { text: 'ho' })
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused'])
  })

  test('gets a refusal again, too', async () => {
    expect((await add('three', { text: 'locked' })).headers['idempotency-replayed']).toBeUndefined()
    const again = await add('three', { text: 'locked' })
    expect(again.headers['idempotency-replayed']).toBe('true')
    expect(again.body).toMatchObject({ status: 409, code: 'note_locked', by: 'me' })
  })

  test.each([
    [undefined, 'idempotency_key_required'],
    ['', 'idempotency_key_required'],
    ['with space', 'idempotency_key_invalid'],
    ['x'.repeat(256), 'idempotency_key_invalid'],
    ['é', 'idempotency_key_invalid'],
  ])('%s is refused', async (key, code) => {
    const reply = await add(key, { text: 'hi' })
    expect([reply.status, reply.body.code, world.calls]).toEqual([400, code, []])
  })

  test('answers with the status that the result asks for', async () => {
    expect((await add('four', { text: 'slowly' })).status).toBe(202)
  })
})

describe('what the gateway supplies', () => {
  test('is the customer, the cart and the address', async () => {
    const headers = { ...customer, 'x-cart-id': CART_ID, cookie: `cart_id=cart_${'9'.repeat(26)}` }
    const reply = await ask('POST', '/basket', { headers, body: { count: 2 } })
    expect(reply.body).toEqual({
      count: 2,
      customerId: CUSTOMER_ID,
      cartId: CART_ID,
      ip: '127.0.0.1',
      id: CART_ID,
    })
    expect(reply.headers['x-cart-id']).toBe(CART_ID)
    expect(reply.headers['set-cookie']).toBe(`cart_id=${CART_ID}; Path=/; HttpOnly; SameSite=Lax`)
  })

  test('is the cart of the cookie where no header names one; an odd one is none', async () => {
    const other = `cart_${'9'.repeat(26)}`
    const cookie = { cookie: `a=b; cart_id=${other}; c=d` }
    expect((await ask('POST', '/basket', { headers: cookie })).body.cartId).toBe(other)
    const odd = { cookie: 'cart_id=DROP TABLE' }
    expect((await ask('POST', '/basket', { headers: odd })).body.cartId).toBeUndefined()
  })

  test('can be sent by no client', async () => {
    const body = { customerId: CUSTOMER_ID, ip: '1.2.3.4', cartId: CART_ID }
    const reply = await ask('POST', '/basket', { body })
    expect(reply.status).toBe(422)
    expect(reply.body.errors.map(({ field }: { field: string }) => field).sort()).toEqual([
      'cartId',
      'customerId',
      'ip',
    ])
    const forwarded = { headers: { 'x-forwarded-for': '1.2.3.4' } }
    expect((await ask('POST', '/basket', forwarded)).body.ip).toBe('127.0.0.1')
    const cart = await ask('POST', '/basket', { headers: { 'x-cart-id': 'mine' } })
    expect(cart.body.errors).toEqual([{ field: 'X-Cart-Id', message: 'is not the id of a cart' }])
  })

  test('is the webhook as it was sent, less what would let it act as the sender', async () => {
    const text = '{"a":1, "a":2}\n'
    const reply = await ask('POST', '/webhooks/acme', {
      headers: { ...operator, 'webhook-signature': 'v1,abc', 'content-type': 'text/plain' },
      body: text,
    })
    expect(reply.body).toMatchObject({
      provider: 'acme',
      webhook: { rawBody: text, headers: { 'webhook-signature': 'v1,abc' } },
    })
    expect(reply.text).not.toContain(OPERATOR_KEY)
  })

  test('waits for what screens the body', async () => {
    const headers = { ...customer, 'idempotency-key': 'screened' }
    const reply = await ask('POST', '/notes', { headers, body: { no_such: 'a secret' } })
    expect([reply.status, reply.body.code]).toEqual([422, 'secret_spoken'])
  })
})

describe('compression', () => {
  const list = (coding: string | undefined, limit = 50) =>
    ask('GET', `/notes?limit=${limit}`, { headers: coding ? { 'accept-encoding': coding } : {} })

  test.each([
    ['gzip, deflate, br', 'br'],
    ['gzip;q=1, br;q=0.5', 'gzip'],
    ['br;q=0, *;q=0.1', 'gzip'],
    ['GZIP', 'gzip'],
    ['*', 'br'],
    ['identity', undefined],
    ['gzip;q=0', undefined],
    [undefined, undefined],
  ])('of %s gives %s', async (accepted, coding) => {
    const reply = await list(accepted)
    expect(reply.headers['content-encoding']).toBe(coding)
    expect(reply.headers['content-length']).toBe(`${reply.bytes.length}`)
    const plain =
      coding === 'br'
        ? brotliDecompressSync(reply.bytes)
        : coding === 'gzip'
          ? gunzipSync(reply.bytes)
          : reply.bytes
    expect(plain.toString()).toBe((await list(undefined)).text)
  })

  test('is not worth it for little', async () => {
    expect((await list('gzip', 1)).headers['content-encoding']).toBeUndefined()
  })

  test('makes another representation, whose tag names the same version', async () => {
    const headers = { ...customer, 'idempotency-key': 'long', 'accept-encoding': 'gzip' }
    const reply = await ask('POST', '/notes', { headers, body: { text: 'x'.repeat(2_000) } })
    expect(reply.headers.etag).toBe('"v1-gzip"')
  })
})

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Errors } from 'moleculer'
import { unavailable } from '../../kernel/errors.ts'
import { ConflictError } from '../../mixins/store/store.ts'
import { NOTE_ID, OPERATOR_KEY, startWorld, type World } from '../../test/gateway/notes.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.stop())

async function problemOf(path: string, options: RequestInit = {}) {
  const reply = await fetch(world.url + path, options)
  expect(reply.headers.get('content-type')).toBe('application/problem+json')
  expect(reply.headers.get('cache-control')).toBe('private, no-store')
  const problem = (await reply.json()) as Record<string, unknown>
  expect(problem.requestId).toBe(reply.headers.get('x-request-id'))
  expect(problem.status).toBe(reply.status)
  return { ...problem, headers: reply.headers } as Record<string, unknown> & { headers: Headers }
}

describe('a problem', () => {
  test('shows a refusal as it is', async () => {
    const { headers: _, requestId, ...problem } = await problemOf(`/notes/prod_${'9'.repeat(26)}`)
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/)
    expect(problem).toEqual({
      type: '/docs#note_not_found',
      title: 'No such note',
      status: 404,
      detail: 'look elsewhere',
      code: 'note_not_found',
    })
  })

  test.each([
    ['an error', () => Object.assign(new Error('password is hunter2'), { code: 404 })],
    ['a text', () => 'password is hunter2'],
    ['nothing', () => undefined],
    ['a result that is no JSON', () => ({ big: 1n })],
  ])('says nothing of %s', async (_what, make) => {
    world.failures.inside = () => {
      const made = make()
      if (typeof made === 'object' && 'big' in made) return made
      throw made
    }
    const { headers: _, requestId: __, ...problem } = await problemOf('/fail/inside')
    expect(problem).toEqual({
      type: '/docs#internal',
      title: 'Internal error',
      status: 500,
      detail: 'something went wrong here; it has been written down',
      code: 'internal',
    })
  })

  test.each<[string, () => Error]>([
    ['no service', () => new Errors.ServiceNotFoundError({ action: 'a.b', nodeID: 'secret-node' })],
    [
      'no node',
      () => new Errors.ServiceNotAvailableError({ action: 'a.b', nodeID: 'secret-node' }),
    ],
    ['no answer', () => new Errors.RequestTimeoutError({ action: 'a.b', nodeID: 'secret-node' })],
    [
      'a full queue',
      () => new Errors.QueueIsFullError({ action: 'a.b', nodeID: 'n', size: 1, limit: 1 }),
    ],
    ['a conflict', () => new ConflictError('secret-node')],
    [
      'what lost its class on the wire',
      () => Object.assign(new Error('x'), { name: 'UnavailableError' }),
    ],
    ['its own word', () => unavailable('later')],
  ])('is 503 for %s', async (_what, make) => {
    world.failures.down = () => {
      throw make()
    }
    const problem = await problemOf('/fail/down')
    expect(problem).toMatchObject({ status: 503, code: 'unavailable' })
    expect(problem.headers.get('retry-after')).toBe('1')
    expect(JSON.stringify(problem)).not.toMatch(/secret-node|a\.b/)
  })

  test('is 503 when the service is not there at all', async () => {
    const alone = await startWorld()
    await alone.broker.destroyService('note')
    const reply = await fetch(`${alone.url}/notes`)
    expect([reply.status, await reply.json()]).toMatchObject([503, { code: 'unavailable' }])
    await alone.stop()
  })

  test('is 503 when an open circuit throws at once', async () => {
    const call = world.broker.call
    world.broker.call = () => {
      throw new Errors.ServiceNotAvailableError({ action: 'note.list', nodeID: 'n' })
    }
    const problem = await problemOf('/notes')
    world.broker.call = call
    expect(problem.status).toBe(503)
  })

  test.each<[string, string, RequestInit, number, string]>([
    ['an unknown path', '/nothing', {}, 404, 'route_not_found'],
    ['a trailing slash', '/notes/', {}, 404, 'route_not_found'],
    ['another case', '/Notes', {}, 404, 'route_not_found'],
    ['another method', '/notes', { method: 'PATCH' }, 405, 'method_not_allowed'],
    ['a malformed id', '/notes/x', {}, 404, 'note_not_found'],
    ['a bad encoding', '/notes/%zz', {}, 400, 'invalid_encoding'],
    ['an unknown field', '/notes?page=2', {}, 422, 'validation_failed'],
    ['a repeated field', '/notes?tag=a&tag=b', {}, 400, 'repeated_parameter'],
    ['no token', '/notes', { method: 'POST' }, 401, 'authentication_required'],
    ['no JSON', '/basket', post('{"a"'), 400, 'invalid_json'],
    ['a repeated key', '/basket', post('{"count":1,"count":2}'), 400, 'duplicate_key'],
    ['a prototype', '/basket', post('{"__proto__":{}}'), 400, 'forbidden_key'],
    ['a deep body', '/basket', post('['.repeat(99) + ']'.repeat(99)), 400, 'json_too_deep'],
    ['an array', '/basket', post('[]'), 422, 'validation_failed'],
    [
      'a form',
      '/basket',
      post('a=b', 'application/x-www-form-urlencoded'),
      415,
      'unsupported_media_type',
    ],
    [
      'latin 1',
      '/basket',
      post('{}', 'application/json; charset=latin1'),
      415,
      'unsupported_media_type',
    ],
  ])('answers %s', async (_what, path, options, status, code) => {
    const problem = await problemOf(path, options)
    expect(problem).toMatchObject({ status, code })
    if (status === 401) expect(problem.headers.get('www-authenticate')).toBe('Bearer realm="stoa"')
    if (status === 405) expect(problem.headers.get('allow')).toBe('GET, POST, OPTIONS, HEAD')
  })

  test('tells a broken token from none, and who may not from who is not known', async () => {
    const as = (authorization: string, path: string, method: string) =>
      problemOf(path, { method, headers: { authorization } })
    const broken = await as('Bearer x.y.z', '/notes', 'POST')
    expect(broken).toMatchObject({ status: 401, code: 'invalid_token' })
    expect(broken.headers.get('www-authenticate')).toContain('error="invalid_token"')
    const customer = `Bearer ${await world.token()}`
    expect((await as(customer, `/admin/notes/${NOTE_ID}`, 'DELETE')).status).toBe(403)
    expect((await as(`Bearer ${OPERATOR_KEY}`, '/notes', 'POST')).status).toBe(403)
    expect((await as(`Bearer ${OPERATOR_KEY}`, '/basket', 'POST')).status).toBe(403)
  })

  test('of an erased customer is 401', async () => {
    const customerId = `cus_${'8'.repeat(26)}`
    const headers = { authorization: `Bearer ${await world.token(customerId)}` }
    expect((await fetch(`${world.url}/basket`, { method: 'POST', headers })).status).toBe(200)
    await world.broker.broadcast('customer.erased', { customerId })
    expect((await problemOf('/basket', { method: 'POST', headers })).status).toBe(401)
  })

  test('ends a wait that nobody else ends', async () => {
    const short = await startWorld({ clock: hurried() })
    let finish: () => void = () => {}
    short.failures.hang = () => new Promise<void>((resolve) => (finish = resolve))
    const reply = await fetch(`${short.url}/fail/hang`)
    expect([reply.status, await reply.json()]).toMatchObject([503, { code: 'unavailable' }])
    finish()
    await short.stop()
  })
})

test('too many requests are told so', async () => {
  const few = await startWorld({
    env: { host: '127.0.0.1', port: 0, paymentWaitMs: 1, rateLimitPerMinute: 3 },
  })
  const headers = { authorization: `Bearer ${await few.token()}` }
  const first = await fetch(`${few.url}/basket`, { method: 'POST', headers })
  expect(first.headers.get('ratelimit-policy')).toBe('"default";q=3;w=60, "customer";q=3;w=60')
  expect(first.headers.get('ratelimit')).toBe('"default";r=2;t=60, "customer";r=2;t=60')
  await fetch(`${few.url}/notes`)
  await fetch(`${few.url}/notes`)
  const refused = await fetch(`${few.url}/notes`)
  expect([refused.status, await refused.json()]).toMatchObject([429, { code: 'rate_limited' }])
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await fetch(`${few.url}/livez`)).status).toBe(200)
  await few.stop()
})

/** A clock on which 10 s pass in 100 ms. */
function hurried() {
  const start = Date.now()
  return {
    now: () => start + (Date.now() - start) * 100,
    after(delayMs: number, task: () => void) {
      const timer = setTimeout(task, delayMs / 100)
      return () => clearTimeout(timer)
    },
  }
}

function post(body: string, type = 'application/json'): RequestInit {
  return { method: 'POST', body, headers: { 'content-type': type } }
}

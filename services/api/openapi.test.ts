import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Contract } from '../../kernel/contract.ts'
import {
  NOTE_ID,
  noteContract,
  OPERATOR_KEY,
  startWorld,
  type World,
} from '../../test/gateway/notes.ts'
import { openApi } from './openapi.ts'

// biome-ignore lint/suspicious/noExplicitAny: a document is looked into, not worked with
type Any = any

const document = JSON.parse(
  JSON.stringify(openApi([noteContract as unknown as Contract], '1.0.0')),
) as Any

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.stop())

describe('the document', () => {
  test('is served, the same until the process ends', async () => {
    const reply = await fetch(`${world.url}/openapi.json`)
    expect(await reply.json()).toEqual(document)
    const etag = reply.headers.get('etag')!
    const again = await fetch(`${world.url}/openapi.json`, { headers: { 'if-none-match': etag } })
    expect(again.status).toBe(304)
  })

  test('has every route', () => {
    const routes = Object.entries(document.paths as Record<string, object>).flatMap(
      ([path, operations]) => Object.keys(operations).map((method) => `${method} ${path}`),
    )
    expect(routes.sort()).toEqual([
      'delete /admin/notes/{noteId}',
      'get /docs',
      'get /fail/{how}',
      'get /livez',
      'get /notes',
      'get /notes/{noteId}',
      'get /openapi.json',
      'get /readyz',
      'post /admin/notes/import',
      'post /basket',
      'post /notes',
      'post /webhooks/{provider}',
      'put /admin/notes/{noteId}',
    ])
  })

  test('refers only to what it has', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#([^"]+)"/g)].map(
      ([, pointer]) => pointer!,
    )
    expect(references.length).toBeGreaterThan(20)
    for (const pointer of references) {
      const found = pointer
        .slice(1)
        .split('/')
        .reduce((at: Any, part) => at?.[part], document)
      expect(found).toBeDefined()
    }
  })

  test('tells where every parameter comes from, and leaves out what is supplied', () => {
    const { post } = document.paths['/notes']
    expect(post.parameters).toMatchObject([
      { name: 'Idempotency-Key', in: 'header', required: true },
    ])
    const body = post.requestBody.content['application/json'].schema
    expect([Object.keys(body.properties), body.required]).toEqual([['text'], ['text']])
    expect(post.security).toEqual([{ customer: [] }])

    const { get } = document.paths['/notes']
    expect(get.parameters).toMatchObject([
      { name: 'tag', in: 'query', required: false },
      { name: 'limit', in: 'query', required: false, schema: { default: 20, maximum: 100 } },
      { name: 'cursor', in: 'query', required: false },
    ])
    const { put } = document.paths['/admin/notes/{noteId}']
    expect(put.parameters).toMatchObject([
      { name: 'noteId', in: 'path', required: true },
      { name: 'If-Match', in: 'header', required: true },
    ])
    expect(document.paths['/basket'].post.parameters).toMatchObject([
      { name: 'X-Cart-Id', in: 'header' },
      { name: 'cart_id', in: 'cookie' },
    ])
    expect(document.paths['/webhooks/{provider}'].post.requestBody.required).toBe(true)
  })

  test('tells every status, and the codes that it bears', () => {
    const { responses } = document.paths['/notes'].post
    expect(Object.keys(responses)).toEqual(
      '201 202 400 401 403 408 409 413 415 422 429 500 503'.split(' '),
    )
    const codes = responses[422].content['application/problem+json'].schema.allOf[1].properties.code
    expect(codes.enum).toEqual(['idempotency_key_reused', 'secret_spoken', 'validation_failed'])
    const locked = responses[409].content['application/problem+json'].schema.allOf[1].properties
    expect(locked.by).toEqual({ type: 'string' })
    expect(responses[201].headers).toHaveProperty('Location')
    expect(document.paths['/admin/notes/{noteId}'].delete.responses[204].content).toBeUndefined()
  })

  test('unwraps what an Idempotency-Key wraps', () => {
    const { schema } = document.paths['/notes'].post.responses[201].content['application/json']
    expect(schema).toEqual({ $ref: '#/components/schemas/Note' })
  })
})

describe('real replies are as the document says', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema(document, 'document')

  test.each<[string, string, string, RequestInit]>([
    ['get', '/notes', '/notes?limit=3', {}],
    ['get', '/notes', '/notes?limit=0', {}],
    ['get', '/notes/{noteId}', `/notes/${NOTE_ID}`, {}],
    ['get', '/notes/{noteId}', `/notes/prod_${'4'.repeat(26)}`, {}],
    ['post', '/notes', '/notes', { method: 'POST' }],
    ['post', '/notes', '/notes', note('{"text":"hi"}')],
    ['post', '/notes', '/notes', note('{"text":"locked"}')],
    ['post', '/notes', '/notes', note('{"text":""}')],
    ['post', '/notes', '/notes', note('{')],
    [
      'put',
      '/admin/notes/{noteId}',
      `/admin/notes/${NOTE_ID}`,
      { method: 'PUT', ...operator('{}') },
    ],
    [
      'post',
      '/admin/notes/import',
      '/admin/notes/import',
      { method: 'POST', ...operator('{}\nx', 'application/x-ndjson') },
    ],
  ])('%s %s: %s %#', async (method, path, target, options) => {
    const headers = new Headers(options.headers)
    if (method === 'post' && path === '/notes' && options.body) {
      headers.set('authorization', `Bearer ${await world.token()}`)
      headers.set('idempotency-key', `${options.body}`)
    }
    const reply = await fetch(world.url + target, { ...options, headers })
    const type = reply.headers.get('content-type')!
    const pointer = [
      'paths',
      path,
      method,
      'responses',
      `${reply.status}`,
      'content',
      type,
      'schema',
    ]
      .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
      .join('/')
    const validate = ajv.compile({ $ref: `document#/${pointer}` })
    const isValid = validate(await reply.json())
    expect(validate.errors).toBeNull()
    expect(isValid).toBe(true)
  })
})

describe('the page', () => {
  test('loads from this origin only', async () => {
    const reply = await fetch(`${world.url}/docs`)
    const page = await reply.text()
    const policy = reply.headers.get('content-security-policy')
    expect(policy).toContain("script-src 'self';")
    const known = { 'if-none-match': reply.headers.get('etag')! }
    const again = await fetch(`${world.url}/docs`, { headers: known })
    expect([again.status, again.headers.get('content-security-policy')]).toEqual([304, policy])
    const loaded = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, target]) => target!)
    expect(loaded).toHaveLength(4)
    for (const target of loaded) {
      expect(target).toMatch(/^\/docs\//)
      const part = await fetch(world.url + target)
      expect([target, part.status]).toEqual([target, 200])
      expect((await part.arrayBuffer()).byteLength).toBeGreaterThan(100)
    }
  })
})

function operator(body: string, type = 'application/json'): RequestInit {
  return { body, headers: { authorization: `Bearer ${OPERATOR_KEY}`, 'content-type': type } }
}

function note(body: string): RequestInit {
  return { method: 'POST', body, headers: { 'content-type': 'application/json' } }
}

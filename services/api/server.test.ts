import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { NOTE_ID, OPERATOR_KEY, startWorld, type World } from '../../test/gateway/notes.ts'
import { sendRaw } from '../../test/gateway/raw.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({ times: { headersMs: 300, bodyMs: 600 } })
})
afterAll(() => world.stop())

const JSON_BODY = 'Host: x\r\nContent-Type: application/json\r\n'
const ask = (...parts: (string | Buffer)[]) => sendRaw(world.port, parts)

function post(headers: string, body: string | Buffer = ''): Buffer {
  const head = `POST /basket HTTP/1.1\r\n${JSON_BODY}Connection: close\r\n${headers}\r\n`
  return Buffer.concat([Buffer.from(head), Buffer.from(body)])
}

describe('what is not HTTP', () => {
  test.each<[string, string | Buffer, number, string]>([
    ['noise', '\x16\x03\x01\x02\x00', 400, 'invalid_request'],
    [
      'two lengths of a body',
      post('Content-Length: 2\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
      400,
      'invalid_request',
    ],
    [
      'two content lengths',
      post('Content-Length: 2\r\nContent-Length: 3\r\n', '{} '),
      400,
      'invalid_request',
    ],
    ['a length that is none', post('Content-Length: +2\r\n', '{}'), 400, 'invalid_request'],
    ['an unknown coding', post('Transfer-Encoding: gzip\r\n', '{}'), 400, 'invalid_request'],
    [
      'a chunk that is none',
      post('Transfer-Encoding: chunked\r\n', 'xyz\r\n'),
      400,
      'invalid_request',
    ],
    ['a folded header', 'GET /livez HTTP/1.1\r\nHost: x\r\n  y\r\n\r\n', 400, 'invalid_request'],
    ['no host', 'GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'invalid_request'],
    [
      'large headers',
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'headers_too_large',
    ],
  ])('%s', async (_what, bytes, status, code) => {
    const reply = await ask(bytes)
    expect([reply.status, reply.body?.code]).toEqual([status, code])
    expect(reply.text).toContain('application/problem+json')
  })

  test('is never served as a second request', async () => {
    const smuggled = `GET /notes/${NOTE_ID} HTTP/1.1\r\nHost: x\r\n\r\n`
    const reply = await ask(
      `POST /basket HTTP/1.1\r\n${JSON_BODY}Content-Length: ${smuggled.length}\r\n` +
        `Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    )
    expect(reply.text.match(/HTTP\/1\.1/g)).toHaveLength(1)
    expect(reply.text).not.toContain('hello')
  })
})

describe('odd but valid requests', () => {
  test('in absolute form, or of HTTP/1.0, are served', async () => {
    const absolute = await ask(
      'GET http://x.example/notes?limit=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    )
    const old = await ask('GET /notes?limit=1 HTTP/1.0\r\n\r\n')
    expect([absolute.status, old.status]).toEqual([200, 200])
  })

  test('on one connection are answered one by one', async () => {
    const one = 'GET /notes?limit=1 HTTP/1.1\r\nHost: x\r\n'
    const reply = await ask(`${one}\r\n${one}\r\n${one}Connection: close\r\n\r\n`)
    expect(reply.text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(3)
  })

  test.each(['/notes/%', '/notes/%c3%28', '/notes?tag=%E0%A4%A'])('%s is 400', async (path) => {
    const reply = await ask(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    expect([reply.status, reply.body?.code]).toEqual([400, 'invalid_encoding'])
  })
})

describe('a body', () => {
  test('that is not UTF-8 is 400', async () => {
    const bytes = Buffer.from('{"count":"\xff"}', 'latin1')
    const reply = await ask(post(`Content-Length: ${bytes.length}\r\n`, bytes))
    expect([reply.status, reply.body?.code]).toEqual([400, 'invalid_utf8'])
  })

  test('of 1 MiB is read, of more refused: at once when it says so', async () => {
    const full = Buffer.from(`{"a":"${'x'.repeat(1_048_576 - 8)}"}`)
    const fits = await ask(post(`Content-Length: ${full.length}\r\n`, full))
    expect([full.length, fits.status]).toEqual([1_048_576, 422])
    const reply = await ask(post('Content-Length: 1048577\r\n', '{"a":'))
    expect([reply.status, reply.body?.code]).toEqual([413, 'body_too_large'])
    expect(reply.text).toContain('Connection: close')
  })

  test('of no known length is refused once it is too much, and the reply arrives', async () => {
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`
    const chunks = new Array<string>(40).fill(chunk)
    const reply = await ask(post('Transfer-Encoding: chunked\r\n'), ...chunks, '0\r\n\r\n')
    expect([reply.status, reply.body?.code]).toEqual([413, 'body_too_large'])
  })

  test('that was refused unread leaves the connection good for the next request', async () => {
    const reply = await ask(
      'POST /notes HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n0123456789' +
        'GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    )
    expect(reply.text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 401', 'HTTP/1.1 200'])
  })

  test('of no bytes is none, and one that means nothing is read past', async () => {
    const empty = await ask(post('Transfer-Encoding: chunked\r\n', '0\r\n\r\n'))
    expect(empty.status).toBe(200)
    const get = 'GET /notes?limit=1 HTTP/1.1\r\nHost: x\r\n'
    const reply = await ask(`${get}Content-Length: 3\r\n\r\n{x}${get}Connection: close\r\n\r\n`)
    expect(reply.text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2)
  })

  test('whose sender leaves costs nothing and reaches no action', async () => {
    const before = world.calls.length
    const socket = connect(world.port, '127.0.0.1')
    socket.write(post('Content-Length: 100\r\n', '{"count"'))
    await pause(50)
    socket.destroy()
    await pause(50)
    expect((await ask('GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).status).toBe(
      200,
    )
    expect(world.calls).toHaveLength(before)
  })
})

describe('a slow client', () => {
  test.each([
    ['says nothing', []],
    [
      'ends its headers never',
      ['GET /livez HTTP/1.1\r\n', 'Host: x\r\n', 'X-A: 1\r\n', 'X-B: 2\r\n'],
    ],
    [
      'ends its body never',
      [post('Content-Length: 10\r\n'), '{', '"', 'c', 'o', 'u', 'n', 't', '"'],
    ],
  ])('that %s is let go', async (_what, parts) => {
    const reply = await sendRaw(world.port, parts, 150)
    expect([reply.status, reply.body?.code]).toEqual([408, 'request_timeout'])
  })

  test('may take its time with an import', async () => {
    const lines = Array.from({ length: 8 }, (_, index) => `{"n":${index}}\n`)
    const head =
      'POST /admin/notes/import HTTP/1.1\r\nHost: x\r\nConnection: close\r\n' +
      `Authorization: Bearer ${OPERATOR_KEY}\r\nContent-Type: application/x-ndjson\r\n` +
      `Content-Length: ${lines.join('').length}\r\n\r\n`
    const reply = await sendRaw(world.port, [head, ...lines], 150)
    expect(reply.body).toMatchObject({ imported: 8, rejected: 0 })
  })
})

test('a port that is taken is told in one line', async () => {
  const holder = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => holder.once('listening', resolve))
  const { port } = holder.address() as AddressInfo
  const env = { host: '127.0.0.1', port, paymentWaitMs: 1, rateLimitPerMinute: 0 }
  await expect(startWorld({ env })).rejects.toThrow(
    `PORT ${port} on 127.0.0.1 cannot be listened on (EADDRINUSE)`,
  )
  holder.close()
})

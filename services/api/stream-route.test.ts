import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { OPERATOR_KEY, startWorld, type World } from '../../test/gateway/notes.ts'
import { LineSplitter } from './lines.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.stop())
beforeEach(() => {
  world.batches.length = 0
  delete world.failures.import
})

const HEADERS = {
  authorization: `Bearer ${OPERATOR_KEY}`,
  'content-type': 'application/x-ndjson',
}

function upload(body: RequestInit['body'], headers: Record<string, string> = HEADERS) {
  const options = { method: 'POST', headers, body, duplex: 'half' }
  return fetch(`${world.url}/admin/notes/import`, options as RequestInit)
}

describe('an import', () => {
  test('takes what it can and tells of every other line', async () => {
    const lines = [
      '{"n":1}',
      '',
      '{"n":3}\r',
      'no json',
      '{"bad":true}',
      '{"a":1,"a":2}',
      '{"__proto__":1}',
      `{"long":"${'x'.repeat(1_048_576)}"}`,
      '  {"n":9}',
    ]
    const reply = await upload(lines.join('\n'))
    expect([reply.status, await reply.json()]).toEqual([
      200,
      {
        imported: 3,
        updated: 0,
        rejected: 5,
        errors: [
          { line: 4, message: 'the text is not JSON' },
          { line: 5, message: 'is bad' },
          { line: 6, message: 'an object has the same key twice' },
          { line: 7, message: '__proto__ is not taken as a key' },
          { line: 8, message: 'is longer than 1048576 bytes' },
        ],
      },
    ])
    expect(world.batches.flat().map(({ line }) => line)).toEqual([1, 3, 5, 9])
    expect(world.batches.flat()[1]!.product).toEqual({ n: 3 })
  })

  test('goes in batches, in order, and tells of the first 100 lines that failed', async () => {
    const lines = Array.from({ length: 1_050 }, (_, n) => JSON.stringify({ n, bad: n % 5 === 0 }))
    const reply = await upload(`${lines.join('\n')}\n`)
    const told = (await reply.json()) as { imported: number; rejected: number; errors: unknown[] }
    expect([told.imported, told.rejected, told.errors.length]).toEqual([840, 210, 100])
    expect(told.errors.at(-1)).toEqual({ line: 496, message: 'is bad' })
    expect(world.batches.map(({ length }) => length)).toEqual([200, 200, 200, 200, 200, 50])
    expect(world.batches.flat().map(({ line }) => line)).toEqual(lines.map((_, index) => index + 1))
  })

  test('cuts batches short that are large', async () => {
    const line = `{"text":"${'x'.repeat(100_000)}"}\n`
    await upload(line.repeat(12))
    expect(world.batches.map(({ length }) => length)).toEqual([6, 6])
  })

  test('stops reading while its batches wait', async () => {
    let release: () => void = () => {}
    const released = new Promise<void>((resolve) => (release = resolve))
    world.failures.import = () => released
    let sent = 0
    const source = new ReadableStream({
      async pull(controller) {
        if (sent === 400) return controller.close()
        controller.enqueue(Buffer.from(`{"text":"${'x'.repeat(99_987)}"}\n`))
        sent++
        await pause(0)
      },
    })
    const reply = upload(source)
    await pause(500)
    expect(world.batches).toHaveLength(1)
    expect(sent).toBeLessThan(400)
    release()
    expect(await (await reply).json()).toMatchObject({ imported: 400, rejected: 0 })
  })

  test('that breaks off ends with what had arrived', async () => {
    const abort = new AbortController()
    const source = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from('{"n":1}\n'.repeat(450)))
      },
    })
    const reply = fetch(`${world.url}/admin/notes/import`, {
      method: 'POST',
      headers: HEADERS,
      body: source,
      duplex: 'half',
      signal: abort.signal,
    } as RequestInit)
    while (world.batches.length < 2) await pause(5)
    abort.abort()
    await expect(reply).rejects.toThrow()
    await pause(50)
    expect(world.batches.map(({ length }) => length)).toEqual([200, 200])
    expect((await upload('{"n":1}')).status).toBe(200)
  })

  test('whose action fails tells so, though its client still sends', async () => {
    world.failures.import = () => {
      throw Object.assign(new Error('x'), { name: 'UnavailableError' })
    }
    const reply = await upload('{"n":1}\n'.repeat(100_000))
    expect([reply.status, await reply.json()]).toMatchObject([503, { code: 'unavailable' }])
  })

  test.each([
    ['JSON', { ...HEADERS, 'content-type': 'application/json' }, 415],
    ['a compressed body', { ...HEADERS, 'content-encoding': 'gzip' }, 415],
    ['nobody', { 'content-type': 'application/x-ndjson' }, 401],
  ])('of %s is refused', async (_what, headers, status) => {
    expect((await upload('{"n":1}', headers)).status).toBe(status)
    expect(world.batches).toEqual([])
  })

  test('of nothing is nothing', async () => {
    const reply = await upload('')
    expect(await reply.json()).toEqual({ imported: 0, updated: 0, rejected: 0, errors: [] })
  })
})

test('lines are the same however the bytes are cut', () => {
  const texts = fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '\n') }), { maxLength: 20 })
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 7 }), (pieces, size) => {
      const bytes = Buffer.from(pieces.join(''))
      const splitter = new LineSplitter(8)
      const lines: (string | undefined)[] = []
      for (let at = 0; at < bytes.length; at += size) {
        for (const line of splitter.push(bytes.subarray(at, at + size))) {
          expect(line.number).toBe(lines.push(line.bytes?.toString()))
        }
      }
      for (const line of splitter.end()) lines.push(line.bytes?.toString())
      const expected = bytes.toString().split('\n')
      if (expected.at(-1) === '') expected.pop()
      expect(lines).toEqual(
        expected.map((text) => (Buffer.byteLength(text) > 8 ? undefined : text)),
      )
    }),
  )
})

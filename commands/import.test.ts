import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'

const COMMAND = fileURLToPath(new URL('./import.ts', import.meta.url))
const KEY = 'sk_test_key'

/** A stand-in of the gateway: takes a line with a `name`, rejects any other. */
let gateway: Server
let url: string
/** What arrived, by line number. */
let lines: Map<number, unknown>
let folder: string
let answer: (response: ServerResponse) => boolean

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stoa-import-'))
  lines = new Map()
  answer = () => false
  gateway = createServer((request, response) => {
    // A client that breaks off hears nothing.
    take(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => {
    gateway.listen(0, '127.0.0.1', resolve)
  })
  url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`
})

async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (answer(response)) return
  const isOurs =
    request.headers.authorization === `Bearer ${KEY}` &&
    request.headers['content-type'] === 'application/x-ndjson' &&
    `${request.method} ${request.url}` === 'POST /admin/products/import'
  if (!isOurs) {
    response.writeHead(401).end()
    return
  }
  const taken = { imported: 0, updated: 0, rejected: 0, errors: [] as unknown[] }
  let number = 0
  for await (const line of createInterface({ input: request })) {
    number += 1
    if (line === '') continue
    const product = JSON.parse(line) as { name?: string }
    lines.set(number, product)
    if (product.name) taken.imported += 1
    else taken.rejected = taken.errors.push({ line: number, message: 'name is missing' })
  }
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(taken))
}

afterEach(async () => {
  gateway.closeAllConnections()
  await new Promise((resolve) => {
    gateway.close(resolve)
  })
  rmSync(folder, { recursive: true })
})

function write(name: string, content: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

interface Ended {
  status: number | null
  out: string
  err: string
}

function run(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  const child: ChildProcess = spawn(process.execPath, [COMMAND, ...args], {
    env: { PATH: process.env.PATH, DATA_DIR: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = { out: '', err: '' }
  child.stdout!.on('data', (chunk) => {
    ended.out += chunk
  })
  child.stderr!.on('data', (chunk) => {
    ended.err += chunk
  })
  return new Promise((resolve) => {
    child.on('close', (status) => resolve({ status, ...ended }))
  })
}

const importFile = (path: string) => run([path, '--url', url, '--key', KEY])

const CSV = [
  '\ufeffsku,name,categoryId,price.amount,price.currency,description',
  'S1,"Lamp, small",lamps,3500,USD,"Two',
  'lines"',
  '',
  'S2,"17"" Screen",screens,9900,USD,',
].join('\r\n')

describe('npm run import', () => {
  test('sends JSON lines as they are', async () => {
    const { status, out, err } = await importFile(write('a.ndjson', '{"name":"A"}\n\n{"name":"Ü"}'))
    expect([...lines]).toEqual([
      [1, { name: 'A' }],
      [3, { name: 'Ü' }],
    ])
    expect(out).toMatch(/^2 imported, 0 updated, 0 rejected in \d+\.\d s \(\d+ products\/s\)\n$/)
    expect({ status, err }).toEqual({ status: 0, err: '' })
  })

  test('turns CSV into lines that have the numbers of the file', async () => {
    const { status } = await importFile(write('a.csv', CSV))
    const price = (amount: number) => ({ amount, currency: 'USD' })
    const lamp = { sku: 'S1', name: 'Lamp, small', description: 'Two\r\nlines' }
    const screen = { sku: 'S2', name: '17" Screen', description: '' }
    expect([...lines]).toEqual([
      [3, { ...lamp, brand: '', categoryId: 'lamps', price: price(3500) }],
      [5, { ...screen, brand: '', categoryId: 'screens', price: price(9900) }],
    ])
    expect(status).toBe(0)
  })

  test('knows gzip and CSV by their content', async () => {
    await importFile(write('products', gzipSync(CSV)))
    expect([...lines.keys()]).toEqual([3, 5])
    lines.clear()
    await importFile(write('products.csv', gzipSync('{"name":"A"}\n')))
    expect([...lines.values()]).toEqual([{ name: 'A' }])
  })

  test('tells of what was rejected, here or there, and ends with status 1', async () => {
    const rows = CSV.replace(',"17"" Screen"', '').concat('\r\nS3,,lamps,1,USD,\r\n')
    const { status, out } = await importFile(write('a.csv', rows))
    expect(out.split('\n').slice(0, 3)).toEqual([
      expect.stringMatching(/^1 imported, 0 updated, 2 rejected in /),
      'line 5: has 5 cells, the header 6',
      'line 6: name is missing',
    ])
    expect(status).toBe(1)
  })

  test('shows the first errors of many', async () => {
    const { out } = await importFile(write('a.ndjson', '{}\n'.repeat(25)))
    expect(out).toContain('25 rejected')
    expect(out).toContain('line 10: name is missing\nand 15 more\n')
  })

  test('sends a file that is larger than any buffer', async () => {
    const name = 'x'.repeat(2_000)
    const rows = Array.from({ length: 3_000 }, (_, row) => `S${row},${name},c,1,USD,`)
    const file = write('a.csv', gzipSync([CSV.split('\r\n')[0], ...rows].join('\n')))
    const { out } = await importFile(file)
    expect(out).toContain('3000 imported')
    expect(lines.get(3_001)).toMatchObject({ sku: 'S2999', name })
  })

  test('takes the key from the environment or from the data', async () => {
    const file = write('a.ndjson', '{"name":"A"}\n')
    expect(await run([file, '--url', url], { ADMIN_API_KEY: KEY })).toMatchObject({ status: 0 })
    expect(await run([file, '--url', url])).toMatchObject({
      status: 1,
      err: expect.stringMatching(/^import: no operator key: [^\n]+\n$/),
    })
    write('operator-key', `${KEY}\n`)
    expect(await run([file, '--url', url])).toMatchObject({ status: 0 })
  })
})

describe('a failure is told in one line', () => {
  const told = (message: string) => ({
    status: 1,
    out: '',
    err: expect.stringMatching(new RegExp(`^import: [^\\n]*${message}[^\\n]*\\n$`)),
  })

  test('of the file', async () => {
    expect(await importFile(join(folder, 'none.csv'))).toEqual(told('no such file'))
    mkdirSync(join(folder, 'folder'))
    expect(await importFile(join(folder, 'folder'))).toEqual(told('directory'))
    const cut = gzipSync('{"name":"A"}\n'.repeat(10_000)).subarray(0, 100)
    expect(await importFile(write('cut.gz', cut))).toEqual(told('unexpected end of file'))
  })

  test('of the CSV', async () => {
    expect(await importFile(write('a.csv', 'sku,colour\n1,2\n'))).toEqual(
      told('"colour" is no column'),
    )
    expect(await importFile(write('b.csv', `${CSV}\nS3,"open`))).toEqual(told('[Qq]uote'))
  })

  test('of the gateway', async () => {
    const file = write('a.ndjson', `${'{"name":"A"}\n'.repeat(500_000)}`)
    expect(await run([file, '--url', url, '--key', 'sk_other'])).toEqual(told('not know this key'))
    answer = (response) => !!response.writeHead(403).end()
    expect(await importFile(file)).toEqual(told("not an operator's"))
    answer = (response) => !!response.writeHead(503).end('{"detail":"the store is full"}')
    expect(await importFile(file)).toEqual(told('503: the store is full'))
    answer = (response) => !!response.socket!.destroy()
    expect(await importFile(file)).toEqual(told('may be repeated'))
  })

  test('of the address', async () => {
    const file = write('a.ndjson', '{}\n')
    const closed = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => closed.once('listening', resolve))
    const { port } = closed.address() as AddressInfo
    await new Promise((resolve) => closed.close(resolve))
    const args = [file, '--key', KEY, '--url', `http://127.0.0.1:${port}`]
    expect(await run(args)).toEqual(told('nothing listens'))
    expect(await run([file, '--key', KEY, '--url', 'shop'])).toEqual(told('--url takes'))
  })

  test('of the call', async () => {
    expect(await run([])).toEqual(told('usage: npm run import -- FILE'))
    expect(await run(['a', 'b'])).toEqual(told('usage'))
    expect(await run(['a'], { PORT: 'x' })).toEqual(told('PORT takes an integer'))
  })
})

/** The process itself: what it says, what a crash leaves, how it ends, why it does not start. */
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Cart } from '../../services/cart/cart.contract.ts'
import type { Product } from '../../services/catalog/catalog.contract.ts'
import type { Session } from '../../services/customer/customer.contract.ts'
import type { Order } from '../../services/order/order.contract.ts'
import type { Payment } from '../../services/payment/payment.contract.ts'
import { icecatPresent, icecatProducts } from '../data/icecat.ts'
import type { Client } from './client.ts'
import { endAll, runScript, startInVain, startShop } from './process.ts'
import {
  available,
  checkBooks,
  eventually,
  newKey,
  PASSWORD,
  type Person,
  pay,
  place,
  register,
} from './shop.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stoa-restart-'))
})
afterAll(() => {
  endAll()
  rmSync(folder, { recursive: true })
})

const keyIn = (text: string) => /Operator key\s+(sk_\S+)/.exec(text)?.[1]

interface Left {
  person: Person
  product: Product
  cart: Cart
  slow: Payment
}

/** A paid order, one that waits, one with a slow payment under way, and a cart. */
async function trade(client: Client, operator: string): Promise<Left> {
  const product = await client.ask<Product>('POST /admin/products', {
    as: operator,
    body: {
      sku: 'RESTART-1',
      name: 'Imperishable anvil',
      description: '',
      categoryId: 'anvils',
      categoryName: 'Anvils',
      brand: 'Forge',
      price: { amount: 990, currency: 'USD' },
    },
  })
  const stock = { as: operator, body: { onHand: 10 } }
  await client.ask(`PUT /admin/inventory/AMS/${product.id}`, stock)
  const person = await register(client)
  const cart = await client.ask<Cart>('POST /cart/add', {
    as: person.token,
    body: { productId: product.id, quantity: 3 },
  })
  await pay(client, person, await place(client, person, product))
  await place(client, person, product, 2)
  const slow = await pay(client, person, await place(client, person, product, 3), 'tok_slow')
  expect(slow.status).toBe('processing')
  return { person, product, cart, slow }
}

/** What must be the same before and after. */
async function memory(client: Client, operator: string, { person, product }: Left) {
  const ask = <B>(target: string) => client.ask<B>(`GET ${target}`, { as: person.token })
  const { items: orders } = await ask<{ items: Order[] }>('/orders')
  return {
    orders,
    timelines: await Promise.all(orders.map(({ id }) => ask(`/orders/${id}/timeline`))),
    cart: await ask('/cart'),
    me: await ask('/customers/me'),
    product: await client.ask(`GET /products/${product.id}`),
    stock: await client.ask(`GET /admin/inventory/AMS/${product.id}`, { as: operator }),
  }
}

const finds = async (client: Client, { id }: Product) => {
  const { items } = await client.ask<{ items: Product[] }>('GET /products/search?q=imperishible')
  return items.some((item) => item.id === id)
}

test('what was acknowledged is there after kill -9, and what was begun ends', async () => {
  const env = { DATA_DIR: join(folder, 'crash'), PAYMENT_WAIT_MS: '100' }
  const first = await startShop(env)
  const operator = keyIn(first.out())!
  const left = await trade(first.client, operator)
  const before = await memory(first.client, operator, left)
  expect((await first.end('SIGKILL')).signal).toBe('SIGKILL')

  const second = await startShop(env)
  const { client } = second
  expect(keyIn(second.out())).toBeUndefined()
  expect(await memory(client, operator, left)).toEqual(before)
  expect(await finds(client, left.product)).toBe(true)
  const credentials = { email: left.person.email, password: PASSWORD }
  const session = await client.ask<Session>('POST /sessions', { body: credentials })
  expect(session.customer.id).toBe(left.person.id)

  const { id, orderId } = left.slow
  const as = session.token
  const isPaid = async () =>
    (await client.ask<Order>(`GET /orders/${orderId}`, { as })).status === 'paid'
  await eventually(isPaid, 50_000)
  expect((await client.ask<Payment>(`GET /payments/${id}`, { as })).status).toBe('captured')
  const ledger = `GET /admin/sandbox/charges?orderId=${orderId}`
  const { items } = await client.ask<{ items: Payment[] }>(ledger, { as: operator })
  expect(items.map(({ status }) => status)).toEqual(['charged'])
  expect(await available(client, left.product.id)).toBe(4)
  const ordered = { as, key: newKey(), body: { cartId: left.cart.id } }
  expect((await client.ask<Order>('POST /orders', ordered)).total.amount).toBe(2_970)
  await checkBooks(client, operator)
  const ended = await second.end('SIGTERM')
  expect([ended.status, ended.err]).toEqual([0, ''])
}, 90_000)

test('the operator key is printed once, and kept for its owner alone', async () => {
  const dataDir = join(folder, 'key')
  const first = await startShop({ DATA_DIR: dataDir, DEMO_CATALOG: 'off' })
  const key = keyIn(first.out())!
  const file = join(dataDir, 'operator-key')
  expect([readFileSync(file, 'utf8').trim(), statSync(file).mode & 0o777]).toEqual([key, 0o600])
  for (const name of readdirSync(dataDir)) {
    expect([name, statSync(join(dataDir, name)).mode & 0o077]).toEqual([name, 0])
  }
  expect((await first.client.ask<{ items: [] }>('GET /products')).items).toEqual([])
  expect((await first.end('SIGTERM')).status).toBe(0)
  const second = await startShop({ DATA_DIR: dataDir, ADMIN_API_KEY: 'sk_another' })
  expect(keyIn(second.out())).toBeUndefined()
  const line = 'GET /admin/cluster'
  expect((await second.client.send(line, { as: 'sk_another' })).status).toBe(200)
  expect(await second.client.refusal(line, { as: key })).toBe('401 invalid_token')
  expect((await second.end('SIGTERM')).status).toBe(0)
})

test('SIGTERM lets requests under way end, and then the process', async () => {
  const shop = await startShop({ DATA_DIR: join(folder, 'drain'), DEMO_CATALOG: 'off' })
  const statuses: number[] = []
  let ended = false
  const client = async () => {
    while (!ended) {
      // A refused connection is no reply; the server is gone.
      const reply = await fetch(`${shop.client.url}/categories`).catch(() => undefined)
      if (reply) statuses.push(reply.status)
      await reply?.text()
    }
  }
  const clients = [client(), client(), client()]
  await eventually(async () => statuses.length > 20)
  const { status, err } = await shop.end('SIGTERM')
  ended = true
  await Promise.all(clients)
  expect([status, err]).toEqual([0, ''])
  expect(new Set(statuses)).toEqual(new Set([200]))
})

describe('a start in vain ends with status 1 and one line', () => {
  const fails = async (env: Record<string, string>, line: RegExp) => {
    const { status, out, err } = await startInVain({ DATA_DIR: join(folder, 'vain'), ...env })
    expect([status, out]).toEqual([1, ''])
    expect(err).toMatch(/^stoa: [^\n]+\n$/)
    expect(err).toMatch(line)
  }

  test.each([
    ['PORT', 'http'],
    ['METRICS_PORT', '70000'],
    ['SERVICES', 'api,checkout'],
    ['ADMIN_API_KEY', 'secret'],
    ['JWT_SECRET', 'short'],
    ['RESERVATION_TTL_MS', '-5'],
    ['LOG_LEVEL', 'loud'],
    ['DEMO_CATALOG', 'yes'],
    ['NATS_URL', 'localhost'],
  ])('where %s is %s', (name, value) => fails({ [name]: value }, new RegExp(`${name} takes`)))

  test.each(['PORT', 'METRICS_PORT'])('where %s is in use', async (name) => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await fails({ [name]: `${port}` }, new RegExp(`${name} ${port}\\b.*EADDRINUSE`))
    await new Promise((resolve) => server.close(resolve))
  })

  test('where the data folder cannot be made', async () => {
    const file = join(folder, 'a-file')
    writeFileSync(file, '')
    await fails({ DATA_DIR: join(file, 'data') }, /a-file/)
  })

  test('where the store is damaged, which it leaves as it is', async () => {
    const whole = join(folder, 'whole')
    const shop = await startShop({ DATA_DIR: whole })
    expect((await shop.end('SIGTERM')).status).toBe(0)
    const store = readdirSync(whole).find((name) => statSync(join(whole, name)).size > 100_000)!
    const damaged = join(folder, 'damaged')
    cpSync(whole, damaged, { recursive: true })
    const bytes = readFileSync(join(damaged, store))
    bytes.fill(0x5a, 40_000, 60_000)
    writeFileSync(join(damaged, store), bytes)
    await fails({ DATA_DIR: damaged }, /damaged/)
    expect(readFileSync(join(damaged, store)).equals(bytes)).toBe(true)
  })
})

const whereDataIs = icecatPresent ? test : test.skip

whereDataIs(
  'a real catalogue is imported by the command, and found by misspelled words',
  async () => {
    const dataDir = join(folder, 'icecat')
    const shop = await startShop({ DATA_DIR: dataDir, DEMO_CATALOG: 'off' })
    const file = join(folder, 'icecat.ndjson')
    const products = icecatProducts()
    writeFileSync(file, products.map((product) => JSON.stringify(product)).join('\n'))
    const command = ['commands/import.ts', file, '--url', shop.client.url]
    const { status, out } = await runScript(command, { DATA_DIR: dataDir })
    expect(out).toContain(`${products.length} imported, 0 updated, 0 rejected`)
    expect(status).toBe(0)

    const wanted = products.find(({ name }) => /logitech.*keyboard/i.test(name))!
    await eventually(async () => {
      const q = encodeURIComponent(wanted.name.replace(/keyboard/i, 'keybaord').slice(0, 200))
      const found = await shop.client.ask<{ items: Product[] }>(`GET /products/search?q=${q}`)
      return found.items[0]?.id === wanted.id
    })
    const read = await shop.client.ask<Product>(`GET /products/${wanted.id}`)
    expect(read).toMatchObject({ sku: wanted.sku, price: wanted.price, brand: wanted.brand })
    expect((await shop.end('SIGTERM')).status).toBe(0)
  },
  90_000,
)

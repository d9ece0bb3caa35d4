/** A shop of one test file: a node in this process, with its client and its people. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readEnv } from '../../kernel/env.ts'
import { type Node, startNode } from '../../moleculer.config.ts'
import type { Product } from '../../services/catalog/catalog.contract.ts'
import type { Session } from '../../services/customer/customer.contract.ts'
import type { Order } from '../../services/order/order.contract.ts'
import type { Payment } from '../../services/payment/payment.contract.ts'
import { Client } from './client.ts'

export const OPERATOR = 'sk_test_operator'
export const PASSWORD = 'correct horse battery'

export interface Shop {
  node: Node
  client: Client
  dataDir: string
  /** Ends the shop. @throws Error its books do not agree */
  close(): Promise<void>
  /** Ends it without a look at its books. */
  stop(): Promise<void>
}

/** Opens with the demo catalogue, without limits of rate, on ports that are free. */
export async function openShop(variables: Record<string, string> = {}): Promise<Shop> {
  const folder = mkdtempSync(join(tmpdir(), 'stoa-shop-'))
  const dataDir = join(folder, 'data')
  const node = await startNode(
    readEnv({
      PORT: '0',
      METRICS_PORT: '0',
      DATA_DIR: dataDir,
      ADMIN_API_KEY: OPERATOR,
      LOG_LEVEL: 'fatal',
      RATE_LIMIT_PER_MINUTE: '0',
      LOGIN_LIMIT_PER_MINUTE: '0',
      ...variables,
    }),
  )
  const client = await Client.open(node.url!, [node.broker.nodeID, dataDir])
  await eventually(() => client.attempt('GET /readyz').then(({ status }) => status === 200))
  const stop = async () => {
    await node.stop()
    rmSync(folder, { recursive: true })
  }
  const close = () => checkBooks(client).finally(stop)
  return { node, client, dataDir, close, stop }
}

export interface Audit {
  ok: boolean
  violations: string[]
  outbox: { pending: number }
}

/** What must hold whatever was done to a shop. @throws Error it does not */
export async function checkBooks(client: Client, as = OPERATOR): Promise<void> {
  const audit = await client.ask<Audit>('GET /admin/audit', { as })
  const letters = await client.ask<{ items: unknown[] }>('GET /admin/dead-letters', { as })
  const found = [...audit.violations, ...letters.items.map((letter) => JSON.stringify(letter))]
  if (!audit.ok || found.length > 0) throw new Error(`the books do not agree: ${found.join('\n')}`)
}

export interface Person {
  id: string
  email: string
  token: string
}

let people = 0

export async function register(client: Client, cart?: string): Promise<Person> {
  people += 1
  const email = `person-${people}-${process.pid}@example.com`
  const body = { email, password: PASSWORD, name: `Person ${people}` }
  const request = cart === undefined ? { body } : { body, cart }
  const { customer, token } = await client.ask<Session>('POST /customers', request)
  return { id: customer.id, email, token }
}

let products = 0

/** A new product of its own, with `onHand` pieces in one warehouse. */
export async function stocked(client: Client, onHand: number): Promise<Product> {
  products += 1
  const product = await client.ask<Product>('POST /admin/products', {
    as: OPERATOR,
    body: {
      sku: `TEST-${products}`,
      name: `Test goods ${products}`,
      description: '',
      categoryId: 'test-goods',
      categoryName: 'Test goods',
      brand: 'Testers',
      price: { amount: 1_250, currency: 'USD' },
    },
  })
  const line = `PUT /admin/inventory/AMS/${product.id}`
  await client.ask(line, { as: OPERATOR, body: { onHand } })
  return product
}

export async function available(client: Client, productId: string): Promise<number> {
  const found = await client.ask<{ available: number }>(`GET /products/${productId}/availability`)
  return found.available
}

/** A key that no request had before. */
export const newKey = () => crypto.randomUUID()

export function place(
  client: Client,
  { token }: Person,
  { id: productId }: Product,
  quantity = 1,
): Promise<Order> {
  const body = { items: [{ productId, quantity }] }
  return client.ask<Order>('POST /orders', { as: token, key: newKey(), body })
}

export function card(token: string) {
  return { method: { type: 'card', token } }
}

export function pay(
  client: Client,
  { token: as }: Person,
  { id }: Pick<Order, 'id'>,
  token = 'tok_ok',
): Promise<Payment> {
  const request = { as, key: newKey(), body: card(token) }
  return client.ask<Payment>(`POST /orders/${id}/payments`, request)
}

/** Asks until it is so. @throws Error it was not so in time */
export async function eventually(isSo: () => Promise<boolean>, withinMs = 20_000): Promise<void> {
  const until = performance.now() + withinMs
  while (!(await isSo())) {
    if (performance.now() > until) throw new Error(`it never came to be: ${isSo}`)
    await sleep(25)
  }
}

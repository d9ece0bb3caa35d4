/**
 * The shop that is measured: its data directory is made once, by an import and a few registrations,
 * and every question gets a server of its own on a copy of it.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { request } from 'undici'
import { type Catalogue, importLines } from './catalogue.ts'
import { Driver } from './load.ts'
import { OPERATOR_KEY, type Server, startStoa } from './server.ts'

/** Beside the data of the user's own shop: on the same disk. */
const PARENT = fileURLToPath(new URL('../.data', import.meta.url))
const CUSTOMERS = 16

/** What is sent with a customer's requests. */
export interface Customer {
  authorization: string
}

export class Shop {
  readonly catalogue: Catalogue
  readonly customers: Customer[] = []
  readonly profileDir: string | undefined
  readonly #folder: string
  #copies = 0

  constructor(catalogue: Catalogue, profileDir?: string) {
    this.catalogue = catalogue
    this.profileDir = profileDir
    mkdirSync(PARENT, { recursive: true, mode: 0o700 })
    this.#folder = mkdtempSync(join(PARENT, 'bench-'))
    process.once('exit', () => rmSync(this.#folder, { recursive: true, force: true }))
  }

  /** Imports the catalogue and registers the customers. */
  async open(): Promise<void> {
    const server = await startStoa({ dataDir: this.#full })
    await this.importInto(server)
    const driver = new Driver(server.url)
    for (let number = 0; number < CUSTOMERS; number += 1) {
      this.customers.push(await register(driver, number))
    }
    await driver.close()
    await server.stop()
  }

  /** A server on a copy of the data. */
  start(profile = false): Promise<Server> {
    const dataDir = this.#newDir()
    cpSync(this.#full, dataDir, { recursive: true })
    return startStoa({ dataDir, profileDir: profile ? this.profileDir : undefined })
  }

  startEmpty(): Promise<Server> {
    return startStoa({ dataDir: this.#newDir() })
  }

  /** @throws Error a product was not taken */
  async importInto({ url }: Server): Promise<void> {
    const reply = await request(new URL('/admin/products/import', url), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${OPERATOR_KEY}`,
        'content-type': 'application/x-ndjson',
      },
      body: Readable.from(importLines(this.catalogue)),
      headersTimeout: 0,
    })
    const text = await reply.body.text()
    const { imported } = reply.statusCode === 200 ? JSON.parse(text) : { imported: 0 }
    if (imported !== this.catalogue.products.length) throw new Error(`wrong import: ${text}`)
  }

  get #full(): string {
    return join(this.#folder, 'full')
  }

  #newDir(): string {
    this.#copies += 1
    return join(this.#folder, `copy-${this.#copies}`)
  }
}

async function register(driver: Driver, number: number): Promise<Customer> {
  const email = `customer-${number}@example.com`
  const registered = await driver.serve({
    method: 'POST',
    path: '/customers',
    body: { email, password: `password of customer ${number}`, name: `Customer ${number}` },
    status: 201,
    isRight: ({ customer }) => customer.email === email,
  })
  return { authorization: `Bearer ${(registered as { token: string }).token}` }
}

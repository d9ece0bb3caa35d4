import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { ServiceBroker } from 'moleculer'
import { systemClock as clock } from '../../kernel/clock.ts'
import { type Caller, call } from '../../kernel/contract.ts'
import { Actors } from '../../mixins/actor/actor.ts'
import { createEmbeddedStore } from '../../mixins/store/embedded.ts'
import { type Commit, type Store, UnavailableError } from '../../mixins/store/store.ts'
import { inventoryCollections } from '../inventory/inventory.documents.ts'
import { inventoryService } from '../inventory/inventory.service.ts'
import { catalogContract } from './catalog.contract.ts'
import { catalogCollections, demoMarks } from './catalog.documents.ts'
import { catalogService } from './catalog.service.ts'
import { fillWithDemo } from './demo.saga.ts'
import { demoCatalogue } from './demo.ts'
import { readLine } from './import.line.ts'

describe('the demo catalogue', () => {
  const { categories, lines } = demoCatalogue()

  test('has products that an import takes, each with an id and SKU of its own', () => {
    expect(lines.length).toBeGreaterThan(450)
    expect(lines.map(readLine)).toEqual(lines)
    expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length)
    expect(new Set(lines.map(({ sku }) => sku)).size).toBe(lines.length)
  })

  test('is the same every time', () => {
    expect(demoCatalogue()).toEqual({ categories, lines })
  })

  test('has a tree of categories, and products in its leaves', () => {
    const parents = new Set(categories.map(({ parentId }) => parentId))
    const leaves = categories.filter(({ id }) => !parents.has(id)).map(({ id }) => id)
    expect(new Set(lines.map(({ categoryId }) => categoryId))).toEqual(new Set(leaves))
  })

  test('has what a shop has: bargains, luxuries, things sold out and things withdrawn', () => {
    const pieces = lines.map(({ stock = {} }) => Object.values(stock).reduce((a, b) => a + b, 0))
    expect(pieces.filter((count) => count === 0).length).toBeGreaterThan(10)
    expect(lines.filter(({ status }) => status === 'inactive').length).toBeGreaterThan(5)
    const amounts = lines.map(({ price }) => price.amount)
    expect(Math.min(...amounts)).toBeLessThan(3_000)
    expect(Math.max(...amounts)).toBeGreaterThan(100_000)
  })
})

describe('filling a store', () => {
  let dataDir: string
  let store: Store
  let broker: ServiceBroker

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'stoa-demo-'))
    const collections = [...catalogCollections, ...inventoryCollections]
    store = createEmbeddedStore({ dataDir, collections })
    await store.open()
    broker = new ServiceBroker({ logger: false, registry: { stopDelay: 0 } })
    const actors = new Actors({ store, clock, relay: () => {} })
    broker.createService(inventoryService({ store, clock, actors }))
  })

  afterEach(async () => {
    await broker.stop()
    await store.close()
    rmSync(dataDir, { recursive: true })
  })

  async function start(demo: boolean) {
    broker.createService(catalogService({ store, clock, demo }))
    await broker.start()
  }

  async function expectWhole() {
    const { lines } = demoCatalogue()
    for (const { id, stock, ...line } of lines
      .slice(0, 500)
      .filter((_, index) => index % 50 === 0)) {
      const request = { productIds: [id!] }
      const { products } = await call(broker as Caller, catalogContract.actions.getMany, request)
      expect(products).toEqual([expect.objectContaining({ id, ...line, version: 1 })])
    }
    const last = lines.findLast(({ stock = {} }) => stock.AMS! > 0)!
    const found = await broker.call('inventory.get', { warehouseId: 'AMS', productId: last.id })
    expect(found).toMatchObject({ onHand: last.stock!.AMS })
    expect(await store.get(demoMarks, 'demo')).toMatchObject({ state: 'filled' })
  }

  test('is done before the catalog opens', async () => {
    await start(true)
    await expectWhole()
    const caller = broker as Caller
    const { items } = await call(caller, catalogContract.actions.listCategories, { limit: 100 })
    expect(items.find(({ id }) => id === 'headphones')).toMatchObject({ parentId: 'electronics' })
  })

  test('that was interrupted is completed', async () => {
    await start(false)
    let left = 150
    const dying: Store = Object.create(store, {
      commit: {
        value: (commit: Commit) => {
          left -= 1
          return left < 0 ? Promise.reject(new UnavailableError('dead')) : store.commit(commit)
        },
      },
    })
    await expect(fillWithDemo(dying, clock, broker as Caller)).rejects.toThrow('dead')
    expect(await store.get(demoMarks, 'demo')).toMatchObject({ state: 'filling' })
    await fillWithDemo(store, clock, broker as Caller)
    await expectWhole()
  })

  test('leaves alone what an operator has', async () => {
    await start(false)
    const [line] = demoCatalogue().lines
    const caller = broker as Caller
    await call(caller, catalogContract.actions.importBatch, { lines: [{ line: 1, product: line }] })
    await fillWithDemo(store, clock, caller)
    const { items } = await call(caller, catalogContract.actions.list, { limit: 10 })
    expect(items).toHaveLength(1)
  })

  test('is not done again once products of it are deleted', async () => {
    await start(true)
    const id = demoCatalogue().lines[0]!.id!
    await call(broker as Caller, catalogContract.actions.remove, { productId: id })
    await fillWithDemo(store, clock, broker as Caller)
    const request = { productIds: [id] }
    const { products } = await call(broker as Caller, catalogContract.actions.getMany, request)
    expect(products).toEqual([])
  })
})

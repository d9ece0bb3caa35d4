import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { call } from '../../kernel/contract.ts'
import { createTestClock, type TestClock } from '../../test/clock.ts'
import { catalogContract } from './catalog.contract.ts'
import { type CatalogFixture, HELD, startCatalog } from './catalog.fixture.ts'

const { actions } = catalogContract

let clock: TestClock
let catalog: CatalogFixture

beforeEach(async () => {
  clock = createTestClock()
  catalog = await startCatalog({ clock })
})

afterEach(() => catalog.stop())

const lamp = {
  id: 'lamp',
  sku: 'LMP-1',
  name: 'Desk Lamp',
  description: '',
  categoryId: 'lamps',
  categoryName: 'Lamps',
  brand: '',
  price: { amount: 3_500, currency: 'USD' },
}

const importAll = (...lines: unknown[]) =>
  call(catalog.caller, actions.importBatch, {
    lines: lines.map((product, index) => ({ line: index + 1, product })),
  })
const get = (productId: string) => call(catalog.caller, actions.get, { productId })

describe('an import', () => {
  test('adds, then updates, and writes nothing where nothing changes', async () => {
    const chair = { ...lamp, id: 'chair', sku: 'CHR-1', categoryId: 'chairs' }
    expect(await importAll(lamp, chair)).toEqual({ imported: 2, updated: 0, errors: [] })
    clock.advance(10)
    const dearer = { ...lamp, price: { amount: 3_900, currency: 'USD' } }
    expect(await importAll(dearer, chair)).toEqual({ imported: 0, updated: 2, errors: [] })
    expect(await get('lamp')).toMatchObject({ price: { amount: 3_900 }, version: 2 })
    expect(await get('chair')).toMatchObject({ version: 1 })
    expect(catalog.nudges).toEqual([['lamp', 'chair'], ['lamp']])
  })

  test('reports a bad line by its number, and the rest goes in', async () => {
    const { price, ...priceless } = lamp
    const { imported, errors } = await importAll(
      { ...lamp, id: 'no spaces', price: { amount: -1, currency: 'usd' } },
      lamp,
      { ...priceless, colour: 'red' },
      null,
      { ...lamp, id: 'other' },
      { ...lamp, status: 'new', attributes: { size: { x: 1 } } },
    )
    expect(imported).toBe(1)
    expect(errors).toEqual([
      { line: 1, message: expect.stringMatching(/^id must match .*; price.amount must be >= 0; /) },
      { line: 3, message: 'price is missing; colour is not known' },
      { line: 4, message: 'the line must be object' },
      { line: 5, message: 'the SKU is borne by product lamp' },
      {
        line: 6,
        message:
          'attributes.size must be a text of at most 10,000 characters, a number or a boolean; ' +
          'status must be one of active, inactive',
      },
    ])
  })

  test('finds a line without an id by its SKU', async () => {
    const { id, ...nameless } = lamp
    expect(await importAll(nameless, { ...nameless, name: 'Floor Lamp' })).toMatchObject({
      imported: 1,
      updated: 1,
    })
    const { items } = await call(catalog.caller, actions.list, { limit: 10 })
    expect(items).toEqual([expect.objectContaining({ name: 'Floor Lamp', version: 2 })])
  })

  test('takes lines about one product in order, also where SKUs change hands', async () => {
    const chair = { ...lamp, id: 'chair', sku: 'CHR-1' }
    await importAll(lamp, chair)
    const moves = [
      { ...lamp, sku: 'SPARE' },
      { ...chair, sku: lamp.sku },
      { ...lamp, sku: chair.sku },
      { ...lamp, sku: chair.sku, name: 'Last' },
    ]
    expect(await importAll(...moves)).toEqual({ imported: 0, updated: 4, errors: [] })
    expect(await get('lamp')).toMatchObject({ sku: 'CHR-1', name: 'Last' })
    expect(await get('chair')).toMatchObject({ sku: 'LMP-1' })
  })

  test('leaves as it is what a line does not say', async () => {
    await importAll({ ...lamp, attributes: { watt: 9 }, images: ['/lamp.jpg'], status: 'active' })
    await importAll({ ...lamp, name: 'Lamp', attributes: { watt: 12 } })
    expect(await get('lamp')).toMatchObject({ attributes: { watt: 12 }, images: ['/lamp.jpg'] })
  })

  test('makes a category under its id until it is named', async () => {
    const { categoryName, ...nameless } = lamp
    const category = () => call(catalog.caller, actions.getCategory, { categoryId: 'lamps' })
    await importAll(nameless)
    expect(await category()).toMatchObject({ name: 'lamps' })
    await importAll(lamp, nameless)
    expect(await category()).toMatchObject({ name: 'Lamps' })
  })

  test('hands the stock to inventory, and reports a line whose stock is refused', async () => {
    const lines = [
      { ...lamp, stock: { AMS: 5, NYC: 0 } },
      { ...lamp, stock: { AMS: 6 } },
      { ...lamp, id: 'held', sku: 'HLD-1', stock: { NYC: HELD } },
    ]
    expect(await importAll(...lines)).toEqual({
      imported: 1,
      updated: 1,
      errors: [{ line: 3, message: 'stock.NYC: some pieces are held' }],
    })
    expect(Object.fromEntries(catalog.stock)).toMatchObject({ 'AMS/lamp': 6, 'NYC/lamp': 0 })
    expect(await get('held')).toMatchObject({ version: 1 })
  })

  test('brings back what was deleted', async () => {
    await importAll(lamp)
    await call(catalog.caller, actions.remove, { productId: 'lamp' })
    expect(await importAll(lamp)).toMatchObject({ imported: 1 })
    expect(await get('lamp')).toMatchObject({ version: 3 })
  })

  test('that runs twice at once ends as one', async () => {
    const lines = Array.from({ length: 40 }, (_, index) => {
      const { id, ...nameless } = lamp
      return { ...nameless, sku: `S${index}` }
    })
    const [one, two] = await Promise.all([importAll(...lines), importAll(...lines)])
    expect([one.errors, two.errors]).toEqual([[], []])
    expect(one.imported + two.imported).toBe(40)
    const { items } = await call(catalog.caller, actions.list, { limit: 100 })
    expect(new Set(items.map(({ sku }) => sku)).size).toBe(40)
    expect(items).toHaveLength(40)
  })
})

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import Value from 'typebox/value'
import { call, type ParamsOf } from '../../kernel/contract.ts'
import { createTestClock, type TestClock } from '../../test/clock.ts'
import { catalogContract, Product } from './catalog.contract.ts'
import { type CatalogFixture, startCatalog } from './catalog.fixture.ts'

const { actions } = catalogContract
type Actions = typeof actions

let clock: TestClock
let catalog: CatalogFixture

beforeEach(async () => {
  clock = createTestClock()
  catalog = await startCatalog({ clock })
})

afterEach(() => catalog.stop())

const boots = {
  sku: 'BT-1',
  name: 'Ridge Boots',
  description: 'Boots for ridges.',
  categoryId: 'shoes',
  categoryName: 'Shoes',
  brand: 'Tarn',
  price: { amount: 12_900, currency: 'USD' },
}

const create = (params: ParamsOf<Actions['create']>) => call(catalog.caller, actions.create, params)
const replace = (params: ParamsOf<Actions['replace']>) =>
  call(catalog.caller, actions.replace, params)
const remove = (params: ParamsOf<Actions['remove']>) => call(catalog.caller, actions.remove, params)
const get = (productId: string) => call(catalog.caller, actions.get, { productId })
const getCategory = (categoryId: string) =>
  call(catalog.caller, actions.getCategory, { categoryId })
const list = (params: Partial<ParamsOf<Actions['list']>> = {}) =>
  call(catalog.caller, actions.list, { limit: 20, ...params })
const idsOf = ({ items }: { items: Product[] }) => items.map(({ id }) => id)
const refused = (type: string, code: number) => expect.objectContaining({ type, code })

describe('one product', () => {
  test('is made with its category, and read', async () => {
    const made = await create({ ...boots, id: 'ridge' })
    expect(made).toEqual({
      id: 'ridge',
      sku: 'BT-1',
      name: 'Ridge Boots',
      description: 'Boots for ridges.',
      categoryId: 'shoes',
      brand: 'Tarn',
      price: { amount: 12_900, currency: 'USD' },
      attributes: {},
      images: [],
      status: 'active',
      version: 1,
      createdAt: '2030-01-01T00:00:00.000Z',
      updatedAt: '2030-01-01T00:00:00.000Z',
    })
    expect(Value.Check(Product, made)).toBe(true)
    expect(await get('ridge')).toEqual(made)
    expect(await getCategory('shoes')).toMatchObject({ name: 'Shoes', productCount: 1 })
    expect(catalog.nudges).toEqual([['ridge']])
  })

  test('gets an id when it brings none', async () => {
    expect((await create(boots)).id).toMatch(/^prod_[0-9a-z]{26}$/)
  })

  test('needs a category, a SKU and an id that are its own', async () => {
    const { categoryName, ...nameless } = boots
    await expect(create(nameless)).rejects.toEqual(refused('category_not_found', 422))
    await create({ ...boots, id: 'ridge' })
    await expect(create(nameless)).rejects.toEqual(refused('sku_taken', 409))
    await expect(create({ ...nameless, id: 'ridge', sku: 'BT-2' })).rejects.toEqual(
      refused('product_exists', 409),
    )
  })

  test('is replaced at its version only, and a repeat answers again', async () => {
    await create({ ...boots, id: 'ridge', attributes: { color: 'red' }, status: 'inactive' })
    clock.advance(5)
    const change = { ...boots, productId: 'ridge', ifMatch: 1, name: 'Ridge Boots 2' }
    const changed = await replace(change)
    expect(changed).toMatchObject({
      name: 'Ridge Boots 2',
      attributes: {},
      status: 'active',
      version: 2,
      createdAt: '2030-01-01T00:00:00.000Z',
      updatedAt: '2030-01-01T00:00:00.005Z',
    })
    expect(await replace(change)).toEqual(changed)
    const other = { ...change, name: 'Ridge Boots 3' }
    await expect(replace(other)).rejects.toEqual(refused('version_mismatch', 412))
    await expect(replace({ ...other, ifMatch: 3 })).rejects.toEqual(
      refused('version_mismatch', 412),
    )
    await expect(replace({ ...change, productId: 'unknown' })).rejects.toEqual(
      refused('product_not_found', 404),
    )
  })

  test('of two writes at one version one wins', async () => {
    await create({ ...boots, id: 'ridge' })
    const writes = ['A', 'B', 'C'].map((name) =>
      replace({ ...boots, productId: 'ridge', ifMatch: 1, name }),
    )
    const settled = await Promise.allSettled(writes)
    const lost = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
    expect(lost).toEqual([refused('version_mismatch', 412), refused('version_mismatch', 412)])
    expect(await get('ridge')).toMatchObject({ version: 2 })
  })

  test('gives its SKU free when it takes another, and when it is deleted', async () => {
    await create({ ...boots, id: 'ridge' })
    await replace({ ...boots, productId: 'ridge', ifMatch: 1, sku: 'BT-2' })
    await create({ ...boots, id: 'other' })
    await remove({ productId: 'other' })
    expect(await create({ ...boots, id: 'third' })).toMatchObject({ sku: 'BT-1' })
    await expect(create({ ...boots, sku: 'BT-2' })).rejects.toEqual(refused('sku_taken', 409))
  })

  test('moves to another category', async () => {
    await create({ ...boots, id: 'ridge' })
    const move = { ...boots, categoryId: 'sale', categoryName: 'Sale' }
    await replace({ ...move, productId: 'ridge', ifMatch: 1 })
    expect(idsOf(await list({ categoryId: 'sale' }))).toEqual(['ridge'])
    expect(idsOf(await list({ categoryId: 'shoes' }))).toEqual([])
    clock.advance(1_000)
    expect(await getCategory('sale')).toMatchObject({ productCount: 1 })
    expect(await getCategory('shoes')).toMatchObject({ productCount: 0 })
  })

  test('is gone once deleted, and comes back with its version', async () => {
    await create({ ...boots, id: 'ridge' })
    await expect(remove({ productId: 'ridge', ifMatch: 2 })).rejects.toEqual(
      refused('version_mismatch', 412),
    )
    await remove({ productId: 'ridge', ifMatch: 1 })
    await expect(get('ridge')).rejects.toEqual(refused('product_not_found', 404))
    await expect(remove({ productId: 'ridge' })).rejects.toEqual(refused('product_not_found', 404))
    await expect(replace({ ...boots, productId: 'ridge', ifMatch: 2 })).rejects.toEqual(
      refused('product_not_found', 404),
    )
    expect(idsOf(await list())).toEqual([])
    expect(await create({ ...boots, id: 'ridge' })).toMatchObject({ version: 3 })
  })

  test('is hidden while inactive, but known to other services', async () => {
    await create({ ...boots, id: 'ridge', status: 'inactive' })
    await create({ ...boots, id: 'gone', sku: 'BT-2' })
    await remove({ productId: 'gone' })
    await expect(get('ridge')).rejects.toEqual(refused('product_not_found', 404))
    expect(idsOf(await list())).toEqual([])
    expect(await getCategory('shoes')).toMatchObject({ productCount: 0 })
    const request = { productIds: ['gone', 'ridge', 'never'] }
    const { products } = await call(catalog.caller, actions.getMany, request)
    expect(products).toEqual([expect.objectContaining({ id: 'ridge', status: 'inactive' })])
  })
})

describe('listing', () => {
  const shop: [id: string, name: string, brand: string, amount: number, categoryId: string][] = [
    ['a', 'éclair', 'Tarn', 300, 'food'],
    ['b', 'Zebra', 'Tarn', 100, 'toys'],
    ['c', 'apple', 'Orchard', 200, 'food'],
    ['d', 'Apple', 'Orchard', 200, 'toys'],
  ]

  beforeEach(async () => {
    for (const [id, name, brand, amount, categoryId] of shop) {
      const price = { amount, currency: 'USD' }
      await create({ ...boots, id, sku: id, name, brand, price, categoryId, categoryName: 'Any' })
      clock.advance(1)
    }
  })

  test('sorts, the newest first when nothing is said', async () => {
    expect(idsOf(await list())).toEqual(['d', 'c', 'b', 'a'])
    expect(idsOf(await list({ sort: 'createdAt' }))).toEqual(['a', 'b', 'c', 'd'])
    expect(idsOf(await list({ sort: 'name' }))).toEqual(['c', 'd', 'a', 'b'])
    expect(idsOf(await list({ sort: '-name' }))).toEqual(['b', 'a', 'd', 'c'])
    expect(idsOf(await list({ sort: 'price' }))).toEqual(['b', 'c', 'd', 'a'])
    expect(idsOf(await list({ sort: '-price' }))).toEqual(['a', 'd', 'c', 'b'])
  })

  test('filters, bounds included', async () => {
    const sort = 'createdAt'
    expect(idsOf(await list({ sort, categoryId: 'food' }))).toEqual(['a', 'c'])
    expect(idsOf(await list({ sort, brand: 'Orchard' }))).toEqual(['c', 'd'])
    expect(idsOf(await list({ sort, minPrice: 200 }))).toEqual(['a', 'c', 'd'])
    expect(idsOf(await list({ sort, maxPrice: 200 }))).toEqual(['b', 'c', 'd'])
    expect(idsOf(await list({ sort: 'price', minPrice: 101, maxPrice: 200 }))).toEqual(['c', 'd'])
    const all = {
      sort,
      brand: 'Orchard',
      categoryId: 'toys',
      minPrice: 200,
      maxPrice: 200,
    } as const
    expect(idsOf(await list(all))).toEqual(['d'])
  })

  test('refuses what is no cursor of the same listing', async () => {
    const { nextCursor } = await list({ sort: 'name', limit: 1 })
    const invalid = refused('validation_failed', 422)
    await expect(list({ sort: '-name', cursor: nextCursor! })).rejects.toEqual(invalid)
    await expect(list({ cursor: nextCursor! })).rejects.toEqual(invalid)
    await expect(list({ cursor: 'AAAA' })).rejects.toEqual(invalid)
  })
})

describe('categories', () => {
  test('are paged by name', async () => {
    for (const [index, name] of ['zoo', 'Ärmel', 'art'].entries()) {
      await create({ ...boots, sku: name, categoryId: `c${index}`, categoryName: name })
    }
    const page = (cursor?: string) =>
      call(catalog.caller, actions.listCategories, { limit: 2, ...(cursor && { cursor }) })
    const first = await page()
    const second = await page(first.nextCursor!)
    expect([...first.items, ...second.items].map(({ name }) => name)).toEqual([
      'Ärmel',
      'art',
      'zoo',
    ])
    expect(second.nextCursor).toBeNull()
    expect(first.items[0]).toMatchObject({ id: 'c1', parentId: null, productCount: 1 })
  })

  test('have another version for another name and another count', async () => {
    const versions = new Set<number>()
    const look = async () => {
      clock.advance(1_000)
      versions.add((await getCategory('shoes')).version)
    }
    await create({ ...boots, id: 'ridge' })
    await look()
    await create({ ...boots, id: 'other', sku: 'BT-2', categoryName: 'Footwear' })
    await look()
    await remove({ productId: 'other' })
    await look()
    await look()
    expect(versions.size).toBe(3)
  })

  test('that do not exist are not found', async () => {
    await expect(getCategory('none')).rejects.toEqual(refused('category_not_found', 404))
  })

  test('are renamed by whoever names them', async () => {
    await create({ ...boots, id: 'ridge' })
    await replace({ ...boots, productId: 'ridge', ifMatch: 1, categoryName: 'Footwear' })
    expect(await getCategory('shoes')).toMatchObject({ name: 'Footwear' })
  })
})

describe('the change feed', () => {
  const changes = (limit: number, after?: { at: number; id: string }) =>
    call(catalog.caller, actions.changes, { limit, ...(after && { after }) })

  test('shows each product by its last change, deleted ones too', async () => {
    for (const id of ['a', 'b', 'c']) await create({ ...boots, id, sku: id })
    clock.advance(10)
    await replace({ ...boots, productId: 'a', ifMatch: 1, sku: 'a', name: 'Changed' })
    clock.advance(10)
    await remove({ productId: 'b' })
    const first = await changes(2)
    const second = await changes(2, first.next!)
    const seen = [...first.products, ...second.products]
    expect(seen.map(({ id, version, status }) => [id, version, status])).toEqual([
      ['c', 1, 'active'],
      ['a', 2, 'active'],
      ['b', 2, 'deleted'],
    ])
    expect(await changes(2, second.next!)).toEqual({ products: [], next: null })
    expect(Object.keys(seen[0]!)).not.toContain('nameKey')
  })

  test('never goes back in time, though a clock does', async () => {
    await create({ ...boots, id: 'a' })
    const { next } = await changes(1)
    clock.advance(-60_000)
    await replace({ ...boots, productId: 'a', ifMatch: 1, name: 'Changed' })
    const { products } = await changes(10, { at: next!.at, id: '' })
    expect(products).toEqual([expect.objectContaining({ id: 'a', version: 2 })])
  })

  test('ends a page before it grows too large to send', async () => {
    const description = 'x'.repeat(20_000)
    for (let index = 0; index < 30; index += 1)
      await create({ ...boots, sku: `${index}`, description })
    const first = await changes(100)
    expect(JSON.stringify(first).length).toBeLessThan(1_000_000)
    expect(first.products.length).toBeGreaterThan(10)
    const second = await changes(100, first.next!)
    expect(first.products.length + second.products.length).toBe(30)
  })
})

import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  createSearchIndex,
  type IndexedProduct,
  isCursor,
  type SearchQuery,
} from './search.index.ts'

function product(id: string, fields: Partial<IndexedProduct> = {}): IndexedProduct {
  return {
    id,
    sku: `sku-${id}`,
    name: 'Widget',
    description: '',
    categoryId: 'things',
    brand: 'Acme',
    price: { amount: 100 },
    attributes: {},
    status: 'active',
    version: 1,
    createdAt: 0,
    ...fields,
  }
}

function indexOf(...products: IndexedProduct[]) {
  const index = createSearchIndex()
  for (const item of products) index.put(item)
  return index
}

/** The ids of the first page. */
const found = (index: ReturnType<typeof createSearchIndex>, query: Partial<SearchQuery>) =>
  index.search({ limit: 100, ...query }).hits.map(({ id }) => id)

// Words too far from each other to be taken for one another.
const WORDS = ['kettle', 'dragonfly', 'umbrella', 'xylophone', 'mountain']
const IDS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
const text = fc.array(fc.constantFrom(...WORDS), { maxLength: 4 }).map((words) => words.join(' '))
const anyProduct = fc.record({
  id: fc.constantFrom(...IDS),
  sku: fc.constantFrom('p-1', 'q-2'),
  name: text,
  description: text,
  categoryId: fc.constantFrom('cups', 'hats', 'toys'),
  brand: fc.constantFrom('Acme', 'Zenith'),
  price: fc.record({ amount: fc.nat(5_000) }),
  attributes: fc.record({ note: text }),
  status: fc.constantFrom('active' as const, 'active' as const, 'inactive' as const),
  version: fc.integer({ min: 1, max: 4 }),
  createdAt: fc.nat(20),
})
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ put: anyProduct }) },
  { weight: 1, arbitrary: fc.record({ remove: fc.constantFrom(...IDS) }) },
  {
    weight: 2,
    arbitrary: fc.record({ stock: fc.tuple(fc.constantFrom(...IDS), fc.boolean()) }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never
const anyQuery = fc.record(
  {
    q: fc.constantFrom(...WORDS),
    categoryId: fc.constantFrom('cups', 'hats', 'none'),
    brand: fc.constantFrom('Acme', 'none'),
    minPrice: fc.nat(5_000),
    maxPrice: fc.nat(5_000),
    inStock: fc.boolean(),
    sort: fc.constantFrom(
      ...(['relevance', 'price', '-price', 'name', '-name', 'createdAt', '-createdAt'] as const),
    ),
  },
  { requiredKeys: [] },
)

/** What the index must know, kept the plain way. */
class Model {
  readonly products = new Map<string, IndexedProduct>()
  readonly inStock = new Set<string>()

  apply(change: Step): void {
    if ('put' in change) {
      const known = this.products.get(change.put.id)
      if (!known || known.version < change.put.version) this.products.set(change.put.id, change.put)
    } else if ('remove' in change) this.products.delete(change.remove)
    else if (change.stock[1]) this.inStock.add(change.stock[0])
    else this.inStock.delete(change.stock[0])
  }

  matching(query: Partial<SearchQuery>): IndexedProduct[] {
    return [...this.products.values()].filter((item) => {
      const words = `${item.name} ${item.description} ${item.attributes.note}`.split(' ')
      return (
        item.status === 'active' &&
        (query.q === undefined || words.includes(query.q)) &&
        (query.categoryId === undefined || item.categoryId === query.categoryId) &&
        (query.brand === undefined || item.brand === query.brand) &&
        item.price.amount >= (query.minPrice ?? 0) &&
        item.price.amount <= (query.maxPrice ?? Number.POSITIVE_INFINITY) &&
        (query.inStock === undefined || this.inStock.has(item.id) === query.inStock)
      )
    })
  }
}

function replay(steps: readonly Step[]) {
  const index = createSearchIndex()
  const model = new Model()
  for (const change of steps) {
    model.apply(change)
    if ('put' in change) index.put(change.put)
    else if ('remove' in change) index.remove(change.remove)
    else index.setInStock(...change.stock)
  }
  return { index, model }
}

/** All pages of `limit`, each by the cursor of the one before. */
function allPages(index: ReturnType<typeof createSearchIndex>, query: SearchQuery): string[] {
  const ids: string[] = []
  let page = index.search(query)
  for (;;) {
    ids.push(...page.hits.map(({ id }) => id))
    if (!page.next) return ids
    const after = JSON.parse(JSON.stringify(page.next)) as unknown
    if (!isCursor(after, query)) throw new Error(`its own cursor is refused: ${page.next}`)
    page = index.search({ ...query, after })
  }
}

const counted = (values: string[]) =>
  [...new Set(values)].map((value) => ({
    value,
    count: values.filter((other) => other === value).length,
  }))

describe('after any changes', () => {
  test('results, totals and facets are those of a plain scan', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), anyQuery, (steps, query) => {
        const { index, model } = replay(steps)
        const expected = model.matching(query)
        const { hits, total, facets } = index.search({ ...query, limit: 100 })
        expect(hits.map(({ id }) => id).sort()).toEqual(expected.map(({ id }) => id).sort())
        expect(total).toBe(expected.length)
        expect(index.size).toBe(model.matching({}).length)
        const byValue = (counts: { value: string; count: number }[]) =>
          [...counts].sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
        expect(facets.categoryId).toEqual(byValue(counted(expected.map((p) => p.categoryId))))
        expect(facets.brand).toEqual(byValue(counted(expected.map((p) => p.brand))))
        expect(facets.price.reduce((sum, { count }) => sum + count, 0)).toBe(total)
      }),
    )
  })

  test('the order is the one asked for', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), anyQuery, (steps, query) => {
        const { index, model } = replay(steps)
        const { hits } = index.search({ ...query, limit: 100 })
        const keys = hits.map(({ id, score }) => {
          const item = model.products.get(id)!
          const field = (query.sort ?? 'relevance').replace('-', '')
          if (field === 'price') return item.price.amount
          if (field === 'name') return item.name
          if (field === 'createdAt' || query.q === undefined) return item.createdAt
          return score
        })
        const falling =
          query.sort?.startsWith('-') || query.sort === undefined || query.sort === 'relevance'
        const sorted = [...keys].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
        expect(keys).toEqual(falling ? sorted.reverse() : sorted)
      }),
    )
  })

  test('the pages hold every result once, in one order', () => {
    const limits = fc.integer({ min: 1, max: 3 })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), anyQuery, limits, (steps, query, limit) => {
        const { index } = replay(steps)
        expect(allPages(index, { ...query, limit })).toEqual(found(index, query))
      }),
    )
  })

  test('clearing away what is dead changes no answer', () => {
    const busy = createSearchIndex()
    const calm = createSearchIndex()
    for (let round = 1; round <= 4; round += 1) {
      for (let at = 0; at < 300; at += 1) {
        const name = `${WORDS[(at + round) % 5]} ${WORDS[(at * round) % 5]} v${round}`
        const item = product(`p${at}`, { name, version: round, price: { amount: at * round } })
        busy.setInStock(item.id, (at + round) % 2 === 0)
        busy.put(item)
        if (round === 4) {
          calm.put(item)
          calm.setInStock(item.id, (at + round) % 2 === 0)
        }
      }
    }
    for (const query of [{}, { q: 'kettle' }, { q: 'mountain umbrella' }, { inStock: true }]) {
      expect(busy.search({ ...query, limit: 100 })).toEqual(calm.search({ ...query, limit: 100 }))
    }
    expect(busy.search({ q: 'v3', limit: 10 }).total).toBe(0)
  })
})

describe('pages', () => {
  const many = Array.from({ length: 30 }, (_, at) =>
    product(`p${at}`, { name: `${at % 3 ? 'Blue' : 'Red'} widget number ${at}`, createdAt: at }),
  )

  test.each([['relevance'], ['price'], ['name'], ['-createdAt']] as const)(
    'by %s hold every product once while others come',
    (sort) => {
      const index = indexOf(...many)
      const query: SearchQuery = { q: 'blue widget', sort, limit: 4 }
      const before = index.search({ ...query, limit: 100 }).hits.map(({ id }) => id)
      const ids: string[] = []
      let page = index.search(query)
      for (let round = 0; page.next; round += 1) {
        ids.push(...page.hits.map(({ id }) => id))
        for (let at = 0; at < 25; at += 1) {
          const name = at % 2 ? 'Blue widget' : 'Some other thing'
          index.put(product(`new${round}-${at}`, { name, createdAt: 100 }))
        }
        page = index.search({ ...query, after: page.next })
      }
      ids.push(...page.hits.map(({ id }) => id))
      expect(new Set(ids).size).toBe(ids.length)
      expect(ids.filter((id) => id.startsWith('p'))).toEqual(before)
    },
  )

  test('a cursor of another sort, or none at all, is refused', () => {
    const { next } = indexOf(...many).search({ q: 'widget', limit: 2 })
    expect(isCursor(next, { q: 'widget', limit: 2 })).toBe(true)
    expect(isCursor(next, { q: 'widget', sort: 'price', limit: 2 })).toBe(false)
    for (const junk of [null, 'x', [], ['relevance'], ['relevance', 'x', 'p1'], { sort: 1 }]) {
      expect(isCursor(junk, { q: 'widget', limit: 2 })).toBe(false)
    }
  })
})

describe('put', () => {
  test('ignores a version that is not newer, also of an inactive product', () => {
    const index = indexOf(product('a', { version: 3, name: 'New' }))
    index.put(product('a', { version: 2, name: 'Old' }))
    expect(found(index, { q: 'old' })).toEqual([])
    index.put(product('a', { version: 4, status: 'inactive' }))
    index.put(product('a', { version: 3 }))
    expect(index.size).toBe(0)
    index.put(product('a', { version: 5 }))
    expect(index.size).toBe(1)
  })

  test('remembers stock that was known before', () => {
    const index = createSearchIndex()
    index.setInStock('a', true)
    index.put(product('a'))
    index.put(product('a', { version: 2 }))
    expect(found(index, { inStock: true })).toEqual(['a'])
    index.setInStock('a', false)
    expect(found(index, { inStock: true })).toEqual([])
  })
})

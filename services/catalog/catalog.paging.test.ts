import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { call } from '../../kernel/contract.ts'
import { catalogContract, type ImportLine, type Product, SORTS } from './catalog.contract.ts'
import { type CatalogFixture, startCatalog } from './catalog.fixture.ts'

const { actions } = catalogContract

let catalog: CatalogFixture
/** Every run has a category of its own. */
let runs = 0

beforeAll(async () => {
  catalog = await startCatalog()
})

afterAll(() => catalog.stop())

const sketch = fc.record({
  name: fc.oneof(
    fc.constantFrom('same', 'Same', 'säme'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 400 }).filter((text) => /\S/.test(text)),
  ),
  amount: fc.integer({ min: 0, max: 3 }),
})
type Sketch = { name: string; amount: number }

async function add(categoryId: string, batch: string, sketches: readonly Sketch[]) {
  if (sketches.length === 0) return []
  const lines = sketches.map(({ name, amount }, index): { line: number; product: ImportLine } => {
    const id = `${categoryId}-${batch}-${index}`
    const price = { amount, currency: 'USD' }
    const product = { id, sku: id, name, description: '', categoryId, brand: '', price }
    return { line: index + 1, product }
  })
  const { errors } = await call(catalog.caller, actions.importBatch, { lines })
  expect(errors).toEqual([])
  return lines.map(({ product }) => product.id!)
}

/** Pages on to the end, adding rows between any two pages. */
async function pageThrough(
  categoryId: string,
  sort: (typeof SORTS)[number],
  limit: number,
  additions: readonly (readonly Sketch[])[],
): Promise<Product[]> {
  const seen: Product[] = []
  let cursor: string | null = null
  let page = 0
  do {
    const params = { categoryId, sort, limit, ...(cursor && { cursor }) }
    const reply: { items: Product[]; nextCursor: string | null } = await call(
      catalog.caller,
      actions.list,
      params,
    )
    seen.push(...reply.items)
    cursor = reply.nextCursor
    if (cursor) expect(cursor).toMatch(/^[A-Za-z0-9_-]{1,512}$/)
    await add(categoryId, `later${page}`, additions[page] ?? [])
    page += 1
  } while (cursor)
  return seen
}

describe('pages', () => {
  test('show every row once, in order, while rows are added', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...SORTS),
        fc.integer({ min: 1, max: 5 }),
        fc.array(sketch, { maxLength: 12 }),
        fc.array(fc.array(sketch, { maxLength: 2 }), { maxLength: 4 }),
        async (sort, limit, sketches, additions) => {
          runs += 1
          const categoryId = `run-${runs}`
          const present = await add(categoryId, 'first', sketches)
          const ids = (await pageThrough(categoryId, sort, limit, additions)).map(({ id }) => id)
          expect(new Set(ids).size).toBe(ids.length)
          expect(ids).toEqual(expect.arrayContaining(present))
          // What one page of all shows is the order; the pages that were read keep to it.
          const whole = await pageThrough(categoryId, sort, 100, [])
          const order = whole.map(({ id }) => id)
          expect(ids).toEqual(order.filter((id) => ids.includes(id)))
          const amounts = whole.map(({ price }) => price.amount)
          if (sort === 'price') expect(amounts).toEqual(amounts.toSorted((a, b) => a - b))
          if (sort === '-price') expect(amounts).toEqual(amounts.toSorted((a, b) => b - a))
        },
      ),
      { numRuns: 40 },
    )
  })
})

import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isRefusal } from '../../kernel/errors.ts'
import { type Commit, ConflictError, type Document, type Store } from '../../mixins/store/store.ts'
import { createTestClock } from '../../test/clock.ts'
import type { ProductDocument } from './catalog.documents.ts'
import { bears, complete, living } from './product.ts'
import { removeProduct, writeProducts } from './writing.saga.ts'
import type { Wish } from './writing.ts'

const clock = createTestClock()

/**
 * The part of a store that writing needs, in memory: a commit is one step on one shard, and shards
 * know nothing of each other's ids.
 */
class MemoryStore {
  readonly documents = new Map<string, Document>()

  async get(from: Named, id: string): Promise<Document | undefined> {
    const own = [...this.documents].filter(([name]) => name.startsWith(`${from.name}/${id}/`))
    expect(own.length).toBeLessThan(2)
    return own[0]?.[1]
  }

  getMany(from: Named, ids: readonly string[]): Promise<unknown[]> {
    return Promise.all(ids.map((id) => this.get(from, id)))
  }

  async commit({ key, writes }: Commit): Promise<void> {
    for (const write of writes) {
      if (write.op === 'remove') throw new Error('nothing is ever removed')
      const { collection, document } = write
      expect(document[collection.shardKey as keyof Document]).toBe(key)
      const name = `${collection.name}/${document.id}/${key}`
      const expected = write.op === 'replace' ? write.ifVersion : undefined
      if (this.documents.get(name)?.version !== expected) throw new ConflictError(name)
      this.documents.set(name, document)
    }
  }

  living(): ProductDocument[] {
    return [...this.documents]
      .filter(([name]) => name.startsWith('products/'))
      .flatMap(([, document]) => living(document as ProductDocument) ?? [])
  }
}

interface Named {
  name: string
}

interface Intent {
  id: string | undefined
  sku: string
  categoryId: string
  name: string
}

const intent: fc.Arbitrary<Intent> = fc.record({
  id: fc.option(fc.constantFrom('p1', 'p2', 'p3'), { nil: undefined, freq: 3 }),
  sku: fc.constantFrom('S', 'T', 'U'),
  categoryId: fc.constantFrom('a', 'b'),
  name: fc.constantFrom('one', 'two'),
})

function wishOf({ id, sku, categoryId, name }: Intent): Wish {
  const price = { amount: 1, currency: 'USD' }
  const sketch = { sku, name, description: '', categoryId, brand: '', price }
  return {
    productId: id,
    sku,
    category: { id: categoryId, name: undefined, mayBeNameless: true },
    decide: (current) => complete(sketch, current),
  }
}

const write = (store: unknown, intents: readonly Intent[]) =>
  writeProducts(store as Store, clock, intents.map(wishOf))

function sharedSkus(store: MemoryStore): string[] {
  const skus = store.living().map(({ sku }) => sku)
  return skus.filter((sku, index) => skus.indexOf(sku) !== index)
}

describe('writing products', () => {
  test('many at once end as one after the other', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(intent, { maxLength: 12 }), async (intents) => {
        const [together, inTurn] = [new MemoryStore(), new MemoryStore()]
        const outcomes = await write(together, intents)
        const expected = []
        for (const each of intents) expected.push(...(await write(inTurn, [each])))
        expect(outcomes.map(({ state }) => state)).toEqual(expected.map(({ state }) => state))
        // Ids that were made are of chance: products are told apart by what they bear.
        const content = (store: MemoryStore) =>
          store.living().map(({ sku, name, categoryId }) => `${sku} ${name} ${categoryId}`)
        expect(content(together).sort()).toEqual(content(inTurn).sort())
      }),
    )
  })

  test('no two living products share a SKU, however writers interleave and die', async () => {
    const writer = fc.record({
      intents: fc.array(intent, { minLength: 1, maxLength: 3 }),
      removes: fc.option(fc.constantFrom('p1', 'p2', 'p3'), { nil: undefined, freq: 2 }),
      /** How many calls of the store it lives to make. */
      calls: fc.oneof(
        { weight: 2, arbitrary: fc.constant(Infinity) },
        { weight: 1, arbitrary: fc.nat(12) },
      ),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(writer, { minLength: 2, maxLength: 4 }),
        async (scheduler, writers) => {
          const store = new MemoryStore()
          const runs = writers.map(async ({ intents, removes, calls }) => {
            const mortal = interleaved(store, scheduler, calls)
            if (removes) {
              await removeProduct(mortal, clock, removes, () => {}).catch((error) => {
                if (!isRefusal(error)) throw error
              })
            }
            await write(mortal, intents)
          })
          const failures: unknown[] = []
          for (const run of runs) run.catch((error) => failures.push(error))
          await scheduler.waitIdle()
          expect(failures).toEqual([])
          expect(sharedSkus(store)).toEqual([])
          // Whatever the dead left behind, the next writer gets its way or a true reason.
          for (const sku of ['S', 'T', 'U']) {
            const [outcome] = await write(store, [{ id: 'p9', sku, categoryId: 'a', name: 'new' }])
            const others = store.living().filter((product) => product.id !== 'p9')
            const isBorne = others.some((product) => bears(product, sku))
            expect(outcome!.state === 'refused').toBe(isBorne)
          }
          expect(sharedSkus(store)).toEqual([])
        },
      ),
      { numRuns: 300 },
    )
  })
})

/** Each call waits for its turn; after `calls` of them the writer never hears again. */
function interleaved(store: MemoryStore, scheduler: fc.Scheduler, calls: number): Store {
  let left = calls
  const turn = async <T>(run: () => Promise<T>): Promise<T> => {
    left -= 1
    if (left < 0) return new Promise<T>(() => {})
    await scheduler.schedule(Promise.resolve())
    return run()
  }
  return {
    get: (from: Named, id: string) => turn(() => store.get(from, id)),
    getMany: (from: Named, ids: string[]) => turn(() => store.getMany(from, ids)),
    commit: (commit: Commit) => turn(() => store.commit(commit)),
  } as unknown as Store
}

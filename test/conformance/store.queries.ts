/** find and count: conditions, order and pages, held against a model in plain JavaScript. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Condition, Query, Scalar, Store } from '../../mixins/store/store.ts'
import { insert, newOwner, type Thing, things } from './store.things.ts'

type Sort = NonNullable<Query['sort']>

export function queryTests(store: () => Store) {
  test('finds and counts what a plain filter finds', async () => {
    await fc.assert(
      fc.asyncProperty(manyThings, where, async (drafts, conditions) => {
        const { owner, all } = await insertAll(store(), drafts)
        const query = { owner, ...conditions }
        const expected = all.filter((thing) => matches(thing, query))
        const found = await store().find(things, { where: query, limit: 100 })
        expect(ids(found).sort()).toEqual(ids(expected).sort())
        expect(await store().count(things, query)).toBe(expected.length)
      }),
    )
  })

  test('pages follow one another in order and lose or repeat nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        manyThings,
        fc.oneof(fc.constant({}), where),
        sort,
        fc.integer({ min: 1, max: 7 }),
        async (drafts, conditions, order, limit) => {
          const { owner, all } = await insertAll(store(), drafts)
          const query = { where: { owner, ...conditions }, sort: order, limit }
          const expected = all
            .filter((thing) => matches(thing, query.where) && bearsAll(thing, order))
            .sort(comparator(order))
          expect(ids(await pages(store(), query))).toEqual(ids(expected))
        },
      ),
    )
  })

  test.each<[string, Sort]>([
    [
      'one direction',
      [
        ['rank', 1],
        ['id', 1],
      ],
    ],
    [
      'mixed directions',
      [
        ['rank', -1],
        ['id', 1],
      ],
    ],
  ])('pages in %s stay right while documents come and go', async (_, order) => {
    const owner = newOwner()
    const thing = (i: number): Thing => ({
      id: `${owner}-${1e6 + i}`,
      version: 1,
      owner,
      rank: i % 5,
    })
    const kept = Array.from({ length: 60 }, (_, i) => thing(i * 2))
    const leaving = Array.from({ length: 20 }, (_, i) => thing(200 + i))
    await store().commit(insert(owner, ...kept, ...leaving))
    let turn = 0
    const seen = await pages(store(), { where: { owner }, sort: order, limit: 7 }, async () => {
      await store().commit(insert(owner, thing(turn * 4 + 1)))
      const { id, version } = leaving[turn]!
      const writes = [{ op: 'remove', collection: things, id, ifVersion: version } as const]
      await store().commit({ key: owner, writes })
      turn += 1
    })
    expect(turn).toBeGreaterThan(5)
    expect(new Set(ids(seen)).size).toBe(seen.length)
    expect(ids(seen)).toEqual(ids([...seen].sort(comparator(order))))
    expect(ids(seen)).toEqual(expect.arrayContaining(ids(kept)))
  })

  test('a document that lacks a field matches nothing and is in no order by it', async () => {
    const owner = newOwner()
    const bare = { id: `${owner}-bare`, version: 1, owner }
    const due = { id: `${owner}-due`, version: 1, owner, due: { at: 5 } }
    await store().commit(insert(owner, bare, due))
    const find = (query: Omit<Query, 'limit'>) => store().find(things, { ...query, limit: 9 })
    expect(await find({ where: { owner, 'due.at': { lte: 9 } } })).toEqual([due])
    expect(await find({ where: { owner, 'due.at': { in: [5] } } })).toEqual([due])
    expect(await find({ where: { owner }, sort: [['due.at', -1]] })).toEqual([due])
    expect(await find({ where: { owner }, sort: [['id', 1]] })).toEqual([bare, due])
    expect(await store().count(things, { owner, 'due.at': { gt: 5 } })).toBe(0)
  })

  test('counts all without conditions', async () => {
    const before = await store().count(things)
    const owner = newOwner()
    await store().commit(insert(owner, { id: owner, version: 1, owner }))
    expect(await store().count(things)).toBe(before + 1)
  })

  test.each<[string, object]>([
    ['no limit', {}],
    ['a limit of 0', { limit: 0 }],
    ['a limit beyond 10,000', { limit: 10_001 }],
    ['a limit that is not whole', { limit: 1.5 }],
    ['`after` without a sort', { limit: 1, after: ['x'] }],
    [
      '`after` of another length',
      {
        limit: 1,
        sort: [
          ['rank', 1],
          ['id', 1],
        ],
        after: [1],
      },
    ],
    ['a path that is none', { limit: 1, where: { "rank') --": 1 } }],
    ['a path with an empty step', { limit: 1, where: { 'due..at': 1 } }],
    ['a condition of undefined', { limit: 1, where: { owner: undefined } }],
    ['a condition of null', { limit: 1, where: { owner: null } }],
    ['an empty condition', { limit: 1, where: { rank: {} } }],
  ])('%s is a TypeError', async (_, query) => {
    await expect(store().find(things, query as Query)).rejects.toThrow(TypeError)
  })
}

const text = fc.string({
  unit: fc.constantFrom('a', 'b', 'Z', 'é', "'", '"', '.', '$', '\\', '\u0000', '\uffff', '😀'),
  maxLength: 3,
})
const rank = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.constantFrom(0.5, -1e300, 2 ** 53 - 1))
const fields = { name: text, rank, open: fc.boolean() }
const manyThings = fc.array(
  fc.oneof({ weight: 3, arbitrary: fc.record(fields) }, fc.record(fields, { requiredKeys: [] })),
  { maxLength: 30 },
)

function condition(value: fc.Arbitrary<Scalar>): fc.Arbitrary<Condition> {
  const bounds = fc.record({ gt: value, gte: value, lt: value, lte: value }, { requiredKeys: [] })
  return fc.oneof(
    value,
    fc.record({ in: fc.array(value, { maxLength: 4 }) }),
    bounds.filter((each) => Object.keys(each).length > 0),
  )
}

const where: fc.Arbitrary<Record<string, Condition>> = fc.record(
  {
    name: condition(text),
    rank: condition(rank),
    open: fc.oneof(fc.boolean(), fc.record({ in: fc.array(fc.boolean(), { maxLength: 2 }) })),
  },
  { requiredKeys: [] },
)

const sort: fc.Arbitrary<Sort> = fc
  .tuple(
    fc.subarray(['rank', 'name', 'open']),
    fc.array(fc.constantFrom<1 | -1>(1, -1), { minLength: 4, maxLength: 4 }),
  )
  .map(([fields, directions]) =>
    [...fields, 'id'].map((field, i) => [field, directions[i]!] as const),
  )

async function insertAll(store: Store, drafts: Partial<Thing>[]) {
  const owner = newOwner()
  const all = drafts.map(
    (draft, i): Thing => ({ id: `${owner}-${i}`, version: 1, owner, ...draft }),
  )
  if (all.length > 0) await store.commit(insert(owner, ...all))
  return { owner, all }
}

/** All pages of a query, one after the other; `between` runs after each. */
async function pages(store: Store, query: Query, between = async () => {}): Promise<Thing[]> {
  const seen: Thing[] = []
  for (;;) {
    const last = seen.at(-1)
    const after = last && query.sort!.map(([path]) => valueAt(last, path)!)
    const page = await store.find(things, { ...query, ...(after && { after }) })
    seen.push(...page)
    if (page.length < query.limit) return seen
    await between()
  }
}

function ids(found: Thing[]): string[] {
  return found.map((thing) => thing.id)
}

function matches(thing: Thing, conditions: Record<string, Condition>): boolean {
  return Object.entries(conditions).every(([path, wanted]) => {
    const value = valueAt(thing, path)
    if (value === undefined) return false
    if (typeof wanted !== 'object') return value === wanted
    if ('in' in wanted) return wanted.in.includes(value)
    const { gt, gte, lt, lte } = wanted
    if (gt !== undefined && compare(value, gt) <= 0) return false
    if (gte !== undefined && compare(value, gte) < 0) return false
    if (lt !== undefined && compare(value, lt) >= 0) return false
    return lte === undefined || compare(value, lte) <= 0
  })
}

function bearsAll(thing: Thing, order: Sort): boolean {
  return order.every(([path]) => valueAt(thing, path) !== undefined)
}

function comparator(order: Sort) {
  return (a: Thing, b: Thing): number => {
    for (const [path, direction] of order) {
      const difference = compare(valueAt(a, path)!, valueAt(b, path)!)
      if (difference !== 0) return difference * direction
    }
    return 0
  }
}

/** Strings by their UTF-8 bytes, as databases do, not by UTF-16 units, as JavaScript does. */
function compare(a: Scalar, b: Scalar): number {
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(String(b)))
  return Number(a) - Number(b)
}

function valueAt(thing: Thing, path: string): Scalar | undefined {
  return path === 'due.at' ? thing.due?.at : (thing[path as keyof Thing] as Scalar | undefined)
}

/** commit: conditions, atomicity, and one winner among many. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Commit, ConflictError, type Store, type Write } from '../../mixins/store/store.ts'
import { type Counter, counters, insert, newOwner, type Thing, things } from './store.things.ts'

export function commitTests(store: () => Store) {
  test('an insert conflicts with a document that is there', async () => {
    const owner = newOwner()
    const thing = { id: `${owner}-1`, version: 1, owner, name: 'first' }
    await store().commit(insert(owner, thing))
    const again = store().commit(insert(owner, { ...thing, name: 'second' }))
    await expect(again).rejects.toThrow(ConflictError)
    expect(await store().get(things, thing.id)).toEqual(thing)
  })

  test('a replace needs the version that it names', async () => {
    const owner = newOwner()
    const thing = { id: `${owner}-1`, version: 1, owner, name: 'first' }
    await store().commit(insert(owner, thing))
    const second = { ...thing, version: 2, name: 'second' }
    await store().commit(replace(owner, second, 1))
    const stale = store().commit(replace(owner, { ...thing, version: 2, name: 'stale' }, 1))
    await expect(stale).rejects.toThrow(ConflictError)
    const absent = store().commit(replace(owner, { ...second, id: `${owner}-2` }, 1))
    await expect(absent).rejects.toThrow(ConflictError)
    expect(await store().find(things, { where: { owner }, limit: 9 })).toEqual([second])
    await store().commit(replace(owner, { ...thing, version: 9 }, 2))
    expect(await store().get(things, thing.id)).toEqual({ ...thing, version: 9 })
  })

  test('a remove needs the version that it names', async () => {
    const owner = newOwner()
    const thing = { id: `${owner}-1`, version: 3, owner }
    await store().commit(insert(owner, thing))
    await expect(store().commit(remove(owner, thing.id, 2))).rejects.toThrow(ConflictError)
    expect(await store().get(things, thing.id)).toEqual(thing)
    await store().commit(remove(owner, thing.id, 3))
    expect(await store().get(things, thing.id)).toBeUndefined()
    await expect(store().commit(remove(owner, thing.id, 3))).rejects.toThrow(ConflictError)
    await store().commit(insert(owner, thing))
    expect(await store().get(things, thing.id)).toEqual(thing)
  })

  test('one condition that does not hold undoes all of a commit', async () => {
    const [owner, at] = [newOwner(), Date.now()]
    const [first, gone, fresh] = ['first', 'gone', 'fresh'].map(
      (name): Thing => ({ id: `${owner}-${name}`, version: 1, owner }),
    )
    await store().commit(insert(owner, first!, gone!))
    await store().commit(remove(owner, gone!.id, 1))
    const good: Write[] = [
      { op: 'insert', collection: things, document: fresh! },
      { op: 'replace', collection: things, document: { ...first!, version: 2 }, ifVersion: 1 },
    ]
    const bad: Write[] = [
      { op: 'insert', collection: things, document: { ...first!, id: first!.id } },
      { op: 'replace', collection: things, document: { ...gone!, version: 2 }, ifVersion: 1 },
      { op: 'remove', collection: things, id: gone!.id, ifVersion: 1 },
    ]
    for (const write of bad) {
      const others = good.filter((each) => idOf(each) !== idOf(write))
      for (const writes of [
        [...others, write],
        [write, ...others],
      ]) {
        const events = [{ id: `${owner}-never`, type: 'thing.changed', key: owner, at, payload: 0 }]
        await expect(store().commit({ key: owner, writes, events })).rejects.toThrow(ConflictError)
        expect(await store().find(things, { where: { owner }, limit: 9 })).toEqual([first])
      }
    }
    const pending = await store().pendingEvents(10_000, at + 1)
    expect(pending.filter((event) => event.key === owner)).toEqual([])
    await store().commit({ key: owner, writes: good })
    expect(await store().count(things, { owner })).toBe(2)
  })

  test('a commit that fails leaves those that arrive with it alone', async () => {
    const owner = newOwner()
    const taken = { id: `${owner}-taken`, version: 1, owner }
    await store().commit(insert(owner, taken))
    const outcomes = await Promise.allSettled(
      Array.from({ length: 30 }, (_, i) =>
        store().commit(insert(owner, i % 3 === 0 ? taken : { ...taken, id: `${owner}-${i}` })),
      ),
    )
    expect(outcomes.map(({ status }) => status)).toEqual(
      outcomes.map((_, i) => (i % 3 === 0 ? 'rejected' : 'fulfilled')),
    )
    expect(await store().count(things, { owner })).toBe(21)
  })

  test('of many that race for one document exactly one wins', async () => {
    const owner = newOwner()
    const thing: Thing = { id: `${owner}-1`, version: 1, owner }
    const race = async (commits: Commit[]) => {
      const outcomes = await Promise.allSettled(commits.map((commit) => store().commit(commit)))
      const winners = outcomes.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []))
      const errors = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
      for (const error of errors) expect(error).toBeInstanceOf(ConflictError)
      expect(winners).toHaveLength(1)
      expect((await store().get(things, thing.id))?.rank).toBe(winners[0])
    }
    await race(Array.from({ length: 20 }, (_, rank) => insert(owner, { ...thing, rank })))
    await race(
      Array.from({ length: 20 }, (_, rank) => replace(owner, { ...thing, version: 2, rank }, 1)),
    )
  })

  test('concurrent increments that try again lose nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 12 }), async (writers) => {
        const id = newOwner()
        await store().commit(counter('insert', { id, version: 1, count: 0 }))
        await Promise.all(Array.from({ length: writers }, () => increment(store(), id)))
        expect(await store().get(counters, id)).toEqual({
          id,
          version: writers + 1,
          count: writers,
        })
      }),
      { numRuns: 20 },
    )
  })

  test('what moves between documents is neither made nor lost', async () => {
    const owner = newOwner()
    const accounts = Array.from({ length: 5 }, (_, i) => `${owner}-${i}`)
    const opening = accounts.map((id): Thing => ({ id, version: 1, owner, rank: 100 }))
    await store().commit(insert(owner, ...opening))
    const move = fc.tuple(fc.nat(4), fc.nat(4), fc.integer({ min: 1, max: 20 }))
    await fc.assert(
      fc.asyncProperty(fc.array(move, { minLength: 1, maxLength: 15 }), async (moves) => {
        const outcomes = await Promise.allSettled(
          moves
            .filter(([from, to]) => from !== to)
            .map(async ([from, to, amount]) => {
              const both = await store().getMany(things, [accounts[from]!, accounts[to]!])
              const writes = both.flatMap((thing, i) => {
                const { version, rank } = thing as Required<Thing>
                const moved = rank + (i === 0 ? -amount : amount)
                return replace(owner, { ...thing!, version: version + 1, rank: moved }, version)
                  .writes
              })
              await store().commit({ key: owner, writes })
            }),
        )
        for (const outcome of outcomes) {
          if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(ConflictError)
        }
        const ranks = (await store().getMany(things, accounts)).map((thing) => thing!.rank!)
        expect(ranks.reduce((sum, each) => sum + each)).toBe(500)
      }),
      { numRuns: 20 },
    )
  })

  test.each([1_000, 10_000])('writes %d documents at once', async (count) => {
    const owner = newOwner()
    const many = Array.from({ length: count }, (_, rank): Thing => {
      return { id: `${owner}-${rank}`, version: 1, owner, rank }
    })
    await store().commit(insert(owner, ...many))
    const sort = [['rank', 1]] as const
    expect(await store().find(things, { where: { owner }, sort, limit: count })).toEqual(many)
  })

  const thing = { id: 'never', version: 1, owner: 'never' }
  const tooMany = Array.from({ length: 10_001 }, (_, i) => ({ ...thing, id: `never-${i}` }))
  test.each<[string, Commit]>([
    ['no write', insert('never')],
    ['10,001 writes', insert('never', ...tooMany)],
    ['a document that bears another key', insert('other', thing)],
    ['a document without the key', insert('never', { id: 'never', version: 1 } as Thing)],
    ['a document that is its own shard under another key', counter('insert', thing, 'other')],
    ['one document twice', insert('never', thing, thing)],
    ['a version that is not raised', replace('never', thing, 1)],
    ['a version that is none', insert('never', { ...thing, version: 0.5 })],
    ['an id that is none', insert('never', { ...thing, id: 7 as unknown as string })],
  ])('%s is a TypeError and nothing is written', async (_, commit) => {
    await expect(store().commit(commit)).rejects.toThrow(TypeError)
    expect(await store().count(things, { owner: 'never' })).toBe(0)
  })

  test('removing what bears another key is a TypeError and nothing is removed', async () => {
    const owner = newOwner()
    const thing = { id: `${owner}-1`, version: 1, owner }
    await store().commit(insert(owner, thing))
    await expect(store().commit(remove('other', thing.id, 1))).rejects.toThrow(TypeError)
    expect(await store().get(things, thing.id)).toEqual(thing)
  })
}

function replace(owner: string, document: Thing, ifVersion: number): Commit {
  return { key: owner, writes: [{ op: 'replace', collection: things, document, ifVersion }] }
}

function remove(owner: string, id: string, ifVersion: number): Commit {
  return { key: owner, writes: [{ op: 'remove', collection: things, id, ifVersion }] }
}

function idOf(write: Write): string {
  return write.op === 'remove' ? write.id : write.document.id
}

function counter(op: 'insert' | 'replace', document: object, key?: string): Commit {
  const { id, version } = document as Counter
  const write = { op, collection: counters, document: document as Counter, ifVersion: version - 1 }
  return { key: key ?? id, writes: [write as Write] }
}

async function increment(store: Store, id: string): Promise<void> {
  const { version, count } = (await store.get(counters, id))!
  try {
    await store.commit(counter('replace', { id, version: version + 1, count: count + 1 }))
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error
    await increment(store, id)
  }
}

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createTestClock, type TestClock } from '../../test/clock.ts'
import { newOwner, type Thing, things } from '../../test/conformance/store.things.ts'
import { add, drop, look, type OnThing, soldOut, take } from '../../test/counting.ts'
import { type FaultyStore, openFaultyStore } from '../../test/faulty-store.ts'
import { type StoredEvent, UnavailableError } from '../store/store.ts'
import { Actors } from './actor.ts'
import { behaviour, put, ref } from './behaviour.ts'

let store: FaultyStore
let clock: TestClock
let relayed: StoredEvent[]
let owner: string
let actors: Actors
beforeAll(async () => {
  store = await openFaultyStore([things])
})
afterAll(() => store.dispose())
beforeEach(() => {
  clock = createTestClock()
  relayed = []
  owner = newOwner()
  actors = node()
})

/** The actors of one node; all nodes share the store. */
function node(): Actors {
  return new Actors({ store, clock, relay: (events) => relayed.push(...events) })
}

function on(name = 'it'): OnThing {
  return { id: `${owner}-${name}`, owner }
}

/** How many commits `act` takes. */
async function commitsOf(act: () => Promise<unknown>): Promise<number> {
  const before = store.calls('commit')
  await act()
  return store.calls('commit') - before
}

describe('a batch', () => {
  test('of commands sent at once is decided in order and committed once', async () => {
    const sends = () => Array.from({ length: 256 }, () => actors.send(add, owner, on()))
    let replies: number[] = []
    const commits = await commitsOf(async () => {
      replies = await Promise.all(sends())
    })
    expect(replies).toEqual(Array.from({ length: 256 }, (_, i) => i + 1))
    expect(commits).toBe(1)
    expect(await store.get(things, on().id)).toEqual({ ...on(), version: 256, rank: 256 })
  })

  test('grows while the one before is being committed', async () => {
    let sent: Promise<number>[] = []
    store.before('commit', () => {
      sent = Array.from({ length: 100 }, () => actors.send(add, owner, on()))
    })
    const commits = await commitsOf(async () => {
      await actors.send(add, owner, on())
      expect(await sent.at(-1)).toBe(101)
    })
    expect(commits).toBe(2)
  })

  test('writes several documents of a key together, or none', async () => {
    const both = () => Promise.allSettled(['a', 'b'].map((id) => actors.send(add, owner, on(id))))
    store.before('commit', () => {
      throw new UnavailableError('disk full')
    })
    expect((await both()).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await store.count(things, { owner })).toBe(0)
    expect(await commitsOf(both)).toBe(1)
    expect(await store.count(things, { owner, rank: 1 })).toBe(2)
  })

  test('that changes nothing commits nothing', async () => {
    expect(await commitsOf(() => actors.send(look, owner, on()))).toBe(0)
    await expect(actors.send(take, owner, on())).rejects.toThrow('left')
  })

  test('may remove a document and create it again', async () => {
    await actors.send(add, owner, on())
    const replies = await Promise.all([
      actors.send(drop, owner, on()),
      actors.send(add, owner, on()),
      actors.send(drop, owner, on()),
      actors.send(drop, owner, on()),
      actors.send(add, owner, on()),
    ])
    expect(replies).toEqual([true, 1, true, false, 1])
    expect(await store.get(things, on().id)).toEqual({ ...on(), version: 1, rank: 1 })
    expect(await actors.send(add, owner, on())).toBe(2)
  })

  test('tells its events after the commit, in order, each under a name of its own', async () => {
    store.before('commit', () => expect(relayed).toEqual([]))
    await Promise.all(['a', 'a', 'b'].map((id) => actors.send(add, owner, on(id))))
    const [a, b] = [on('a').id, on('b').id]
    expect(relayed.map(({ id }) => id)).toEqual([`${a}.1.0`, `${a}.2.0`, `${b}.1.0`])
    expect(relayed[1]).toMatchObject({
      type: 'thing.added',
      key: owner,
      at: clock.now(),
      payload: { id: a, rank: 2 },
    })
    const pending = await store.pendingEvents(10_000, clock.now() + 1)
    expect(pending.filter(({ key }) => key === owner)).toEqual(relayed)
  })
})

describe('a mistake in a behaviour costs only its sender', () => {
  const fail = () => {
    throw new TypeError('a mistake')
  }
  const putAt = (version: number, name?: string) => put(things, { ...on(name), version })
  let named = 0

  const wrong: [what: string, Partial<typeof add>][] = [
    ['reads() that throws', { reads: fail }],
    ['decide() that throws', { decide: fail }],
    [
      'reads() that never ends',
      {
        reads() {
          named += 1
          return Array.from({ length: named }, (_, i) => ref(things, on(`${i}`).id))
        },
      },
    ],
    [
      'a document that reads() does not name',
      { decide: (_, read) => ({ reply: read(things, on('other').id)?.rank ?? 0 }) },
    ],
    ['a document written and not read', { decide: () => ({ put: [putAt(1, 'other')], reply: 0 }) }],
    ['a version that does not follow', { decide: () => ({ put: [putAt(7)], reply: 0 }) }],
    [
      'an event without a cause',
      { decide: () => ({ events: [{ type: 'thing.lost', payload: {} }], reply: 0 }) },
    ],
  ]

  test.each(wrong)('%s', async (_, mistake) => {
    const sends = [add, { ...add, ...mistake }, add].map((each) => actors.send(each, owner, on()))
    const [first, second, third] = await Promise.allSettled(sends)
    expect(first).toEqual({ status: 'fulfilled', value: 1 })
    expect(second).toMatchObject({ status: 'rejected', reason: { name: 'TypeError' } })
    expect(third).toEqual({ status: 'fulfilled', value: 2 })
    expect(await store.get(things, on().id)).toMatchObject({ rank: 2 })
  })
})

describe('documents that other documents name', () => {
  /** Replies with the ids from one thing to the next, by their names. */
  const walk = behaviour<OnThing, string[]>({
    reads({ id }, read) {
      const refs = [ref(things, id)]
      for (let next = read(things, id)?.name; next; next = read(things, next)?.name) {
        refs.push(ref(things, next))
      }
      return refs
    },
    decide({ id }, read) {
      const ids = [id]
      for (let next = read(things, id)?.name; next; next = read(things, next)?.name) ids.push(next)
      return { reply: ids }
    },
  })

  const rename = behaviour<OnThing & { name: string }, undefined>({
    reads: ({ id }) => [ref(things, id)],
    decide({ id, owner: by, name }, read) {
      const version = (read(things, id)?.version ?? 0) + 1
      return { put: [put<Thing>(things, { id, owner: by, version, name })], reply: undefined }
    },
  })

  const [a, b, c] = ['a', 'b', 'c']
  const link = (from: string, to: string, by = actors) =>
    by.send(rename, owner, { ...on(from), name: on(to).id })
  const way = (...names: string[]) => names.map((name) => on(name).id)

  test('are found in the store, in memory, and some here and some there', async () => {
    await link(a, b)
    await link(b, c)
    expect(await node().send(walk, owner, on(a))).toEqual(way(a, b, c))
    expect(await actors.send(walk, owner, on(a))).toEqual(way(a, b, c))
    const other = node()
    await other.send(look, owner, on(a))
    expect(await other.send(walk, owner, on(a))).toEqual(way(a, b, c))
  })

  test('are found where a command of the same batch has just named them', async () => {
    await link(b, c)
    const [, found] = await Promise.all([link(a, b), actors.send(walk, owner, on(a))])
    expect(found).toEqual(way(a, b, c))
  })

  test('are found anew where memory names others than the store', async () => {
    await link(a, b)
    await actors.send(walk, owner, on(a))
    await link(a, c, node())
    expect(await actors.send(walk, owner, on(a))).toEqual(way(a, c))
  })
})

describe('a refusal', () => {
  test('is told to its sender only', async () => {
    const sends = [add, take, take, add].map((each) => actors.send(each, owner, on()))
    const outcomes = await Promise.allSettled(sends)
    const { reason } = outcomes[2] as PromiseRejectedResult
    expect(reason).toEqual(soldOut(`there is no ${on().id} left`))
    expect(await store.get(things, on().id)).toMatchObject({ rank: 1 })
  })

  test('that rests on what this node remembers is not told if the store knows better', async () => {
    const other = node()
    await actors.send(add, owner, on())
    expect(await actors.send(take, owner, on())).toBe(0)
    await other.send(add, owner, on())
    expect(await actors.send(take, owner, on())).toBe(0)
    await expect(actors.send(take, owner, on())).rejects.toMatchObject({ type: 'sold_out' })
  })

  test('that comes with writes is told once they are committed', async () => {
    const note = behaviour<OnThing, never>({
      reads: ({ id }) => [ref(things, id)],
      decide({ id, owner: by }, read) {
        const version = (read(things, id)?.version ?? 0) + 1
        const noted: Thing = { id, owner: by, version, open: false }
        return { put: [put(things, noted)], refuse: soldOut('noted') }
      },
    })
    store.before('commit', () => {
      throw new UnavailableError('disk full')
    })
    await expect(actors.send(note, owner, on())).rejects.toThrow('disk full')
    expect(await store.get(things, on().id)).toBeUndefined()
    await expect(actors.send(note, owner, on())).rejects.toThrow('noted')
    expect(await store.get(things, on().id)).toMatchObject({ open: false })
  })
})

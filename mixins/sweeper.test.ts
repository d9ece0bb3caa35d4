import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { createTestClock, type TestClock } from '../test/clock.ts'
import { insert, newOwner, type Thing, things } from '../test/conformance/store.things.ts'
import { type FaultyStore, openFaultyStore } from '../test/faulty-store.ts'
import { startSweeper, sweep } from './sweeper.ts'

let store: FaultyStore
let clock: TestClock
let handled: string[]
let errors: unknown[]
let handle: (thing: Thing) => Promise<unknown>
beforeAll(async () => {
  store = await openFaultyStore([things])
})
afterAll(() => store.dispose())
beforeEach(async () => {
  for (const { id, owner, version } of await store.find(things, { limit: 10_000 })) {
    await store.commit({
      key: owner,
      writes: [{ op: 'remove', collection: things, id, ifVersion: version }],
    })
  }
  clock = createTestClock(1_000)
  handled = []
  errors = []
  handle = async ({ id }) => {
    handled.push(id)
  }
})

function options() {
  return {
    store,
    clock,
    collection: things,
    field: 'rank',
    handle: (thing: Thing) => handle(thing),
    onError: (error: unknown) => errors.push(error),
  }
}

async function due(times: readonly number[]): Promise<string[]> {
  const owner = newOwner()
  const added = times.map((rank, i): Thing => {
    return { id: `${owner}-${String(i).padStart(4, '0')}`, owner, version: 1, rank }
  })
  await store.commit(insert(owner, ...added))
  return added.map(({ id }) => id)
}

test('what is due is handled, oldest first', async () => {
  const ids = await due([1_000, 1_001, 3, 999])
  await sweep(options())
  expect(handled).toEqual([ids[2], ids[3], ids[0]])
})

test('32 are handled at once; one that fails costs the others nothing', async () => {
  const ids = await due(Array.from({ length: 100 }, (_, i) => i))
  let atOnce = 0
  let most = 0
  handle = async ({ id }) => {
    atOnce += 1
    most = Math.max(most, atOnce)
    await setTimeout(1)
    atOnce -= 1
    handled.push(id)
    if (id === ids[3]) throw new Error('a fault')
  }
  await sweep(options())
  expect(new Set(handled)).toEqual(new Set(ids))
  expect(most).toBe(32)
  expect(errors).toEqual([new Error('a fault')])
})

test('a fault that is thrown before there is a promise is one as well', async () => {
  const ids = await due([1, 2])
  handle = ({ id }) => {
    handled.push(id)
    throw new Error('a fault')
  }
  await sweep(options())
  expect(handled).toEqual(ids)
  expect(errors).toHaveLength(2)
})

test('500 are taken at a time; however many fail for ever, each gets its turn', async () => {
  const ids = await due(Array.from({ length: 1_100 }, (_, i) => Math.floor(i / 7)))
  handle = async ({ id }) => {
    handled.push(id)
    throw new Error('a fault')
  }
  const stop = startSweeper(options())
  for (const swept of [500, 1_000, 1_100, 1_600]) {
    clock.advance(1_000)
    await clock.scheduled(1)
    expect(handled.length).toBe(swept)
  }
  await stop()
  expect(handled).toEqual([...ids, ...ids.slice(0, 500)])
})

test('a sweep whose store fails is told, and the next one goes on', async () => {
  const ids = await due([1])
  store.before('find', () => {
    throw new Error('away')
  })
  const stop = startSweeper(options())
  clock.advance(1_000)
  await clock.scheduled(1)
  expect(errors).toEqual([new Error('away')])
  clock.advance(1_000)
  await clock.scheduled(1)
  expect(handled).toEqual(ids)
  await stop()
})

import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createTestClock, type TestClock } from '../../test/clock.ts'
import { newOwner, things } from '../../test/conformance/store.things.ts'
import { type FaultyStore, openFaultyStore } from '../../test/faulty-store.ts'
import { type StoredEvent, UnavailableError } from '../store/store.ts'
import { Outbox } from './outbox.ts'

let store: FaultyStore
let clock: TestClock
let published: string[]
let errors: unknown[]
/** What a publish does before it succeeds. */
let publishing: (event: StoredEvent) => unknown
let outbox: Outbox
beforeAll(async () => {
  store = await openFaultyStore([things])
})
afterAll(() => store.dispose())
beforeEach(async () => {
  store.calm()
  await store.settleEvents((await store.pendingEvents(20_000, Infinity)).map(({ id }) => id))
  clock = createTestClock()
  published = []
  errors = []
  publishing = () => {}
  outbox = startOutbox()
  const looks = store.calls('pendingEvents')
  await until(() => store.calls('pendingEvents') > looks, 1_000)
})

function startOutbox(): Outbox {
  const started = new Outbox({
    store,
    clock,
    async publish(event) {
      await publishing(event)
      published.push(event.id)
    },
    onError: (error) => errors.push(error),
  })
  started.start()
  return started
}

/** Commits `count` events of `key`, as an actor does, and leaves it to the test to relay them. */
async function commit(key: string, count: number, at = clock.now()): Promise<StoredEvent[]> {
  const id = newOwner()
  const events = Array.from({ length: count }, (_, i) => {
    return { id: `${id}.${i}`, type: 'thing.added', key, at, payload: { i } }
  })
  const document = { id, owner: id, version: 1 }
  await store.commit({ key: id, writes: [{ op: 'insert', collection: things, document }], events })
  return events
}

async function commitAndRelay(key: string, count: number): Promise<string[]> {
  const events = await commit(key, count)
  outbox.relay(events, 'committed')
  return idsOf(events)
}

function idsOf(events: readonly StoredEvent[]): string[] {
  return events.map(({ id }) => id)
}

/** What waits goes on, and time by `stepMs` a turn, until `reached`. */
async function until(reached: () => unknown, stepMs = 0): Promise<void> {
  for (let turns = 0; !(await reached()); turns += 1) {
    if (turns > 5_000) throw new Error('it never came to this')
    clock.advance(stepMs)
    await setTimeout(1)
  }
}

async function isSettled(): Promise<boolean> {
  return (await store.eventLag()).pending === 0
}

function held(): number {
  return (outbox as unknown as { inMemory: Set<string> }).inMemory.size
}

function gate() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { wait: () => promise, open: resolve }
}

describe('an event that was committed', () => {
  test('leaves without waiting for time to pass, and is forgotten a little later', async () => {
    const ids = await commitAndRelay('a', 3)
    await until(() => published.length === 3)
    expect(published).toEqual(ids)
    expect((await store.eventLag()).pending).toBe(3)
    await until(isSettled, 50)
    await until(() => held() === 0)
    expect(published).toEqual(ids)
  })

  test('waits for the one before it of its key, not for those of others', async () => {
    const slow = gate()
    publishing = ({ key }) => key === 'a' && slow.wait()
    const a = [...(await commitAndRelay('a', 2)), ...(await commitAndRelay('a', 1))]
    const b = await commitAndRelay('b', 2)
    await until(() => published.length === 2)
    expect(published).toEqual(b)
    slow.open()
    await until(() => published.length === 5)
    expect(published.slice(2)).toEqual(a)
  })

  test('by a node that is gone is left to it for 5 seconds, then taken over', async () => {
    const ids = idsOf(await commit('a', 2))
    await until(() => published.length > 0, 1_000)
    expect(clock.now()).toBeGreaterThan((await store.eventLag()).oldestAt! + 5_000)
    await until(isSettled, 50)
    expect(published).toEqual(ids)
  })

  test('by a commit of unknown outcome is not overtaken by later ones', async () => {
    const lost = await commit('a', 1)
    outbox.relay(lost, 'unknown')
    const ids = [...idsOf(lost), ...(await commitAndRelay('a', 2))]
    await until(isSettled, 50)
    expect(published).toEqual(ids)
  })

  test('is not published when its commit of unknown outcome did not take place', async () => {
    const phantom = { id: 'phantom', type: 'thing.added', key: 'a', at: clock.now(), payload: {} }
    outbox.relay([phantom], 'unknown')
    const ids = await commitAndRelay('a', 1)
    await until(isSettled, 50)
    expect(published).toEqual(ids)
  })
})

describe('after a failure', () => {
  test('of the channel, nothing of the key overtakes what failed', async () => {
    let failures = 3
    publishing = () => {
      if (failures-- > 0) throw new Error('no broker')
    }
    const a = await commitAndRelay('a', 4)
    const b = await commitAndRelay('b', 1)
    await until(isSettled, 50)
    expect(published.filter((id) => a.includes(id))).toEqual(a)
    expect(published.filter((id) => b.includes(id))).toEqual(b)
    expect(errors).toContainEqual(new Error('no broker'))
  })

  test('of one key, the others of the same page leave', async () => {
    publishing = ({ key }) => {
      if (key === 'a') throw new Error('poison')
    }
    await commitAndRelay('a', 1)
    await until(() => errors.length > 1, 1_000)
    const b = await commitAndRelay('b', 2)
    await until(() => published.length === 2, 1_000)
    expect(published).toEqual(b)
  })

  test('of a settlement, it is settled later and not published again', async () => {
    store.before('settleEvents', () => {
      throw new UnavailableError('disk full')
    })
    const ids = await commitAndRelay('a', 2)
    await until(() => errors.length === 1, 50)
    clock.advance(10_000)
    await until(isSettled, 50)
    expect(published).toEqual(ids)
  })

  test('of the process, its events leave with the next start, in order', async () => {
    publishing = () => new Promise(() => {})
    const a = [...(await commitAndRelay('a', 2)), ...(await commitAndRelay('a', 700))]
    const b = await commitAndRelay('b', 1)
    clock = createTestClock()
    publishing = () => {}
    outbox = startOutbox()
    a.push(...(await commitAndRelay('a', 1)))
    await until(isSettled, 1_000)
    expect(published.filter((id) => a.includes(id))).toEqual(a)
    expect(published.filter((id) => b.includes(id))).toEqual(b)
  })
})

describe('catching up', () => {
  test('takes events of clocks that are ahead of this one, and of this very moment', async () => {
    clock = createTestClock()
    const now = clock.now()
    const ids = []
    for (const at of [now + 3_600_000, now, now - 3_600_000]) {
      ids.push(...idsOf(await commit('a', 1, at)))
    }
    outbox = startOutbox()
    ids.push(...(await commitAndRelay('a', 1)))
    clock.advance(1_000)
    await until(() => published.length === 4)
    expect(published).toEqual(ids)
  })

  test('takes what is committed while it ends', async () => {
    const ids: string[] = []
    outbox.relay([], 'unknown')
    store.after('pendingEvents', async () => ids.push(...(await commitAndRelay('a', 1))))
    clock.advance(1_000)
    await until(() => published.length === 1)
    expect(published).toEqual(ids)
  })

  test('waits for what is on its way', async () => {
    const slow = gate()
    publishing = () => slow.wait()
    const ids = await commitAndRelay('a', 1)
    outbox.relay([], 'unknown')
    clock.advance(1_000)
    await setTimeout(1)
    slow.open()
    await until(isSettled, 50)
    expect(published).toEqual(ids)
  })

  test('waits for what is being settled', async () => {
    const slow = gate()
    const ids = await commitAndRelay('a', 1)
    await until(() => published.length === 1)
    store.before('settleEvents', slow.wait)
    clock.advance(50)
    outbox.relay([], 'unknown')
    clock.advance(1_000)
    await setTimeout(1)
    slow.open()
    await until(isSettled, 50)
    expect(published).toEqual(ids)
  })

  test('happens when more than 10,000 wait, of which no more are kept in memory', async () => {
    const slow = gate()
    publishing = () => slow.wait()
    const a = await commitAndRelay('a', 6_000)
    const b = await commitAndRelay('b', 4_000)
    expect(held()).toBe(10_000)
    a.push(...(await commitAndRelay('a', 1)))
    expect(held()).toBe(10_000)
    slow.open()
    await until(isSettled, 50)
    expect(published.filter((id) => a.includes(id)).length).toBe(a.length)
    expect(new Set(published)).toEqual(new Set([...a, ...b]))
    await until(() => held() === 0, 50)
    const last = await commitAndRelay('a', 1)
    await until(() => published.length === 10_002)
    expect(published.at(-1)).toBe(last[0])
  })
})

describe('stop', () => {
  test('publishes and settles what is in memory', async () => {
    const slow = gate()
    publishing = () => slow.wait()
    const ids = await commitAndRelay('a', 3)
    const stopped = outbox.stop()
    slow.open()
    await stopped
    expect(published).toEqual(ids)
    expect(await isSettled()).toBe(true)
  })

  test('leaves to the next start what the channel does not take', async () => {
    publishing = () => {
      throw new Error('no broker')
    }
    store.before('settleEvents', () => {
      throw new UnavailableError('disk full')
    })
    await commitAndRelay('a', 3)
    await outbox.stop()
    expect(published).toEqual([])
    expect((await store.eventLag()).pending).toBe(3)
  })
})

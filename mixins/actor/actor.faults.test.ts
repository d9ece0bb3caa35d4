import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createTestClock, type TestClock } from '../../test/clock.ts'
import { newOwner, type Thing, things } from '../../test/conformance/store.things.ts'
import { add, look, type OnThing } from '../../test/counting.ts'
import { type FaultyStore, openFaultyStore } from '../../test/faulty-store.ts'
import { ConflictError, UnavailableError } from '../store/store.ts'
import { type ActorOptions, Actors } from './actor.ts'
import { behaviour, ref } from './behaviour.ts'

let store: FaultyStore
let clock: TestClock
let relayed: Parameters<ActorOptions['relay']>[]
let owner: string
let actors: Actors
beforeAll(async () => {
  store = await openFaultyStore([things])
})
afterAll(() => store.dispose())
beforeEach(() => {
  store.calm()
  clock = createTestClock()
  relayed = []
  owner = newOwner()
  actors = node()
})

function node(): Actors {
  return new Actors({ store, clock, relay: (...args) => relayed.push(args) })
}

function on(name = 'it'): OnThing {
  return { id: `${owner}-${name}`, owner }
}

function fail(error: Error): () => never {
  return () => {
    throw error
  }
}

/** What the runtime holds: nothing of its interface tells, and a leak is seen nowhere else. */
function held(of: Actors): { mailboxes: number; remembered: number; waiting: number } {
  const { mailboxes, memory, waiting } = of as unknown as {
    mailboxes: Map<string, unknown>
    memory: { size: number }
    waiting: number
  }
  return { mailboxes: mailboxes.size, remembered: memory.size, waiting }
}

describe('another writer', () => {
  test('between reading and writing: decided again on what it wrote', async () => {
    const other = node()
    await actors.send(add, owner, on())
    store.before('commit', () => other.send(add, owner, on()))
    expect(await actors.send(add, owner, on())).toBe(3)
    expect(await other.send(add, owner, on())).toBe(4)
  })

  test('of a document that is not there yet', async () => {
    store.before('commit', () => node().send(add, owner, on()))
    expect(await actors.send(add, owner, on())).toBe(2)
  })

  test('who is always first: refused, and nothing was written', async () => {
    for (let i = 0; i < 8; i += 1) store.before('commit', fail(new ConflictError('again')))
    const sends = [actors.send(add, owner, on()), actors.send(add, owner, on())]
    const refused = { status: 'rejected', reason: { type: 'unavailable', code: 503 } }
    expect(await Promise.allSettled(sends)).toMatchObject([refused, refused])
    expect(relayed).toEqual([])
    expect(await actors.send(add, owner, on())).toBe(1)
  })

  const send = fc.record({
    node: fc.nat(3),
    name: fc.constantFrom('a', 'b'),
    pause: fc.boolean(),
    fault: fc.option(fc.constantFrom('lost' as const, 'failed' as const), { freq: 8 }),
  })

  test('never makes an acknowledged change lost', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(send, { minLength: 20, maxLength: 80 }), async (sends) => {
        store.calm()
        owner = newOwner()
        const nodes = Array.from({ length: 4 }, node)
        const count = { acknowledged: 0, unknown: 0 }
        const answers = []
        for (const { node, name, pause, fault } of sends) {
          if (fault === 'failed') store.before('commit', fail(new UnavailableError(fault)))
          if (fault === 'lost') store.after('commit', fail(new UnavailableError(fault)))
          const answer = nodes[node]!.send(add, owner, on(name)).then(
            () => {
              count.acknowledged += 1
            },
            (error: Error) => {
              if (error.message === 'lost') count.unknown += 1
              else expect(error.message).toMatch('failed')
            },
          )
          answers.push(answer)
          if (pause) await setImmediate()
        }
        await Promise.all(answers)
        const found = await store.getMany<Thing>(
          things,
          ['a', 'b'].map((name) => on(name).id),
        )
        const stored = found.reduce((total, thing) => total + (thing?.rank ?? 0), 0)
        expect(stored).toBe(count.acknowledged + count.unknown)
        for (const each of nodes) expect(held(each)).toMatchObject({ mailboxes: 0, waiting: 0 })
      }),
      { numRuns: 100 },
    )
  })
})

describe('a commit whose outcome is unknown', () => {
  test.each([
    ['took place', 'after' as const, 2],
    ['did not', 'before' as const, 1],
  ])('is an error to all of its senders; the next sees that it %s', async (_, when, rank) => {
    await actors.send(add, owner, on())
    store[when]('commit', fail(new UnavailableError('no answer')))
    await expect(actors.send(add, owner, on())).rejects.toThrow('no answer')
    expect(await actors.send(look, owner, on())).toBe(rank)
    expect(await actors.send(add, owner, on())).toBe(rank + 1)
    expect(relayed.map(([, outcome]) => outcome)).toEqual(['committed', 'unknown', 'committed'])
  })

  test('is no reason to remember what it would have made', async () => {
    store.after('commit', fail(new UnavailableError('no answer')))
    await expect(actors.send(add, owner, on())).rejects.toThrow('no answer')
    expect(held(actors)).toEqual({ mailboxes: 0, remembered: 0, waiting: 0 })
  })
})

test('a store that cannot be read fails those who wait, and them alone', async () => {
  store.before('getMany', fail(new UnavailableError('away')))
  const failing = [actors.send(add, owner, on()), actors.send(look, owner, on())]
  const away = { status: 'rejected', reason: { message: 'away' } }
  expect(await Promise.allSettled(failing)).toMatchObject([away, away])
  expect(await actors.send(add, owner, on())).toBe(1)
})

describe('a deadline', () => {
  test('that has passed when it would be decided: nothing is done', async () => {
    await actors.send(add, owner, on(), clock.now())
    const late = actors.send(add, owner, on(), clock.now() + 10)
    clock.advance(11)
    await expect(late).rejects.toMatchObject({ type: 'unavailable', code: 503 })
    expect(await store.get(things, on().id)).toMatchObject({ rank: 1 })
  })

  test('that passes while others write: not decided again', async () => {
    store.before('commit', () => {
      clock.advance(11)
      throw new ConflictError('another was first')
    })
    const sends = [actors.send(add, owner, on(), clock.now() + 10), actors.send(add, owner, on())]
    expect(await Promise.allSettled(sends)).toMatchObject([
      { status: 'rejected', reason: { type: 'unavailable' } },
      { status: 'fulfilled', value: 1 },
    ])
  })
})

describe('bounds', () => {
  const full = { type: 'overloaded', code: 503 }

  test('one mailbox takes 2,000; then it is refused until some are done', async () => {
    const sends = Array.from({ length: 2_000 }, () => actors.send(add, owner, on()))
    await expect(actors.send(add, owner, on())).rejects.toMatchObject(full)
    expect(await actors.send(add, `${owner}-other`, { ...on('b'), owner: `${owner}-other` })).toBe(
      1,
    )
    expect(await sends.at(-1)).toBe(2_000)
    expect(await actors.send(add, owner, on())).toBe(2_001)
  })

  test('all together take 20,000', async () => {
    const to = (key: number) => actors.send(look, `${owner}-${key}`, on())
    const sends = Array.from({ length: 20_000 }, (_, i) => to(i % 100))
    await expect(to(100)).rejects.toMatchObject(full)
    await Promise.all(sends)
    expect(await to(100)).toBeUndefined()
  })

  test('10,000 keys later, no mailbox is left', async () => {
    const sends = Array.from({ length: 10_000 }, (_, i) => actors.send(look, `${owner}-${i}`, on()))
    await Promise.all(sends)
    expect(held(actors)).toEqual({ mailboxes: 0, remembered: 0, waiting: 0 })
  })

  test('20,000 documents are remembered; one that was forgotten is read again', async () => {
    const ids = Array.from({ length: 20_050 }, (_, i) => on(`${i}`).id)
    for (const part of [ids.slice(0, 10_000), ids.slice(10_000, 20_000), ids.slice(20_000)]) {
      const writes = part.map((id) => {
        return { op: 'insert' as const, collection: things, document: { id, owner, version: 1 } }
      })
      await store.commit({ key: owner, writes })
    }
    const touch = behaviour<string[], number>({
      reads: (some) => some.map((id) => ref(things, id)),
      decide: (some) => ({ reply: some.length }),
    })
    expect(await actors.send(touch, owner, ids)).toBe(20_050)
    expect(held(actors).remembered).toBe(20_000)
    const before = store.calls('getMany')
    await actors.send(touch, owner, ids.slice(-20_000))
    expect(store.calls('getMany')).toBe(before)
    expect(await actors.send(add, owner, on('0'))).toBe(1)
    expect(store.calls('getMany')).toBe(before + 1)
  })
})

/** Whatever happens in whatever order: no event is lost, none overtakes another of its key. */
import { setImmediate, setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createTestClock } from '../../test/clock.ts'
import { newOwner, things } from '../../test/conformance/store.things.ts'
import { type FaultyStore, openFaultyStore } from '../../test/faulty-store.ts'
import { type StoredEvent, UnavailableError } from '../store/store.ts'
import { Outbox } from './outbox.ts'

let store: FaultyStore
beforeAll(async () => {
  store = await openFaultyStore([things])
})
afterAll(() => store.dispose())

function fail(): never {
  throw new UnavailableError('a fault')
}

/** One process after another on one store, each with a clock of its own. */
class World {
  readonly committed: StoredEvent[] = []
  /** Each attempt that the channel took. */
  readonly published: string[] = []
  private readonly owner = newOwner()
  private readonly keys: Promise<void>[] = [Promise.resolve(), Promise.resolve()]
  private crashes = 0
  private failures = 0
  private held: (() => void)[] | undefined
  private clock = createTestClock()
  private outbox = this.start()

  private start(): Outbox {
    const life = this.crashes
    const outbox = new Outbox({
      store,
      clock: this.clock,
      publish: (event) => this.publish(event, life),
      onError: () => {},
    })
    outbox.start()
    return outbox
  }

  private async publish({ id }: StoredEvent, life: number): Promise<void> {
    if (this.held) await new Promise<void>((resolve) => this.held!.push(resolve))
    // The process that asked is no more.
    if (life !== this.crashes) await new Promise(() => {})
    if (this.failures > 0) {
      this.failures -= 1
      throw new Error('no broker')
    }
    this.published.push(id)
  }

  /** Commits one event of a key, one commit of the key after the other, as its actor does. */
  commit(key: number, fate: 'kept' | 'lost' | 'failed', skewMs: number): void {
    const { outbox, crashes: life } = this
    this.keys[key] = this.keys[key]!.then(async () => {
      if (life !== this.crashes) return
      const id = newOwner()
      const at = this.clock.now() + skewMs
      const event = { id, type: 'thing.added', key: `${this.owner}.${key}`, at, payload: {} }
      const document = { id, owner: id, version: 1 }
      const write = { op: 'insert' as const, collection: things, document }
      if (fate === 'failed') store.before('commit', fail)
      if (fate === 'lost') store.after('commit', fail)
      const outcome = await store.commit({ key: id, writes: [write], events: [event] }).then(
        () => 'committed' as const,
        () => 'unknown' as const,
      )
      if (await store.get(things, id)) this.committed.push(event)
      if (life === this.crashes) outbox.relay([event], outcome)
    })
  }

  failPublish(count: number): void {
    this.failures += count
  }

  hold(): void {
    this.held ??= []
  }

  release(): void {
    const waiting = this.held ?? []
    this.held = undefined
    for (const resolve of waiting) resolve()
  }

  advance(durationMs: number): void {
    this.clock.advance(durationMs)
  }

  async crash(): Promise<void> {
    this.crashes += 1
    // What it was committing it commits or not, before the next process starts.
    await Promise.all(this.keys)
    this.clock = createTestClock(this.clock.now())
    this.outbox = this.start()
  }

  async heal(): Promise<void> {
    this.failures = 0
    store.calm()
    this.release()
    await Promise.all(this.keys)
    for (let turns = 0; (await store.eventLag()).pending > 0; turns += 1) {
      if (turns > 5_000) throw new Error('events wait for ever')
      this.clock.advance(1_000)
      await setTimeout(1)
    }
    await this.outbox.stop()
  }
}

type Step = (world: World) => void | Promise<void>

const ms = fc.constantFrom(50, 1_000, 6_000)
const fate = fc.constantFrom(
  'kept' as const,
  'kept' as const,
  'kept' as const,
  'lost' as const,
  'failed' as const,
)
const skewMs = fc.constantFrom(0, 0, 10_000, -10_000)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(fc.nat(1), fate, skewMs).map(
      ([key, what, skew]) =>
        (world: World) =>
          world.commit(key, what, skew),
    ),
  },
  { weight: 6, arbitrary: ms.map((time) => (world: World) => world.advance(time)) },
  fc.integer({ min: 1, max: 3 }).map((count) => (world: World) => world.failPublish(count)),
  fc.constant((world: World) => world.hold()),
  fc.constant((world: World) => world.release()),
  fc.constant(() => store.before('settleEvents', fail)),
  fc.constant(() => store.after('settleEvents', fail)),
  fc.constant(() => store.before('pendingEvents', fail)),
  fc.constant((world: World) => world.crash()),
)
const script = fc.array(fc.tuple(step, fc.nat(3)), { minLength: 10, maxLength: 60 })

test('every committed event is published, in commit order by key, and no other', async () => {
  await fc.assert(
    fc.asyncProperty(script, async (steps) => {
      store.calm()
      const left = await store.pendingEvents(10_000, Number.POSITIVE_INFINITY)
      await store.settleEvents(left.map(({ id }) => id))
      const world = new World()
      for (const [act, turns] of steps) {
        await act(world)
        for (let i = 0; i < turns; i += 1) await setImmediate()
      }
      await world.heal()
      const firstTimes = [...new Set(world.published)]
      for (const events of Map.groupBy(world.committed, ({ key }) => key).values()) {
        const ids = events.map(({ id }) => id)
        expect(firstTimes.filter((id) => ids.includes(id))).toEqual(ids)
      }
      expect(firstTimes.length).toBe(world.committed.length)
    }),
    { numRuns: 150 },
  )
})

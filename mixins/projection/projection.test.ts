import { setImmediate } from 'node:timers/promises'
import { beforeEach, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createTestClock, type TestClock } from '../../test/clock.ts'
import { type Position, Projection } from './projection.ts'

const WINDOW_MS = 5_000
let clock: TestClock
let feed: Position[]
let reads: number
/** What a read does before it looks into the feed. */
let reading: () => unknown
/** What it does between that and its answer. */
let answering: () => unknown
let seen: Set<string>
let told: string[]
let errors: unknown[]
let projection: Projection<Position>

beforeEach(() => {
  clock = createTestClock()
  feed = []
  reads = 0
  reading = () => {}
  answering = () => {}
  seen = new Set()
  told = []
  errors = []
  projection = create()
})

function create(): Projection<Position> {
  return new Projection<Position>({
    clock,
    windowMs: WINDOW_MS,
    async read(after, limit) {
      reads += 1
      await reading()
      const changes = feed
        .filter((change) => !after || isBehind(after, change))
        .sort((a, b) => (isBehind(a, b) ? -1 : 1))
        .slice(0, limit)
      await answering()
      const last = changes.at(-1)
      return { changes, next: last ? { at: last.at, id: last.id } : null }
    },
    apply: ({ id }) => seen.add(id),
    applied: (changes) => told.push(...changes.map(({ id }) => id)),
    onError: (error) => errors.push(error),
  })
}

function isBehind(a: Position, b: Position): boolean {
  return a.at < b.at || (a.at === b.at && a.id < b.id)
}

/** A change of `at` appears in the feed now. */
function add(id: string, at = clock.now()): void {
  feed.push({ id, at })
}

/** Time goes on by `durationMs`; then what it set going comes to its end. */
async function advance(durationMs: number): Promise<void> {
  clock.advance(durationMs)
  for (let turns = 0; turns < 5; turns += 1) {
    await setImmediate()
    clock.advance(0)
  }
}

async function start(): Promise<void> {
  const started = projection.start()
  await advance(0)
  await started
}

function fail(): never {
  throw new Error('away')
}

function gate() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { wait: () => promise, open: resolve }
}

describe('start', () => {
  test('resolves once all pages are applied, many changes of one moment among them', async () => {
    const ids = Array.from({ length: 1_001 }, (_, i) => `id${String(i).padStart(4, '0')}`)
    for (const id of ids) add(id)
    await start()
    expect([...seen]).toEqual(ids)
    expect(told).toEqual(ids)
  })

  test('fails where the feed cannot be read', async () => {
    reading = fail
    await expect(projection.start()).rejects.toThrow('away')
  })

  test('lets requests in where applying takes long', async () => {
    for (let i = 0; i < 1_000; i += 1) add(`id${i}`)
    let letIn = 0
    reading = () => {
      clock.advance(11)
      if (reads > 1) letIn += 1
    }
    const started = projection.start()
    await clock.scheduled(1)
    expect(letIn).toBe(0)
    while (letIn < 5) await advance(0)
    await started
    expect(seen.size).toBe(1_000)
  })
})

describe('a change', () => {
  test('is seen at the next poll', async () => {
    await start()
    add('a')
    await advance(999)
    expect(seen.size).toBe(0)
    await advance(1)
    expect([...seen]).toEqual(['a'])
  })

  test('is seen at once after a nudge, one that comes during a look too', async () => {
    await start()
    const slow = gate()
    reading = slow.wait
    add('a')
    projection.nudge()
    projection.nudge()
    projection.nudge()
    await advance(0)
    expect(seen.size).toBe(0)
    slow.open()
    add('b')
    await advance(0)
    expect([...seen]).toEqual(['a', 'b'])
    // Two looks, each to the feed's end.
    expect(reads).toBe(1 + 2 + 2)
  })

  test('is not told again when all has been quiet for longer than the window', async () => {
    add('a')
    await start()
    for (let lookMs = 0; lookMs <= WINDOW_MS; lookMs += 1_000) await advance(1_000)
    told = []
    await advance(1_000)
    expect(told).toEqual([])
  })

  test('that appears late is seen, though the first load had failed', async () => {
    for (let i = 0; i < 300; i += 1) add(`id${i}`)
    answering = () => {
      answering = fail
    }
    await expect(projection.start()).rejects.toThrow('away')
    answering = () => {}
    add('a', clock.now() - WINDOW_MS)
    await advance(10_000)
    projection.nudge()
    await advance(0)
    expect(seen.size).toBe(301)
  })

  const change = fc.record({
    lateMs: fc.oneof(fc.constantFrom(0, WINDOW_MS), fc.nat(WINDOW_MS)),
    is: fc.constantFrom('change', 'change', 'change', 'nudge', 'fault', 'change during a look'),
    waitMs: fc.constantFrom(0, 0, 1, 300, 999, 1_000, 2_500),
  })

  test('is never missed, however late within the window it appears', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 40 }), async (steps) => {
        clock = createTestClock()
        feed = []
        seen = new Set()
        projection = create()
        await start()
        for (const [index, { lateMs, is, waitMs }] of steps.entries()) {
          const appear = () => add(`id${99 - index}`, clock.now() - lateMs)
          if (is === 'change') appear()
          if (is === 'nudge') projection.nudge()
          reading = is === 'fault' ? fail : () => {}
          answering = () => {
            answering = () => {}
            if (is !== 'change during a look') return
            appear()
            clock.advance(700)
          }
          await advance(waitMs)
        }
        reading = () => {}
        answering = () => {}
        await advance(0)
        await advance(1_000)
        expect([...seen].sort()).toEqual(feed.map(({ id }) => id).sort())
        await projection.stop()
      }),
      { numRuns: 500 },
    )
  })
})

test('an error is told and does not end the following', async () => {
  await start()
  reading = fail
  add('a')
  await advance(1_000)
  projection.nudge()
  await advance(0)
  expect(errors).toEqual([new Error('away'), new Error('away')])
  reading = () => {}
  await advance(1_000)
  expect([...seen]).toEqual(['a'])
})

describe('stop', () => {
  test('waits for a page under way, and reads no further one', async () => {
    await start()
    const slow = gate()
    reading = slow.wait
    add('a')
    projection.nudge()
    projection.nudge()
    let stopped = false
    const stopping = projection.stop().then(() => {
      stopped = true
    })
    await advance(0)
    expect(stopped).toBe(false)
    slow.open()
    await stopping
    const before = reads
    projection.nudge()
    await advance(10_000)
    expect([...seen]).toEqual(['a'])
    expect(reads).toBe(before)
  })

  test('ends a load that has not come to its end', async () => {
    for (let i = 0; i < 1_000; i += 1) add(`id${i}`)
    const slow = gate()
    reading = slow.wait
    const started = projection.start()
    const stopping = projection.stop()
    slow.open()
    await Promise.all([started, stopping])
    expect(reads).toBe(1)
    const polls = clock.scheduled(1).then(() => true)
    expect(await Promise.race([polls, setImmediate(false)])).toBe(false)
  })

  test('does not fail where the look under way does', async () => {
    await start()
    const slow = gate()
    reading = () => slow.wait().then(fail)
    projection.nudge()
    const stopping = projection.stop()
    slow.open()
    await stopping
    expect(errors).toHaveLength(1)
  })
})

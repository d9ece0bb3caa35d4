import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { createTestClock } from '../test/clock.ts'
import { repeat, rfc3339 } from './clock.ts'

const PAUSE_MS = 100

describe('repeat', () => {
  test('pauses between the end of a run and the start of the next', async () => {
    const clock = createTestClock()
    const startMs = clock.now()
    const starts: number[] = []
    let finish = () => {}
    const task = () => {
      starts.push(clock.now() - startMs)
      return new Promise<void>((resolve) => {
        finish = resolve
      })
    }
    repeat(clock, PAUSE_MS, task, () => {})
    clock.advance(1_000)
    await setImmediate()
    finish()
    await clock.scheduled(1)
    clock.advance(1_000)
    expect(starts).toEqual([100, 1_100])
  })

  test('goes on after a run that failed', async () => {
    const clock = createTestClock()
    const errors: unknown[] = []
    const task = () => Promise.reject(new Error(`run ${errors.length}`))
    repeat(clock, PAUSE_MS, task, (error) => errors.push(error))
    for (let runs = 0; runs < 2; runs += 1) {
      await clock.scheduled(1)
      clock.advance(PAUSE_MS)
      await setImmediate()
    }
    expect(errors).toEqual([new Error('run 0'), new Error('run 1')])
  })

  test('ended in a pause, runs no more', async () => {
    const clock = createTestClock()
    let runs = 0
    const stop = repeat(
      clock,
      PAUSE_MS,
      async () => {
        runs += 1
      },
      () => {},
    )
    await stop()
    clock.advance(1_000)
    expect(runs).toBe(0)
  })

  test('ended in a run, waits for its end and runs no more', async () => {
    const clock = createTestClock()
    let finish = () => {}
    let runs = 0
    const task = () => {
      runs += 1
      return new Promise<void>((resolve) => {
        finish = resolve
      })
    }
    const stop = repeat(clock, PAUSE_MS, task, () => {})
    clock.advance(PAUSE_MS)
    const stopped = stop()
    expect(await Promise.race([stopped.then(() => true), setImmediate(false)])).toBe(false)
    finish()
    await stopped
    clock.advance(1_000)
    expect(runs).toBe(1)
  })
})

test('RFC 3339 is written in UTC, with milliseconds', () => {
  expect(rfc3339(0)).toBe('1970-01-01T00:00:00.000Z')
  expect(rfc3339(1_893_456_000_007)).toBe('2030-01-01T00:00:00.007Z')
})

import { describe, expect, test } from '@jest/globals'
import { createTestClock } from '../../test/clock.ts'
import { Waits } from './waits.ts'

describe('a bounded wait', () => {
  test('gives the answer, good or bad, that comes in time', async () => {
    const clock = createTestClock()
    const waits = new Waits(clock)
    const late = clock.now() + 1_000
    expect(await waits.until(late, Promise.resolve('yes'))).toBe('yes')
    await expect(waits.until(late, Promise.reject(new Error('no')))).rejects.toThrow('no')
  })

  test('ends at its deadline, each at its own', async () => {
    const clock = createTestClock()
    const waits = new Waits(clock)
    const never = new Promise<never>(() => {})
    const first = waits.until(clock.now() + 1_000, never)
    const second = waits.until(clock.now() + 2_000, never)
    clock.advance(1_000)
    await expect(first).rejects.toMatchObject({ type: 'unavailable', code: 503 })
    let ended = false
    const end = second.catch(() => (ended = true))
    clock.advance(750)
    await Promise.resolve()
    expect(ended).toBe(false)
    clock.advance(250)
    await end
  })
})

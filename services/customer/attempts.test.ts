import { describe, expect, test } from '@jest/globals'
import { Attempts } from './attempts.ts'

describe('attempts', () => {
  test('are counted in a minute from the first', () => {
    const attempts = new Attempts(2)
    expect(attempts.count('a', 1_000)).toBe(0)
    expect(attempts.count('a', 2_000)).toBe(0)
    expect(attempts.count('a', 11_000)).toBe(50_000)
    expect(attempts.count('a', 60_999)).toBe(1)
    expect(attempts.count('a', 61_000)).toBe(0)
  })

  test('are counted by key', () => {
    const attempts = new Attempts(1)
    expect(attempts.count('a', 0)).toBe(0)
    expect(attempts.count('b', 0)).toBe(0)
    expect(attempts.count('a', 0)).toBeGreaterThan(0)
  })

  test('have no limit at 0', () => {
    const attempts = new Attempts(0)
    for (let n = 0; n < 100; n += 1) expect(attempts.count('a', 0)).toBe(0)
  })

  test('are forgotten, the oldest first, where there are too many to remember', () => {
    const attempts = new Attempts(1)
    for (let n = 0; n <= 100_000; n += 1) attempts.count(`key ${n}`, 0)
    expect(attempts.count('key 100000', 0)).toBeGreaterThan(0)
    expect(attempts.count('key 0', 0)).toBe(0)
  })
})

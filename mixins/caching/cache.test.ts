import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createTestClock } from '../../test/clock.ts'
import { Cache } from './cache.ts'
import { Lru } from './lru.ts'
import { Popularity } from './popularity.ts'

const TTL_MS = 1_000

describe('the least recently used goes first', () => {
  const command = fc.record({
    is: fc.constantFrom('get' as const, 'set' as const, 'delete' as const),
    key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  })

  test('as in a plain list', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        const lru = new Lru<number>(3)
        let model: [string, number][] = []
        for (const [at, { is, key }] of commands.entries()) {
          const found = model.find(([name]) => name === key)
          const others = model.filter(([name]) => name !== key)
          if (is === 'set') {
            const gone = found ?? (model.length === 3 ? model[0] : undefined)
            model = [...others, [key, at] as [string, number]].slice(-3)
            expect(lru.set(key, at)).toBe(gone?.[1])
          } else if (is === 'delete') {
            lru.delete(key)
            model = others
          } else {
            expect(lru.get(key)).toBe(found?.[1])
            if (found) model = [...others, found]
          }
          expect(lru.size).toBe(model.length)
        }
      }),
    )
  })
})

describe('the cache', () => {
  const loading =
    (value: string, ...tags: string[]) =>
    async () => ({ value, tags })

  test('keeps a value for its time', async () => {
    const clock = createTestClock()
    const cache = new Cache<string>(clock, 10)
    expect(cache.get('k')).toBeUndefined()
    expect(await cache.load('k', TTL_MS, loading('v'))).toBe('v')
    await clock.advance(TTL_MS - 1)
    expect(cache.get('k')).toBe('v')
    await clock.advance(1)
    expect(cache.get('k')).toBeUndefined()
    expect(cache.size).toBe(0)
  })

  test('loads once for all who wait, and again after a failure', async () => {
    const cache = new Cache<string>(createTestClock(), 10)
    let loads = 0
    const load = async () => {
      loads += 1
      if (loads === 1) throw new Error('down')
      return { value: `v${loads}`, tags: [] }
    }
    const asked = () => cache.load('k', TTL_MS, load)
    expect(await Promise.allSettled([asked(), asked()])).toMatchObject([
      { status: 'rejected' },
      { status: 'rejected' },
    ])
    expect(await Promise.all([asked(), asked()])).toEqual(['v2', 'v2'])
    expect(loads).toBe(2)
  })

  test('drops by tag, and forgets the tags of what is gone', async () => {
    const cache = new Cache<string>(createTestClock(), 2)
    await cache.load('a', TTL_MS, loading('1', 'x', 'y'))
    await cache.load('b', TTL_MS, loading('2', 'x'))
    await cache.load('c', TTL_MS, loading('3', 'y'))
    expect(cache.get('a')).toBeUndefined()
    expect(cache.drop('x')).toBe(1)
    expect(cache.get('c')).toBe('3')
    expect(cache.drop('y')).toBe(1)
    expect(cache.drop('y')).toBe(0)
    expect(cache.size).toBe(0)
  })

  test('does not keep what was being loaded while something was dropped', async () => {
    const cache = new Cache<string>(createTestClock(), 10)
    let finish = () => {}
    const old = cache.load('k', TTL_MS, async () => {
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      return { value: 'old', tags: ['x'] }
    })
    cache.drop('x')
    expect(await cache.load('k', TTL_MS, loading('new', 'x'))).toBe('new')
    finish()
    expect(await old).toBe('old')
    expect(cache.get('k')).toBe('new')
  })
})

test('popularity keeps the top and stays bounded', () => {
  const popularity = new Popularity()
  for (let at = 0; at < 25_000; at += 1) {
    popularity.count(`rare ${at}`)
    if (at % 3 === 0) popularity.count('often')
    if (at % 9 === 0) popularity.count('sometimes')
  }
  expect(popularity.top(2)).toEqual(['often', 'sometimes'])
  expect(popularity.top(1_000_000).length).toBeLessThanOrEqual(10_001)
})

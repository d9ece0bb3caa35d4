import { describe, expect, test } from '@jest/globals'
import { isRefusal } from '../../kernel/errors.ts'
import { MemoryWindows, networkOf, RateLimiter, type RateWindows } from './limits.ts'

function clockAt(nowMs: number) {
  const time = { nowMs }
  const clock = { now: () => time.nowMs, after: () => () => {} }
  return { time, clock }
}

describe('a rate limit', () => {
  test('tells what is left and refuses what is above, until the window ends', () => {
    const { time, clock } = clockAt(1_000_000)
    const limiter = new RateLimiter(2, new MemoryWindows(), clock)
    const hit = () => {
      const fields: string[] = []
      limiter.byAddress('10.0.0.1', fields)
      return fields
    }
    expect(hit()).toEqual([
      'RateLimit-Policy',
      '"default";q=2;w=60',
      'RateLimit',
      '"default";r=1;t=60',
    ])
    time.nowMs += 10_500
    expect(hit().at(-1)).toBe('"default";r=0;t=50')
    expect(hit).toThrow('at most 2 requests a minute')
    limiter.byAddress('10.0.0.2', [])
    time.nowMs += 49_500
    expect(hit().at(-1)).toBe('"default";r=1;t=60')
  })

  test('says when to come again', () => {
    const { time, clock } = clockAt(0)
    const limiter = new RateLimiter(1, new MemoryWindows(), clock)
    limiter.byCustomer('cus_1', [])
    time.nowMs = 20_001
    const fields: string[] = []
    try {
      limiter.byCustomer('cus_1', fields)
      throw new Error('not refused')
    } catch (error) {
      expect(isRefusal(error) && [error.type, error.code]).toEqual(['rate_limited', 429])
    }
    expect(fields.slice(-4)).toEqual(['RateLimit', '"customer";r=0;t=40', 'Retry-After', '40'])
  })

  test('is off at 0', () => {
    const fields: string[] = []
    new RateLimiter(0, new MemoryWindows(), clockAt(0).clock).byAddress('10.0.0.1', fields)
    expect(fields).toEqual([])
  })

  test('waits for a store that is shared', async () => {
    const { clock } = clockAt(0)
    const shared: RateWindows = { hit: async () => ({ count: 9, endsAt: 30_000 }) }
    await expect(new RateLimiter(8, shared, clock).byAddress('10.0.0.1', [])).rejects.toThrow(
      'at most 8',
    )
    await new RateLimiter(9, shared, clock).byAddress('10.0.0.1', [])
  })

  test('holds a bounded number of windows', () => {
    const windows = new MemoryWindows()
    for (let key = 0; key < 100_001; key++) windows.hit(`${key}`, 60_000, 1)
    expect(windows.hit('100000', 60_000, 2).count).toBe(2)
    expect(windows.hit('0', 60_000, 2).count).toBe(1)
  })

  test('knows an IPv6 host by its network', () => {
    expect(networkOf('10.1.2.3')).toBe('10.1.2.3')
    expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64')
    expect(networkOf('2001:db8::6')).toBe(networkOf('2001:db8:0:0:ffff::1'))
    expect(networkOf('fe80::1%eth0')).toBe('fe80:0:0:0::/64')
    expect(networkOf('::1')).toBe('0:0:0:0::/64')
  })
})

import { describe, expect, test } from '@jest/globals'
import { createTestClock } from '../../test/clock.ts'
import { COST, Passwords } from './passwords.ts'

const cheap = { n: 2, r: 1, p: 1 }
const clock = createTestClock()

describe('a password', () => {
  test('is known again, and no other', async () => {
    const passwords = new Passwords(clock, cheap)
    const known = await passwords.hash('correct horse')
    expect(await passwords.verify('correct horse', known)).toBe(true)
    expect(await passwords.verify('correct house', known)).toBe(false)
    expect(await passwords.verify('correct horse', undefined)).toBe(false)
  })

  test('is the same in every composition of its characters', async () => {
    const passwords = new Passwords(clock, cheap)
    const known = await passwords.hash('cafe\u0301 au lait')
    expect(await passwords.verify('caf\u00e9 au lait', known)).toBe(true)
  })

  test('has another hash each time, at the cost that is stored with it', async () => {
    const passwords = new Passwords(clock)
    const [one, other] = await Promise.all([passwords.hash('secret'), passwords.hash('secret')])
    expect(one.hash).not.toBe(other.hash)
    expect(one).toMatchObject(COST)
    expect(await new Passwords(clock, cheap).verify('secret', one)).toBe(true)
  })
})

describe('the queue of passwords', () => {
  test('is bounded, and empties', async () => {
    const passwords = new Passwords(clock, cheap)
    const hashes = Array.from({ length: 200 }, () => passwords.hash('secret'))
    const outcomes = await Promise.allSettled(hashes)
    const refused = outcomes.filter(({ status }) => status === 'rejected')
    expect(refused.length).toBeGreaterThan(0)
    expect(refused.length).toBeLessThan(hashes.length - 50)
    for (const { reason } of refused as PromiseRejectedResult[]) {
      expect(reason).toMatchObject({ type: 'overloaded' })
    }
    expect(await passwords.hash('secret')).toHaveProperty('hash')
  })

  test('drops what nobody waits for any more', async () => {
    const passwords = new Passwords(clock, cheap)
    const late = passwords.hash('secret', clock.now() - 1)
    await expect(late).rejects.toMatchObject({ type: 'unavailable' })
    expect(await passwords.hash('secret', clock.now())).toHaveProperty('hash')
  })
})

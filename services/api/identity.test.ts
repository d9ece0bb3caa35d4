import { beforeEach, describe, expect, test } from '@jest/globals'
import type { Auth } from '../../kernel/contract.ts'
import { isRefusal } from '../../kernel/errors.ts'
import { signToken } from '../../kernel/token.ts'
import { Identity } from './identity.ts'

const jwtSecret = new TextEncoder().encode('a secret of at least thirty-two bytes')
const operatorKey = 'sk_operator'
const time = { nowMs: 1_800_000_000_000 }
const clock = { now: () => time.nowMs, after: () => () => {} }
const asked: string[] = []
let exists: (customerId: string) => Promise<boolean>
let identity: Identity
let token: string

beforeEach(async () => {
  asked.length = 0
  exists = async () => true
  identity = new Identity({ jwtSecret, operatorKey }, clock, (customerId) => {
    asked.push(customerId)
    return exists(customerId)
  })
  token = (await signToken({ customerId: 'cus_1' }, jwtSecret, time.nowMs)).token
})

async function outcome(auth: Auth, authorization: string | undefined): Promise<unknown> {
  try {
    const { customerId } = await identity.identify(auth, authorization)
    return customerId ?? 'nobody'
  } catch (error) {
    if (isRefusal(error)) return `${error.code} ${error.type}`
    throw error
  }
}

describe('who may use a route', () => {
  test.each<[Auth, string, unknown]>([
    ['public', 'none', 'nobody'],
    ['public', 'customer', 'nobody'],
    ['public', 'broken', 'nobody'],
    ['public', 'operator', 'nobody'],
    ['shopper', 'none', 'nobody'],
    ['shopper', 'customer', 'cus_1'],
    ['shopper', 'broken', '401 invalid_token'],
    ['shopper', 'basic', '401 invalid_token'],
    ['shopper', 'operator', '403 forbidden'],
    ['shopper', 'wrong key', '401 invalid_token'],
    ['customer', 'none', '401 authentication_required'],
    ['customer', 'customer', 'cus_1'],
    ['customer', 'broken', '401 invalid_token'],
    ['customer', 'operator', '403 forbidden'],
    ['operator', 'none', '401 authentication_required'],
    ['operator', 'customer', '403 forbidden'],
    ['operator', 'broken', '401 invalid_token'],
    ['operator', 'operator', 'nobody'],
    ['operator', 'wrong key', '401 invalid_token'],
  ])('%s route, %s: %s', async (auth, who, expected) => {
    const authorizations: Record<string, string | undefined> = {
      none: undefined,
      customer: `Bearer ${token}`,
      broken: `Bearer ${token.slice(0, -2)}xx`,
      basic: 'Basic dXNlcjpwYXNz',
      operator: `Bearer ${operatorKey}`,
      'wrong key': 'Bearer sk_operatoR',
    }
    expect(await outcome(auth, authorizations[who])).toBe(expected)
    expect(await outcome(auth, authorizations[who])).toBe(expected)
  })
})

describe('what is remembered', () => {
  test('a token until it expires, answered without a promise', async () => {
    await outcome('customer', `Bearer ${token}`)
    const again = identity.identify('customer', `Bearer ${token}`)
    expect(again).toMatchObject({ customerId: 'cus_1' })
    const before = time.nowMs
    time.nowMs += 25 * 3_600_000
    expect(await outcome('customer', `Bearer ${token}`)).toBe('401 invalid_token')
    time.nowMs = before
  })

  test('that the customer exists, for a minute', async () => {
    await outcome('customer', `Bearer ${token}`)
    time.nowMs += 59_999
    await outcome('customer', `Bearer ${token}`)
    expect(asked).toEqual(['cus_1'])
    time.nowMs += 1
    exists = async () => false
    expect(await outcome('customer', `Bearer ${token}`)).toBe('401 invalid_token')
    expect(asked).toEqual(['cus_1', 'cus_1'])
  })

  test('nothing, when the question failed', async () => {
    exists = () => Promise.reject(new Error('no answer'))
    await expect(outcome('customer', `Bearer ${token}`)).rejects.toThrow('no answer')
    exists = async () => true
    expect(await outcome('customer', `Bearer ${token}`)).toBe('cus_1')
  })

  test('an erasure, at once, even while the question is under way', async () => {
    await outcome('customer', `Bearer ${token}`)
    identity.forgetCustomer('cus_1')
    expect(await outcome('customer', `Bearer ${token}`)).toBe('401 invalid_token')

    time.nowMs += 60_000
    let answer: (exists: boolean) => void = () => {}
    exists = () => new Promise((resolve) => (answer = resolve))
    const underWay = outcome('customer', `Bearer ${token}`)
    await new Promise(setImmediate)
    identity.forgetCustomer('cus_1')
    answer(true)
    expect(await underWay).toBe('401 invalid_token')
  })
})

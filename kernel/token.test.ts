import { describe, expect, test } from '@jest/globals'
import { SignJWT, UnsecuredJWT } from 'jose'
import { signToken, verifyToken } from './token.ts'

const secret = new TextEncoder().encode('a secret of at least thirty-two bytes')
const other = new TextEncoder().encode('another secret that is just as long..')
const now = Date.parse('2026-03-01T12:00:00.500Z')

describe('a token', () => {
  test('names the customer until it expires', async () => {
    const { token, expiresAt } = await signToken({ customerId: 'cus_1' }, secret, now)
    expect(await verifyToken(token, secret, now)).toEqual({ customerId: 'cus_1', expiresAt })
    expect(await verifyToken(token, secret, expiresAt - 1)).toBeDefined()
    expect(await verifyToken(token, secret, expiresAt)).toBeUndefined()
  })

  test('of another secret, altered, or of none is refused', async () => {
    const { token } = await signToken({ customerId: 'cus_1' }, secret, now)
    const [header, payload, signature] = token.split('.')
    const forged = Buffer.from(payload!, 'base64url').toString().replace('cus_1', 'cus_2')
    expect(await verifyToken(token, other, now)).toBeUndefined()
    expect(
      await verifyToken(
        `${header}.${Buffer.from(forged).toString('base64url')}.${signature}`,
        secret,
        now,
      ),
    ).toBeUndefined()
    expect(await verifyToken('not.a.token', secret, now)).toBeUndefined()
  })

  test('must be HS256, ours, for us, with an end and a subject', async () => {
    const claims = { iss: 'stoa', aud: 'stoa', sub: 'cus_1', exp: now / 1_000 + 60 }
    const sign = (overrides: object, algorithm = 'HS256') =>
      new SignJWT({ ...claims, ...overrides }).setProtectedHeader({ alg: algorithm }).sign(secret)
    expect(await verifyToken(await sign({}), secret, now)).toBeDefined()
    for (const overrides of [{ iss: 'x' }, { aud: 'x' }, { exp: undefined }, { sub: undefined }]) {
      expect(await verifyToken(await sign(overrides), secret, now)).toBeUndefined()
    }
    expect(await verifyToken(await sign({}, 'HS384'), secret, now)).toBeUndefined()
    expect(await verifyToken(new UnsecuredJWT(claims).encode(), secret, now)).toBeUndefined()
  })
})

import { describe, expect, test } from '@jest/globals'
import { Value } from 'typebox/value'
import { customerContract } from './customer.contract.ts'
import { emailKey } from './customer.documents.ts'

const { params } = customerContract.actions.register
const good = { email: 'ann@example.com', password: '0123456789', name: 'Ann' }
const accepts = (change: object) => Value.Check(params, { ...good, ...change })

describe('a registration takes', () => {
  test.each([
    'ann@example.com',
    'Ann.B+shop@mail.example.co.uk',
    "o'neill_1%x@example-1.org",
    'josé@ejemplo.es',
    '用户@例子.中国',
    `${'a'.repeat(64)}@example.com`,
  ])('the e-mail address %s', (email) => {
    expect(accepts({ email })).toBe(true)
  })

  test.each([
    '',
    'ann',
    '@example.com',
    'ann@',
    'ann@example',
    'ann@example.',
    'ann@.com',
    'ann@example..com',
    'ann@@example.com',
    'ann@exam ple.com',
    ' ann@example.com',
    'ann@example.com ',
    'ann@example.com\n',
    'Ann <ann@example.com>',
    'ann@example.com,bob@example.com',
    'a\u0000nn@example.com',
    `${'a'.repeat(65)}@example.com`,
    `ann@${`${'a'.repeat(60)}.`.repeat(4)}${'e'.repeat(10)}.com`,
  ])('not %j', (email) => {
    expect(accepts({ email })).toBe(false)
  })

  test('passwords of 10 to 200 characters', () => {
    expect(accepts({ password: 'x'.repeat(10) })).toBe(true)
    expect(accepts({ password: 'x'.repeat(200) })).toBe(true)
    expect(accepts({ password: 'x'.repeat(9) })).toBe(false)
    expect(accepts({ password: 'x'.repeat(201) })).toBe(false)
  })

  test('names that show', () => {
    expect(accepts({ name: 'Ann Ω. 李' })).toBe(true)
    expect(accepts({ name: '   ' })).toBe(false)
    expect(accepts({ name: 'Ann\r\nBcc: all' })).toBe(false)
    expect(accepts({ name: 'x'.repeat(201) })).toBe(false)
  })

  test('nothing else', () => {
    expect(accepts({ isAdmin: true })).toBe(false)
  })
})

test('one address has one key in all its spellings', () => {
  expect(emailKey('Jose\u0301@Example.COM')).toBe(emailKey('jos\u00e9@example.com'))
  expect(emailKey('ann@example.com')).not.toBe(emailKey('anne@example.com'))
  expect(emailKey('ann@example.com')).not.toContain('ann')
})

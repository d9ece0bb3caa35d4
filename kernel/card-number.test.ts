import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { containsCardNumber } from './card-number.ts'

/** The check digit by the textbook: written apart from the code that is tested. */
function checkDigit(payload: readonly number[]): number {
  const total = [...payload]
    .reverse()
    .flatMap((digit, i) => (i % 2 === 0 ? [...String(digit * 2)].map(Number) : [digit]))
    .reduce((sum, digit) => sum + digit, 0)
  return (10 - (total % 10)) % 10
}

const digit = fc.integer({ min: 0, max: 9 })
const payload = fc.array(digit, { minLength: 12, maxLength: 18 })
const cardNumber = payload.map((digits) => [...digits, checkDigit(digits)].join(''))
const wrongNumber = fc
  .tuple(payload, fc.integer({ min: 1, max: 9 }))
  .map(([digits, off]) => [...digits, (checkDigit(digits) + off) % 10].join(''))

const separator = fc.constantFrom('', ' ', '-', '  ', ' - ', '\u00a0', '\u2013')
const spacedNumber = fc
  .tuple(cardNumber, fc.array(separator, { minLength: 19, maxLength: 19 }))
  .map(([number, gaps]) => [...number].map((char, i) => char + (gaps[i] ?? '')).join(''))

const words = fc.stringMatching(/^[A-Za-z_.:]{0,12}$/)

describe('a card number is found', () => {
  test('in any field, key or list, at any depth', () => {
    const holder = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'medium' },
        cardNumber,
        fc.tuple(fc.jsonValue(), tie('value')),
        fc.tuple(fc.string(), tie('value')).map(([key, value]) => ({ [key]: value })),
        cardNumber.map((number) => ({ [number]: true })),
      ),
    })).value
    fc.assert(fc.property(holder, (value) => containsCardNumber(value)))
  })

  test('with spaces and dashes anywhere between its digits, and words around it', () => {
    fc.assert(
      fc.property(words, spacedNumber, words, (before, number, after) =>
        containsCardNumber({ note: `${before}${number}${after}` }),
      ),
    )
  })

  test('as a JSON number', () => {
    const exact = cardNumber.map(Number).filter((n) => Number.isSafeInteger(n) && n >= 1e12)
    fc.assert(fc.property(exact, (number) => containsCardNumber({ number })))
  })

  test('with its expiry date and check value behind it', () => {
    expect(containsCardNumber('4242 4242 4242 4242 12 29 123')).toBe(true)
    expect(containsCardNumber('4242-4242-4242-4242 12/29')).toBe(true)
    expect(containsCardNumber('12 5555555555554444')).toBe(true)
  })

  test('where rounding has taken its last digits', () => {
    expect(containsCardNumber(JSON.parse('{"n": 6304000000000000018}'))).toBe(true)
  })

  test('a hundred thousand levels down', () => {
    let value: unknown = '4242424242424242'
    for (let i = 0; i < 100_000; i += 1) value = [value]
    expect(containsCardNumber(value)).toBe(true)
  })
})

describe('a card number is not seen', () => {
  test('where the check digit is wrong', () => {
    fc.assert(fc.property(wrongNumber, (number) => !containsCardNumber({ number })))
  })

  test('where the check digit of four groups of four is wrong', () => {
    const grouped = wrongNumber
      .filter((number) => number.length === 16)
      .map((number) => number.replace(/(\d{4})(?=\d)/g, '$1 '))
    fc.assert(fc.property(grouped, (number) => !containsCardNumber({ number })))
  })

  test('in fewer than 13 digits or more than 19', () => {
    const short = fc.stringMatching(/^\d{0,12}$/)
    const long = fc.stringMatching(/^\d{20,40}$/)
    fc.assert(fc.property(fc.oneof(short, long), (number) => !containsCardNumber({ number })))
  })

  test('in what a payment is made of', () => {
    const body = {
      method: { type: 'card', token: 'tok_1N3T00LkdIwHu7ixt44h1F8k' },
      amount: 129_900,
    }
    expect(containsCardNumber(body)).toBe(false)
    expect(containsCardNumber([null, true, 0, -1.5, 1e30, '', 'pm_card_visa'])).toBe(false)
  })
})

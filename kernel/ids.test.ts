import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { derivedId, fingerprint, newId } from './ids.ts'

const FORM = /^evt_[0-9a-z]{26}$/
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const time = fc.integer({ min: 0, max: 2 ** 48 - 1 })

/** The 128 bits behind a prefix, first bit first: apart from how they were written. */
function bitsOf(id: string): string {
  const chars = [...id.slice(id.indexOf('_') + 1)]
  return chars
    .map((char) => ALPHABET.indexOf(char).toString(2).padStart(5, '0'))
    .join('')
    .slice(0, 128)
}

describe('a new id', () => {
  test('is a UUIDv7 of its time', () => {
    fc.assert(
      fc.property(time, (nowMs) => {
        const id = newId('evt', nowMs)
        expect(id).toMatch(FORM)
        const bits = bitsOf(id)
        expect(Number.parseInt(bits.slice(0, 48), 2)).toBe(nowMs)
        expect(bits.slice(48, 52)).toBe('0111')
        expect(bits.slice(64, 66)).toBe('10')
      }),
    )
  })

  test('sorts by time', () => {
    fc.assert(
      fc.property(time, time, (a, b) => {
        fc.pre(a < b)
        expect(newId('evt', a) < newId('evt', b)).toBe(true)
      }),
    )
  })

  test('is had once', () => {
    const ids = Array.from({ length: 10_000 }, () => newId('ord', 7))
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('a derived id', () => {
  test('is the same on every node and in every release', () => {
    expect(derivedId('ord', 'cus_1', 'place', 'k1')).toBe('ord_hjz7cd3myh0t72hzfg01k78zhw')
    expect(derivedId('pay', 'Zürich ☂', '')).toBe('pay_7pdd98tfqjjkwaadze47v00430')
    expect(fingerprint('a', 'b')).toBe('tezx18grqcgb7j55e7jfzwjx70')
  })

  test('differs where the parts differ, however they are cut', () => {
    expect(derivedId('evt', 'a', 'bc')).not.toBe(derivedId('evt', 'ab', 'c'))
    const parts = fc.array(fc.string({ unit: fc.constantFrom('a', '1', ':', ';') }), {
      maxLength: 4,
    })
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(derivedId('evt', ...a)).toMatch(FORM)
        const same = JSON.stringify(a) === JSON.stringify(b)
        expect(derivedId('evt', ...a) === derivedId('evt', ...b)).toBe(same)
      }),
    )
  })
})

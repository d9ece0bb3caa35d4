import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { decodeCursor, encodeCursor } from './cursor.ts'

describe('a cursor', () => {
  const values = fc.tuple(fc.integer(), fc.string({ unit: 'binary' }))

  test('gives back what it was made of, and passes through a URL', () => {
    fc.assert(
      fc.property(values, (made) => {
        const cursor = encodeCursor(made)
        expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/)
        expect(decodeCursor(cursor, ['number', 'string'])).toEqual(made)
      }),
    )
  })

  const refusal = expect.objectContaining({ type: 'validation_failed', code: 422 })
  const base64 = (text: string) => Buffer.from(text).toString('base64url')

  test.each([
    '',
    '!',
    base64('{'),
    base64('null'),
    base64('7'),
    base64('{"0":7,"1":"a","length":2}'),
    encodeCursor([7]),
    encodeCursor(['a', 7]),
    encodeCursor([7, 'a', 1]),
    base64('[null,"a"]'),
    base64('[[7],"a"]'),
  ])('that is none is refused: %j', (cursor) => {
    expect(() => decodeCursor(cursor, ['number', 'string'])).toThrow(refusal)
  })

  test('of whatever a client sends is refused, or is of the kinds asked for', () => {
    const sent = fc.oneof(
      fc.string(),
      fc.jsonValue().map((value) => base64(JSON.stringify(value))),
    )
    fc.assert(
      fc.property(sent, (cursor) => {
        try {
          const [at, id] = decodeCursor(cursor, ['number', 'string'])
          expect([typeof at, typeof id]).toEqual(['number', 'string'])
        } catch (error) {
          expect(error).toEqual(refusal)
        }
      }),
    )
  })
})

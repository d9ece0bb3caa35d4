import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isRefusal } from '../../kernel/errors.ts'
import { canonicalJson, parseJson } from './json.ts'

function codeOf(text: string): string | undefined {
  try {
    parseJson(text)
  } catch (error) {
    if (isRefusal(error)) return error.type
    throw error
  }
}

const strings = fc.string({ unit: 'grapheme' }).filter((text) => text !== '__proto__')
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    strings,
    fc.array(tie('value'), { maxLength: 4 }),
    tie('object'),
  ),
  object: fc
    .uniqueArray(fc.tuple(strings, tie('value')), { maxLength: 4, selector: ([key]) => key })
    .map((entries) => Object.fromEntries(entries)),
}))

describe('strict JSON', () => {
  test('reads what JSON.parse reads, whatever the white space', () => {
    fc.assert(
      fc.property(values.value, fc.constantFrom('', ' ', '\t', '\n'), (value, space) => {
        const text = JSON.stringify(value, null, space)
        expect(parseJson(text)).toEqual(JSON.parse(text))
      }),
      { numRuns: 1_000 },
    )
  })

  test('refuses a repeated key in any object, however the key is written', () => {
    fc.assert(
      fc.property(
        values.object,
        strings,
        values.value,
        fc.boolean(),
        fc.boolean(),
        (others, key, value, escaped, nested) => {
          const again = escaped ? `"${escapeAll(key)}"` : JSON.stringify(key)
          const rest = JSON.stringify({ ...(others as object), [key]: value }).slice(1)
          const repeated = `{${again}:${JSON.stringify(value)},${rest}`
          expect(codeOf(nested ? `[{"x":${repeated}}]` : repeated)).toBe('duplicate_key')
        },
      ),
      { numRuns: 1_000 },
    )
  })

  test('refuses what JSON.parse refuses, with its own refusal', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'{}[]",:\\ \n1-+.eE0nulltrfas') }),
        (text) => {
          let valid = true
          try {
            JSON.parse(text)
          } catch {
            valid = false
          }
          expect(codeOf(text) === 'invalid_json').toBe(!valid)
        },
      ),
      { numRuns: 5_000 },
    )
  })

  test.each([
    ['', 'invalid_json'],
    ['{"a":1', 'invalid_json'],
    ["{'a':1}", 'invalid_json'],
    ['[1,]', 'invalid_json'],
    ['NaN', 'invalid_json'],
    ['"\\ud83d"', 'invalid_json'],
    ['{"\\ude00":1}', 'invalid_json'],
    ['{"__proto__":{"isAdmin":true}}', 'forbidden_key'],
    ['{"\\u005f_proto__":1}', 'forbidden_key'],
    ['[{"a":{"__proto__":null}}]', 'forbidden_key'],
    [`${'['.repeat(33)}${']'.repeat(33)}`, 'json_too_deep'],
    [`${'{"a":'.repeat(33)}1${'}'.repeat(33)}`, 'json_too_deep'],
    ['['.repeat(500_000) + ']'.repeat(500_000), 'json_too_deep'],
  ])('%.40s is %s', (text, code) => {
    expect(codeOf(text)).toBe(code)
  })

  test('takes 32 levels, colons and quotes in strings, and keys of the prototype', () => {
    const deep = `${'['.repeat(32)}${']'.repeat(32)}`
    expect(parseJson(deep)).toEqual(JSON.parse(deep))
    for (const text of ['{"a:\\":":"\\\\","b":":"}', '{"constructor":1,"toString":2}', '"😀"']) {
      expect(parseJson(text)).toEqual(JSON.parse(text))
    }
  })
})

describe('canonical JSON', () => {
  test('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(values.object, (object) => {
        const reversed = Object.fromEntries(Object.entries(object as object).reverse())
        expect(canonicalJson(reversed)).toBe(canonicalJson(object))
        expect(JSON.parse(canonicalJson(object))).toEqual(JSON.parse(JSON.stringify(object)))
      }),
    )
  })

  test('tells different contents apart', () => {
    expect(canonicalJson({ a: 1, b: [2] })).toBe('{"a":1,"b":[2]}')
    expect(canonicalJson({ a: '1' })).not.toBe(canonicalJson({ a: 1 }))
    expect(canonicalJson(undefined)).toBe('')
  })
})

function escapeAll(text: string): string {
  return [...Array(text.length).keys()]
    .map((at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('')
}

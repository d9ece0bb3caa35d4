import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { chunks, fold, stem } from './search.text.ts'

const parts = (text: string) => chunks(text).flatMap((chunk) => chunk.parts)
const termsOf = (text: string) =>
  chunks(text).flatMap(({ parts, whole }) => [...parts.map(({ term }) => term), whole ?? []].flat())
const heads = (text: string) =>
  parts(text)
    .filter(({ head }) => head)
    .map(({ term }) => term)

describe('fold', () => {
  test.each([
    ['Café CRÈME', 'cafe creme'],
    ['Straße', 'strasse'],
    ['Łódź Ørsted', 'lodz orsted'],
    ['ﬁbre ２０', 'fibre 20'],
    ['Core™2', 'core 2'],
  ])('%s', (text, folded) => {
    expect(fold(text)).toBe(folded)
  })
})

describe('stem', () => {
  test.each([
    ['batteries', 'battery'],
    ['cables', 'cable'],
    ['boxes', 'box'],
    ['switches', 'switch'],
    ['lenses', 'lens'],
    ['mice', 'mouse'],
    ['wireless', 'wireless'],
    ['status', 'status'],
    ['ups', 'ups'],
    ['ps4s', 'ps4s'],
  ])('%s', (word, stemmed) => {
    expect(stem(word)).toBe(stemmed)
  })

  test.each([
    ['movies', 'movie'],
    ['caches', 'cache'],
    ['cds', 'cd'],
  ])('%s and %s are one', (plural, singular) => {
    expect(stem(plural)).toBe(stem(singular))
  })
})

describe('chunks', () => {
  test.each([
    ['dv7-1211ea', ['dv7', '1211ea', 'dv71211ea']],
    ['R6B4A210/10', ['r6b4a210', '10', 'r6b4a21010']],
    ['Wi-Fi', ['wi', 'fi', 'wifi']],
    ['Printer/Fax', ['printer', 'fax']],
    ['802.11n 3.5mm', ['802.11n', '3.5mm']],
    ['4GB', ['4gb']],
    ['4 GB', ['4', 'gb', '4gb']],
    ['17" LCD', ['17', '17in', 'lcd']],
    ['17 inches', ['17', 'inch', '17in']],
    ['16-inch', ['16', 'inch', '16in']],
    ["kids' toys", ['kid', 'toy']],
    ['Клавиатура 键盘', ['клавиатура', '键盘']],
    ['!!! ???', []],
  ])('%s', (text, expected) => {
    expect(termsOf(text)).toEqual(expected)
  })

  test.each([
    ['Compact USB Keyboard, black', ['keyboard', 'black']],
    ['Keyboard cover', ['cover']],
    ['Drum for Laser Printer', ['drum']],
    ['Laser mouse 1600 dpi', ['mouse', 'dpi']],
    ['Battery for camera, rechargeable', ['battery', 'rechargeable']],
  ])('the heads of "%s"', (text, expected) => {
    expect(heads(text)).toEqual(expected)
  })

  test('words of one phrase are neighbours, those across a comma are not', () => {
    const [laser, printer, toner] = parts('laser printer, toner').map(({ position }) => position)
    expect(printer).toBe(laser! + 1)
    expect(toner).toBe(printer! + 2)
  })

  test('any text gives positions that rise and terms that are found again by themselves', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const positions = parts(text).map(({ position }) => position)
        expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b))
        for (const { surface, term } of parts(text)) {
          expect(parts(surface).map((part) => part.term)).toContain(term)
        }
      }),
    )
  })
})

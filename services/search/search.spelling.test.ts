import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { candidates, editDistance, editsAllowed } from './search.spelling.ts'
import { Vocabulary } from './search.vocabulary.ts'

/** The definition, word for word. */
function distance(from: string, to: string): number {
  const table: number[][] = []
  for (let row = 0; row <= from.length; row += 1) {
    table.push([])
    for (let column = 0; column <= to.length; column += 1) {
      const options = row === 0 ? [column] : column === 0 ? [row] : []
      if (row > 0 && column > 0) {
        const different = from[row - 1] === to[column - 1] ? 0 : 1
        options.push(table[row - 1]![column]! + 1, table[row]![column - 1]! + 1)
        options.push(table[row - 1]![column - 1]! + different)
        const [a, b] = [from.slice(row - 2, row), to.slice(column - 2, column)]
        if (row > 1 && column > 1 && a[0] === b[1] && a[1] === b[0]) {
          options.push(table[row - 2]![column - 2]! + 1)
        }
      }
      table[row]!.push(Math.min(...options))
    }
  }
  return table[from.length]![to.length]!
}

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 3, maxLength: 9 })

function vocabularyOf(words: readonly string[]): Vocabulary {
  const vocabulary = new Vocabulary()
  for (const name of words) {
    const id = vocabulary.intern(name, name)
    vocabulary.frequencies[id] = 1
  }
  return vocabulary
}

describe('editDistance', () => {
  test('is the optimal string alignment up to the limit, and more than the limit beyond', () => {
    fc.assert(
      fc.property(word, word, fc.integer({ min: 0, max: 3 }), (from, to, limit) => {
        const expected = distance(from, to)
        const found = editDistance(from, to, limit)
        if (expected <= limit) expect(found).toBe(expected)
        else expect(found).toBeGreaterThan(limit)
      }),
    )
  })
})

describe('candidates', () => {
  test('are all the terms within the distance, none else', () => {
    fc.assert(
      fc.property(fc.uniqueArray(word), word, fc.constantFrom(1, 2), (words, typed, limit) => {
        const vocabulary = vocabularyOf(words)
        const found = candidates(vocabulary, [typed], limit)
        const expected = words.filter((name) => distance(typed, name) <= limit)
        expect(found.map(({ term }) => vocabulary.words[term]).sort()).toEqual(expected.sort())
        for (const { term, distance: apart } of found) {
          expect(apart).toBe(distance(typed, vocabulary.words[term]!))
        }
      }),
    )
  })

  test('leave out what no product bears and what has digits', () => {
    const vocabulary = vocabularyOf(['camera', 'camerb', 'camer4'])
    vocabulary.frequencies[vocabulary.find('camerb')!] = 0
    const found = candidates(vocabulary, ['camerx'], 1)
    expect(found.map(({ term }) => vocabulary.words[term])).toEqual(['camera'])
    expect(candidates(vocabulary, ['006r90321'], 2)).toEqual([])
  })

  test('a short word bears no edits, a long one two', () => {
    expect([3, 4, 6, 7, 20].map(editsAllowed)).toEqual([0, 1, 1, 2, 2])
  })
})

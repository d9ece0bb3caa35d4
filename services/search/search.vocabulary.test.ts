import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Vocabulary } from './search.vocabulary.ts'

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '1'), minLength: 1, maxLength: 4 })

function put(vocabulary: Vocabulary, name: string, count: number): void {
  const id = vocabulary.intern(name, name)
  vocabulary.frequencies[id] = count
}

describe('Vocabulary', () => {
  test('finds the most frequent terms of a beginning, also after terms came and went', () => {
    const counted = fc.array(fc.tuple(word, fc.nat(3)), { maxLength: 40 })
    fc.assert(
      fc.property(
        counted,
        counted,
        word,
        fc.integer({ min: 1, max: 5 }),
        (one, two, begin, limit) => {
          const vocabulary = new Vocabulary()
          const model = new Map<string, number>()
          for (const batch of [one, two]) {
            for (const [name, count] of batch) {
              put(vocabulary, name, count)
              model.set(name, count)
            }
            vocabulary.compact()
          }
          const expected = [...model]
            .filter(([name, count]) => count > 0 && name.startsWith(begin))
            .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
            .map(([name]) => name)
          const found = vocabulary.startingWith(begin, limit)
          expect(found.map((id) => vocabulary.words[id])).toEqual(expected.slice(0, limit))
        },
      ),
    )
  })

  test('keeps many terms in order', () => {
    const vocabulary = new Vocabulary()
    const names = Array.from({ length: 3_000 }, (_, at) => `w${(at * 7_919) % 3_000}`)
    for (const name of names) put(vocabulary, name, 1)
    const found = vocabulary.startingWith('w', 4_000).map((id) => vocabulary.words[id])
    expect(found).toEqual([...names].sort())
  })

  test('a forgotten term leaves its number to another', () => {
    const vocabulary = new Vocabulary()
    const id = vocabulary.intern('gone', 'goners')
    vocabulary.compact()
    expect(vocabulary.find('gone')).toBeUndefined()
    expect(vocabulary.intern('next', 'next')).toBe(id)
    expect(vocabulary.surface(id)).toBe('next')
  })

  test('writes a term in its shortest form, in whatever order the forms come', () => {
    for (const forms of [
      ['batteries', 'battery'],
      ['battery', 'batteries'],
    ]) {
      const vocabulary = new Vocabulary()
      const [id] = forms.map((form) => vocabulary.intern('battery', form))
      expect(vocabulary.surface(id!)).toBe('battery')
    }
    const vocabulary = new Vocabulary()
    expect(vocabulary.surface(vocabulary.intern('movy', 'movies'))).toBe('movies')
  })
})

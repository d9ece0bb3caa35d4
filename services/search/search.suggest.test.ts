import { describe, expect, test } from '@jest/globals'
import { createSearchIndex } from './search.index.ts'

const index = createSearchIndex()
const names = [
  'Laser printer black',
  'Laser printer white',
  'Laser printer kit',
  'Laser mouse',
  'Inkjet printer',
  'Notebook case',
  'Notebook case large',
  'Pavilion dv7-1211ea',
]
names.forEach((name, at) => {
  index.put({
    id: `p${at}`,
    sku: `n${at}`,
    name,
    description: '',
    categoryId: 'any',
    brand: 'Acme',
    price: { amount: 1 },
    attributes: {},
    status: 'active',
    version: 1,
    createdAt: 0,
  })
})

describe('suggest', () => {
  test.each([
    ['note', ['notebook', 'notebook case']],
    ['laser pr', ['laser printer']],
    ['laser ', ['laser printer']],
    ['Notebook c', ['notebook case']],
    ['printr', ['printer']],
    ['dv7-1', ['dv7-1211ea']],
    ['kit lase', ['kit laser']],
    ['acm', ['acme']],
    ['zzz', []],
    ['', []],
  ])('%s', (q, texts) => {
    expect(index.suggest(q, 5)).toEqual(texts)
  })

  test('gives no more than asked for, and not what is there already', () => {
    expect(index.suggest('l', 1)).toEqual(['laser'])
    expect(index.suggest('laser', 5)).not.toContain('laser')
  })

  test('forgets what is gone', () => {
    const other = createSearchIndex()
    other.put({ ...shoe, id: 'a' })
    other.remove('a')
    expect(other.suggest('sho', 5)).toEqual([])
  })
})

const shoe = {
  sku: 's',
  name: 'Shoe',
  description: '',
  categoryId: 'any',
  brand: '',
  price: { amount: 1 },
  attributes: {},
  status: 'active' as const,
  version: 1,
  createdAt: 0,
}

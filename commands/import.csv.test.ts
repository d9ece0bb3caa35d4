import { describe, expect, test } from '@jest/globals'
import { csvReader } from './import.csv.ts'

const HEADER = ['sku', 'name', 'categoryId', 'price.amount', 'price.currency']
const CELLS = ['S1', 'Lamp', 'lamps', '3500', 'USD']

const read = (columns: string[], cells: string[]) =>
  csvReader([...HEADER, ...columns])([...CELLS, ...cells])

describe('a CSV record', () => {
  test('becomes a line of an import', () => {
    const columns = ['id', 'description', 'categoryName', 'brand', 'status', 'stock.AMS']
    const cells = ['lamp', 'Bright.', 'Lamps', 'Halden', 'inactive', '12']
    expect(read(columns, cells)).toEqual({
      id: 'lamp',
      sku: 'S1',
      name: 'Lamp',
      description: 'Bright.',
      categoryId: 'lamps',
      categoryName: 'Lamps',
      brand: 'Halden',
      status: 'inactive',
      price: { amount: 3500, currency: 'USD' },
      stock: { AMS: 12 },
    })
  })

  test('says nothing in an empty cell, but description and brand are texts', () => {
    const columns = ['id', 'status', 'stock.AMS', 'attributes.color']
    expect(read(columns, ['', '', '', ''])).toEqual({
      sku: 'S1',
      name: 'Lamp',
      description: '',
      brand: '',
      categoryId: 'lamps',
      price: { amount: 3500, currency: 'USD' },
    })
  })

  test('has texts for attributes, whatever they look like', () => {
    const columns = [
      'attributes.size',
      'attributes.is new',
      'attributes.a.b',
      'attributes.__proto__',
    ]
    const { attributes } = read(columns, ['10', 'true', 'x', 'y'])
    expect(JSON.stringify(attributes)).toBe(
      '{"size":"10","is new":"true","a.b":"x","__proto__":"y"}',
    )
  })

  test('leaves it to the gateway to refuse what is no number', () => {
    const line = csvReader([...HEADER, 'stock.AMS'])(['S1', 'Lamp', 'lamps', '12,50', 'USD', 'few'])
    expect(line).toMatchObject({ price: { amount: '12,50' }, stock: { AMS: 'few' } })
    expect(read(['stock.AMS'], ['-1.5'])).toMatchObject({ stock: { AMS: -1.5 } })
  })

  test('must have a cell for each column', () => {
    expect(() => csvReader(HEADER)(['S1'])).toThrow('has 1 cells, the header 5')
  })
})

describe('a CSV header', () => {
  test('has known columns, once each, and the ones that every product needs', () => {
    expect(() => csvReader([...HEADER, 'colour'])).toThrow('"colour" is no column')
    expect(() => csvReader([...HEADER, 'stock.'])).toThrow('"stock." is no column')
    expect(() => csvReader([...HEADER, 'sku'])).toThrow('column "sku" is there twice')
    expect(() => csvReader(['sku', 'name'])).toThrow(
      'column categoryId, price.amount, price.currency is missing',
    )
    expect(() => csvReader(HEADER.map((column) => ` ${column} `))).not.toThrow()
  })
})

import { describe, expect, test } from '@jest/globals'
import { createSearchIndex } from './search.index.ts'

/** An index of products that differ in what is given; their ids are their names. */
function shop(...names: (string | { name: string; [field: string]: unknown })[]) {
  const index = createSearchIndex()
  names.forEach((given, at) => {
    const fields = typeof given === 'string' ? { name: given } : given
    index.put({
      id: fields.name,
      sku: `s${at}`,
      description: '',
      categoryId: 'any',
      brand: '',
      price: { amount: 1 },
      attributes: {},
      status: 'active',
      version: 1,
      createdAt: 0,
      ...fields,
    })
  })
  return (q: string) => {
    const { hits, suggestion, total } = index.search({ q, limit: 100 })
    return { names: hits.map(({ id }) => id), suggestion, total }
  }
}

describe('what comes first', () => {
  test('the thing itself before what goes with it', () => {
    const search = shop('Keyboard cover', 'Cover for keyboard', 'Compact keyboard, black')
    expect(search('keyboard').names[0]).toBe('Compact keyboard, black')
  })

  test('words side by side before the same words apart', () => {
    const search = shop('Pad for gaming mouse', 'Mouse gaming pad', 'Gaming mouse pad')
    expect(search('gaming mouse pad').names[0]).toBe('Gaming mouse pad')
  })

  test('more of the words before more of one word', () => {
    const search = shop(
      'Laser laser laser pointer',
      'Laser level',
      'Laser printer',
      'Printer stand',
    )
    expect(search('laser printer').names[0]).toBe('Laser printer')
  })

  test('the name before the description before an attribute', () => {
    const search = shop(
      { name: 'c', attributes: { colour: 'Crimson' } },
      { name: 'b', description: 'A crimson thing' },
      { name: 'a crimson' },
    )
    expect(search('crimson').names).toEqual(['a crimson', 'b', 'c'])
  })

  test('the exact word before one that it begins', () => {
    const search = shop('Notebook', 'Note', 'Noteworthy')
    expect(search('note').names[0]).toBe('Note')
    expect(search('note').total).toBe(3)
  })
})

describe('what is found', () => {
  test('every field has its say', () => {
    const search = shop({
      name: 'Thing',
      sku: 'AB-12',
      brand: 'Zenith',
      categoryId: 'coffee-makers',
      description: 'brews',
      attributes: { finish: 'matte', watts: 5, dishwasher: true },
    })
    for (const q of ['thing', 'ab-12', 'zenith', 'coffee', 'brews', 'matte']) {
      expect([q, search(q).total]).toEqual([q, 1])
    }
    for (const q of ['5', 'true', 'finish', '!!!', ' '])
      expect([q, search(q).total]).toEqual([q, 0])
  })

  test('products with some of the words only where few have all', () => {
    const complete = Array.from({ length: 10 }, (_, at) => `Red lamp ${at}`)
    const partial = Array.from({ length: 5 }, (_, at) => `Red chair ${at}`)
    expect(shop(...complete, ...partial)('red lamp').total).toBe(10)
    expect(shop(...complete.slice(0, 3), ...partial)('red lamp').total).toBe(3)
    expect(shop('Red lamp', 'Red hat', 'Blue lamp', 'Blue hat')('red lamp').names).toEqual([
      'Red lamp',
      'Blue lamp',
      'Red hat',
    ])
    expect(shop('Red hat', 'Blue lamp', 'Oak table')('red lamp table').total).toBe(3)
  })

  test('a word that no product bears does not hide the others', () => {
    expect(shop('Red lamp')('red qqqqq').names).toEqual(['Red lamp'])
    expect(shop('Red lamp')('qqqqq').total).toBe(0)
  })

  test.each([['dv71211ea'], ['DV7-1211EA'], ['1211ea'], ['dv7-12'], ['dv7']])(
    'the part number dv7-1211ea by %s',
    (q) => {
      expect(shop('Pavilion dv7-1211ea', 'Pavilion dv6-9999')(q).names).toEqual([
        'Pavilion dv7-1211ea',
      ])
    },
  )

  test.each([
    ['17 inch', '17" screen'],
    ['17"', '17 inches screen'],
    ['4 gb', '4GB stick'],
    ['4GB', '4 GB stick'],
  ])('the measure %s in "%s"', (q, name) => {
    expect(shop(name, 'Other 12cm')(q).names).toEqual([name])
  })

  test.each([
    ['batteries', 'Battery'],
    ['battery', 'Two batteries'],
    ['cafe', 'Café'],
    ['wifi', 'Wi-Fi router'],
    ['wi-fi', 'WiFi router'],
    ['note book', 'Notebook'],
    ['lamp for a desk', 'Desk lamp'],
  ])('%s in "%s"', (q, name) => {
    expect(shop(name, 'Other')(q).names).toEqual([name])
  })
})

describe('misspelled words', () => {
  test.each([
    ['keybaord', 'keyboard'],
    ['eyboard', 'keyboard'],
    ['keybord usb', 'keyboard usb'],
    ['kyboadr', 'keyboard'],
    ['laserprinter', 'laser printer'],
  ])('%s is understood as %s', (q, suggestion) => {
    const search = shop('USB keyboard', 'Laser printer')
    expect(search(q)).toMatchObject({ suggestion })
    expect(search(q).total).toBe(1)
  })

  test('the other words decide between equally near ones', () => {
    const search = shop('Mouse pad', 'House roof', 'House door', 'House key')
    expect(search('youse pad').suggestion).toBe('mouse pad')
    expect(search('youse roof').suggestion).toBe('house roof')
  })

  test('a right word brings no suggestion, and a beginning is completed, not corrected', () => {
    const search = shop('Camera', 'Camel')
    expect(search('camera')).toEqual({ names: ['Camera'], suggestion: undefined, total: 1 })
    expect(search('camer').suggestion).toBeUndefined()
    expect(search('camer').names).toEqual(['Camera'])
  })

  test('a number never becomes another number, a short word no other word', () => {
    const search = shop('006R90321', 'Fax')
    expect(search('006R90322').total).toBe(0)
    expect(search('fox').total).toBe(0)
  })

  test('a misspelling that slipped into one product does not hide the many', () => {
    const many = Array.from({ length: 60 }, (_, at) => `Printer ${at}`)
    const { names, suggestion, total } = shop(...many, 'Cheap priner')('priner')
    expect(names[0]).toBe('Cheap priner')
    expect(total).toBe(61)
    expect(suggestion).toBe('printer')
  })
})

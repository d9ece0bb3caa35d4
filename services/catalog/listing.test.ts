import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { ProductDocument } from './catalog.documents.ts'
import { nameKey, productCursor, productQuery } from './listing.ts'

function productNamed(name: string): ProductDocument {
  return { id: 'x'.repeat(64), nameKey: nameKey(name) } as ProductDocument
}

describe('the name key', () => {
  test('knows neither case nor accents', () => {
    expect(nameKey('ÉCLAIR Café')).toBe('eclair cafe')
    expect(nameKey('İstanbul')).toBe('istanbul')
  })

  test('is text that every database takes, and fits a cursor', () => {
    const worst = fc.constantFrom(
      '"'.repeat(500),
      '👟'.repeat(250),
      'ﷺ'.repeat(500),
      `a${'👟'.repeat(249)}`,
    )
    const name = fc.oneof(worst, fc.string({ unit: 'binary', maxLength: 500 }))
    fc.assert(
      fc.property(name, (text) => {
        const product = productNamed(text.toWellFormed())
        const cursor = productCursor(product, '-name')
        expect(product.nameKey.isWellFormed()).toBe(true)
        expect(cursor.length).toBeLessThanOrEqual(512)
        const query = productQuery({ sort: '-name', limit: 1, cursor })
        expect(query.after).toEqual([product.nameKey, product.id])
      }),
    )
  })
})

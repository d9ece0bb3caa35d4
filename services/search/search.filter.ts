/** Which products a search is about, whatever its words. */
import type { Documents } from './search.documents.ts'

export interface Filter {
  categoryId?: string
  brand?: string
  /** Minor units, inclusive. */
  minPrice?: number
  /** Minor units, inclusive. */
  maxPrice?: number
  /** Only what is in stock, or only what is not. */
  inStock?: boolean
}

/** Tells whether a document passes. */
export function passing(filter: Filter, documents: Documents): (document: number) => boolean {
  const { categoryOrdinals, brandOrdinals, prices, inStock } = documents
  const { categoryId, brand, minPrice = 0, maxPrice = Number.POSITIVE_INFINITY } = filter
  const category = categoryId === undefined ? ANY : documents.categories.find(categoryId)
  const maker = brand === undefined ? ANY : documents.brands.find(brand)
  const stock = filter.inStock === undefined ? ANY : Number(filter.inStock)
  return (document) =>
    (category === ANY || categoryOrdinals[document] === category) &&
    (maker === ANY || brandOrdinals[document] === maker) &&
    prices[document]! >= minPrice &&
    prices[document]! <= maxPrice &&
    (stock === ANY || inStock[document] === stock)
}

const ANY = -1

/**
 * What the index keeps of each product: a few columns to filter, sort and count by, and its terms.
 * Documents are numbered in the order they came; a replaced or removed one stays, dead, until the
 * index is compacted.
 */
import { Dictionary, ownString, roomFor } from './search.columns.ts'
import { priceStep } from './search.facets.ts'
import { fold } from './search.text.ts'

/** What the index reads of a product. */
export interface IndexedProduct {
  id: string
  sku: string
  name: string
  description: string
  categoryId: string
  brand: string
  price: { amount: number }
  attributes: Readonly<Record<string, string | number | boolean>>
  status: 'active' | 'inactive'
  version: number
  /** Unix ms. */
  createdAt: number
}

/** Names are sorted by their beginning, which is what a cursor carries. */
const SORT_NAME_CHARS = 48

export class Documents {
  count = 0
  liveCount = 0
  readonly ids: string[] = []
  readonly sortNames: string[] = []
  readonly categories = new Dictionary()
  readonly brands = new Dictionary()
  live = new Uint8Array(0)
  inStock = new Uint8Array(0)
  categoryOrdinals = new Int32Array(0)
  brandOrdinals = new Int32Array(0)
  prices = new Float64Array(0)
  priceSteps = new Uint8Array(0)
  createdAts = new Float64Array(0)
  versions = new Float64Array(0)
  /** The terms of all documents, one row each, those of the name first and in its order. */
  terms = new Int32Array(0)
  termStarts = new Int32Array(0)
  nameTermCounts = new Uint8Array(0)
  private readonly numbers = new Map<string, number>()

  find(id: string): number | undefined {
    return this.numbers.get(id)
  }

  add(product: IndexedProduct, inStock: boolean, terms: Int32Array, nameTermCount: number): number {
    const document = this.count
    this.reserve(document + 1, terms.length)
    this.ids.push(product.id)
    this.sortNames.push(ownString(fold(product.name).slice(0, SORT_NAME_CHARS)))
    this.live[document] = 1
    this.inStock[document] = inStock ? 1 : 0
    this.categoryOrdinals[document] = this.categories.ordinal(product.categoryId)
    this.brandOrdinals[document] = this.brands.ordinal(product.brand)
    this.prices[document] = product.price.amount
    this.priceSteps[document] = priceStep(product.price.amount)
    this.createdAts[document] = product.createdAt
    this.versions[document] = product.version
    this.terms.set(terms, this.termStarts[document])
    this.termStarts[document + 1] = this.termStarts[document]! + terms.length
    this.nameTermCounts[document] = Math.min(nameTermCount, 255)
    this.numbers.set(product.id, document)
    this.count += 1
    this.liveCount += 1
    return document
  }

  kill(document: number): void {
    this.live[document] = 0
    this.numbers.delete(this.ids[document]!)
    this.liveCount -= 1
  }

  termsOf(document: number): Int32Array {
    return this.terms.subarray(this.termStarts[document], this.termStarts[document + 1])
  }

  /** Moves the live documents together; `[old]` of the answer is the new number or -1. */
  compact(): Int32Array {
    const renumbered = new Int32Array(this.count).fill(-1)
    const columns = this.columns()
    let count = 0
    for (let document = 0; document < this.count; document += 1) {
      if (this.live[document] === 0) continue
      renumbered[document] = count
      for (const column of columns) column[count] = column[document]!
      this.ids[count] = this.ids[document]!
      this.sortNames[count] = this.sortNames[document]!
      this.numbers.set(this.ids[count]!, count)
      const [start, end] = [this.termStarts[document]!, this.termStarts[document + 1]!]
      this.terms.copyWithin(this.termStarts[count]!, start, end)
      count += 1
      this.termStarts[count] = this.termStarts[count - 1]! + end - start
    }
    this.count = count
    this.ids.length = count
    this.sortNames.length = count
    return renumbered
  }

  private columns() {
    const { live, inStock, categoryOrdinals, brandOrdinals, prices, priceSteps } = this
    const { createdAts, versions, nameTermCounts } = this
    return [
      live,
      inStock,
      categoryOrdinals,
      brandOrdinals,
      prices,
      priceSteps,
      createdAts,
      versions,
      nameTermCounts,
    ]
  }

  private reserve(count: number, termCount: number): void {
    this.live = roomFor(this.live, count)
    this.inStock = roomFor(this.inStock, count)
    this.categoryOrdinals = roomFor(this.categoryOrdinals, count)
    this.brandOrdinals = roomFor(this.brandOrdinals, count)
    this.prices = roomFor(this.prices, count)
    this.priceSteps = roomFor(this.priceSteps, count)
    this.createdAts = roomFor(this.createdAts, count)
    this.versions = roomFor(this.versions, count)
    this.nameTermCounts = roomFor(this.nameTermCounts, count)
    this.termStarts = roomFor(this.termStarts, count + 1)
    this.terms = roomFor(this.terms, this.termStarts[count - 1]! + termCount)
  }
}

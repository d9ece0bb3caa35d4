/** The results of one search: counted for the facets, and the few that a page shows, in order. */
import type { Documents } from './search.documents.ts'
import { type Facets, PRICE_STEPS, priceCounts, valueCounts } from './search.facets.ts'

export type Sort = 'relevance' | 'price' | '-price' | 'name' | '-name' | 'createdAt' | '-createdAt'

/** A result's place in its order: what it is sorted by, then its id. */
export interface Place {
  key: number | string
  id: string
}

/** Keeps its buffers from search to search. */
export class Selection {
  count = 0
  private readonly documents: Documents
  private sort: Sort = 'relevance'
  private numbers = new Int32Array(0)
  /** What results are sorted by, the smallest first; all 0 where that is the name. */
  private keys = new Float64Array(0)
  private categoryCounts = new Int32Array(0)
  private brandCounts = new Int32Array(0)
  private readonly stepCounts = new Int32Array(PRICE_STEPS)

  constructor(documents: Documents) {
    this.documents = documents
  }

  begin(sort: Sort): void {
    const { documents } = this
    this.count = 0
    this.sort = sort
    if (this.numbers.length < documents.count) {
      this.numbers = new Int32Array(documents.live.length)
      this.keys = new Float64Array(documents.live.length)
    }
    this.categoryCounts = zeros(this.categoryCounts, documents.categories.values.length)
    this.brandCounts = zeros(this.brandCounts, documents.brands.values.length)
    this.stepCounts.fill(0)
  }

  add(document: number, score: number): void {
    const { documents, count } = this
    this.numbers[count] = document
    this.keys[count] = -score
    this.count = count + 1
    this.categoryCounts[documents.categoryOrdinals[document]!]! += 1
    this.brandCounts[documents.brandOrdinals[document]!]! += 1
    this.stepCounts[documents.priceSteps[document]!]! += 1
  }

  facets(): Facets {
    return {
      categoryId: valueCounts(this.documents.categories.values, this.categoryCounts),
      brand: valueCounts(this.documents.brands.values, this.brandCounts),
      price: priceCounts(this.stepCounts),
    }
  }

  /** The first `limit` documents behind `after`, and one more if there is one. */
  page(limit: number, after: Place | undefined): { documents: number[]; more: boolean } {
    this.fillKeys()
    // A heap with the last of the kept on top, so that most results need one comparison.
    const heap: number[] = []
    for (let at = 0; at < this.count; at += 1) {
      if (after && !this.isBehind(at, after)) continue
      if (heap.length <= limit) this.push(heap, at)
      else if (this.isBefore(at, heap[0]!)) this.replaceTop(heap, at)
    }
    heap.sort((a, b) => (this.isBefore(a, b) ? -1 : 1))
    const documents = heap.slice(0, limit).map((at) => this.numbers[at]!)
    return { documents, more: heap.length > limit }
  }

  placeOf(document: number, score: number): Place {
    const { documents, sort } = this
    const id = documents.ids[document]!
    if (sort === 'relevance') return { key: -score, id }
    const column = columnOf(sort, documents)
    if (column === undefined) return { key: documents.sortNames[document]!, id }
    return { key: (sort.startsWith('-') ? -1 : 1) * column[document]!, id }
  }

  /** The sort's own keys in place of the scores. */
  private fillKeys(): void {
    const { keys, numbers, count } = this
    const column = columnOf(this.sort, this.documents)
    if (column === undefined) {
      if (this.sort !== 'relevance') keys.fill(0, 0, count)
      return
    }
    const sign = this.sort.startsWith('-') ? -1 : 1
    for (let at = 0; at < count; at += 1) keys[at] = sign * column[numbers[at]!]!
  }

  private isBehind(at: number, { key, id }: Place): boolean {
    const document = this.numbers[at]!
    if (typeof key === 'string') {
      const name = this.documents.sortNames[document]!
      if (name !== key) return name > key === (this.sort === 'name')
    } else if (this.keys[at] !== key) return this.keys[at]! > key
    return this.documents.ids[document]! > id
  }

  private isBefore(at: number, other: number): boolean {
    const { keys, documents, sort } = this
    if (keys[at] !== keys[other]) return keys[at]! < keys[other]!
    const document = this.numbers[at]!
    const otherDocument = this.numbers[other]!
    if (sort === 'name' || sort === '-name') {
      const name = documents.sortNames[document]!
      const otherName = documents.sortNames[otherDocument]!
      if (name !== otherName) return name < otherName === (sort === 'name')
    }
    return documents.ids[document]! < documents.ids[otherDocument]!
  }

  private push(heap: number[], at: number): void {
    let hole = heap.push(at) - 1
    while (hole > 0) {
      const parent = (hole - 1) >>> 1
      if (!this.isBefore(heap[parent]!, at)) break
      heap[hole] = heap[parent]!
      hole = parent
    }
    heap[hole] = at
  }

  private replaceTop(heap: number[], at: number): void {
    let hole = 0
    for (;;) {
      let child = 2 * hole + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && this.isBefore(heap[child]!, heap[child + 1]!)) child += 1
      if (!this.isBefore(at, heap[child]!)) break
      heap[hole] = heap[child]!
      hole = child
    }
    heap[hole] = at
  }
}

/** The numbers that a sort goes by; none for names and relevance. */
function columnOf(sort: Sort, documents: Documents): Float64Array | undefined {
  if (sort === 'price' || sort === '-price') return documents.prices
  return sort === 'createdAt' || sort === '-createdAt' ? documents.createdAts : undefined
}

function zeros(counts: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  return counts.length < length ? new Int32Array(length) : counts.fill(0)
}

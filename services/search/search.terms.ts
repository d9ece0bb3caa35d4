/**
 * What a product says: its terms, each with an impact made once, when the product comes. The impact
 * is the part of BM25F that depends on the product alone: the occurrences, weighed by field and the
 * field's length, saturated. Lengths are measured against fixed typical ones, not against the
 * average, so that a score depends on no other product than its own: pages stay in order while
 * products are added, and every node gives the same.
 */
import { roomFor } from './search.columns.ts'
import type { IndexedProduct } from './search.documents.ts'
import { IMPACT_BITS, MAX_IMPACT, POSITIONS } from './search.postings.ts'
import { type Chunk, chunks } from './search.text.ts'
import type { Vocabulary } from './search.vocabulary.ts'

interface Field {
  weight: number
  /** In words: how long such a field usually is. */
  typicalLength: number
  /** 0: its length does not matter, 1: twice as long, half as much. */
  lengthShare: number
}

// Found on graded queries (docs/decisions/0004); the optimum is flat.
const NAME: Field = { weight: 3, typicalLength: 10, lengthShare: 0.5 }
const SKU: Field = { weight: 2, typicalLength: 5, lengthShare: 0.5 }
const BRAND: Field = { weight: 3, typicalLength: 1, lengthShare: 0.5 }
const CATEGORY: Field = { weight: 1, typicalLength: 2, lengthShare: 0.5 }
const DESCRIPTION: Field = { weight: 3, typicalLength: 10, lengthShare: 0.75 }
const ATTRIBUTES: Field = { weight: 1, typicalLength: 30, lengthShare: 0.5 }
const SATURATION = 1.2
/** What it is worth to be the head of a noun phrase: a keyboard before a keyboard cover. */
const HEAD_SHARE = 0.2

/** Of each field; what stands behind cannot be found. */
const MAX_FIELD_CHARS = 4_000

/** Collects the terms of one product at a time, into buffers that serve the next. */
export class TermCollector {
  count = 0
  nameTermCount = 0
  private terms = new Int32Array(0)
  private weights = new Float64Array(0)
  private heads = new Uint8Array(0)
  private places = new Int32Array(0)
  /** By term: its slot in this product, plus `base`; what is below `base` is of products before. */
  private slots = new Float64Array(0)
  private base = 1
  private readonly vocabulary: Vocabulary

  constructor(vocabulary: Vocabulary) {
    this.vocabulary = vocabulary
  }

  collect(product: IndexedProduct): void {
    this.base += this.count
    this.count = 0
    const name = this.addText(product.name, NAME, 0)
    this.nameTermCount = this.count
    this.addText(product.sku, SKU)
    this.addText(product.brand, BRAND)
    this.addText(product.description, DESCRIPTION, name + 1)
    this.addText(product.categoryId.replace(/[-._]/g, ' '), CATEGORY)
    const attributes = Object.values(product.attributes)
    this.addText(attributes.filter((value) => typeof value === 'string').join(' | '), ATTRIBUTES)
  }

  termRow(): Int32Array {
    return this.terms.subarray(0, this.count)
  }

  payload(slot: number): number {
    const weight = this.weights[slot]!
    const share = weight / (weight + SATURATION)
    const impact = (share + HEAD_SHARE * this.heads[slot]!) / (1 + HEAD_SHARE)
    return Math.max(1, Math.round(MAX_IMPACT * impact)) | (this.places[slot]! << IMPACT_BITS)
  }

  /** Positions count from `offset`, where it is given; answers with the first position behind. */
  private addText(text: string, field: Field, offset?: number): number {
    const found = chunks(text.slice(0, MAX_FIELD_CHARS))
    let length = 0
    for (const chunk of found) length += chunk.parts.length
    const { weight, typicalLength, lengthShare } = field
    const worth = weight / (1 - lengthShare + (lengthShare * length) / typicalLength)
    for (const chunk of found) this.addChunk(chunk, worth, offset)
    return (offset ?? 0) + (found.at(-1)?.parts.at(-1)?.position ?? 0) + 1
  }

  private addChunk(chunk: Chunk, worth: number, offset: number | undefined): void {
    const { text, parts, whole } = chunk
    for (const part of parts) {
      const position = offset === undefined ? POSITIONS : offset + part.position
      this.addTerm(part.term, part.surface, worth, part.head && offset !== undefined, position)
    }
    if (whole === undefined) return
    const head = parts.at(-1)!.head && offset !== undefined
    const position = offset === undefined ? POSITIONS : offset + parts[0]!.position
    this.addTerm(whole, text, worth, head, position)
  }

  private addTerm(word: string, surface: string, worth: number, head: boolean, at: number): void {
    const term = this.vocabulary.intern(word, surface)
    if (term >= this.slots.length) this.slots = roomFor(this.slots, term + 1)
    let slot = this.slots[term]! - this.base
    if (slot < 0) {
      slot = this.count
      this.reserve(slot + 1)
      this.slots[term] = this.base + slot
      this.terms[slot] = term
      this.weights[slot] = 0
      this.heads[slot] = 0
      this.places[slot] = 0
      this.count += 1
    }
    this.weights[slot]! += worth
    if (head) this.heads[slot] = 1
    if (at < POSITIONS) this.places[slot]! |= 1 << at
  }

  private reserve(count: number): void {
    this.terms = roomFor(this.terms, count)
    this.weights = roomFor(this.weights, count)
    this.heads = roomFor(this.heads, count)
    this.places = roomFor(this.places, count)
  }
}

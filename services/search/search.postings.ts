/**
 * For every term the documents that bear it: a row of (document, payload) pairs in one array for
 * all. A row that is full moves to a larger place; its old place serves the next row of that size.
 * Documents come in rising order, and so they stand in each row.
 */
import { roomFor } from './search.columns.ts'

// A payload holds an impact, 1 to 255, in its lower bits and positions, one bit each, above.
export const IMPACT_BITS = 8
export const MAX_IMPACT = 255
/** Words of name and description whose position is known. */
export const POSITIONS = 24
export const POSITIONS_MASK = ~MAX_IMPACT

export class Postings {
  /** Pairs: the document at `2 * (starts[term] + n)`, its payload behind it. */
  pairs = new Int32Array(0)
  starts = new Int32Array(0)
  /** Pairs in the row, of documents live and dead. */
  counts = new Int32Array(0)
  private capacities = new Int32Array(0)
  private used = 0
  /** Places left behind, by their size. */
  private readonly vacant = new Map<number, number[]>()

  append(term: number, document: number, payload: number): void {
    if (term >= this.counts.length || this.counts[term] === this.capacities[term]) this.widen(term)
    const at = 2 * (this.starts[term]! + this.counts[term]!)
    this.pairs[at] = document
    this.pairs[at + 1] = payload
    this.counts[term]! += 1
  }

  /** Renumbers the documents in place; those numbered -1 leave their rows. */
  compact(documents: Int32Array): void {
    for (let term = 0; term < this.counts.length; term += 1) {
      if (this.counts[term] === 0) continue
      this.counts[term] = this.compactRow(2 * this.starts[term]!, this.counts[term]!, documents)
      if (this.counts[term] === 0) {
        this.release(this.starts[term]!, this.capacities[term]!)
        this.capacities[term] = 0
      }
    }
  }

  private compactRow(from: number, count: number, documents: Int32Array): number {
    const { pairs } = this
    const end = from + 2 * count
    let to = from
    for (let pair = from; pair < end; pair += 2) {
      const document = documents[pairs[pair]!]!
      if (document < 0) continue
      pairs[to] = document
      pairs[to + 1] = pairs[pair + 1]!
      to += 2
    }
    return (to - from) / 2
  }

  private widen(term: number): void {
    this.starts = roomFor(this.starts, term + 1)
    this.counts = roomFor(this.counts, term + 1)
    this.capacities = roomFor(this.capacities, term + 1)
    const capacity = this.capacities[term]!
    const widened = capacity + Math.max(1, capacity >>> 1)
    const start = this.place(widened)
    const from = 2 * this.starts[term]!
    this.pairs.copyWithin(2 * start, from, from + 2 * this.counts[term]!)
    if (capacity > 0) this.release(this.starts[term]!, capacity)
    this.starts[term] = start
    this.capacities[term] = widened
  }

  private place(capacity: number): number {
    const vacant = this.vacant.get(capacity)?.pop()
    if (vacant !== undefined) return vacant
    const start = this.used
    this.used += capacity
    this.pairs = roomFor(this.pairs, 2 * this.used)
    return start
  }

  private release(start: number, capacity: number): void {
    const vacant = this.vacant.get(capacity)
    if (vacant) vacant.push(start)
    else this.vacant.set(capacity, [start])
  }
}

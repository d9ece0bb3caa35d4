/**
 * Scores: for each product the words of the plan that it bears, weighed by how telling they are
 * and how much the product is about them, times the share of the query that it covers, and a little
 * more where words stand side by side as in the query. Integers throughout: equal means equal.
 */
import type { Documents } from './search.documents.ts'
import { IMPACT_BITS, MAX_IMPACT, type Postings } from './search.postings.ts'
import type { Group } from './search.query.ts'

/** From this many products with all words on, products with some of them are left out. */
const ENOUGH = 10
/** What a product must cover of the query's weight where too few have all, if any has as much. */
const PARTIAL_SHARE = 0.5
const PHRASE_SHARE = 0.3

/** Per document: its sum, the weight it covers, its positions of the last word, and `group`. */
const CELLS = 4
const SUM = 0
const COVERED = 1
const PLACES = 2
/** The last group that it bore (from 1), and above 8 bits how often two were neighbours. */
const GROUP = 3

export class Ranking {
  /** Documents that bear any of the words, live or dead. */
  touched = new Int32Array(0)
  touchedCount = 0
  /** The weight that a result must cover. */
  required = 0
  private cells = new Int32Array(0)
  private total = 0
  private groupCount = 0
  private readonly documents: Documents
  private readonly postings: Postings

  constructor(documents: Documents, postings: Postings) {
    this.documents = documents
    this.postings = postings
  }

  /** The results hold until the next call. `required` comes from the cursor of a page before. */
  rank(groups: readonly Group[], required?: number): void {
    this.clear()
    this.groupCount = groups.length
    this.total = 0
    groups.forEach((group, index) => {
      this.total += group.weight
      for (const { term, share } of group.alternatives) {
        const worth = Math.max(1, Math.round(group.weight * share))
        this.add(term, worth, group.weight, index + 1)
      }
    })
    this.required = required ?? this.requirement()
  }

  qualifies(document: number): boolean {
    return this.cells[document * CELLS + COVERED]! >= this.required
  }

  score(document: number): number {
    const at = document * CELLS
    const sum = this.cells[at + SUM]!
    if (this.groupCount === 1) return sum
    const covered = this.cells[at + COVERED]! / this.total
    const phrase = (this.cells[at + GROUP]! >>> 8) / (this.groupCount - 1)
    return Math.floor(sum * covered * (1 + PHRASE_SHARE * phrase))
  }

  private add(term: number, worth: number, weight: number, group: number): void {
    const { cells, postings, touched } = this
    const { pairs } = postings
    let count = this.touchedCount
    const from = 2 * postings.starts[term]!
    const to = from + 2 * postings.counts[term]!
    for (let pair = from; pair < to; pair += 2) {
      const document = pairs[pair]!
      const payload = pairs[pair + 1]!
      const at = document * CELLS
      const state = cells[at + GROUP]!
      const last = state & 0xff
      if (last === group) continue
      const earned = worth * (payload & MAX_IMPACT)
      const places = payload >>> IMPACT_BITS
      if (last === 0) {
        touched[count++] = document
        cells[at + SUM] = earned
        cells[at + COVERED] = weight
        cells[at + GROUP] = group
      } else {
        const isNeighbour = last === group - 1 && ((cells[at + PLACES]! << 1) & places) !== 0
        cells[at + SUM]! += earned
        cells[at + COVERED]! += weight
        cells[at + GROUP] = (state & ~0xff) + (isNeighbour ? 0x100 : 0) + group
      }
      cells[at + PLACES] = places
    }
    this.touchedCount = count
  }

  private clear(): void {
    const { cells, documents, touched } = this
    for (let at = 0; at < this.touchedCount; at += 1) cells[touched[at]! * CELLS + GROUP] = 0
    this.touchedCount = 0
    if (touched.length >= documents.count) return
    this.touched = new Int32Array(documents.live.length)
    this.cells = new Int32Array(documents.live.length * CELLS)
  }

  private requirement(): number {
    if (this.groupCount === 1) return this.total
    let complete = 0
    let most = 0
    for (let at = 0; at < this.touchedCount && complete < ENOUGH; at += 1) {
      const document = this.touched[at]!
      if (this.documents.live[document] === 0) continue
      const covered = this.cells[document * CELLS + COVERED]!
      if (covered === this.total) complete += 1
      if (covered > most) most = covered
    }
    if (complete >= ENOUGH) return this.total
    return Math.min(most, Math.ceil(this.total * PARTIAL_SHARE))
  }
}

/**
 * The search index of one node: every active product, found by words, filtered, counted and sorted.
 * It holds what that needs and no more; the products themselves live in the catalogue. Answers
 * depend on what was put alone, not on its order, the clock or chance, but for how a misspelled
 * word is read, which removed products sway until their remains are cleared away.
 */
import { Documents, type IndexedProduct } from './search.documents.ts'
import type { Facets } from './search.facets.ts'
import { type Filter, passing } from './search.filter.ts'
import { MAX_IMPACT, Postings } from './search.postings.ts'
import { type Plan, plan, WEIGHT_UNIT } from './search.query.ts'
import { Ranking } from './search.ranking.ts'
import { type Place, Selection, type Sort } from './search.selection.ts'
import { suggest } from './search.suggest.ts'
import { TermCollector } from './search.terms.ts'
import { Vocabulary } from './search.vocabulary.ts'

export type { IndexedProduct } from './search.documents.ts'
export type { Facets } from './search.facets.ts'
export type { Sort } from './search.selection.ts'

export interface SearchQuery extends Filter {
  /** At most 16 of its words count. */
  q?: string
  /** By default `relevance`, or without `q`, where all are equally relevant, `-createdAt`. */
  sort?: Sort
  /** 1 to 100. */
  limit: number
  after?: Cursor
}

/**
 * Where a page ended: the sort, the last result's key and id, and for relevance the statistics that
 * it was scored with, so that products added since do not move the others. At most 19 values.
 */
export type Cursor = readonly (string | number)[]

export interface SearchResult {
  hits: { id: string; score: number }[]
  /** All that match, on every page. */
  total: number
  /** Over all that match. */
  facets: Facets
  /** Absent on the last page. */
  next?: Cursor
  /** The query as it was understood, where words had to be corrected. */
  suggestion?: string
}

const FIRST_STATISTIC = 3
const SCORE_UNIT = WEIGHT_UNIT / MAX_IMPACT
/** Dead documents are cleared away when there are this many, and this share of the living. */
const MIN_DEAD = 256
const MAX_DEAD_SHARE = 0.25

export class SearchIndex {
  readonly documents = new Documents()
  readonly postings = new Postings()
  readonly vocabulary = new Vocabulary()
  private readonly collector = new TermCollector(this.vocabulary)
  private readonly ranking = new Ranking(this.documents, this.postings)
  private readonly selection = new Selection(this.documents)
  /** Versions of the inactive products. */
  private readonly inactive = new Map<string, number>()
  /** Also of products that are not here yet. */
  private readonly inStock = new Set<string>()

  /** Active products. */
  get size(): number {
    return this.documents.liveCount
  }

  /** Inserts or replaces by id; a version that is not newer than the known one changes nothing. */
  put(product: IndexedProduct): void {
    const known = this.documents.find(product.id)
    const version =
      known === undefined ? this.inactive.get(product.id) : this.documents.versions[known]
    if (version !== undefined && version >= product.version) return
    this.remove(product.id)
    if (product.status === 'active') this.add(product)
    else this.inactive.set(product.id, product.version)
  }

  remove(id: string): void {
    this.inactive.delete(id)
    const document = this.documents.find(id)
    if (document === undefined) return
    for (const term of this.documents.termsOf(document)) this.vocabulary.frequencies[term]! -= 1
    this.documents.kill(document)
    const dead = this.documents.count - this.documents.liveCount
    if (dead > MIN_DEAD && dead > MAX_DEAD_SHARE * this.documents.liveCount) this.compact()
  }

  /** May come before the product does. */
  setInStock(id: string, inStock: boolean): void {
    if (inStock) this.inStock.add(id)
    else this.inStock.delete(id)
    const document = this.documents.find(id)
    if (document !== undefined) this.documents.inStock[document] = inStock ? 1 : 0
  }

  search(query: SearchQuery): SearchResult {
    const { documents, ranking, selection } = this
    const sort = sortOf(query)
    const found = query.q === undefined ? undefined : this.rank(query.q, query.after)
    selection.begin(sort)
    this.select(query, found !== undefined)
    const page = selection.page(query.limit, placeAfter(query.after))
    const scores = page.documents.map((document) => (found ? ranking.score(document) : 0))
    const last = page.documents.length - 1
    const place = page.more && selection.placeOf(page.documents[last]!, scores[last]!)
    const statistics = found ? [ranking.required, ...found.groups.map(({ weight }) => weight)] : []
    return {
      hits: page.documents.map((document, at) => ({
        id: documents.ids[document]!,
        score: scores[at]! * SCORE_UNIT,
      })),
      total: selection.count,
      facets: selection.facets(),
      ...(place && { next: [sort, place.key, place.id, ...statistics] }),
      ...(found?.suggestion !== undefined && { suggestion: found.suggestion }),
    }
  }

  /** Texts that go on from what was typed, the most promising first. */
  suggest(q: string, limit: number): string[] {
    return suggest(q, limit, this)
  }

  private add(product: IndexedProduct): void {
    const { collector, documents, postings, vocabulary } = this
    collector.collect(product)
    const terms = collector.termRow()
    const inStock = this.inStock.has(product.id)
    const document = documents.add(product, inStock, terms, collector.nameTermCount)
    terms.forEach((term, slot) => {
      vocabulary.frequencies[term]! += 1
      postings.append(term, document, collector.payload(slot))
    })
  }

  private compact(): void {
    this.postings.compact(this.documents.compact())
    this.vocabulary.compact()
  }

  private rank(q: string, after: Cursor | undefined): Plan {
    const found = plan(q, this)
    const [required, ...weights] = (after?.slice(FIRST_STATISTIC) ?? []) as number[]
    // Where a word has come to mean something else since, today's statistics must do.
    const same = weights.length === found.groups.length
    if (same) {
      for (const [at, group] of found.groups.entries()) group.weight = weights[at]!
    }
    this.ranking.rank(found.groups, same ? required : undefined)
    return found
  }

  private select(filter: Filter, ranked: boolean): void {
    const { documents, ranking, selection } = this
    const passes = passing(filter, documents)
    if (!ranked) {
      for (let document = 0; document < documents.count; document += 1) {
        if (documents.live[document] === 1 && passes(document)) selection.add(document, 0)
      }
      return
    }
    for (let at = 0; at < ranking.touchedCount; at += 1) {
      const document = ranking.touched[at]!
      if (!ranking.qualifies(document) || documents.live[document] === 0) continue
      if (passes(document)) selection.add(document, ranking.score(document))
    }
  }
}

export function createSearchIndex(): SearchIndex {
  return new SearchIndex()
}

function sortOf({ sort, q }: SearchQuery): Sort {
  if (q === undefined && (sort === undefined || sort === 'relevance')) return '-createdAt'
  return sort ?? 'relevance'
}

function placeAfter(after: Cursor | undefined): Place | undefined {
  return after && { key: after[1]!, id: after[2] as string }
}

/** True for a cursor that the same query could have brought; others must be refused. */
export function isCursor(values: unknown, query: SearchQuery): values is Cursor {
  if (!Array.isArray(values) || values.length < FIRST_STATISTIC) return false
  const [sort, key, id, ...statistics] = values
  const expected = sortOf(query)
  const keyType = expected === 'name' || expected === '-name' ? 'string' : 'number'
  return (
    sort === expected &&
    typeof key === keyType &&
    typeof id === 'string' &&
    statistics.every((value) => Number.isSafeInteger(value) && value > 0)
  )
}

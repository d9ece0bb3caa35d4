/**
 * Plans the writing of products: which commits make what is wished for true, given what the store
 * holds. A product, its id and its SKU lie in three shards and a commit reaches one, so each wish
 * becomes phases; writing.saga.ts carries them out.
 *
 * Guarantees that no two living products bear one SKU:
 * - a product comes to bear a SKU only after its claim on it was written, and its own write is
 *   conditional on a version that was read before that;
 * - who takes a claim from an owner that does not bear the SKU first writes that owner once (a
 *   fence), so that a write of the owner that rested on the claim fails.
 */
import { Refusal } from '../../kernel/errors.ts'
import type { Collection, Commit, Document, Write } from '../../mixins/store/store.ts'
import { categoryUnknown, skuTaken } from './catalog.contract.ts'
import {
  type CategoryDocument,
  categories,
  type Home,
  homes,
  type ProductDocument,
  products,
  type SkuClaim,
  skuClaims,
} from './catalog.documents.ts'
import { nameKey } from './listing.ts'
import { bears, type Draft, fence, fenceAbsent, isSame, living, revise } from './product.ts'

export interface Wish {
  /** Undefined: the product that bears the SKU, or a new one. */
  productId: string | undefined
  sku: string
  category: CategoryWish
  /** What the product is to say, or why not; asked again when another writer came between. */
  decide(current: ProductDocument | undefined): Draft | Refusal
}

export interface CategoryWish {
  id: string
  /** Makes or renames the category; undefined leaves it as it is. */
  name: string | undefined
  /** Makes it under its id where it does not exist and `name` is undefined. */
  mayBeNameless: boolean
}

export type Outcome =
  | { state: 'made' | 'changed' | 'unchanged'; product: ProductDocument }
  | { state: 'refused'; refusal: Refusal }

/** What the store holds, by id. */
export interface Seen {
  categories: ReadonlyMap<string, CategoryDocument>
  claims: ReadonlyMap<string, SkuClaim>
  /** Those that are wished for by id, and the owners of the claims. */
  products: ReadonlyMap<string, ProductDocument>
  homes: ReadonlyMap<string, Home>
}

/** The outcome holds once all phases, one after the other, are committed. */
export interface Step {
  wish: Wish
  outcome: Outcome
  phases: readonly [fence: readonly Commit[], claim: readonly Commit[], write: readonly Commit[]]
}

export interface Clockwork {
  nowMs: number
  newId(): string
}

/**
 * The steps that can be taken at once, in the order of `wishes`. A wish about what an earlier one
 * writes, or waits for, is left out: it must be planned again once that is written.
 */
export function planRound(wishes: readonly Wish[], seen: Seen, given: Clockwork): Step[] {
  const round = new Round(seen, given)
  return wishes.flatMap((wish) => round.step(wish) ?? [])
}

const WAIT = undefined

class Round {
  private readonly seen: Seen
  private readonly given: Clockwork
  private readonly busyProducts = new Set<string>()
  private readonly busySkus = new Set<string>()
  private readonly namedCategories = new Map<string, CategoryDocument>()

  constructor(seen: Seen, given: Clockwork) {
    this.seen = seen
    this.given = given
  }

  step(wish: Wish): Step | undefined {
    const { sku } = wish
    const bearer = this.bearer(sku)
    const id = wish.productId ?? bearer?.id ?? this.given.newId()
    const step = this.isBusy(id, sku) ? WAIT : this.decide(wish, id, bearer)
    if (step?.outcome.state !== 'refused') {
      this.busyProducts.add(id)
      this.busySkus.add(sku)
    }
    return step
  }

  private decide(wish: Wish, id: string, bearer: ProductDocument | undefined): Step | undefined {
    const current = this.seen.products.get(id)
    const draft = wish.decide(current)
    if (draft instanceof Refusal) return refused(wish, draft)
    if (bearer && bearer.id !== id) {
      if (this.busyProducts.has(bearer.id)) return WAIT
      return refused(wish, skuTaken(`the SKU is borne by product ${bearer.id}`))
    }
    const claiming = bearer ? { claim: [], fence: [] } : this.claim(id, draft)
    if (!claiming) return WAIT
    const category = this.category(wish.category)
    if (!category || category instanceof Refusal) return category && refused(wish, category)
    if (isSame(living(current), draft)) {
      const outcome = { state: 'unchanged', product: current! } as const
      return { wish, outcome, phases: [[], category, []] }
    }
    const home = current?.homeCategoryId ?? this.seen.homes.get(id)?.categoryId
    const product = revise(id, home ?? draft.categoryId, draft, current, this.given.nowMs)
    const settling = home ? [] : [settle(id, draft.categoryId)]
    const outcome = { state: living(current) ? 'changed' : 'made', product } as const
    const claims = [...category, ...settling, ...claiming.claim]
    return { wish, outcome, phases: [claiming.fence, claims, [writeProduct(product, current)]] }
  }

  private bearer(sku: string): ProductDocument | undefined {
    const owner = this.seen.products.get(this.seen.claims.get(sku)?.productId ?? '')
    return bears(owner, sku) ? owner : undefined
  }

  private isBusy(productId: string, sku: string): boolean {
    return this.busyProducts.has(productId) || this.busySkus.has(sku)
  }

  /** @returns undefined where the owner, which would be fenced, is being written */
  private claim(productId: string, draft: Draft): { claim: Commit[]; fence: Commit[] } | undefined {
    const { sku, categoryId } = draft
    const claim = this.seen.claims.get(sku)
    const version = (claim?.version ?? 0) + 1
    const taking = [commitOf(sku, skuClaims, { id: sku, version, productId }, claim)]
    if (!claim || claim.productId === productId) return { claim: taking, fence: [] }
    if (this.busyProducts.has(claim.productId)) return WAIT
    this.busyProducts.add(claim.productId)
    return { claim: taking, fence: [this.fence(claim.productId, categoryId)] }
  }

  /** What an owner's first write needs is its home: without one, taking that place is the fence. */
  private fence(ownerId: string, categoryId: string): Commit {
    const { nowMs } = this.given
    const owner = this.seen.products.get(ownerId)
    if (owner) return writeProduct(fence(owner, nowMs), owner)
    const home = this.seen.homes.get(ownerId)
    if (!home) return settle(ownerId, categoryId)
    return writeProduct(fenceAbsent(ownerId, home.categoryId, nowMs), undefined)
  }

  /** @returns undefined where the category is written under another name in this round */
  private category({ id, name, mayBeNameless }: CategoryWish): Commit[] | Refusal | undefined {
    const named = this.namedCategories.get(id)
    const known = named ?? this.seen.categories.get(id)
    if (known && (name === undefined || name === known.name)) return []
    if (named) return WAIT
    if (!known && name === undefined && !mayBeNameless) {
      return categoryUnknown(`there is no category ${id}`)
    }
    const category = nameCategory(id, name ?? id, known, this.given.nowMs)
    this.namedCategories.set(id, category)
    return [commitOf(id, categories, category, known)]
  }
}

export function nameCategory(
  id: string,
  name: string,
  current: CategoryDocument | undefined,
  nowMs: number,
): CategoryDocument {
  return {
    id,
    version: (current?.version ?? 0) + 1,
    name,
    nameKey: nameKey(name),
    parentId: current?.parentId ?? null,
    createdAt: current?.createdAt ?? nowMs,
    updatedAt: nowMs,
  }
}

export function writeProduct(
  product: ProductDocument,
  current: ProductDocument | undefined,
): Commit {
  return commitOf(product.homeCategoryId, products, product, current)
}

function settle(productId: string, categoryId: string): Commit {
  return commitOf(productId, homes, { id: productId, version: 1, categoryId }, undefined)
}

/** Inserts the document, or replaces `current` by it. */
export function commitOf<D extends Document>(
  key: string,
  collection: Collection<D>,
  document: D,
  current: D | undefined,
): Commit {
  const write: Write = current
    ? { op: 'replace', collection, document, ifVersion: current.version }
    : { op: 'insert', collection, document }
  return { key, writes: [write] }
}

function refused(wish: Wish, refusal: Refusal): Step {
  return { wish, outcome: { state: 'refused', refusal }, phases: [[], [], []] }
}

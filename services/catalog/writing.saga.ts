/**
 * Writes products in the steps that writing.ts plans. Every step is conditional on what was read
 * for the plan; where one conflicts, its wish is planned again on what is there now. A crash
 * between steps leaves a category, a home or a claim that the next write of it takes over, never
 * half a product.
 */
import type { Clock } from '../../kernel/clock.ts'
import { unavailable } from '../../kernel/errors.ts'
import { newId } from '../../kernel/ids.ts'
import {
  type Collection,
  ConflictError,
  type Document,
  type Store,
} from '../../mixins/store/store.ts'
import { productNotFound } from './catalog.contract.ts'
import { categories, homes, products, skuClaims } from './catalog.documents.ts'
import { bury, living } from './product.ts'
import {
  type Outcome,
  planRound,
  type Seen,
  type Step,
  type Wish,
  writeProduct,
} from './writing.ts'

/** Rounds, one after the other, in which every step met another writer. */
const MAX_FRUITLESS_ROUNDS = 5

/**
 * The outcomes of `wishes`, as if they had been written one after the other.
 *
 * @throws UnavailableError some of the wishes may have been written
 */
export async function writeProducts(
  store: Store,
  clock: Clock,
  wishes: readonly Wish[],
): Promise<Outcome[]> {
  const outcomes = new Map<Wish, Outcome>()
  let open = wishes
  let fruitless = 0
  while (open.length > 0 && fruitless < MAX_FRUITLESS_ROUNDS) {
    const nowMs = clock.now()
    const seen = await read(store, open)
    const steps = planRound(open, seen, { nowMs, newId: () => newId('prod', nowMs) })
    const taken = await take(store, steps)
    for (const { wish, outcome } of taken) outcomes.set(wish, outcome)
    open = open.filter((wish) => !outcomes.has(wish))
    fruitless = taken.length > 0 ? 0 : fruitless + 1
  }
  const refusal = unavailable('too many writers of the same products')
  return wishes.map((wish) => outcomes.get(wish) ?? { state: 'refused', refusal })
}

/**
 * Leaves a tombstone, which the feed shows.
 *
 * @throws Refusal `product_not_found`, or what `check` throws
 */
export async function removeProduct(
  store: Store,
  clock: Clock,
  productId: string,
  check: (version: number) => void,
): Promise<void> {
  for (let attempt = 0; attempt < MAX_FRUITLESS_ROUNDS; attempt += 1) {
    const product = living(await store.get(products, productId))
    if (!product) throw productNotFound(`there is no product ${productId}`)
    check(product.version)
    try {
      return await store.commit(writeProduct(bury(product, clock.now()), product))
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error
    }
  }
  throw unavailable('too many writers of the same product')
}

async function read(store: Store, wishes: readonly Wish[]): Promise<Seen> {
  const [claims, seenCategories] = await Promise.all([
    byId(
      store,
      skuClaims,
      wishes.map(({ sku }) => sku),
    ),
    byId(
      store,
      categories,
      wishes.map(({ category }) => category.id),
    ),
  ])
  // Claims first: who is fenced must be read after the claim that it may rest on.
  const owners = [...claims.values()].map(({ productId }) => productId)
  const productIds = [...owners, ...wishes.flatMap(({ productId }) => productId ?? [])]
  const [seenProducts, seenHomes] = await Promise.all([
    byId(store, products, productIds),
    byId(store, homes, productIds),
  ])
  return { categories: seenCategories, claims, products: seenProducts, homes: seenHomes }
}

async function byId<D extends Document>(
  store: Store,
  collection: Collection<D>,
  ids: readonly string[],
): Promise<Map<string, D>> {
  const unique = [...new Set(ids)]
  const documents = unique.length > 0 ? await store.getMany(collection, unique) : []
  return new Map(documents.flatMap((each) => (each ? [[each.id, each] as const] : [])))
}

/**
 * The steps that were committed whole. What is committed at once shares the store's transactions.
 */
async function take(store: Store, steps: readonly Step[]): Promise<Step[]> {
  const stopped = new Set<Step>()
  for (const phase of [0, 1, 2] as const) {
    const commits = steps
      .filter((step) => !stopped.has(step))
      .flatMap((step) =>
        step.phases[phase].map((commit) =>
          store.commit(commit).catch((error: unknown) => {
            if (!(error instanceof ConflictError)) throw error
            stopped.add(step)
          }),
        ),
      )
    for (const result of await Promise.allSettled(commits)) {
      if (result.status === 'rejected') throw result.reason
    }
  }
  return steps.filter((step) => !stopped.has(step))
}

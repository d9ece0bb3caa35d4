/**
 * Binds the catalog to the network. Reads go to the store; writes are the sagas'. After a write,
 * the nodes are told which products changed.
 */
import type { ServiceSchema } from 'moleculer'
import { type Clock, repeat, rfc3339 } from '../../kernel/clock.ts'
import type { Caller, ParamsOf } from '../../kernel/contract.ts'
import { type Refusal, versionMismatch } from '../../kernel/errors.ts'
import { newId } from '../../kernel/ids.ts'
import { type CallContext, implement } from '../../mixins/service.ts'
import type { Store } from '../../mixins/store/store.ts'
import { CACHE_STALE, type CacheStale } from '../api/api.contract.ts'
import {
  type Category,
  catalogContract,
  categoryNotFound,
  PRODUCT_CHANGED,
  type Product,
  type ProductChanged,
  productExists,
  productNotFound,
} from './catalog.contract.ts'
import { type CategoryDocument, categories, products } from './catalog.documents.ts'
import { ProductCounts } from './counting.ts'
import { fillWithDemo } from './demo.saga.ts'
import { feedPage } from './feed.ts'
import { importLines } from './import.saga.ts'
import { categoryCursor, categoryQuery, pageOf, productCursor, productQuery } from './listing.ts'
import { complete, isSame, living, productView } from './product.ts'
import { removeProduct, writeProducts } from './writing.saga.ts'
import type { Wish } from './writing.ts'

/** More than a category ever has; times its version a safe integer. */
const MAX_PRODUCTS = 1_000_000_000

export interface CatalogDependencies {
  store: Store
  clock: Clock
  /** Fills an empty store with the demo catalogue. */
  demo: boolean
}

export function catalogService({ store, clock, demo }: CatalogDependencies): ServiceSchema {
  const counts = new ProductCounts(store, clock)
  let stopFilling = () => Promise.resolve()

  async function write(wish: Wish, context: CallContext): Promise<Product> {
    const [outcome] = await writeProducts(store, clock, [wish])
    if (outcome!.state === 'refused') throw outcome!.refusal
    const { state, product } = outcome!
    if (state !== 'unchanged') nudge(context, [product.id])
    return productView(product)
  }

  async function categoryView(category: CategoryDocument): Promise<Category> {
    const { id, name, parentId, createdAt, updatedAt } = category
    const productCount = await counts.of(id)
    return {
      id,
      name,
      parentId,
      productCount,
      // The ETag is made of it: it must change with the count, of which the document knows nothing.
      version: category.version * MAX_PRODUCTS + productCount,
      createdAt: rfc3339(createdAt),
      updatedAt: rfc3339(updatedAt),
    }
  }

  const schema = implement(
    catalogContract,
    {
      async list(params) {
        const found = await store.find(products, productQuery(params))
        return pageOf(found, params.limit, productView, (last) => productCursor(last, params.sort))
      },

      async get({ productId }) {
        const product = await store.get(products, productId)
        if (product?.status !== 'active') throw productNotFound(`there is no product ${productId}`)
        return productView(product)
      },

      async listCategories(params) {
        const found = await store.find(categories, categoryQuery(params))
        const page = pageOf(found, params.limit, categoryView, categoryCursor)
        return { ...page, items: await Promise.all(page.items) }
      },

      async getCategory({ categoryId }) {
        const category = await store.get(categories, categoryId)
        if (!category) throw categoryNotFound(`there is no category ${categoryId}`)
        return categoryView(category)
      },

      create: (params, context) =>
        write(creation(params, params.id ?? newId('prod', clock.now())), context),

      replace: (params, context) => write(replacement(params), context),

      async remove({ productId, ifMatch }, context) {
        await removeProduct(store, clock, productId, (version) => {
          if (ifMatch !== undefined && ifMatch !== version) throw otherVersion(version)
        })
        nudge(context, [productId])
        return { done: true as const }
      },

      async importBatch({ lines }, context) {
        const { result, productIds } = await importLines(store, clock, context, lines)
        if (productIds.length > 0) nudge(context, productIds)
        return result
      },

      async getMany({ productIds }) {
        const found = await store.getMany(products, productIds)
        return { products: found.flatMap((each) => (living(each) ? [productView(each!)] : [])) }
      },

      async changes({ after, limit }) {
        const found = await store.find(products, {
          sort: [
            ['updatedAt', 1],
            ['id', 1],
          ],
          ...(after && { after: [after.at, after.id] }),
          limit,
        })
        return feedPage(found)
      },
    },
    clock,
  )

  return {
    ...schema,
    async started() {
      if (!demo) return
      const fill = () => fillWithDemo(store, clock, this.broker as Caller)
      const onError = (error: unknown) => this.logger.warn('the demo catalogue waits', error)
      try {
        // In one process the shop is full when it opens; else inventory may start much later.
        await this.broker.waitForServices('inventory', 5_000, 20)
        await fill()
      } catch (error) {
        onError(error)
        const refill = async () => {
          await fill()
          void stopFilling()
        }
        stopFilling = repeat(clock, 1_000, refill, onError)
      }
    },
    stopped: () => stopFilling(),
  }
}

type Params<K extends 'create' | 'replace'> = ParamsOf<(typeof catalogContract)['actions'][K]>

function creation(params: Params<'create'>, productId: string): Wish {
  return {
    productId,
    sku: params.sku,
    category: { id: params.categoryId, name: params.categoryName, mayBeNameless: false },
    decide: (current) =>
      living(current) ? productExists(`product ${productId} exists`) : complete(params, undefined),
  }
}

function replacement(params: Params<'replace'>): Wish {
  const { productId, ifMatch, sku } = params
  const draft = complete(params, undefined)
  return {
    productId,
    sku,
    category: { id: params.categoryId, name: params.categoryName, mayBeNameless: false },
    decide(current) {
      const product = living(current)
      if (!product) return productNotFound(`there is no product ${productId}`)
      const isRepeat = product.version === ifMatch + 1 && isSame(product, draft)
      return product.version === ifMatch || isRepeat ? draft : otherVersion(product.version)
    },
  }
}

function otherVersion(version: number): Refusal {
  return versionMismatch(`the product is at version ${version}`)
}

function nudge(context: CallContext, productIds: string[]): void {
  const changed: ProductChanged = { productIds }
  // Nobody waits for it: what a lost nudge would have said, the feed says a little later.
  context.broadcast(PRODUCT_CHANGED, changed).catch(() => {})
  const stale: CacheStale = { tags: ['products', ...productIds.map((id) => `product-${id}`)] }
  context.broadcast(CACHE_STALE, stale).catch(() => {})
}

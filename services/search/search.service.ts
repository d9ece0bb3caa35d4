/**
 * Binds search to the network. Every search node builds its own index from the feeds before it says
 * that it is ready, and follows them afterwards; events only make it look sooner.
 */
import type { ServiceSchema } from 'moleculer'
import type { Clock } from '../../kernel/clock.ts'
import { type Caller, call } from '../../kernel/contract.ts'
import { validationFailed } from '../../kernel/errors.ts'
import { Projection } from '../../mixins/projection/projection.ts'
import type { Readiness } from '../../mixins/readiness.ts'
import { implement } from '../../mixins/service.ts'
import { encodeCursor, readCursor } from '../../mixins/store/cursor.ts'
import { CACHE_STALE, type CacheStale } from '../api/api.contract.ts'
import {
  catalogContract,
  FEED_WINDOW_MS,
  type FeedProduct,
  PRODUCT_CHANGED,
} from '../catalog/catalog.contract.ts'
import { inventoryContract } from '../inventory/inventory.contract.ts'
import { searchContract } from './search.contract.ts'
import { type Cursor, isCursor, type SearchQuery } from './search.index.ts'
import { Shop, type StockChange } from './search.projection.ts'

export interface SearchDependencies {
  clock: Clock
  readiness: Readiness
}

export function searchService({ clock, readiness }: SearchDependencies): ServiceSchema {
  const shop = new Shop()
  let products: Projection<FeedProduct> | undefined
  let stock: Projection<StockChange> | undefined

  const schema = implement(
    searchContract,
    {
      find({ cursor, ...query }) {
        const after = cursor === undefined ? {} : { after: readPosition(cursor, query) }
        const found = shop.index.search({ ...query, ...after })
        const { hits, total, facets, next, suggestion } = found
        return {
          items: hits.map(({ id, score }) => shop.hit(id, score)),
          total,
          facets,
          nextCursor: next ? encodeCursor(next) : null,
          ...(suggestion === undefined ? {} : { suggestion }),
        }
      },

      suggest({ q, limit }) {
        return { items: shop.index.suggest(q, limit).map((text) => ({ text })) }
      },
    },
    clock,
  )

  return {
    ...schema,
    dependencies: [catalogContract.name, inventoryContract.name],
    events: { [PRODUCT_CHANGED]: () => products?.nudge() },
    created() {
      readiness.await('search index')
    },
    async started() {
      const caller = this.broker as Caller
      const onError = (error: unknown) => this.logger.warn('the search index waits', error)
      const options = { clock, windowMs: FEED_WINDOW_MS, onError }
      const tell = (tags: string[]) => {
        const stale: CacheStale = { tags }
        this.broker.broadcast(CACHE_STALE, stale).catch(onError)
      }
      products = new Projection({
        ...options,
        async read(after, limit) {
          const request = { limit, ...(after ? { after } : {}) }
          const page = await call(caller, catalogContract.actions.changes, request)
          return { changes: page.products, next: page.next }
        },
        apply: (product: FeedProduct) => shop.putProduct(product),
        applied: (changed) =>
          tell(['search', 'products', ...changed.map(({ id }) => `product-${id}`)]),
      })
      stock = new Projection({
        ...options,
        async read(after, limit) {
          const request = { limit, ...(after ? { after } : {}) }
          const page = await call(caller, inventoryContract.actions.changes, request)
          return { changes: page.lines, next: page.next }
        },
        apply: (change: StockChange) => shop.putStock(change),
        applied: () => tell(['search']),
      })
      await Promise.all([products.start(), stock.start()])
      readiness.done('search index')
    },
    async stopped() {
      await Promise.all([products?.stop(), stock?.stop()])
    },
  }
}

/** @throws Refusal `validation_failed`: no page of this search gave it */
function readPosition(cursor: string, query: SearchQuery): Cursor {
  const position = readCursor(cursor)
  if (isCursor(position, query)) return position
  throw validationFailed('cursor is not one that a page of this search gave')
}

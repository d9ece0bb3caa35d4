/** For tests: the catalog on a real broker and store, beside a stand-in of inventory. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ServiceBroker } from 'moleculer'
import { type Clock, systemClock } from '../../kernel/clock.ts'
import type { Caller } from '../../kernel/contract.ts'
import { createEmbeddedStore } from '../../mixins/store/embedded.ts'
import type { Store } from '../../mixins/store/store.ts'
import { PRODUCT_CHANGED, type ProductChanged } from './catalog.contract.ts'
import { catalogCollections } from './catalog.documents.ts'
import { catalogService } from './catalog.service.ts'

export interface CatalogFixture {
  caller: Caller
  store: Store
  /** Pieces by `warehouse/product`, as the catalog set them. */
  stock: Map<string, number>
  /** The product ids of every nudge. */
  nudges: string[][]
  stop(): Promise<void>
}

export async function startCatalog({
  clock = systemClock,
  demo = false,
}: {
  clock?: Clock
  demo?: boolean
} = {}): Promise<CatalogFixture> {
  const dataDir = mkdtempSync(join(tmpdir(), 'stoa-catalog-'))
  const store = createEmbeddedStore({ dataDir, collections: catalogCollections })
  await store.open()
  const stock = new Map<string, number>()
  const nudges: string[][] = []
  const broker = new ServiceBroker({ logger: false, registry: { stopDelay: 0 } })
  broker.createService({
    name: 'inventory',
    actions: {
      importStock({ params }: { params: StockParams }) {
        const { warehouseId, items } = params
        for (const { productId, onHand } of items) stock.set(`${warehouseId}/${productId}`, onHand)
        const full = items.filter(({ onHand }) => onHand === HELD)
        return {
          errors: full.map(({ productId }) => ({ productId, message: 'some pieces are held' })),
        }
      },
    },
  })
  broker.createService({
    name: 'listener',
    events: {
      [PRODUCT_CHANGED]: ({ params }: { params: ProductChanged }) => {
        nudges.push(params.productIds)
      },
    },
  })
  broker.createService(catalogService({ store, clock, demo }))
  await broker.start()
  return {
    caller: broker as Caller,
    store,
    stock,
    nudges,
    async stop() {
      await broker.stop()
      await store.close()
      rmSync(dataDir, { recursive: true })
    },
  }
}

/** A count that the stand-in of inventory refuses. */
export const HELD = 13

interface StockParams {
  warehouseId: string
  items: { productId: string; onHand: number }[]
}

/**
 * What a search node holds in memory: the index, and of each product what a result shows. Both
 * follow the catalogue's and the inventory's feeds.
 */
import type { FeedProduct } from '../catalog/catalog.contract.ts'
import type { Hit } from './search.contract.ts'
import { createSearchIndex } from './search.index.ts'

type Summary = Omit<Hit, 'inStock' | 'score'>

export interface StockChange {
  warehouseId: string
  productId: string
  inStock: boolean
}

export class Shop {
  readonly index = createSearchIndex()
  private readonly summaries = new Map<string, Summary>()
  private readonly versions = new Map<string, number>()
  /** Products in stock, and where. */
  private readonly stocked = new Map<string, Set<string>>()

  putProduct(product: FeedProduct): void {
    const { id, status, version } = product
    if ((this.versions.get(id) ?? 0) >= version) return
    this.versions.set(id, version)
    if (status === 'active') {
      this.index.put({ ...product, status })
      this.summaries.set(id, summaryOf(product))
    } else {
      this.index.remove(id)
      this.summaries.delete(id)
    }
  }

  putStock({ warehouseId, productId, inStock }: StockChange): void {
    const warehouses = this.stocked.get(productId) ?? new Set()
    if (inStock) warehouses.add(warehouseId)
    else warehouses.delete(warehouseId)
    if (warehouses.size > 0) this.stocked.set(productId, warehouses)
    else this.stocked.delete(productId)
    this.index.setInStock(productId, warehouses.size > 0)
  }

  hit(id: string, score: number): Hit {
    return { ...this.summaries.get(id)!, inStock: this.stocked.has(id), score }
  }
}

function summaryOf({ id, sku, name, categoryId, brand, price, images }: FeedProduct): Summary {
  return { id, sku, name, categoryId, brand, price, image: images[0] ?? null }
}

/** Pages of the change feed. */
import type { FeedProduct } from './catalog.contract.ts'
import type { ProductDocument } from './catalog.documents.ts'

/** NATS takes messages of 1 MB, and a character has up to 3 bytes; most have one. */
const MAX_PAGE_CHARACTERS = 500_000

interface FeedPage {
  products: FeedProduct[]
  next: { at: number; id: string } | null
}

/**
 * @param documents by `updatedAt` and `id`; the page ends early where it grows too large to send
 */
export function feedPage(documents: readonly ProductDocument[]): FeedPage {
  const products: FeedProduct[] = []
  let characters = 0
  for (const { nameKey, priceKey, homeCategoryId, ...product } of documents) {
    characters += JSON.stringify(product).length
    if (characters > MAX_PAGE_CHARACTERS && products.length > 0) break
    products.push(product)
  }
  const last = products.at(-1)
  return { products, next: last ? { at: last.updatedAt, id: last.id } : null }
}

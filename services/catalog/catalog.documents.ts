/** What the catalog stores. Times are Unix ms. */
import { collection, type Document } from '../../mixins/store/store.ts'
import type { FeedProduct } from './catalog.contract.ts'

/**
 * A deleted product stays as a tombstone, so that the feed shows the deletion and a product that
 * comes back goes on with the version.
 */
export interface ProductDocument extends FeedProduct {
  /** What the product sorts by when sorted by name. */
  nameKey: string
  /** The price's amount; apart from it, so that a filter by price leaves the sort its index. */
  priceKey: number
  /** Where the product lives, whatever its category becomes; see `Home`. */
  homeCategoryId: string
}

/**
 * The shard of a product: the category that it was made in, for ever. A product that moves to
 * another category would change its shard, which no single commit can do. Inserted before the
 * product: what makes its id unique across shards.
 */
export interface Home extends Document {
  categoryId: string
}

/**
 * Who took a SKU last; id: the SKU. What makes it unique across shards. A claim is never given
 * back: whether the owner still bears the SKU is asked of the owner.
 */
export interface SkuClaim extends Document {
  productId: string
}

export interface CategoryDocument extends Document {
  name: string
  nameKey: string
  parentId: string | null
  createdAt: number
  updatedAt: number
}

/** How far the demo catalogue has come; only its `id` document exists. */
export interface DemoMark extends Document {
  state: 'filling' | 'filled'
}

const hashedById = { shardKey: 'id', distribution: 'hashed', shards: 4 } as const

const SORT_FIELDS = ['nameKey', 'priceKey', 'createdAt']

/** Behind the id the indexes bear what a listing filters by, so that only its page is read. */
export const products = collection<ProductDocument>({
  name: 'products',
  shardKey: 'homeCategoryId',
  distribution: 'range',
  shards: 4,
  indexes: [
    { fields: ['updatedAt', 'id'] },
    ...SORT_FIELDS.flatMap((field) => [
      { fields: [field, 'id', 'status', 'price.amount'] },
      { fields: ['categoryId', 'status', field, 'id', 'price.amount', 'brand'] },
      { fields: ['brand', 'status', field, 'id', 'price.amount', 'categoryId'] },
    ]),
  ],
})

export const homes = collection<Home>({ name: 'product_homes', ...hashedById, indexes: [] })

export const skuClaims = collection<SkuClaim>({ name: 'skus', ...hashedById, indexes: [] })

export const categories = collection<CategoryDocument>({
  name: 'categories',
  ...hashedById,
  indexes: [{ fields: ['nameKey', 'id'] }],
})

export const demoMarks = collection<DemoMark>({ name: 'demo_marks', ...hashedById, indexes: [] })

export const catalogCollections = [products, homes, skuClaims, categories, demoMarks]

/**
 * The catalog: products and the categories they stand in. It alone writes them; search, cart and
 * order read them through `getMany` and `changes`.
 *
 * Nudge: after a write, `product.changed` with `{productIds}` is broadcast to all nodes. It may get
 * lost; the feed (`changes`) is the truth.
 */
import Type from 'typebox'
import {
  action,
  Cursor,
  contract,
  ImportedId,
  Limit,
  object,
  page,
  Version,
} from '../../kernel/contract.ts'
import { refusal } from '../../kernel/errors.ts'
import { AmountMinor } from '../../kernel/money.ts'
import { Category, FeedProduct, Product, written } from './product.contract.ts'

export * from './product.contract.ts'

export const productNotFound = refusal('product_not_found', 404, 'No such product')
export const categoryNotFound = refusal('category_not_found', 404, 'No such category')
/** A product names a category that does not exist and brings no `categoryName`. */
export const categoryUnknown = refusal('category_not_found', 422, 'No such category')
export const skuTaken = refusal('sku_taken', 409, 'The SKU is taken')
export const productExists = refusal('product_exists', 409, 'The product exists already')

export const PRODUCT_CHANGED = 'product.changed'
export interface ProductChanged {
  productIds: string[]
}

export const SORTS = ['name', 'price', 'createdAt', '-name', '-price', '-createdAt'] as const
export type Sort = (typeof SORTS)[number]

const FeedPosition = object({ at: Type.Integer(), id: Type.String() })

const operate = { auth: 'operator', priority: 'operate' } as const
const browse = {
  method: 'GET',
  auth: 'public',
  priority: 'browse',
  // Readers see a write within a second, unless a cache of their own keeps the reply longer.
  cache: { maxAgeS: 1, staleWhileRevalidateS: 30, staleIfErrorS: 86_400 },
} as const
/** Every write of a product drops the gateways' replies that show it. */
const KEPT = { ...browse.cache, keepS: 300 }

export const catalogContract = contract('catalog', 1, {
  list: action({
    params: object({
      categoryId: Type.Optional(ImportedId),
      brand: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
      minPrice: Type.Optional(AmountMinor),
      maxPrice: Type.Optional(AmountMinor),
      sort: Type.Optional(Type.Enum(SORTS)),
      limit: Limit,
      cursor: Type.Optional(Cursor),
    }),
    result: page(Product),
    idempotent: true,
    rest: {
      ...browse,
      path: '/products',
      cache: KEPT,
      summary: 'Active products, the newest first; names sort without regard to case and accents',
      cacheTags: ({ items }) => [
        'products',
        ...new Set(items.map(({ categoryId }) => `category-${categoryId}`)),
      ],
    },
  }),

  get: action({
    params: object({ productId: ImportedId }),
    result: Product,
    errors: [productNotFound],
    idempotent: true,
    rest: {
      ...browse,
      path: '/products/:productId',
      cache: { ...KEPT, warm: 100 },
      summary: 'One active product',
      versioned: true,
      cacheTags: ({ id, categoryId }) => [`product-${id}`, `category-${categoryId}`],
    },
  }),

  listCategories: action({
    params: object({ limit: Limit, cursor: Type.Optional(Cursor) }),
    result: page(Category),
    idempotent: true,
    rest: {
      ...browse,
      path: '/categories',
      summary: 'Categories by name',
      cacheTags: () => ['categories'],
    },
  }),

  getCategory: action({
    params: object({ categoryId: ImportedId }),
    result: Category,
    errors: [categoryNotFound],
    idempotent: true,
    rest: {
      ...browse,
      path: '/categories/:categoryId',
      summary: 'One category',
      versioned: true,
      cacheTags: ({ id }) => ['categories', `category-${id}`],
    },
  }),

  create: action({
    params: object({ id: Type.Optional(ImportedId), ...written }),
    result: Product,
    errors: [skuTaken, productExists, categoryUnknown],
    idempotent: false,
    rest: {
      ...operate,
      method: 'POST',
      path: '/admin/products',
      summary: 'Adds a product; its category must exist or come with `categoryName`',
      status: 201,
      location: ({ id }) => `/products/${id}`,
      versioned: true,
    },
  }),

  /** A repeat of the write that made the current version answers as the first did. */
  replace: action({
    params: object({ productId: ImportedId, ifMatch: Version, ...written }),
    result: Product,
    errors: [productNotFound, skuTaken, categoryUnknown],
    idempotent: true,
    rest: {
      ...operate,
      method: 'PUT',
      path: '/admin/products/:productId',
      summary: 'Replaces a product; what is left out gets its default',
      supplied: { ifMatch: 'ifMatch' },
      ifMatchRequired: true,
      versioned: true,
    },
  }),

  remove: action({
    params: object({ productId: ImportedId, ifMatch: Type.Optional(Version) }),
    result: object({ done: Type.Literal(true) }),
    errors: [productNotFound],
    idempotent: false,
    rest: {
      ...operate,
      method: 'DELETE',
      path: '/admin/products/:productId',
      summary: 'Deletes a product',
      supplied: { ifMatch: 'ifMatch' },
      status: 204,
      empty: true,
    },
  }),

  /**
   * Writes many products; a line that cannot be written is reported, the rest goes in. Of lines
   * about one product the later one stands. A line that changes nothing counts as updated and
   * writes nothing. A line whose stock was refused is reported although its product went in.
   */
  importBatch: action({
    params: object({
      lines: Type.Array(object({ line: Type.Integer({ minimum: 1 }), product: Type.Unknown() }), {
        minItems: 1,
        maxItems: 500,
      }),
    }),
    result: object({
      imported: Type.Integer(),
      updated: Type.Integer(),
      errors: Type.Array(object({ line: Type.Integer(), message: Type.String() })),
    }),
    idempotent: true,
    rest: {
      ...operate,
      method: 'POST',
      path: '/admin/products/import',
      summary: 'Adds and updates products, one JSON object a line',
      stream: 'ndjson',
    },
  }),

  /**
   * Products that exist, inactive ones too, in the order of `productIds`; the others are absent.
   */
  getMany: action({
    params: object({ productIds: Type.Array(ImportedId, { minItems: 1, maxItems: 100 }) }),
    result: object({ products: Type.Array(Product) }),
    idempotent: true,
  }),

  /**
   * Every product by its last change, deleted ones too: what a projection loads and follows. `next`
   * is the position of the last product, null when there was none; a page may be shorter than
   * `limit` although more follow.
   *
   * Writers on several nodes have clocks of their own and commits take their time, so a change may
   * appear behind a position that was read already: follow the feed from `FEED_WINDOW_MS` before
   * the last position, and apply a product only when its `version` is higher than the one at hand.
   */
  changes: action({
    params: object({
      after: Type.Optional(FeedPosition),
      limit: Type.Integer({ minimum: 1, maximum: 10_000 }),
    }),
    result: object({
      products: Type.Array(FeedProduct),
      next: Type.Union([FeedPosition, Type.Null()]),
    }),
    idempotent: true,
  }),
})

/** More than the clocks of nodes differ and a commit lasts. */
export const FEED_WINDOW_MS = 5_000

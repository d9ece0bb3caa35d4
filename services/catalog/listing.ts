/**
 * Pages of products and categories: which documents, in which order, and the cursor that says where
 * the next page begins. A page continues behind the sort key of the last document of the page
 * before, so that rows that come or go in between neither repeat nor hide others.
 */
import type { ParamsOf } from '../../kernel/contract.ts'
import { validationFailed } from '../../kernel/errors.ts'
import { decodeCursor, encodeCursor } from '../../mixins/store/cursor.ts'
import type { Query, Scalar } from '../../mixins/store/store.ts'
import type { catalogContract, Sort } from './catalog.contract.ts'
import type { CategoryDocument, ProductDocument } from './catalog.documents.ts'

type ListParams = ParamsOf<(typeof catalogContract)['actions']['list']>

const NEWEST_FIRST: Sort = '-createdAt'

const SORT_KEYS: Record<'name' | 'price' | 'createdAt', SortKey> = {
  name: { field: 'nameKey', kind: 'string', value: (product) => product.nameKey },
  price: { field: 'priceKey', kind: 'number', value: (product) => product.priceKey },
  createdAt: { field: 'createdAt', kind: 'number', value: (product) => product.createdAt },
}

interface SortKey {
  field: string
  kind: 'string' | 'number'
  value(product: ProductDocument): Scalar
}

/** As JSON: a cursor that bears it and an id keeps to 512 characters. */
const NAME_KEY_BYTES = 290

/** Names that differ in case and accents only sort together, whatever the database's collation. */
export function nameKey(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
  let key = plain.slice(0, NAME_KEY_BYTES)
  while (Buffer.byteLength(JSON.stringify(key)) > NAME_KEY_BYTES) key = key.slice(0, -1)
  return key.isWellFormed() ? key : key.slice(0, -1)
}

/** @throws Refusal `validation_failed` for the cursor of another listing */
export function productQuery(params: ListParams): Query {
  const { categoryId, brand, minPrice, maxPrice, sort = NEWEST_FIRST, cursor, limit } = params
  const where: Record<string, NonNullable<Query['where']>[string]> = { status: 'active' }
  if (categoryId !== undefined) where.categoryId = categoryId
  if (brand !== undefined) where.brand = brand
  const direction = sort.startsWith('-') ? -1 : 1
  const { field, kind } = keyOf(sort)
  if (minPrice !== undefined || maxPrice !== undefined) {
    where[field === 'priceKey' ? field : 'price.amount'] = {
      ...(minPrice !== undefined && { gte: minPrice }),
      ...(maxPrice !== undefined && { lte: maxPrice }),
    }
  }
  return {
    where,
    sort: [
      [field, direction],
      ['id', direction],
    ],
    ...(cursor !== undefined && { after: positionIn(sort, kind, cursor) }),
    // One more than asked for tells whether another page follows.
    limit: limit + 1,
  }
}

export function productCursor(product: ProductDocument, sort: Sort = NEWEST_FIRST): string {
  return encodeCursor([sort, keyOf(sort).value(product), product.id])
}

/** @throws Refusal `validation_failed` for the cursor of another listing */
export function categoryQuery({ cursor, limit }: { cursor?: string; limit: number }): Query {
  return {
    sort: [
      ['nameKey', 1],
      ['id', 1],
    ],
    ...(cursor !== undefined && { after: positionIn('category', 'string', cursor) }),
    limit: limit + 1,
  }
}

export function categoryCursor({ id, nameKey }: CategoryDocument): string {
  return encodeCursor(['category', nameKey, id])
}

/** The page out of the documents of a query with one more than asked for. */
export function pageOf<D, T>(
  documents: readonly D[],
  limit: number,
  view: (document: D) => T,
  cursor: (document: D) => string,
): { items: T[]; nextCursor: string | null } {
  const items = documents.slice(0, limit)
  return {
    items: items.map(view),
    nextCursor: documents.length > limit ? cursor(items.at(-1)!) : null,
  }
}

function keyOf(sort: Sort) {
  return SORT_KEYS[sort.replace('-', '') as keyof typeof SORT_KEYS]
}

function positionIn(listing: string, kind: 'string' | 'number', cursor: string): Scalar[] {
  const [ofListing, value, id] = decodeCursor(cursor, ['string', kind, 'string'])
  if (ofListing !== listing) throw validationFailed('cursor belongs to another listing')
  return [value!, id!]
}

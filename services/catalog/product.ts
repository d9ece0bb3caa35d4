/** What becomes of one product: decisions without a store, a network or a clock. */
import Value from 'typebox/value'
import { rfc3339 } from '../../kernel/clock.ts'
import type { Product } from './catalog.contract.ts'
import type { ProductDocument } from './catalog.documents.ts'
import { nameKey } from './listing.ts'

/** All that an operator decides about a product. */
export type Draft = Pick<
  Product,
  | 'sku'
  | 'name'
  | 'description'
  | 'categoryId'
  | 'brand'
  | 'price'
  | 'attributes'
  | 'images'
  | 'status'
>

type Optional = 'attributes' | 'images' | 'status'
/** A draft that may leave out what has a default. */
export type Sketch = Omit<Draft, Optional> & Partial<Pick<Draft, Optional>>

const FIELDS = [
  'sku',
  'name',
  'description',
  'categoryId',
  'brand',
  'price',
  'attributes',
  'images',
  'status',
] as const satisfies (keyof Draft)[]

/** What exists for others: nothing, where there is none or it was deleted. */
export function living(product: ProductDocument | undefined): ProductDocument | undefined {
  return product?.status === 'deleted' ? undefined : product
}

export function bears(product: ProductDocument | undefined, sku: string): boolean {
  return living(product)?.sku === sku
}

/** What `sketch` leaves out stays as it is in `current`, or gets its default. */
export function complete(sketch: Sketch, current: ProductDocument | undefined): Draft {
  const base = living(current)
  return {
    sku: sketch.sku,
    name: sketch.name,
    description: sketch.description,
    categoryId: sketch.categoryId,
    brand: sketch.brand,
    price: sketch.price,
    attributes: sketch.attributes ?? base?.attributes ?? {},
    images: sketch.images ?? base?.images ?? [],
    status: sketch.status ?? (base?.status === 'inactive' ? 'inactive' : 'active'),
  }
}

/** True when writing `draft` would change nothing. */
export function isSame(product: ProductDocument | undefined, draft: Draft): boolean {
  return product !== undefined && FIELDS.every((field) => Value.Equal(product[field], draft[field]))
}

/**
 * The document that follows `current`; a product that was deleted begins anew, its version goes on.
 */
export function revise(
  id: string,
  homeCategoryId: string,
  draft: Draft,
  current: ProductDocument | undefined,
  nowMs: number,
): ProductDocument {
  return {
    id,
    ...draft,
    nameKey: nameKey(draft.name),
    priceKey: draft.price.amount,
    homeCategoryId,
    createdAt: living(current)?.createdAt ?? nowMs,
    ...next(current, nowMs),
  }
}

export function bury(product: ProductDocument, nowMs: number): ProductDocument {
  return { ...product, status: 'deleted', ...next(product, nowMs) }
}

/** The same product once more: a write on its way, which was conditional on `product`, fails. */
export function fence(product: ProductDocument, nowMs: number): ProductDocument {
  return { ...product, ...next(product, nowMs) }
}

/** A tombstone where there never was a product: an insert on its way fails. */
export function fenceAbsent(id: string, homeCategoryId: string, nowMs: number): ProductDocument {
  return {
    id,
    sku: '',
    name: '',
    nameKey: '',
    priceKey: 0,
    description: '',
    categoryId: homeCategoryId,
    homeCategoryId,
    brand: '',
    price: { amount: 0, currency: 'XXX' },
    attributes: {},
    images: [],
    status: 'deleted',
    createdAt: nowMs,
    ...next(undefined, nowMs),
  }
}

function next(current: ProductDocument | undefined, nowMs: number) {
  // A clock that was set back must not put the change where the feed was read already.
  const updatedAt = Math.max(nowMs, current?.updatedAt ?? 0)
  return { version: (current?.version ?? 0) + 1, updatedAt }
}

/** @param product a living one */
export function productView(product: ProductDocument): Product {
  const { id, sku, name, description, categoryId, brand, price, attributes, images } = product
  return {
    id,
    sku,
    name,
    description,
    categoryId,
    brand,
    price,
    attributes,
    images,
    status: product.status === 'inactive' ? 'inactive' : 'active',
    version: product.version,
    createdAt: rfc3339(product.createdAt),
    updatedAt: rfc3339(product.updatedAt),
  }
}

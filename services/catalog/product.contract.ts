/** The shapes of products and categories. */
import Type from 'typebox'
import { ImportedId, object, Timestamp, Version } from '../../kernel/contract.ts'
import { Price } from '../../kernel/money.ts'
import { MAX_PIECES } from '../inventory/inventory.contract.ts'

const NO_CONTROLS = '[^\\u0000-\\u001f\\u007f\\ud800-\\udfff]'
const label = (maxLength: number, description?: string) =>
  Type.String({
    minLength: 1,
    maxLength,
    pattern: `^(?=.*\\S)${NO_CONTROLS}*$`,
    ...(description && { description }),
  })

export const Attributes = Type.Record(
  Type.String({ pattern: `^(?!__proto__$)${NO_CONTROLS}{1,100}$` }),
  Type.Union([Type.String({ maxLength: 10_000 }), Type.Number(), Type.Boolean()]),
  {
    additionalProperties: false,
    maxProperties: 500,
    description: 'Texts of at most 10,000 characters, numbers and booleans by name',
  },
)

const described = {
  sku: label(128, 'Borne by one product at a time'),
  name: label(500),
  description: Type.String({ maxLength: 20_000 }),
  categoryId: ImportedId,
  brand: Type.String({ maxLength: 200, pattern: `^${NO_CONTROLS}*$` }),
  price: Price,
}
const Images = Type.Array(Type.String({ maxLength: 2_048, pattern: '^(https?://|/)\\S*$' }), {
  maxItems: 50,
  description: 'URLs or absolute paths',
})
const Status = Type.Enum(['active', 'inactive'], { description: 'Only active products are shown' })

export const Product = object(
  {
    id: ImportedId,
    ...described,
    attributes: Attributes,
    images: Images,
    status: Status,
    version: Version,
    createdAt: Timestamp,
    updatedAt: Timestamp,
  },
  { title: 'Product' },
)
export type Product = Type.Static<typeof Product>

/** A product in the change feed: a deleted one is there as what it was. Times are Unix ms. */
export const FeedProduct = object({
  id: ImportedId,
  sku: Type.String(),
  name: Type.String(),
  description: Type.String(),
  categoryId: ImportedId,
  brand: Type.String(),
  price: Price,
  attributes: Attributes,
  images: Images,
  status: Type.Enum(['active', 'inactive', 'deleted']),
  version: Version,
  createdAt: Type.Integer(),
  updatedAt: Type.Integer(),
})
export type FeedProduct = Type.Static<typeof FeedProduct>

export const Category = object(
  {
    id: ImportedId,
    name: label(200),
    parentId: Type.Union([ImportedId, Type.Null()]),
    productCount: Type.Integer({
      minimum: 0,
      description: 'Active products of the category itself',
    }),
    version: Type.Integer({ minimum: 1, description: 'Another for another name or count' }),
    createdAt: Timestamp,
    updatedAt: Timestamp,
  },
  { title: 'Category' },
)
export type Category = Type.Static<typeof Category>

/** What an operator says of a product. */
export const written = {
  ...described,
  categoryName: Type.Optional(label(200)),
  attributes: Type.Optional(Attributes),
  images: Type.Optional(Images),
  status: Type.Optional(Status),
}

/**
 * One line of an import. It is found by its id, else by its SKU. `categoryName` makes or renames
 * the category, which is else made under its id. What a line leaves out stays as it is.
 */
export const ImportLine = object(
  {
    id: Type.Optional(ImportedId),
    ...written,
    stock: Type.Optional(
      Type.Record(ImportedId, Type.Integer({ minimum: 0, maximum: MAX_PIECES }), {
        additionalProperties: false,
        maxProperties: 100,
        description: 'Pieces on hand by warehouse',
      }),
    ),
  },
  { title: 'ImportLine' },
)
export type ImportLine = Type.Static<typeof ImportLine>

/** Search: finds active products by words, typos and beginnings of words forgiven. */
import Type from 'typebox'
import { action, Cursor, contract, ImportedId, Limit, object } from '../../kernel/contract.ts'
import { AmountMinor, Price } from '../../kernel/money.ts'

const words = Type.String({ minLength: 1, maxLength: 200 })

export const SORTS = [
  'relevance',
  'price',
  '-price',
  'name',
  '-name',
  'createdAt',
  '-createdAt',
] as const

export const Hit = object(
  {
    id: ImportedId,
    sku: Type.String(),
    name: Type.String(),
    categoryId: ImportedId,
    brand: Type.String(),
    price: Price,
    image: Type.Union([Type.String(), Type.Null()]),
    inStock: Type.Boolean(),
    score: Type.Number({ description: 'Comparable within one result only; 0 without words' }),
  },
  { title: 'Hit' },
)
export type Hit = Type.Static<typeof Hit>

const Count = Type.Integer({ minimum: 0 })
const Values = Type.Array(object({ value: Type.String(), count: Count }))

export const SearchResult = object(
  {
    items: Type.Array(Hit),
    total: Count,
    facets: object(
      {
        categoryId: Values,
        brand: Values,
        price: Type.Array(object({ from: Type.Integer(), to: Type.Integer(), count: Count })),
      },
      { description: 'Over the whole result; prices in minor units, both ends included' },
    ),
    nextCursor: Type.Union([Type.String(), Type.Null()]),
    suggestion: Type.Optional(Type.String({ description: 'The words, as they were understood' })),
  },
  { title: 'SearchResult' },
)

const KEPT = { maxAgeS: 1, staleWhileRevalidateS: 30, staleIfErrorS: 300, keepS: 300 }

const browse = {
  method: 'GET',
  auth: 'public',
  priority: 'browse',
  cacheTags: () => ['search'],
} as const

export const searchContract = contract('search', 1, {
  find: action({
    params: object({
      q: words,
      categoryId: Type.Optional(ImportedId),
      brand: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
      minPrice: Type.Optional(AmountMinor),
      maxPrice: Type.Optional(AmountMinor),
      inStock: Type.Optional(Type.Boolean()),
      sort: Type.Optional(Type.Enum(SORTS)),
      limit: Limit,
      cursor: Type.Optional(Cursor),
    }),
    result: SearchResult,
    idempotent: true,
    rest: {
      ...browse,
      path: '/products/search',
      summary: 'Finds products by words',
      cache: { ...KEPT, warm: 50 },
    },
  }),

  suggest: action({
    params: object({ q: words, limit: Limit }),
    result: object(
      { items: Type.Array(object({ text: Type.String() })) },
      { title: 'Suggestions' },
    ),
    idempotent: true,
    rest: {
      ...browse,
      path: '/products/suggest',
      summary: 'Completes what is being typed',
      cache: KEPT,
    },
  }),
})

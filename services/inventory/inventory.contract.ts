/**
 * Inventory: how many pieces of a product lie in a warehouse, and for which orders some are held.
 * Always: `onHand = available + held`, and `held` is the sum of the line's open holds.
 */
import Type from 'typebox'
import {
  action,
  contract,
  Idempotency,
  ImportedId,
  id,
  object,
  replayable,
  Version,
} from '../../kernel/contract.ts'
import { keyReused, refusal } from '../../kernel/errors.ts'

/** More than any shop has; sums over warehouses stay safe integers. */
export const MAX_PIECES = 1_000_000_000

const Pieces = Type.Integer({ minimum: 0, maximum: MAX_PIECES })
const Quantity = Type.Integer({ minimum: 1, maximum: MAX_PIECES })

export const outOfStock = refusal(
  'out_of_stock',
  409,
  'Out of stock',
  object({
    items: Type.Array(object({ productId: ImportedId, requested: Quantity, available: Pieces })),
  }),
)
export const belowHeld = refusal('below_held', 409, 'Below what is held for orders')
export const unknownProduct = refusal('product_not_found', 404, 'No such product')
/**
 * This attempt holds something else already: it must be given up before the order is tried again.
 */
export const holdConflict = refusal(
  'hold_conflict',
  409,
  'The attempt holds something else',
  object({ warehouseIds: Type.Array(ImportedId) }),
)
/** The hold was released or never made; only a closed order's can be. */
export const holdGone = refusal('hold_gone', 409, 'The hold is gone')

export const StockLine = object(
  {
    warehouseId: ImportedId,
    productId: ImportedId,
    onHand: Pieces,
    held: Pieces,
    available: Pieces,
    version: Version,
  },
  { title: 'StockLine' },
)
export type StockLine = Type.Static<typeof StockLine>

export const Availability = object(
  {
    productId: ImportedId,
    available: Pieces,
    warehouses: Type.Array(object({ warehouseId: ImportedId, available: Pieces })),
  },
  { title: 'Availability' },
)

const Line = object({ productId: ImportedId, quantity: Quantity })
const Allocation = object({ warehouseId: ImportedId, items: Type.Array(Line) })
export type Allocation = Type.Static<typeof Allocation>

/** A hold's name: the order, and which attempt at placing it made the hold. */
const hold = { orderId: id('ord'), attempt: Type.Integer({ minimum: 0 }) }
const Done = object({ done: Type.Literal(true) })
const line = { warehouseId: ImportedId, productId: ImportedId }

export const inventoryContract = contract('inventory', 1, {
  availability: action({
    params: object({ productId: ImportedId }),
    result: Availability,
    errors: [unknownProduct],
    idempotent: true,
    rest: {
      method: 'GET',
      path: '/products/:productId/availability',
      summary: 'How many pieces can be ordered now, by warehouse',
      auth: 'public',
      priority: 'browse',
    },
  }),

  get: action({
    params: object(line),
    result: StockLine,
    errors: [unknownProduct],
    key: 'warehouseId',
    idempotent: true,
    rest: {
      method: 'GET',
      path: '/admin/inventory/:warehouseId/:productId',
      summary: 'One stock line',
      auth: 'operator',
      priority: 'operate',
      versioned: true,
    },
  }),

  set: action({
    params: object({ ...line, onHand: Pieces, ifMatch: Type.Optional(Version) }),
    result: StockLine,
    errors: [unknownProduct, belowHeld],
    key: 'warehouseId',
    idempotent: true,
    rest: {
      method: 'PUT',
      path: '/admin/inventory/:warehouseId/:productId',
      summary: 'Sets the pieces on hand; makes the warehouse if it is new',
      auth: 'operator',
      priority: 'operate',
      supplied: { ifMatch: 'ifMatch' },
      versioned: true,
    },
  }),

  adjust: action({
    params: object({
      ...line,
      delta: Type.Integer({ minimum: -MAX_PIECES, maximum: MAX_PIECES }),
      reason: Type.String({ minLength: 1, maxLength: 200 }),
      idempotency: Idempotency,
    }),
    result: replayable(StockLine),
    errors: [unknownProduct, belowHeld, keyReused],
    key: 'warehouseId',
    idempotent: true,
    rest: {
      method: 'POST',
      path: '/admin/inventory/:warehouseId/:productId/adjust',
      summary: 'Adds to or takes from the pieces on hand',
      auth: 'operator',
      priority: 'operate',
      supplied: { idempotency: 'idempotency' },
      idempotencyKey: true,
    },
  }),

  /** Sets many lines of one warehouse; a line that cannot be set is reported, the rest goes in. */
  importStock: action({
    params: object({
      warehouseId: ImportedId,
      items: Type.Array(object({ productId: ImportedId, onHand: Pieces }), {
        minItems: 1,
        maxItems: 1_000,
      }),
    }),
    result: object({
      errors: Type.Array(object({ productId: ImportedId, message: Type.String() })),
    }),
    key: 'warehouseId',
    idempotent: true,
  }),

  /**
   * Holds all items for one attempt at an order: in one warehouse where one has them all, else
   * split. A repeat finds what the attempt holds already. After `hold_conflict` part of it may be
   * held: the attempt must be given up and released.
   */
  allocate: action({
    params: object({
      ...hold,
      customerId: id('cus'),
      items: Type.Array(Line, { minItems: 1, maxItems: 100 }),
      warehouseId: Type.Optional(ImportedId),
    }),
    result: object({ allocations: Type.Array(Allocation) }),
    errors: [outOfStock, holdConflict],
    idempotent: true,
  }),

  hold: action({
    params: object({
      ...hold,
      customerId: id('cus'),
      warehouseId: ImportedId,
      items: Type.Array(Line, { minItems: 1, maxItems: 100 }),
    }),
    result: Done,
    errors: [outOfStock, holdConflict],
    key: 'warehouseId',
    idempotent: true,
  }),

  /** The order is paid: the held pieces leave `onHand`. */
  claim: action({
    params: object({ ...hold, warehouseId: ImportedId }),
    result: Done,
    errors: [holdGone],
    key: 'warehouseId',
    idempotent: true,
  }),

  /** Undoes hold and claim: the pieces can be sold again. Only after the order gave them up. */
  release: action({
    params: object({ ...hold, warehouseId: ImportedId }),
    result: Done,
    key: 'warehouseId',
    idempotent: true,
  }),

  /** The claimed pieces have left the house: nothing is remembered of them. */
  ship: action({
    params: object({ ...hold, warehouseId: ImportedId }),
    result: Done,
    key: 'warehouseId',
    idempotent: true,
  }),

  /** Feed of products that came into or went out of stock; see the search projection. */
  changes: action({
    params: object({
      after: Type.Optional(object({ at: Type.Integer(), id: Type.String() })),
      limit: Type.Integer({ minimum: 1, maximum: 10_000 }),
    }),
    result: object({
      lines: Type.Array(
        object({ warehouseId: ImportedId, productId: ImportedId, inStock: Type.Boolean() }),
      ),
      next: Type.Union([object({ at: Type.Integer(), id: Type.String() }), Type.Null()]),
    }),
    idempotent: true,
  }),

  /** Every stock line against its arithmetic and its open holds; violations in words. */
  audit: action({
    params: object({}),
    result: object({ violations: Type.Array(Type.String()) }),
    idempotent: true,
  }),
})

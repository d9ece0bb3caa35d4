/**
 * Carts, a guest's or a customer's. A cart is named by its id; a customer's own one is derived from
 * the customer, so that there is one. Prices and names are the catalog's of the moment. A cart
 * holds products of one currency; a line whose product is not sold at the moment is neither shown
 * nor ordered, and comes back when it is sold again.
 */
import Type from 'typebox'
import { action, contract, ImportedId, id, object, Timestamp } from '../../kernel/contract.ts'
import { refusal, versionMismatch } from '../../kernel/errors.ts'
import { derivedId } from '../../kernel/ids.ts'
import { Money } from '../../kernel/money.ts'
import { productNotFound } from '../catalog/catalog.contract.ts'

export const MAX_LINES = 100
export const MAX_QUANTITY = 999

export const cartNotFound = refusal('cart_not_found', 404, 'No such cart')
export const itemNotFound = refusal('item_not_found', 404, 'Not in the cart')
export const cartEmpty = refusal('cart_empty', 422, 'The cart is empty')
export const cartFull = refusal('cart_full', 422, 'The cart is full')
export const quantityTooHigh = refusal('quantity_too_high', 422, 'Quantity too high')
export const currencyMismatch = refusal('currency_mismatch', 422, 'Priced in another currency')

/** The id of a customer's own cart. */
export function ownCartId(customerId: string): string {
  return derivedId('cart', customerId)
}

/** 0: a customer's cart before anything was put into it. */
const CartVersion = Type.Integer({ minimum: 0 })

export const Cart = object(
  {
    id: id('cart'),
    items: Type.Array(
      object({
        productId: ImportedId,
        name: Type.String(),
        quantity: Type.Integer({ minimum: 1, maximum: MAX_QUANTITY }),
        unitPrice: Money,
        lineTotal: Money,
      }),
      { maxItems: MAX_LINES },
    ),
    subtotal: Money,
    version: CartVersion,
    expiresAt: Timestamp,
  },
  { title: 'Cart' },
)
export type Cart = Type.Static<typeof Cart>

const Quantity = Type.Integer({ minimum: 1, maximum: MAX_QUANTITY })
const Done = object({ done: Type.Literal(true) })
const ofCart = { cartId: id('cart') }
const ofOrder = { ...ofCart, customerId: id('cus'), orderId: id('ord') }
const ofShopper = {
  cartId: Type.Optional(id('cart')),
  customerId: Type.Optional(id('cus')),
}
const edited = { ...ofShopper, ifMatch: Type.Optional(CartVersion) }

const reading = {
  auth: 'shopper',
  priority: 'cart',
  supplied: { cartId: 'cartId', customerId: 'customerId' },
  versioned: true,
  cartReply: true,
} as const
const editing = {
  ...reading,
  supplied: { ...reading.supplied, ifMatch: 'ifMatch' },
} as const

export const cartContract = contract('cart', 1, {
  /** A repeat adds again. */
  add: action({
    params: object({ ...edited, productId: ImportedId, quantity: Quantity }),
    result: Cart,
    errors: [
      cartNotFound,
      productNotFound,
      quantityTooHigh,
      cartFull,
      currencyMismatch,
      versionMismatch,
    ],
    key: 'cartId',
    idempotent: false,
    rest: {
      ...editing,
      method: 'POST',
      path: '/cart/add',
      summary: 'Puts pieces of a product into the cart; makes the cart when none is named',
    },
  }),

  get: action({
    params: object(ofShopper),
    result: Cart,
    errors: [cartNotFound],
    key: 'cartId',
    idempotent: true,
    rest: {
      ...reading,
      method: 'GET',
      path: '/cart',
      summary: "The cart; a customer's own when none is named",
    },
  }),

  setQuantity: action({
    params: object({
      ...edited,
      productId: ImportedId,
      quantity: Type.Integer({ minimum: 0, maximum: MAX_QUANTITY }),
    }),
    result: Cart,
    errors: [cartNotFound, itemNotFound, versionMismatch],
    key: 'cartId',
    idempotent: true,
    rest: {
      ...editing,
      method: 'PATCH',
      path: '/cart/items/:productId',
      summary: 'Sets the quantity of a product in the cart; 0 takes it out',
    },
  }),

  remove: action({
    params: object({ ...edited, productId: ImportedId }),
    result: Cart,
    errors: [cartNotFound, versionMismatch],
    key: 'cartId',
    idempotent: true,
    rest: {
      ...editing,
      method: 'DELETE',
      path: '/cart/items/:productId',
      summary: 'Takes a product out of the cart',
    },
  }),

  clear: action({
    params: object(edited),
    result: Cart,
    errors: [cartNotFound, versionMismatch],
    key: 'cartId',
    idempotent: true,
    rest: { ...editing, method: 'DELETE', path: '/cart', summary: 'Empties the cart' },
  }),

  /**
   * A guest's cart joins the customer's own: quantities add up to at most 999, up to 100 lines.
   * From then on its id means the customer's cart. Whatever interrupts it, it is finished once.
   */
  merge: action({
    params: object({ ...ofCart, customerId: id('cus') }),
    result: Done,
    errors: [cartNotFound],
    key: 'cartId',
    idempotent: true,
  }),

  /**
   * Takes what is sold of the cart for an order: the same lines for the same order until it is
   * completed or restored. An order that does neither within 30 s is asked whether it was placed.
   */
  checkout: action({
    params: object(ofOrder),
    result: object({
      items: Type.Array(object({ productId: ImportedId, quantity: Quantity }), {
        minItems: 1,
        maxItems: MAX_LINES,
      }),
    }),
    errors: [cartNotFound, cartEmpty],
    key: 'cartId',
    idempotent: true,
  }),

  /** The order was placed: its lines are gone for good. */
  complete: action({ params: object(ofOrder), result: Done, key: 'cartId', idempotent: true }),

  /** The order was not placed: its lines are back, beside what was put in since. */
  restore: action({ params: object(ofOrder), result: Done, key: 'cartId', idempotent: true }),
})

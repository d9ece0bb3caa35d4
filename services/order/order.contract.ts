/**
 * Orders: placed against held stock, paid, fulfilled; or expired or cancelled, with everything
 * undone. `awaiting_payment` → `paid` → `fulfilled`; `awaiting_payment` → `expired`; either of the
 * first two → `cancelled`.
 */
import Type from 'typebox'
import {
  action,
  Cursor,
  contract,
  Idempotency,
  ImportedId,
  id,
  Limit,
  object,
  page,
  replayable,
} from '../../kernel/contract.ts'
import { keyReused } from '../../kernel/errors.ts'
import { cartEmpty, cartNotFound } from '../cart/cart.contract.ts'
import { outOfStock } from '../inventory/inventory.contract.ts'
import {
  cardDataRefused,
  cardDeclined,
  insufficientFunds,
  Payment,
  paymentFailed,
  refuseCardData,
  tokenUnknown,
} from '../payment/payment.contract.ts'
import {
  Address,
  AdminOrder,
  mixedCurrencies,
  Order,
  OrderStatus,
  orderAlreadyPaid,
  orderClosed,
  orderNotFound,
  orderNotPaid,
  paymentInProgress,
  productUnavailable,
  TimelineEntry,
} from './order.shapes.contract.ts'

export * from './order.shapes.contract.ts'

const Quantity = Type.Integer({ minimum: 1, maximum: 999 })
const mine = { customerId: id('cus'), orderId: id('ord') }
const keyed = { idempotency: Idempotency }
const listing = { status: Type.Optional(OrderStatus), limit: Limit, cursor: Type.Optional(Cursor) }
const customer = { auth: 'customer', supplied: { customerId: 'customerId' } } as const
const customerKeyed = {
  auth: 'customer',
  supplied: { customerId: 'customerId', idempotency: 'idempotency' },
  idempotencyKey: true,
} as const

export const orderContract = contract('order', 1, {
  place: action({
    params: object({
      customerId: id('cus'),
      ...keyed,
      items: Type.Optional(
        Type.Array(object({ productId: ImportedId, quantity: Quantity }), {
          minItems: 1,
          maxItems: 100,
        }),
      ),
      cartId: Type.Optional(id('cart')),
      shippingAddress: Type.Optional(Address),
      warehouseId: Type.Optional(ImportedId),
    }),
    result: replayable(Order),
    errors: [outOfStock, productUnavailable, mixedCurrencies, cartEmpty, cartNotFound, keyReused],
    key: 'customerId',
    idempotent: true,
    rest: {
      ...customerKeyed,
      method: 'POST',
      path: '/orders',
      summary: 'Places an order of items, or of what is in a cart, and holds the stock for it',
      priority: 'order',
      status: 201,
      versioned: true,
      location: ({ value }) => `/orders/${value.id}`,
    },
  }),

  get: action({
    params: object(mine),
    result: Order,
    errors: [orderNotFound],
    key: 'customerId',
    idempotent: true,
    rest: {
      ...customer,
      method: 'GET',
      path: '/orders/:orderId',
      summary: 'One of your orders',
      priority: 'order',
      versioned: true,
    },
  }),

  list: action({
    params: object({ customerId: id('cus'), ...listing }),
    result: page(Order),
    key: 'customerId',
    idempotent: true,
    rest: {
      ...customer,
      method: 'GET',
      path: '/orders',
      summary: 'Your orders, newest first',
      priority: 'order',
    },
  }),

  timeline: action({
    params: object(mine),
    result: object({ items: Type.Array(TimelineEntry) }, { title: 'Timeline' }),
    errors: [orderNotFound],
    key: 'customerId',
    idempotent: true,
    rest: {
      ...customer,
      method: 'GET',
      path: '/orders/:orderId/timeline',
      summary: 'Every transition of the order, its stock and its payments',
      priority: 'order',
    },
  }),

  cancel: action({
    params: object({ ...mine, ...keyed }),
    result: replayable(Order),
    errors: [orderNotFound, orderClosed, keyReused],
    key: 'customerId',
    idempotent: true,
    rest: {
      ...customerKeyed,
      method: 'POST',
      path: '/orders/:orderId/cancel',
      summary: 'Cancels the order; a paid one is refunded in full',
      priority: 'order',
      versioned: true,
    },
  }),

  pay: action({
    params: object({
      ...mine,
      ...keyed,
      method: object({
        type: Type.Literal('card'),
        token: Type.String({ pattern: '^(tok|pm)_[A-Za-z0-9_]{1,120}$' }),
      }),
    }),
    result: replayable(Payment),
    errors: [
      orderNotFound,
      orderClosed,
      orderAlreadyPaid,
      paymentInProgress,
      cardDeclined,
      insufficientFunds,
      paymentFailed,
      cardDataRefused,
      tokenUnknown,
      keyReused,
    ],
    key: 'customerId',
    idempotent: true,
    rest: {
      ...customerKeyed,
      method: 'POST',
      path: '/orders/:orderId/payments',
      summary: 'Pays the order',
      screen: refuseCardData,
      priority: 'pay',
      status: ({ value }) => (value.status === 'processing' ? 202 : 201),
      otherStatuses: [201, 202],
      location: ({ value }) => `/payments/${value.id}`,
    },
  }),

  payments: action({
    params: object(mine),
    result: object({ items: Type.Array(Payment) }),
    errors: [orderNotFound],
    key: 'customerId',
    idempotent: true,
    rest: {
      ...customer,
      method: 'GET',
      path: '/orders/:orderId/payments',
      summary: 'The payments of one of your orders',
      priority: 'order',
    },
  }),

  listAll: action({
    params: object({ customerId: Type.Optional(id('cus')), ...listing }),
    result: page(AdminOrder),
    idempotent: true,
    rest: {
      method: 'GET',
      path: '/admin/orders',
      summary: 'All orders, newest first',
      auth: 'operator',
      priority: 'operate',
    },
  }),

  fulfil: action({
    params: object({ orderId: id('ord'), ...keyed }),
    result: replayable(AdminOrder),
    errors: [orderNotFound, orderNotPaid, orderClosed, keyReused],
    idempotent: true,
    rest: {
      method: 'POST',
      path: '/admin/orders/:orderId/fulfil',
      summary: 'The order has been shipped',
      auth: 'operator',
      priority: 'operate',
      supplied: { idempotency: 'idempotency' },
      idempotencyKey: true,
      versioned: true,
    },
  }),

  /** Takes up whatever of the order is unfinished or past its deadline. */
  resume: action({
    params: object(mine),
    result: object({ done: Type.Literal(true) }),
    key: 'customerId',
    idempotent: true,
  }),

  /**
   * Tells whether the order was placed; if it was not by now, the attempt under way never will be.
   * `wanted`: the hold that `hold` names is still needed, at least until `keepUntil` (Unix ms).
   */
  settle: action({
    params: object({
      ...mine,
      hold: Type.Optional(
        object({ warehouseId: ImportedId, attempt: Type.Integer({ minimum: 0 }) }),
      ),
    }),
    result: object({
      placed: Type.Boolean(),
      wanted: Type.Boolean(),
      keepUntil: Type.Integer(),
    }),
    key: 'customerId',
    idempotent: true,
  }),

  /** Every order against its payments; violations in words. */
  audit: action({
    params: object({}),
    result: object({ violations: Type.Array(Type.String()) }),
    idempotent: true,
  }),
})

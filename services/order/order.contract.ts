/**
 * Orders: placed against held stock, paid, fulfilled; or expired or cancelled, with everything undone.
 * `awaiting_payment` → `paid` → `fulfilled`; `awaiting_payment` → `expired`; either of the first two →
 * `cancelled`.
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
  Timestamp,
  Version,
} from '../../kernel/contract.ts'
import { keyReused, refusal } from '../../kernel/errors.ts'
import { Money } from '../../kernel/money.ts'
import { cartEmpty, cartNotFound } from '../cart/cart.contract.ts'
import { outOfStock } from '../inventory/inventory.contract.ts'
import {
  cardDataRefused,
  cardDeclined,
  insufficientFunds,
  Payment,
  paymentFailed,
  tokenUnknown,
} from '../payment/payment.contract.ts'

export const orderNotFound = refusal('order_not_found', 404, 'No such order')
export const orderClosed = refusal('order_closed', 409, 'The order is closed')
export const orderAlreadyPaid = refusal('order_already_paid', 409, 'The order is paid already')
export const paymentInProgress = refusal('payment_in_progress', 409, 'A payment is under way')
export const orderNotPaid = refusal('order_not_paid', 409, 'The order is not paid')
export const productUnavailable = refusal('product_not_found', 422, 'No such product')
export const mixedCurrencies = refusal('mixed_currencies', 422, 'Products of several currencies')

export const OrderStatus = Type.Union([
  Type.Literal('awaiting_payment'),
  Type.Literal('paid'),
  Type.Literal('fulfilled'),
  Type.Literal('expired'),
  Type.Literal('cancelled'),
])
export type OrderStatus = Type.Static<typeof OrderStatus>

const Quantity = Type.Integer({ minimum: 1, maximum: 999 })
const text = (maxLength: number) => Type.String({ minLength: 1, maxLength })

export const Address = object(
  {
    name: text(200),
    line1: text(200),
    line2: Type.Optional(text(200)),
    city: text(100),
    region: Type.Optional(text(100)),
    postalCode: Type.Optional(text(20)),
    country: Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2' }),
    phone: Type.Optional(text(40)),
  },
  { title: 'Address' },
)

export const Order = object(
  {
    id: id('ord'),
    status: OrderStatus,
    items: Type.Array(
      object({
        productId: ImportedId,
        sku: Type.String(),
        name: Type.String(),
        quantity: Type.Integer({ minimum: 1 }),
        unitPrice: Money,
        lineTotal: Money,
      }),
    ),
    total: Money,
    shippingAddress: Type.Optional(Address),
    payment: Type.Optional(
      object({
        id: id('pay'),
        status: Type.Union([
          Type.Literal('processing'),
          Type.Literal('captured'),
          Type.Literal('failed'),
        ]),
      }),
    ),
    holdExpiresAt: Type.Optional(Timestamp),
    version: Version,
    createdAt: Timestamp,
    updatedAt: Timestamp,
  },
  { title: 'Order' },
)
export type Order = Type.Static<typeof Order>

/** For operators: whose order it is. */
export const AdminOrder = object(
  { ...Order.properties, customerId: id('cus') },
  { title: 'AdminOrder' },
)

const TimelineEntry = object({
  at: Timestamp,
  from: Type.Union([Type.String(), Type.Null()]),
  to: Type.String(),
  cause: Type.String(),
})

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
      priority: 'pay',
      status: ({ value }) => (value.status === 'processing' ? 202 : 201),
      otherStatuses: [202],
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

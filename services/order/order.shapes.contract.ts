/** What an order is and how it can be refused: the shapes that the contract's actions share. */
import Type from 'typebox'
import { ImportedId, id, object, Timestamp, Version } from '../../kernel/contract.ts'
import { refusal } from '../../kernel/errors.ts'
import { Money } from '../../kernel/money.ts'

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

export const TimelineEntry = object({
  at: Timestamp,
  from: Type.Union([Type.String(), Type.Null()]),
  to: Type.String(),
  cause: Type.String(),
})

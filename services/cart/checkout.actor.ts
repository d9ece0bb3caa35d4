/**
 * Lines leave a cart for an order and stay with it as a checkout, until the order is known to be
 * placed (`complete`) or not (`restore`). The same order finds the same lines.
 */
import { unavailable } from '../../kernel/errors.ts'
import { behaviour, type Decision } from '../../mixins/actor/behaviour.ts'
import { type OnCart, opened, readsCart, type Visit, written } from './cart.actor.ts'
import { cartEmpty } from './cart.contract.ts'
import { type Checkout, carts, type StoredCart } from './cart.documents.ts'
import { type Line, together } from './lines.ts'

/** Only crashed orders leave one open, and for 30 s. */
const MAX_CHECKOUTS = 10
const MAX_COMPLETED = 10

export interface Take extends Visit {
  customerId: string
  orderId: string
  /** The products of the cart that are sold at the moment; other lines stay. */
  sold: readonly string[]
}

/** `elsewhere`: the cart has joined the customer's own. */
export type Taken = { lines: readonly Line[] } | { elsewhere: true }

export const take = behaviour<Take, Taken>({
  reads: readsCart,
  decide(command, read, now) {
    const { cartId, customerId, orderId } = command
    const found = read(carts, cartId)
    const before = found && checkoutOf(found, command)
    if (before?.customerId === customerId) return repeated(found!, before, now)
    if (found?.joined === customerId) return { reply: { elsewhere: true } }
    const cart = opened(found, command, now)
    const sold = new Set(command.sold)
    const lines = cart.lines.filter(({ productId }) => sold.has(productId))
    if (lines.length === 0 || cart.completed.includes(orderId)) {
      throw cartEmpty('the cart holds nothing that can be ordered')
    }
    if (cart.checkouts.length >= MAX_CHECKOUTS) {
      throw unavailable('earlier orders of this cart are unfinished')
    }
    const { currency } = cart
    const checkout = { orderId, customerId, ...(currency ? { currency } : {}), lines, at: now }
    const change = {
      lines: cart.lines.filter(({ productId }) => !sold.has(productId)),
      checkouts: [...cart.checkouts, checkout],
    }
    return { ...written(cart, change, now), reply: { lines } }
  },
})

function repeated(cart: StoredCart, checkout: Checkout, now: number): Decision<Taken> {
  const renewed = cart.checkouts.map((each) => (each === checkout ? { ...each, at: now } : each))
  return { ...written(cart, { checkouts: renewed }, now), reply: { lines: checkout.lines } }
}

function checkoutOf(cart: StoredCart, { orderId }: OfOrder): Checkout | undefined {
  return cart.checkouts.find((checkout) => checkout.orderId === orderId)
}

export interface OfOrder extends OnCart {
  orderId: string
}

/** Replies whether the cart had lines of the order. */
export const complete = behaviour<OfOrder, boolean>({
  reads: readsCart,
  decide(command, read, now) {
    const cart = read(carts, command.cartId)
    const checkout = cart && checkoutOf(cart, command)
    if (!checkout) return { reply: false }
    const change = {
      checkouts: cart.checkouts.filter((each) => each !== checkout),
      completed: [...cart.completed, command.orderId].slice(-MAX_COMPLETED),
    }
    return { ...written(cart, change, now), reply: true }
  },
})

export interface Restore extends OfOrder {
  /** Only the checkout of that time: the order has not asked for it again since. */
  at?: number
}

/** Replies whether the cart had lines of the order. */
export const restore = behaviour<Restore, boolean>({
  reads: readsCart,
  decide(command, read, now) {
    const cart = read(carts, command.cartId)
    const checkout = cart && checkoutOf(cart, command)
    if (!checkout || (command.at ?? checkout.at) !== checkout.at) return { reply: false }
    const change = {
      ...together(cart, checkout),
      checkouts: cart.checkouts.filter((each) => each !== checkout),
    }
    return { ...written(cart, change, now), reply: true }
  },
})

/**
 * A guest's cart joins a customer's own: two actors, a crash may come between any two steps, and
 * several may do it at once. The guest's is closed first (`join`), so that its lines cannot change;
 * the own one takes them in and notes whose they are in one write (`absorb`); then the guest's is
 * emptied (`leave`). The note keeps a repeat from adding twice, and stands until the cart that it
 * names is known to be empty.
 */
import { behaviour } from '../../mixins/actor/behaviour.ts'
import { hasExpired, type OnCart, opened, readsCart, written } from './cart.actor.ts'
import { cartNotFound } from './cart.contract.ts'
import { type Absorption, carts, type StoredCart } from './cart.documents.ts'
import { type Basket, together } from './lines.ts'

export interface Join extends OnCart {
  customerId: string
}

export const join = behaviour<Join, StoredCart>({
  reads: readsCart,
  decide({ cartId, customerId }, read, now) {
    const found = read(carts, cartId)
    const joins = found && found.customerId === undefined && !hasExpired(found, now)
    if (!joins || (found.joined ?? customerId) !== customerId) {
      throw cartNotFound('there is no such cart')
    }
    return found.joined === undefined
      ? written(found, { joined: customerId }, now)
      : { reply: found }
  },
})

export interface Absorb extends Join {
  /** The guest's cart, closed and without checkouts. */
  from: string
  basket: Basket
  /** The last absorption, whose cart was emptied before `basket` was read. */
  emptied: Absorption | undefined
}

/** Replies with the absorption that stands in the way, until its cart is emptied. */
export const absorb = behaviour<Absorb, Absorption | undefined>({
  reads: readsCart,
  decide(command, read, now) {
    const { cartId, from, basket, emptied } = command
    const cart = opened(read(carts, cartId), { ...command, makes: true }, now)
    const { absorbed } = cart
    if (absorbed && absorbed.version !== emptied?.version) return { reply: absorbed }
    const change = {
      ...together(cart, basket),
      absorbed: { cartId: from, version: cart.version + 1 },
    }
    return { ...written(cart, change, now), reply: undefined }
  },
})

export const leave = behaviour<OnCart, undefined>({
  reads: readsCart,
  decide({ cartId }, read, now) {
    const found = read(carts, cartId)
    if (!found || found.lines.length === 0) return { reply: undefined }
    return { ...written(found, { lines: [] }, now), reply: undefined }
  },
})

/**
 * What a cart decides for its shopper. A cart that has expired reads as none; a guest's cart that
 * joined a customer's, and a customer's cart to anybody else, too.
 */
import { versionMismatch } from '../../kernel/errors.ts'
import { behaviour, type Put, put, type Read, ref } from '../../mixins/actor/behaviour.ts'
import {
  cartFull,
  cartNotFound,
  currencyMismatch,
  itemNotFound,
  MAX_LINES,
  MAX_QUANTITY,
  quantityTooHigh,
} from './cart.contract.ts'
import { carts, type StoredCart } from './cart.documents.ts'

/** How long a cart is kept after its last change. */
export const CART_LIFE_MS = 30 * 86_400_000
/** Behind the longest request: what is unfinished then was interrupted. */
export const UNFINISHED_MS = 30_000

export interface OnCart {
  cartId: string
}

export interface Visit extends OnCart {
  customerId?: string | undefined
  /** The visitor may make the cart where there is none. */
  makes: boolean
  ifMatch?: number | undefined
}

export const readsCart = ({ cartId }: OnCart) => [ref(carts, cartId)]

export function hasExpired(cart: StoredCart, now: number): boolean {
  return cart.expiresAt !== undefined && cart.expiresAt <= now
}

function visited(read: Read, visit: Visit, now: number): StoredCart {
  const cart = opened(read(carts, visit.cartId), visit, now)
  if (visit.ifMatch !== undefined && visit.ifMatch !== cart.version) {
    throw versionMismatch('the cart has changed')
  }
  return cart
}

/** What `visit` finds; version 0 where the cart is yet to be made. */
export function opened(found: StoredCart | undefined, visit: Visit, now: number): StoredCart {
  const { cartId, customerId, makes } = visit
  const visible = found && found.joined === undefined && mayUse(found, customerId)
  if (visible && !hasExpired(found, now)) return found
  if (!makes || (found && !visible)) throw cartNotFound('there is no such cart')
  if (found) return emptied(found)
  return {
    id: cartId,
    version: 0,
    ...(customerId === undefined ? {} : { customerId }),
    lines: [],
    checkouts: [],
    completed: [],
    createdAt: now,
    updatedAt: now,
  }
}

/** A customer's cart that has expired: it is made again under its id, so its version goes on. */
function emptied({ expiresAt: _, ...cart }: StoredCart): StoredCart {
  return { ...cart, lines: [] }
}

function mayUse({ customerId }: StoredCart, visitor: string | undefined): boolean {
  return customerId === undefined || customerId === visitor
}

/** The cart after a change; whatever is unfinished in it gets its deadline. */
export function written(
  cart: StoredCart,
  change: Partial<StoredCart>,
  now: number,
): { put: Put[]; reply: StoredCart } {
  const { dueAt: _, ...rest } = { ...cart, ...change }
  const deadlines = rest.checkouts.map(({ at }) => at + UNFINISHED_MS)
  if (rest.joined !== undefined && rest.lines.length > 0) deadlines.push(now + UNFINISHED_MS)
  const after: StoredCart = {
    ...rest,
    ...(deadlines.length > 0 ? { dueAt: Math.min(...deadlines) } : {}),
    version: cart.version + 1,
    updatedAt: now,
    expiresAt: now + CART_LIFE_MS,
  }
  return { put: [put(carts, after)], reply: after }
}

export interface Add extends Visit {
  productId: string
  quantity: number
  /** What the product is priced in. */
  currency: string
}

export const add = behaviour<Add, StoredCart>({
  reads: readsCart,
  decide(command, read, now) {
    const { productId, currency } = command
    const cart = visited(read, command, now)
    const { lines } = cart
    if (lines.length > 0 && cart.currency !== currency) {
      const message = `the cart's products are priced in ${cart.currency}, not in ${currency}`
      throw currencyMismatch(`${message}; empty it first`)
    }
    const found = lines.find((line) => line.productId === productId)
    if (!found && lines.length >= MAX_LINES) {
      throw cartFull(`a cart holds at most ${MAX_LINES} products`)
    }
    const quantity = (found?.quantity ?? 0) + command.quantity
    if (quantity > MAX_QUANTITY) {
      throw quantityTooHigh(
        `${quantity} pieces; at most ${MAX_QUANTITY} of a product can be ordered`,
      )
    }
    const line = { productId, quantity, addedAt: found?.addedAt ?? now }
    const others = found ? lines.map((each) => (each === found ? line : each)) : [...lines, line]
    return written(cart, { lines: others, currency }, now)
  },
})

export interface SetQuantity extends Visit {
  productId: string
  /** 0 takes the line out. */
  quantity: number
}

export const setQuantity = behaviour<SetQuantity, StoredCart>({
  reads: readsCart,
  decide(command, read, now) {
    const { productId, quantity } = command
    const cart = visited(read, command, now)
    const found = cart.lines.find((line) => line.productId === productId)
    if (!found && quantity > 0) throw itemNotFound(`${productId} is not in the cart`)
    if ((found?.quantity ?? 0) === quantity) return { reply: cart }
    const lines = cart.lines
      .map((line) => (line === found ? { ...line, quantity } : line))
      .filter((line) => line.quantity > 0)
    return written(cart, { lines }, now)
  },
})

export const clear = behaviour<Visit, StoredCart>({
  reads: readsCart,
  decide(command, read, now) {
    const cart = visited(read, command, now)
    if (cart.lines.length === 0) return { reply: cart }
    return written(cart, { lines: [] }, now)
  },
})

export const expire = behaviour<OnCart, undefined>({
  reads: readsCart,
  decide({ cartId }, read, now) {
    const cart = read(carts, cartId)
    if (!cart || !hasExpired(cart, now) || cart.checkouts.length > 0) return { reply: undefined }
    if (cart.customerId === undefined) return { remove: [ref(carts, cartId)], reply: undefined }
    const after = { ...emptied(cart), version: cart.version + 1, updatedAt: now }
    return { put: [put(carts, after)], reply: undefined }
  },
})

export const discard = behaviour<OnCart, undefined>({
  reads: readsCart,
  decide({ cartId }, read) {
    return read(carts, cartId)
      ? { remove: [ref(carts, cartId)], reply: undefined }
      : { reply: undefined }
  },
})

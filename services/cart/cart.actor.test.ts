import { beforeEach, describe, expect, test } from '@jest/globals'
import { add, CART_LIFE_MS, clear, discard, expire, opened, setQuantity } from './cart.actor.ts'
import { MAX_LINES, ownCartId } from './cart.contract.ts'
import { Shelf } from './cart.testing.ts'

const guests = { cartId: 'cart_guest', makes: true }
const ann = { cartId: ownCartId('cus_ann'), customerId: 'cus_ann', makes: true }
const one = { productId: 'a', quantity: 1, currency: 'USD' }

let shelf: Shelf
beforeEach(() => {
  shelf = new Shelf()
})

describe('adding', () => {
  test('makes the cart, then adds up', () => {
    const first = shelf.decide(add, { ...guests, ...one })
    const second = shelf.decide(add, { ...guests, ...one, makes: false, quantity: 2 })
    expect(first).toMatchObject({ version: 1, currency: 'USD' })
    expect(first).not.toHaveProperty('customerId')
    expect(second).toMatchObject({ version: 2, lines: [{ productId: 'a', quantity: 3 }] })
    expect(second.expiresAt).toBe(shelf.nowMs + CART_LIFE_MS)
  })

  test('needs a cart where none may be made', () => {
    const command = { ...guests, ...one, makes: false }
    expect(() => shelf.decide(add, command)).toThrow('there is no such cart')
  })

  test('refuses what a cart cannot hold', () => {
    shelf.decide(add, { ...guests, ...one, quantity: 999 })
    expect(() => shelf.decide(add, { ...guests, ...one })).toThrow('at most 999')
    expect(() => shelf.decide(add, { ...guests, ...one, currency: 'EUR' })).toThrow('USD, not')
    for (let n = 1; n < MAX_LINES; n += 1) {
      shelf.decide(add, { ...guests, ...one, productId: `p${n}` })
    }
    expect(() => shelf.decide(add, { ...guests, ...one, productId: 'z' })).toThrow('at most 100')
    shelf.decide(add, { ...guests, ...one, productId: 'p1' })
    expect(shelf.pieces(guests.cartId)).toMatchObject({ a: 999, p1: 2 })
  })

  test('takes another currency into an emptied cart', () => {
    shelf.decide(add, { ...guests, ...one })
    shelf.decide(clear, guests)
    const { currency } = shelf.decide(add, { ...guests, ...one, currency: 'EUR' })
    expect(currency).toBe('EUR')
  })
})

describe('changing', () => {
  beforeEach(() => {
    shelf.decide(add, { ...ann, ...one })
    shelf.decide(add, { ...ann, ...one, productId: 'b' })
  })

  test('sets a quantity, and takes out at 0', () => {
    shelf.decide(setQuantity, { ...ann, productId: 'a', quantity: 5 })
    shelf.decide(setQuantity, { ...ann, productId: 'b', quantity: 0 })
    expect(shelf.pieces(ann.cartId)).toEqual({ a: 5 })
  })

  test('of what is so already writes nothing', () => {
    shelf.decide(setQuantity, { ...ann, productId: 'a', quantity: 1 })
    shelf.decide(setQuantity, { ...ann, productId: 'z', quantity: 0 })
    expect(shelf.cart(ann.cartId)!.version).toBe(2)
  })

  test('needs the line', () => {
    const command = { ...ann, productId: 'z', quantity: 1 }
    expect(() => shelf.decide(setQuantity, command)).toThrow('z is not in the cart')
  })

  test('honours If-Match, before the first write too', () => {
    expect(() => shelf.decide(clear, { ...ann, ifMatch: 1 })).toThrow('has changed')
    expect(shelf.decide(clear, { ...ann, ifMatch: 2 })).toMatchObject({ version: 3, lines: [] })
    const bob = { cartId: ownCartId('cus_bob'), customerId: 'cus_bob', makes: true }
    expect(() => shelf.decide(add, { ...bob, ...one, ifMatch: 1 })).toThrow('has changed')
    expect(shelf.decide(add, { ...bob, ...one, ifMatch: 0 }).version).toBe(1)
  })

  test("is for the cart's customer alone", () => {
    for (const customerId of ['cus_bob', undefined]) {
      const visit = { cartId: ann.cartId, customerId, makes: false }
      expect(() => shelf.decide(clear, visit)).toThrow('there is no such cart')
      expect(() => shelf.decide(add, { ...visit, ...one })).toThrow('there is no such cart')
    }
  })

  test("works on a guest's cart for whoever names it, and leaves it a guest's", () => {
    shelf.decide(add, { ...guests, ...one })
    shelf.decide(add, { ...ann, cartId: guests.cartId, makes: false, ...one })
    expect(shelf.cart(guests.cartId)).not.toHaveProperty('customerId')
    expect(shelf.pieces(guests.cartId)).toEqual({ a: 2 })
  })
})

describe('an expired cart', () => {
  beforeEach(() => {
    shelf.decide(add, { ...guests, ...one })
    shelf.decide(add, { ...ann, ...one })
  })

  test('reads as none before it is swept', () => {
    shelf.nowMs += CART_LIFE_MS
    const visit = { ...guests, makes: false }
    expect(() => shelf.decide(clear, visit)).toThrow('there is no such cart')
    expect(opened(shelf.cart(ann.cartId), ann, shelf.nowMs).lines).toEqual([])
    shelf.decide(add, { ...ann, ...one, productId: 'b' })
    expect(shelf.pieces(ann.cartId)).toEqual({ b: 1 })
  })

  test("is removed, a customer's own is emptied and keeps its version", () => {
    shelf.nowMs += CART_LIFE_MS
    shelf.decide(expire, guests)
    shelf.decide(expire, ann)
    expect(shelf.cart(guests.cartId)).toBeUndefined()
    expect(shelf.cart(ann.cartId)).toMatchObject({ version: 2, lines: [] })
    expect(shelf.cart(ann.cartId)).not.toHaveProperty('expiresAt')
  })

  test('is only one that nobody changed for its whole life', () => {
    shelf.nowMs += CART_LIFE_MS - 1
    shelf.decide(add, { ...guests, ...one })
    shelf.nowMs += 1
    shelf.decide(expire, guests)
    expect(shelf.pieces(guests.cartId)).toEqual({ a: 2 })
  })
})

test('a discarded cart is gone, and may be discarded again', () => {
  shelf.decide(add, { ...ann, ...one })
  shelf.decide(discard, ann)
  shelf.decide(discard, ann)
  expect(shelf.cart(ann.cartId)).toBeUndefined()
})

import { beforeEach, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { add, UNFINISHED_MS } from './cart.actor.ts'
import { ownCartId } from './cart.contract.ts'
import { Shelf } from './cart.testing.ts'
import { complete, restore, take } from './checkout.actor.ts'

const customerId = 'cus_ann'
const own = { cartId: ownCartId(customerId), customerId, makes: true }
const sold = ['a', 'b', 'c']
const line = (productId: string, quantity: number) => ({ productId, quantity, currency: 'USD' })
const order = (n: number) => ({ ...own, orderId: `ord_${n}`, sold })

let shelf: Shelf
beforeEach(() => {
  shelf = new Shelf()
  shelf.decide(add, { ...own, ...line('a', 1) })
  shelf.decide(add, { ...own, ...line('x', 5) })
})

describe('a checkout', () => {
  test('takes what is sold; the same order finds the same lines', () => {
    const taken = shelf.decide(take, order(1))
    expect(taken).toMatchObject({ lines: [{ productId: 'a', quantity: 1 }] })
    shelf.decide(add, { ...own, ...line('b', 1) })
    expect(shelf.decide(take, order(1))).toEqual(taken)
    expect(shelf.pieces(own.cartId)).toEqual({ x: 5, b: 1 })
  })

  test('of nothing is refused, also while another order has the lines', () => {
    shelf.decide(take, order(1))
    expect(() => shelf.decide(take, order(2))).toThrow('nothing that can be ordered')
  })

  test('of an order that was completed takes nothing more', () => {
    shelf.decide(take, order(1))
    shelf.decide(complete, order(1))
    shelf.decide(add, { ...own, ...line('b', 1) })
    expect(() => shelf.decide(take, order(1))).toThrow('nothing that can be ordered')
    expect(shelf.pieces(own.cartId)).toEqual({ x: 5, b: 1 })
  })

  test('gives its lines back, beside newer ones', () => {
    shelf.decide(take, order(1))
    shelf.decide(add, { ...own, ...line('a', 2) })
    shelf.decide(restore, order(1))
    shelf.decide(restore, order(1))
    expect(shelf.pieces(own.cartId)).toEqual({ a: 3, x: 5 })
  })

  test('has a deadline, which a repeat renews', () => {
    const firstAt = shelf.nowMs
    shelf.decide(take, order(1))
    expect(shelf.cart(own.cartId)!.dueAt).toBe(firstAt + UNFINISHED_MS)
    shelf.nowMs += 1_000
    shelf.decide(take, order(1))
    expect(shelf.cart(own.cartId)!.dueAt).toBe(firstAt + 1_000 + UNFINISHED_MS)
    expect(shelf.decide(restore, { ...order(1), at: firstAt })).toBe(false)
    expect(shelf.decide(complete, order(1))).toBe(true)
    expect(shelf.cart(own.cartId)).not.toHaveProperty('dueAt')
  })

  test('is for the owner of the cart', () => {
    const theirs = { ...order(1), customerId: 'cus_bob', makes: false }
    expect(() => shelf.decide(take, theirs)).toThrow('there is no such cart')
    shelf.decide(take, order(1))
    expect(() => shelf.decide(take, theirs)).toThrow('there is no such cart')
  })

  test('of orders that stay unfinished is bounded', () => {
    for (let n = 1; n <= 10; n += 1) {
      shelf.decide(take, order(n))
      shelf.decide(add, { ...own, ...line('a', 1) })
    }
    expect(() => shelf.decide(take, order(11))).toThrow('unfinished')
    shelf.decide(complete, order(4))
    expect(shelf.decide(take, order(11))).toHaveProperty('lines')
  })
})

test('whatever happens, every piece is in the cart, with an order, or sold once', () => {
  const step = fc.record({
    kind: fc.constantFrom('add', 'take', 'complete', 'restore'),
    order: fc.nat({ max: 3 }),
    product: fc.constantFrom(...sold),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const carts = new Shelf()
      let added = 0
      const soldBy = new Map<string, number>()
      const pending = () => carts.cart(own.cartId)?.checkouts ?? []
      const piecesOf = (lines: readonly { quantity: number }[]) =>
        lines.reduce((total, { quantity }) => total + quantity, 0)
      for (const { kind, order: n, product } of steps) {
        const before = pending().find(({ orderId }) => orderId === `ord_${n}`)
        if (kind === 'add') {
          carts.decide(add, { ...own, ...line(product, 1) })
          added += 1
        } else if (kind === 'take') {
          attempt(() => {
            const taken = carts.decide(take, order(n))
            if (before) expect(taken).toEqual({ lines: before.lines })
            expect(soldBy.has(`ord_${n}`)).toBe(false)
          })
        } else if (kind === 'complete') {
          if (carts.decide(complete, order(n))) soldBy.set(`ord_${n}`, piecesOf(before!.lines))
        } else {
          carts.decide(restore, order(n))
        }
        const withOrders = pending().reduce((total, { lines }) => total + piecesOf(lines), 0)
        const gone = [...soldBy.values()].reduce((total, pieces) => total + pieces, 0)
        expect(piecesOf(carts.cart(own.cartId)?.lines ?? []) + withOrders + gone).toBe(added)
      }
    }),
  )
})

function attempt(task: () => void): void {
  try {
    task()
  } catch (error) {
    if ((error as { type?: string }).type !== 'cart_empty') throw error
  }
}

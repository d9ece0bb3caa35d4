import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { add, CART_LIFE_MS, clear, UNFINISHED_MS } from './cart.actor.ts'
import { ownCartId } from './cart.contract.ts'
import { Crash, Shelf } from './cart.testing.ts'
import { restore, take } from './checkout.actor.ts'
import { joinCarts } from './joining.saga.ts'

const customerId = 'cus_ann'
const own = { cartId: ownCartId(customerId), customerId, makes: true }
const guests = (n: number) => ({ cartId: `cart_${n}`, makes: true })
const line = (productId: string, quantity: number) => ({ productId, quantity, currency: 'USD' })

async function untilCrash(join: Promise<void>): Promise<void> {
  await join.catch((error) => {
    if (!(error instanceof Crash)) throw error
  })
}

describe('joining', () => {
  test("adds the guest's lines to the customer's once, however often it is repeated", async () => {
    const shelf = new Shelf()
    shelf.decide(add, { ...own, ...line('a', 1) })
    shelf.decide(add, { ...guests(1), ...line('a', 2) })
    shelf.decide(add, { ...guests(1), ...line('b', 3) })
    for (let times = 0; times < 3; times += 1) {
      await joinCarts(shelf.actors(), 'cart_1', customerId)
    }
    expect(shelf.pieces(own.cartId)).toEqual({ a: 3, b: 3 })
    expect(shelf.pieces('cart_1')).toEqual({})
  })

  test("closes the guest's cart to everybody", async () => {
    const shelf = new Shelf()
    shelf.decide(add, { ...guests(1), ...line('a', 2) })
    await joinCarts(shelf.actors(), 'cart_1', customerId)
    const visit = { ...guests(1), makes: false }
    expect(() => shelf.decide(clear, visit)).toThrow('there is no such cart')
    expect(() => shelf.decide(clear, { ...visit, customerId })).toThrow('there is no such cart')
    await expect(joinCarts(shelf.actors(), 'cart_1', 'cus_bob')).rejects.toThrow('no such cart')
  })

  test("does not take another customer's cart, an expired one or none", async () => {
    const shelf = new Shelf()
    shelf.decide(add, { ...own, ...line('a', 1) })
    shelf.decide(add, { ...guests(1), ...line('a', 2) })
    shelf.nowMs += CART_LIFE_MS
    for (const cartId of [own.cartId, 'cart_1', 'cart_2']) {
      await expect(joinCarts(shelf.actors(), cartId, 'cus_bob')).rejects.toThrow('no such cart')
    }
  })

  test('of a cart with itself does nothing', async () => {
    const shelf = new Shelf()
    shelf.decide(add, { ...own, ...line('a', 1) })
    await joinCarts(shelf.actors(), own.cartId, customerId)
    expect(shelf.cart(own.cartId)!.version).toBe(1)
  })

  test('leaves a deadline for as long as it is unfinished', async () => {
    const shelf = new Shelf()
    shelf.decide(add, { ...guests(1), ...line('a', 2) })
    await untilCrash(joinCarts(shelf.actors({ steps: 1 }), 'cart_1', customerId))
    expect(shelf.cart('cart_1')).toMatchObject({ dueAt: shelf.nowMs + UNFINISHED_MS })
    await joinCarts(shelf.actors(), 'cart_1', customerId)
    expect(shelf.cart('cart_1')).not.toHaveProperty('dueAt')
  })

  test('waits for lines that an order may give back', async () => {
    const shelf = new Shelf()
    shelf.decide(add, { ...guests(1), ...line('a', 2) })
    const order = { cartId: 'cart_1', customerId, orderId: 'ord_1' }
    shelf.decide(take, { ...order, makes: false, sold: ['a'] })
    await joinCarts(shelf.actors(), 'cart_1', customerId)
    expect(shelf.cart('cart_1')).toHaveProperty('dueAt')
    shelf.decide(restore, order)
    expect(shelf.cart('cart_1')).toHaveProperty('dueAt')
    await joinCarts(shelf.actors(), 'cart_1', customerId)
    expect(shelf.pieces(own.cartId)).toEqual({ a: 2 })
  })

  test('loses and doubles nothing, wherever runs crash and however they mix', async () => {
    const contents = fc.array(
      fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 9 })),
    )
    const run = fc.record({
      cart: fc.nat({ max: 3 }),
      steps: fc.nat({ max: 12 }),
      lastIsDone: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(
        contents,
        fc.array(contents, { minLength: 4, maxLength: 4 }),
        fc.array(run, { maxLength: 12 }),
        fc.scheduler(),
        async (owns, others, runs, scheduler) => {
          const shelf = new Shelf()
          const total: Record<string, number> = {}
          const fill = (visit: { cartId: string; makes: boolean }, lines: [string, number][]) => {
            for (const [productId, quantity] of lines) {
              shelf.decide(add, { ...visit, ...line(productId, quantity) })
              total[productId] = (total[productId] ?? 0) + quantity
            }
          }
          fill(own, owns)
          for (const [n, lines] of others.entries()) fill(guests(n), [['z', 1], ...lines])
          const turn = () => scheduler.schedule(Promise.resolve())
          const ended = runs.map(({ cart, ...crash }) => {
            const actors = shelf.actors({ ...crash, turn })
            return untilCrash(joinCarts(actors, `cart_${cart}`, customerId))
          })
          await scheduler.waitFor(Promise.all(ended))
          for (const n of others.keys()) await joinCarts(shelf.actors(), `cart_${n}`, customerId)
          expect(shelf.pieces(own.cartId)).toEqual(total)
          for (const n of others.keys()) expect(shelf.cart(`cart_${n}`)).not.toHaveProperty('dueAt')
        },
      ),
    )
  })
})

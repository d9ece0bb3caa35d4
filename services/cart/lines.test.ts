import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { MAX_LINES, MAX_QUANTITY } from './cart.contract.ts'
import { type Basket, describeCart, type Product, together } from './lines.ts'

const productId = fc.nat({ max: 150 }).map((n) => `p${n}`)
const line = fc.record({
  productId,
  quantity: fc.integer({ min: 1, max: MAX_QUANTITY }),
  addedAt: fc.nat({ max: 1_000 }),
})
const basket = fc
  .uniqueArray(line, { selector: (each) => each.productId, maxLength: MAX_LINES })
  .map((lines): Basket => ({ currency: 'USD', lines: lines.sort((a, b) => a.addedAt - b.addedAt) }))

const quantities = ({ lines }: Basket) =>
  new Map(lines.map((each) => [each.productId, each.quantity]))

describe('two baskets together', () => {
  test('add their quantities up, within the bounds of a cart', () => {
    fc.assert(
      fc.property(basket, basket, (one, other) => {
        const both = together(one, other)
        const [left, right] = [quantities(one), quantities(other)]
        const products = both.lines.map((each) => each.productId)
        const all = new Set([...left.keys(), ...right.keys()])
        expect(new Set(products).size).toBe(products.length)
        expect(products.length).toBe(Math.min(MAX_LINES, all.size))
        for (const id of left.keys()) expect(products).toContain(id)
        for (const { productId: id, quantity } of both.lines) {
          const wanted = (left.get(id) ?? 0) + (right.get(id) ?? 0)
          expect(quantity).toBe(Math.min(MAX_QUANTITY, wanted))
        }
        const times = both.lines.map((each) => each.addedAt)
        expect(times).toEqual(times.toSorted((a, b) => a - b))
      }),
    )
  })

  test('hold no more lines than a cart, the first of each first', () => {
    const many = (prefix: string, addedAt: number): Basket => ({
      currency: 'USD',
      lines: Array.from({ length: 60 }, (_, n) => ({
        productId: prefix + n,
        quantity: 1,
        addedAt,
      })),
    })
    const { lines } = together(many('own', 2), many('guest', 1))
    expect(lines).toHaveLength(MAX_LINES)
    expect(lines.filter((each) => each.productId.startsWith('own'))).toHaveLength(60)
    expect(lines[0]!.productId).toBe('guest0')
  })

  test('are the one where the other is empty', () => {
    fc.assert(
      fc.property(basket, (one) => {
        expect(together(one, { lines: [] })).toEqual(one)
        expect(together({ currency: 'EUR', lines: [] }, one).lines).toEqual(one.lines)
      }),
    )
  })

  test('do not mix currencies', () => {
    const dollars = { currency: 'USD', lines: [{ productId: 'a', quantity: 1, addedAt: 1 }] }
    const euros = { currency: 'EUR', lines: [{ productId: 'b', quantity: 1, addedAt: 2 }] }
    expect(together(dollars, euros)).toEqual(dollars)
  })
})

describe('a cart', () => {
  const product = (id: string, amount: number, change: Partial<Product> = {}): Product => ({
    id,
    name: `Product ${id}`,
    price: { amount, currency: 'USD' },
    status: 'active',
    ...change,
  })
  const cart = {
    id: 'cart_1',
    version: 7,
    currency: 'USD',
    lines: ['a', 'b', 'c', 'd'].map((id, i) => ({ productId: id, quantity: i + 2, addedAt: i })),
  }
  const expiresAt = Date.UTC(2030, 1, 1)

  test('shows names and prices of the moment, and only what is sold', () => {
    const products = [
      product('d', 10),
      product('b', 1_000, { status: 'inactive' }),
      product('c', 1_000, { price: { amount: 1_000, currency: 'EUR' } }),
    ]
    expect(describeCart(cart, products, expiresAt)).toEqual({
      id: 'cart_1',
      items: [
        {
          productId: 'd',
          name: 'Product d',
          quantity: 5,
          unitPrice: { amount: 10, currency: 'USD' },
          lineTotal: { amount: 50, currency: 'USD' },
        },
      ],
      subtotal: { amount: 50, currency: 'USD' },
      version: 7,
      expiresAt: '2030-02-01T00:00:00.000Z',
    })
  })

  test('sums its lines', () => {
    const products = ['a', 'b', 'c', 'd'].map((id) => product(id, 250))
    const { subtotal, items } = describeCart(cart, products, expiresAt)
    expect(items.map(({ productId: id }) => id)).toEqual(['a', 'b', 'c', 'd'])
    expect(subtotal).toEqual({ amount: 250 * (2 + 3 + 4 + 5), currency: 'USD' })
  })

  test('of no history is counted in dollars', () => {
    const { subtotal } = describeCart({ id: 'cart_1', version: 0, lines: [] }, [], expiresAt)
    expect(subtotal).toEqual({ amount: 0, currency: 'USD' })
  })
})

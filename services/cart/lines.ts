/** The arithmetic of a cart's lines: one line a product, at most 100, of one currency. Pure. */
import { rfc3339 } from '../../kernel/clock.ts'
import { type Money, sum, times } from '../../kernel/money.ts'
import { type Cart, MAX_LINES, MAX_QUANTITY } from './cart.contract.ts'

/** What an empty cart of no history is counted in. */
const DEFAULT_CURRENCY = 'USD'

export interface Line {
  productId: string
  /** 1 to 999. */
  quantity: number
  /** Unix ms. */
  addedAt: number
}

export interface Basket {
  /** What all lines were priced in when they were put in; absent before the first. */
  currency?: string
  /** In the order in which they were put in. */
  lines: readonly Line[]
}

/** A product as the catalog describes it at the moment. */
export interface Product {
  id: string
  name: string
  price: Money
  status: string
}

/**
 * Both together. Quantities add up, to 999 at most; the lines of `added` that do not fit under 100
 * lines, or are priced in another currency, stay away.
 */
export function together(basket: Basket, added: Basket): Basket {
  if (added.lines.length === 0) return basketOf(basket)
  if (basket.lines.length === 0) return basketOf(added)
  if (added.currency !== basket.currency) return basketOf(basket)
  const lines = new Map(basket.lines.map((line) => [line.productId, line]))
  for (const line of added.lines) {
    const found = lines.get(line.productId)
    if (found) lines.set(line.productId, doubled(found, line))
    else if (lines.size < MAX_LINES) lines.set(line.productId, line)
  }
  const inOrder = [...lines.values()].sort((a, b) => a.addedAt - b.addedAt)
  return basketOf({ ...basket, lines: inOrder })
}

function doubled(line: Line, other: Line): Line {
  return {
    productId: line.productId,
    quantity: Math.min(MAX_QUANTITY, line.quantity + other.quantity),
    addedAt: Math.min(line.addedAt, other.addedAt),
  }
}

/** The basket of a cart or of a checkout, and nothing else of it. */
function basketOf({ currency, lines }: Basket): Basket {
  return currency === undefined ? { lines } : { currency, lines }
}

/** The products among `products` that the basket's lines can be ordered of now. */
export function soldOf(basket: Basket, products: readonly Product[]): Map<string, Product> {
  const sold = products.filter(
    ({ status, price }) => status === 'active' && price.currency === basket.currency,
  )
  return new Map(sold.map((product) => [product.id, product]))
}

interface Described extends Basket {
  id: string
  version: number
}

export function describeCart(
  cart: Described,
  products: readonly Product[],
  expiresAtMs: number,
): Cart {
  const sold = soldOf(cart, products)
  const items = cart.lines.flatMap(({ productId, quantity }) => {
    const product = sold.get(productId)
    if (!product) return []
    const { name, price } = product
    return [{ productId, name, quantity, unitPrice: price, lineTotal: times(price, quantity) }]
  })
  return {
    id: cart.id,
    items,
    subtotal: sum(
      items.map(({ lineTotal }) => lineTotal),
      cart.currency ?? DEFAULT_CURRENCY,
    ),
    version: cart.version,
    expiresAt: rfc3339(expiresAtMs),
  }
}

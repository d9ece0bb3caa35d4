/**
 * What does it cost to put a product into a cart? Guests' carts, to each of which five are added.
 */
import { takingTurns } from '../catalogue.ts'
import type { Operation } from '../load.ts'
import type { LoadQuestion } from '../question.ts'

const ADDED_EACH = 5

interface Cart {
  id: string
  added: number
}

export const addToCart: LoadQuestion = {
  name: 'add-to-cart',
  title: 'add to a cart',
  operations({ catalogue }) {
    const product = takingTurns(catalogue.products)
    /** Carts with room to which nothing is being added now. */
    const open: Cart[] = []
    return {
      next(): Operation {
        const { id, added } = open.pop() ?? { id: undefined, added: 0 }
        const { id: productId } = product()
        return {
          method: 'POST',
          path: '/cart/add',
          headers: id ? { 'x-cart-id': id } : {},
          body: { productId, quantity: 1 },
          status: 200,
          isRight: (cart) =>
            (id === undefined || cart.id === id) &&
            cart.items.some((item: Line) => item.productId === productId),
          served(cart) {
            if (added + 1 < ADDED_EACH) open.push({ id: cart.id, added: added + 1 })
          },
        }
      },
    }
  },
}

interface Line {
  productId: string
}

/**
 * What does it cost to show a product? Every product in its turn, which is the worst case for
 * caches, and those that are asked for again and again.
 */
import { type Product, takingTurns } from '../catalogue.ts'
import type { LoadQuestion, Operations } from '../question.ts'

const POPULAR = 100

export const getProduct: LoadQuestion = {
  name: 'get-product',
  title: 'get a product, each in its turn',
  target: 0.1,
  operations: ({ catalogue }) => showing(catalogue.products),
}

export const getPopularProduct: LoadQuestion = {
  name: 'get-popular-product',
  title: `get a product, one of ${POPULAR}`,
  operations: ({ catalogue }) => showing(catalogue.products.slice(0, POPULAR)),
}

function showing(products: readonly Product[]): Operations {
  const product = takingTurns(products)
  return {
    next() {
      const { id } = product()
      return {
        method: 'GET',
        path: `/products/${id}`,
        status: 200,
        isRight: (reply) => reply.id === id,
      }
    },
  }
}

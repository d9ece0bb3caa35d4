/** What does it cost to show a product? Every product in its turn: the worst case for caches. */
import { takingTurns } from '../catalogue.ts'
import type { LoadQuestion } from '../question.ts'

export const getProduct: LoadQuestion = {
  name: 'get-product',
  title: 'get a product',
  target: 0.1,
  operations({ catalogue }) {
    const product = takingTurns(catalogue.products)
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
  },
}

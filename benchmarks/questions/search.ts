/**
 * What does a search cost that nobody has made before? Queries as people type them, right and
 * misspelled, each with a highest price of its own that excludes nothing: no cache can answer.
 */
import { takingTurns } from '../catalogue.ts'
import type { LoadQuestion } from '../question.ts'

const ABOVE_ALL_PRICES = 1_000_000_000

export const search: LoadQuestion = {
  name: 'search',
  title: 'search, uncached',
  target: 0.4,
  operations({ catalogue }) {
    const query = takingTurns(catalogue.queries)
    let maxPrice = ABOVE_ALL_PRICES
    return {
      next() {
        maxPrice += 1
        return {
          method: 'GET',
          path: `/products/search?q=${encodeURIComponent(query())}&maxPrice=${maxPrice}`,
          status: 200,
          isRight: ({ items, total }) => items.length === Math.min(total, 20) && total > 0,
        }
      },
    }
  },
}

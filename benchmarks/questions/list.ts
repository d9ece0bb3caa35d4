/** What does it cost to list a category, 20 products a page? */
import { takingTurns } from '../catalogue.ts'
import type { LoadQuestion } from '../question.ts'

const SORTS = ['name', 'price', '-price', '-createdAt']

export const list: LoadQuestion = {
  name: 'list',
  title: 'list a category',
  operations({ catalogue }) {
    const listing = takingTurns(
      catalogue.categoryIds.flatMap((categoryId) => SORTS.map((sort) => ({ categoryId, sort }))),
    )
    return {
      next() {
        const { categoryId, sort } = listing()
        return {
          method: 'GET',
          path: `/products?categoryId=${categoryId}&sort=${sort}`,
          status: 200,
          isRight: ({ items }) => items.length > 0 && items[0].categoryId === categoryId,
        }
      },
    }
  },
}

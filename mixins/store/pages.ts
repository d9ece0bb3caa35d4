/** Reading a whole collection in bounded memory. */
import type { Collection, Document, Query, Store } from './store.ts'

const PAGE = 1_000

/** Every matching document, ordered by id; those written meanwhile may or may not be among them. */
export async function* readAll<D extends Document>(
  store: Store,
  from: Collection<D>,
  where: NonNullable<Query['where']> = {},
): AsyncGenerator<D> {
  let after: string[] | undefined
  for (;;) {
    const query: Query = { where, sort: [['id', 1]], limit: PAGE, ...(after ? { after } : {}) }
    const page = await store.find(from, query)
    yield* page
    if (page.length < PAGE) return
    after = [page.at(-1)!.id]
  }
}

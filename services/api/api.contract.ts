/** What can be asked of a gateway itself: its memory of replies. */
import Type from 'typebox'
import { action, contract, object } from '../../kernel/contract.ts'

/** Broadcast by whoever changed something: replies that bear one of the tags are out of date. */
export const CACHE_STALE = 'cache.stale'
export interface CacheStale {
  tags: string[]
}

const operator = { auth: 'operator', priority: 'operate' } as const
const Count = Type.Integer({ minimum: 0 })

export const apiContract = contract('api', 1, {
  warmCache: action({
    params: object({}),
    result: object({ warmed: Type.Record(Type.String(), Count, { description: 'By route' }) }),
    idempotent: true,
    rest: {
      ...operator,
      method: 'POST',
      path: '/admin/cache/warm',
      summary: 'Loads the replies that were asked for most: 100 products and 50 searches',
    },
  }),

  dropCache: action({
    params: object({
      tag: Type.String({ pattern: '^[\\x21-\\x7e]{1,200}$', description: 'As in `Cache-Tag`' }),
    }),
    result: object({ dropped: Count }, { description: 'Counted at this gateway; all drop theirs' }),
    idempotent: true,
    rest: {
      ...operator,
      method: 'DELETE',
      path: '/admin/cache',
      summary: 'Drops every kept reply that bears the tag',
    },
  }),
})

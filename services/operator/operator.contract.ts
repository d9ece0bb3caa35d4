/** What operators ask of the whole system: its nodes, its correctness, its failed events. */
import Type from 'typebox'
import { action, Cursor, contract, Limit, object, page, Timestamp } from '../../kernel/contract.ts'
import { refusal } from '../../kernel/errors.ts'

export const deadLetterNotFound = refusal('dead_letter_not_found', 404, 'No such dead letter')

const operator = { auth: 'operator', priority: 'operate' } as const

export const DeadLetter = object(
  {
    id: Type.String(),
    channel: Type.String(),
    group: Type.String(),
    payload: Type.Unknown(),
    attempts: Type.Integer(),
    error: Type.String(),
    at: Timestamp,
  },
  { title: 'DeadLetter' },
)

export const operatorContract = contract('operator', 1, {
  cluster: action({
    params: object({}),
    result: object(
      {
        nodes: Type.Array(
          object({
            id: Type.String(),
            services: Type.Array(Type.String()),
            version: Type.String(),
            ready: Type.Boolean(),
          }),
        ),
        shards: Type.Array(
          object({ service: Type.String(), shard: Type.Integer(), owner: Type.String() }),
        ),
      },
      { title: 'Cluster' },
    ),
    idempotent: true,
    rest: {
      ...operator,
      method: 'GET',
      path: '/admin/cluster',
      summary: 'The nodes, their services, and who owns which shard',
    },
  }),

  audit: action({
    params: object({}),
    result: object(
      {
        ok: Type.Boolean(),
        violations: Type.Array(Type.String()),
        outbox: object({ pending: Type.Integer(), oldestMs: Type.Integer() }),
      },
      { title: 'Audit' },
    ),
    idempotent: true,
    rest: {
      ...operator,
      method: 'GET',
      path: '/admin/audit',
      summary: 'Checks stock, payments and orders against each other on live data',
    },
  }),

  deadLetters: action({
    params: object({ limit: Limit, cursor: Type.Optional(Cursor) }),
    result: page(DeadLetter),
    idempotent: true,
    rest: {
      ...operator,
      method: 'GET',
      path: '/admin/dead-letters',
      summary: 'Events that failed for good, newest first',
    },
  }),

  replay: action({
    params: object({ id: Type.String({ pattern: '^evt_[0-9a-z]{26,32}$' }) }),
    result: object({ replayed: Type.Boolean() }),
    errors: [deadLetterNotFound],
    idempotent: true,
    rest: {
      ...operator,
      method: 'POST',
      path: '/admin/dead-letters/:id/replay',
      summary: 'Delivers a dead letter to its group again; false when it failed again',
    },
  }),
})

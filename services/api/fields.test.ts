import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import Type from 'typebox'
import { type AnyAction, action, contract, id, Limit, object } from '../../kernel/contract.ts'
import { isRefusal, refusal } from '../../kernel/errors.ts'
import { FieldReader } from './fields.ts'

const shelfNotFound = refusal('shelf_not_found', 404, 'No such shelf')
const rest = { summary: '', auth: 'public', priority: 'browse' } as const
const { actions } = contract('shelf', 1, {
  list: action({
    params: object({
      q: Type.Optional(Type.String({ minLength: 1 })),
      limit: Limit,
      full: Type.Optional(Type.Boolean()),
      min: Type.Optional(Type.Number()),
      level: Type.Optional(Type.Union([Type.Integer(), Type.Literal('top')])),
      sort: Type.Optional(Type.Enum(['name', '-name'])),
    }),
    result: object({}),
    idempotent: true,
    rest: { ...rest, method: 'GET', path: '/shelves' },
  }),
  put: action({
    params: object({
      shelfId: id('prod'),
      customerId: Type.Optional(id('cus')),
      items: Type.Array(object({ name: Type.String(), count: Type.Integer({ minimum: 1 }) })),
      kind: Type.Optional(Type.Union([Type.Literal('a'), Type.Literal('b')])),
      note: Type.Optional(Type.Union([object({ text: Type.String() }), Type.Null()])),
    }),
    result: object({}),
    idempotent: true,
    rest: {
      ...rest,
      method: 'PUT',
      path: '/shelves/:shelfId',
      supplied: { customerId: 'customerId' },
    },
  }),
  patch: action({
    params: object({ shelfId: id('prod'), name: Type.Optional(Type.String()) }),
    result: object({}),
    errors: [shelfNotFound],
    idempotent: true,
    rest: { ...rest, method: 'PATCH', path: '/shelves/:shelfId' },
  }),
})
const list = new FieldReader(actions.list as AnyAction)
const put = new FieldReader(actions.put as AnyAction)
const patch = new FieldReader(actions.patch as AnyAction)
const SHELF = `prod_${'a'.repeat(26)}`

function outcome(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    if (!isRefusal(error)) throw error
    return error.data.members?.errors ?? `${error.code} ${error.type}`
  }
}

describe('a query', () => {
  test.each([
    ['', { limit: 20 }],
    ['limit=5&full=true&min=-1.5', { limit: 5, full: true, min: -1.5 }],
    ['q=red+shoe%21&full=false', { q: 'red shoe!', limit: 20, full: false }],
    ['level=3', { level: 3, limit: 20 }],
    ['level=top', { level: 'top', limit: 20 }],
    ['q=12', { q: '12', limit: 20 }],
    ['&&q=a=b&', { q: 'a=b', limit: 20 }],
    ['limit=0', [{ field: 'limit', message: 'must be >= 1' }]],
    ['limit=', [{ field: 'limit', message: 'must be integer' }]],
    ['limit=1e1', [{ field: 'limit', message: 'must be integer' }]],
    ['limit=1.5', [{ field: 'limit', message: 'must be integer' }]],
    ['limit=0x10', [{ field: 'limit', message: 'must be integer' }]],
    ['full=1', [{ field: 'full', message: 'must be boolean' }]],
    ['sort=price', [{ field: 'sort', message: 'must be one of name, -name' }]],
    ['level=low', [{ field: 'level', message: 'must be one of integer, top' }]],
    ['other=1', [{ field: 'other', message: 'is not known here' }]],
    ['constructor=1', [{ field: 'constructor', message: 'is not known here' }]],
    ['q=1&q=2', '400 repeated_parameter'],
    ['q=1&%71=2', '400 repeated_parameter'],
    ['__proto__=1', '400 forbidden_key'],
    ['q=%', '400 invalid_encoding'],
    ['q=%ff', '400 invalid_encoding'],
  ])('%s', (query, expected) => {
    expect(outcome(() => list.read([], query, undefined))).toEqual(expected)
  })

  test('gives back every text that was percent-encoded into it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        const query = new URLSearchParams({ q: text }).toString()
        expect(list.read([], query, undefined).q).toBe(new URLSearchParams(query).get('q'))
        expect(list.read([], `q=${encodeURIComponent(text)}`, undefined).q).toBe(text)
      }),
    )
  })
})

describe('a body', () => {
  const items = [{ name: 'x', count: 1 }]

  test('joins the path', () => {
    expect(put.read([SHELF], '', { items })).toEqual({ shelfId: SHELF, items })
  })

  test.each<[unknown, unknown]>([
    [undefined, [{ field: 'items', message: 'is required' }]],
    [[], [{ field: '', message: 'must be an object' }]],
    [null, [{ field: '', message: 'must be an object' }]],
    ['text', [{ field: '', message: 'must be an object' }]],
    [{ items, shelfId: SHELF }, [{ field: 'shelfId', message: 'is taken from the path only' }]],
    [{ items, customerId: 'x' }, [{ field: 'customerId', message: 'is not known here' }]],
    [{ items, kind: 'c' }, [{ field: 'kind', message: 'must be one of a, b' }]],
    [{ items, note: 3 }, [{ field: 'note', message: 'must be one of object, null' }]],
    [
      { items: [{ name: 'x', count: 0, 'a/b': 1 }, {}], isAdmin: true },
      [
        { field: 'isAdmin', message: 'is not known here' },
        { field: 'items.0.a/b', message: 'is not known here' },
        { field: 'items.0.count', message: 'must be >= 1' },
        { field: 'items.1.name', message: 'is required' },
        { field: 'items.1.count', message: 'is required' },
      ],
    ],
  ])('%j', (body, expected) => {
    expect(outcome(() => put.read([SHELF], '', body))).toEqual(expected)
  })

  test('tells of at most 20 fields', () => {
    const many = Array.from({ length: 50 }, () => ({ name: 1, count: 1 }))
    expect(outcome(() => put.read([SHELF], '', { items: many }))).toHaveLength(20)
  })

  test('excludes the query', () => {
    expect(outcome(() => patch.read([SHELF], 'name=x', {}))).toEqual([
      { field: 'name', message: 'is taken from the body only' },
    ])
  })
})

describe('a path', () => {
  test('that names what cannot be is not found, with the code of the action', () => {
    expect(outcome(() => patch.read(['prod_x'], '', { name: 1 }))).toBe('404 shelf_not_found')
  })

  test('that a PUT would make is not valid', () => {
    expect(outcome(() => put.read(['x y'], '', { items: [] }))).toEqual([
      { field: 'shelfId', message: `must match pattern "^prod_[0-9a-z]{26,32}$"` },
    ])
  })
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openFile } from './embedded.file.ts'
import { type Statement, Table } from './embedded.sql.ts'
import { collection, type Query } from './store.ts'

const notes = collection({
  name: 'notes',
  shardKey: 'owner',
  distribution: 'hashed',
  shards: 4,
  indexes: [
    { fields: ['owner', 'createdAt', 'id'] },
    { fields: ['updatedAt', 'id'] },
    { fields: ['state', 'review.state', 'createdAt'] },
    { fields: ['topic', 'price', 'id'] },
    { fields: ['sku'] },
    { fields: ['saga.dueAt', 'id'], sparse: true },
    { fields: ['shelf', 'room'], sparse: true },
  ],
})

describe('plans', () => {
  const table = new Table(notes)
  let dataDir: string
  let db: DatabaseSync
  beforeAll(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'stoa-sql-'))
    db = openFile(join(dataDir, 'stoa.db'), [table])
  })
  afterAll(() => {
    db.close()
    rmSync(dataDir, { recursive: true })
  })

  function planOf({ sql, values }: Statement): string {
    const steps = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values)
    return steps.map(({ detail }) => detail).join('; ')
  }

  const newestFirst = [
    ['createdAt', -1],
    ['id', -1],
  ] as const
  const cheapestFirst = [
    ['price', 1],
    ['id', 1],
  ] as const
  const latestFirst = [
    ['updatedAt', 1],
    ['id', 1],
  ] as const
  const soonestFirst = [
    ['saga.dueAt', 1],
    ['id', 1],
  ] as const

  test.each<[string, Omit<Query, 'limit'>, string]>([
    [
      'owner,createdAt,id',
      { where: { owner: 'a' }, sort: newestFirst },
      '($.owner=? AND $.createdAt>?)',
    ],
    [
      'owner,createdAt,id',
      { where: { owner: 'a' }, sort: newestFirst, after: [5, 'x'] },
      '($.owner=? AND $.createdAt>? AND ($.createdAt,id)<(?,?))',
    ],
    [
      'owner,createdAt,id',
      { where: { owner: 'a', createdAt: { gte: 1, lt: 9 } }, sort: newestFirst, after: [5, 'x'] },
      '($.owner=? AND $.createdAt>? AND ($.createdAt,id)<(?,?))',
    ],
    ['updatedAt,id', { sort: latestFirst }, '($.updatedAt>?)'],
    ['updatedAt,id', { sort: latestFirst, after: [5, 'x'] }, '(($.updatedAt,id)>(?,?))'],
    [
      'state,review.state,createdAt',
      { where: { state: 'a', 'review.state': 'b', createdAt: { lt: 5 } } },
      '($.state=? AND $.review.state=? AND $.createdAt<?)',
    ],
    [
      'topic,price,id',
      { where: { topic: 't', price: { gte: 1, lte: 5 } }, sort: cheapestFirst, after: [2, 'x'] },
      '($.topic=? AND ($.price,id)>(?,?) AND $.price<?)',
    ],
    ['sku', { where: { sku: 's' } }, '($.sku=?)'],
    ['sku', { where: { sku: { in: ['s', 't'] } } }, '($.sku=?)'],
    [
      'saga.dueAt,id sparse',
      { where: { 'saga.dueAt': { lte: 5 } }, sort: soonestFirst },
      '($.saga.dueAt<?)',
    ],
    ['saga.dueAt,id sparse', { sort: soonestFirst, after: [5, 'x'] }, '>(?,?))'],
    [
      'shelf,room sparse',
      { where: { shelf: 's', room: { in: ['r'] } } },
      '($.shelf=? AND $.room=?)',
    ],
  ])('%s serves %j', (index, query, bounds) => {
    const [fields, sparse] = index.split(' ')
    const plan = planOf(table.select({ ...query, limit: 20 }))
    expect(plan).toContain(`USING INDEX notes(${fields})${sparse ? ' sparse' : ''} (`)
    expect(plan).toContain(bounds)
    expect(plan).not.toContain('TEMP B-TREE')
  })

  test('every declared index serves the equality and the order it is made for', () => {
    for (const { fields, sparse } of notes.indexes) {
      const index = `USING INDEX notes(${fields})${sparse ? ' sparse' : ''} (`
      const [first, ...rest] = fields
      const sort = rest.map((path) => [path, -1] as const)
      const plan = planOf(table.select({ where: { [first!]: 'x' }, sort, limit: 1 }))
      expect(plan).toContain(index)
      expect(plan).not.toContain('TEMP B-TREE')
    }
  })

  test('a count goes by the index, too', () => {
    const plan = planOf(table.count({ owner: 'a', createdAt: { gt: 5 } }))
    expect(plan).toContain('USING INDEX notes(owner,createdAt,id) ($.owner=? AND $.createdAt>?)')
  })

  test('an order of mixed directions seeks by its first field and sorts ties alone', () => {
    const sort = [
      ['updatedAt', -1],
      ['id', 1],
    ] as const
    const plan = planOf(table.select({ sort, after: [5, 'x'], limit: 20 }))
    expect(plan).toContain('USING INDEX notes(updatedAt,id) ($.updatedAt>? AND $.updatedAt<?)')
    expect(plan).toContain('USE TEMP B-TREE FOR LAST TERM OF ORDER BY')
  })
})

describe('names', () => {
  test.each(['', 'no-dash', '1st', 'a"b', '$outbox', 'a b'])('"%s" is no collection', (name) => {
    expect(() => new Table({ ...notes, name })).toThrow(TypeError)
  })

  test.each(['', '.', 'a.', 'a..b', `a"b`, "a'b", 'a b', '$', 'ä'])('"%s" is no path', (path) => {
    expect(() => new Table({ ...notes, indexes: [{ fields: [path] }] })).toThrow(TypeError)
    expect(() => new Table(notes).count({ [path]: 1 })).toThrow(TypeError)
  })
})
